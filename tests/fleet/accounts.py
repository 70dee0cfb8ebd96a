"""The accounts of one host: alice and bob, known only to processes that nss_wrapper is loaded into.

Both carry the numeric user and group of whoever runs the fleet, because an sshd without root can log in
nobody
else. Their homes, and root's, lie in the host's directory, so no real home is ever touched.
"""

import os
import subprocess

LOGINS = ("alice", "bob")


def write(directory, uid, gid):
    """Write `passwd` and `group` into the host's directory (a Path) and make the homes of its accounts."""
    passwd = [
        f"{name}:x:{uid}:{gid}:{name.capitalize()}:{directory}/home/{name}:/bin/bash" for name in LOGINS
    ]
    passwd += [
        f"root:x:0:0:root:{directory}/root:/bin/bash",
        "sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin",
        "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin",
    ]
    group = [f"{name}:x:{gid}:" for name in LOGINS] + [
        "root:x:0:",
        f"tty:x:{_terminal_group()}:",
        "nogroup:x:65534:",
    ]
    (directory / "passwd").write_text("\n".join(passwd) + "\n")
    (directory / "group").write_text("\n".join(group) + "\n")
    for home in [directory / "root"] + [directory / "home" / name for name in LOGINS]:
        home.mkdir(parents=True, mode=0o700)


def _terminal_group():
    """Return the group that new terminals have here: sshd gives them to `tty`, which without root must change
    nothing."""
    ends = os.openpty()
    try:
        return os.fstat(ends[1]).st_gid
    finally:
        for end in ends:
            os.close(end)


def environment(directory, wrapper):
    """Return the variables that make a process see the accounts of the host in `directory`."""
    return {
        "LD_PRELOAD": str(wrapper),
        "NSS_WRAPPER_PASSWD": str(directory / "passwd"),
        "NSS_WRAPPER_GROUP": str(directory / "group"),
    }


def find_wrapper():
    """Return the path of libnss_wrapper.so, or None where it is not installed."""
    cache = subprocess.run(
        ["ldconfig", "-p"],
        stdout=subprocess.PIPE,
        universal_newlines=True,
        check=True,
        env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin"),
    ).stdout
    for line in cache.splitlines():
        name, _arrow, path = line.strip().partition(" => ")
        if name.startswith("libnss_wrapper.so"):
            return path
    return None
