"""What becomes of each line, and in what words: one table for both sides."""

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config import resolve
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.directives import SSH, SSHD
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.reader import read_tree
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.sources import Candidate, Directories
from ansible_collections.fleetops.keepalive.plugins.module_utils._module import provenance

from in_memory import Files

MAIN = "/etc/ssh/config"
TABLE = {
    "the first line decides": (SSHD, "ClientAliveInterval 1\nClientAliveInterval 2\n", ["wins", "shadowed"]),
    "a block that says otherwise": (
        SSHD,
        "ClientAliveInterval 1\nMatch User a\nClientAliveInterval 2\n",
        ["wins", "match_override"],
    ),
    "a block that says the same": (
        SSHD,
        "ClientAliveInterval 1\nMatch User a\nClientAliveInterval 1\n",
        ["wins", "wins"],
    ),
    "the second of two blocks alike": (
        SSHD,
        "Match User a\nClientAliveInterval 2\nMatch User a\nClientAliveInterval 3\n",
        ["match_override", "shadowed"],
    ),
    "what no Match block can set": (SSHD, "Match User a\nTCPKeepAlive no\n", ["shadowed"]),
    "Match all": (SSHD, "Match all\nClientAliveInterval 1\n", ["wins"]),
    "the other side's": (SSHD, "ServerAliveInterval 1\n", ["wrong_side"]),
    "a destination ahead of all": (
        SSH,
        "Host gw\nServerAliveInterval 1\nHost *\nServerAliveInterval 2\n",
        ["own", "wins"],
    ),
    "a destination behind all": (
        SSH,
        "Host *\nServerAliveInterval 2\nHost gw\nServerAliveInterval 1\n",
        ["wins", "shadowed"],
    ),
    "a command of the configuration": (SSH, "Match exec true\nServerAliveInterval 1\n", ["unknown"]),
}


@pytest.mark.parametrize("name", TABLE)
def test_what_becomes_of_a_line(name):
    dialect, text, expected = TABLE[name]
    tree = read_tree(MAIN, Candidate(Files({MAIN: text.encode()})), dialect, (9, 9), Directories("/etc/ssh"))
    standings = resolve.standings(tree)
    assert [standing.status for standing in standings] == expected
    lines = provenance.lines(standings)
    assert [line["status"] for line in lines] == expected
    assert all(line["why"] and line["file"] == MAIN and line["line"] > 0 for line in lines)


def test_a_table_has_the_deciding_line_first_and_the_defaults():
    text = b"Match User a\nClientAliveInterval 2\nMatch all\nClientAliveInterval 1\n"
    tree = read_tree(MAIN, Candidate(Files({MAIN: text})), SSHD, (9, 9), Directories("/etc/ssh"))
    effective = {"clientaliveinterval": "1", "clientalivecountmax": "3"}
    rows = provenance.table(resolve.standings(tree), effective, SSHD)
    assert [row.split()[:3] for row in rows] == [
        ["ClientAliveInterval", "1", f"{MAIN}:4"],
        ["ClientAliveInterval", "2", f"{MAIN}:2"],
        ["ClientAliveCountMax", "3", "-"],
    ]
    assert rows[2].endswith(provenance.DEFAULT)
