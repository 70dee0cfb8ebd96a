"""Every example of docs/which-line-wins.md: OpenSSH says what the page says, and keepalive_info names the
same line."""

import re

import pytest

from oracle import ROOT, Oracle

PAGE = (ROOT / "docs" / "which-line-wins.md").read_text()
FILE = re.compile(r"^```sshd?_config (\S+)\n(.*?)^```$", re.M | re.S)
SAYS = re.compile(
    r"^- For (?P<who>[^,]+), (?P<program>sshd?) says `(?P<keyword>\S+) (?P<value>\S+)`: (?P<line>no "
    r"line|`\S+`) decides\.$",
    re.M,
)


def examples():
    """(heading, files, sayings) of every section that has files."""
    found = []
    for section in re.split(r"^### ", PAGE, flags=re.M)[1:]:
        heading, _newline, text = section.partition("\n")
        text = text.split("\n## ")[0]
        files = {path: content.encode() for path, content in FILE.findall(text)}
        found.append(pytest.param(files, [match.groupdict() for match in SAYS.finditer(text)], id=heading))
    return found


@pytest.fixture(name="oracle", scope="module")
def _oracle():
    found = Oracle()
    yield found
    found.close()


def view(oracle, files, program, who):
    """What keepalive_info tells for everybody, for user X [from Y], or for destination X."""
    words = who.split()
    if program == "ssh":
        [(told, _files)] = oracle.manage("info", files, [{"sides": [], "hosts": [words[1]]}])
        return told["hosts"][words[1]]
    connection = {} if who == "everybody" else dict(zip(["user", "addr"], words[1::2]))
    [(told, _files)] = oracle.manage("info", files, [{"sides": ["server"], "connection": connection}])
    return told["server"]


@pytest.mark.parametrize("files, sayings", examples())
def test_the_page_is_right(oracle, files, sayings):
    assert files and sayings
    for said in sayings:
        told = view(oracle, files, said["program"], said["who"])
        assert told["verified"] == "openssh"
        assert told["effective"][said["keyword"]] == said["value"], said
        winners = [
            "`%s:%d`" % (line["file"], line["line"])
            for line in told["lines"]
            if line["status"] == "wins" and line["directive"].lower() == said["keyword"]
        ]
        assert winners == ([] if said["line"] == "no line" else [said["line"]]), said


def test_every_saying_is_read():
    assert len(SAYS.findall(PAGE)) == PAGE.count("\n- For ") and len(examples()) >= 11
