"""Print, as JSON, what stands below some directories: of each path mode, owner, group, time of change, and
its
bytes or where it leads."""

import hashlib
import json
import os
import stat
import sys


def state(path):
    found = os.lstat(path)
    if stat.S_ISLNK(found.st_mode):
        content = os.readlink(path)
    elif stat.S_ISREG(found.st_mode):
        with open(path, "rb") as file:
            content = hashlib.sha256(file.read()).hexdigest()
    else:
        content = sorted(os.listdir(path)) if stat.S_ISDIR(found.st_mode) else ""
    return [stat.filemode(found.st_mode), found.st_uid, found.st_gid, found.st_mtime_ns, content]


found = {}
for root in sys.argv[1:]:
    found[root] = state(root)
    for base, directories, names in os.walk(root):
        for path in (os.path.join(base, name) for name in directories + names):
            found[path] = state(path)
print(json.dumps(found, sort_keys=True))
