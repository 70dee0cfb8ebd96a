"""Coverage-guided fuzzing of the lexer and the tree reader: whatever the bytes, the only error is the
collection's own.

`python read_any_bytes.py COLLECTIONS [libFuzzer options]`; run by tests/suites/fuzz.py.
"""

import sys
from pathlib import Path

import atheris

sys.path[:0] = [sys.argv.pop(1), str(Path(__file__).resolve().parents[1])]
with atheris.instrument_imports(include=["ansible_collections"]):
    from ansible_collections.fleetops.keepalive.plugins.module_utils._config import (
        plan,
        reader,
        resolve,
        sources,
    )
    from ansible_collections.fleetops.keepalive.plugins.module_utils._config.directives import SSH, SSHD
    from ansible_collections.fleetops.keepalive.plugins.module_utils._config.document import Document
    from ansible_collections.fleetops.keepalive.plugins.module_utils._config.errors import KeepaliveError
    from ansible_collections.fleetops.keepalive.plugins.module_utils._config.policy import Policy
    from ansible_collections.fleetops.keepalive.plugins.module_utils._config.scope import everybody

    from in_memory import Files

SIDES = [(SSHD, "/etc/ssh/sshd_config"), (SSH, "/etc/ssh/ssh_config")]
RELEASES = [(8, 1), (8, 4), (8, 6), (9, 2), (10, 0)]


def read(data):
    """Take the first byte for the side and the release, the rest for two files; read, resolve, plan an
    edit."""
    first = data[0] if data else 0
    dialect, main = SIDES[first % 2]
    release = RELEASES[first // 2 % len(RELEASES)]
    text, _separator, included = data[1:].partition(b"\xff\xff")
    assert Document.parse(text).render() == text
    source = Files({main: text, main + ".d/1.conf": included})
    directories = sources.Directories("/etc/ssh", "/home/alice")
    wanted = [Policy(everybody(dialect), {dialect.by_option["interval"]: 60}, ())]
    try:
        found = reader.read_tree(main, sources.Candidate(source), dialect, release, directories)
        resolve.standings(found)
        plan.plan(main, source, dialect, release, directories, wanted)
    except KeepaliveError:
        return


atheris.Setup(sys.argv, read)
atheris.Fuzz()
