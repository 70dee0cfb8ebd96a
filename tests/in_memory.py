"""A file system that is a dict of path to bytes."""

from ansible_collections.fleetops.keepalive.plugins.module_utils._config.errors import KeepaliveError
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.globs import glob_regex
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.sources import Source


class Files(Source):
    """What read_tree() and plan() read from, in place of the real files."""

    def __init__(self, files):
        self.files = files

    def read(self, path):
        if path not in self.files:
            raise KeepaliveError("%s does not exist" % path)
        return self.files[path]

    def exists(self, path):
        return path in self.files

    def glob(self, pattern):
        return sorted(path for path in self.files if glob_regex(pattern).match(path))
