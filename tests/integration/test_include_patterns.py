"""Which files an Include line finds: made-up patterns, and ssh itself says what it has read."""

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.globs import glob_regex
from hypothesis import assume, example, given
from hypothesis import strategies as st

from oracle import Oracle

DIRECTORY = "/etc/ssh/ssh_config.d"
NAMES = [
    "xa",
    "xb",
    "xA",
    "x1",
    "xab",
    "xaab",
    "x.",
    "x^",
    "x!",
    "x]",
    "x[",
    "x-",
    "x:",
    "x*",
    "x*y",
    "x[a]",
    "x[!]",
    "x[ab",
    "x\\",
    ".xa",
    "a",
    "]",
    "[:x:]",
]
PIECES = [
    "x",
    "a",
    "b",
    "A",
    "*",
    "?",
    "[",
    "]",
    "!",
    "^",
    "-",
    "[a",
    "[!",
    "[^",
    "a-b]",
    "\\",
    ":",
    ".",
    "[:alpha:]",
    "[:punct:]",
    "[:no:]",
]


@pytest.fixture(name="oracle", scope="module")
def _oracle():
    found = Oracle()
    yield found
    found.close()


@example("x[!]a]")
@example("x[!]")
@example("x[^a]")
@example("x\\**")
@example("x[\\]a]")
@example("x[![:alpha:]]")
@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=7)
    .map("".join)
    .filter(lambda pattern: not pattern.lstrip("\\").startswith("."))
)
def test_ssh_reads_the_files_that_fit(oracle, pattern):
    files = {f"{DIRECTORY}/{name}": f"SendEnv F{number}\n".encode() for number, name in enumerate(NAMES)}
    quoted = pattern.replace("\\", "\\\\")
    files["/etc/ssh/ssh_config"] = f'Include "{DIRECTORY}/{quoted}"\n'.encode()
    [answer] = oracle.ssh(files, ["db"])
    assume(
        answer.ok or answer.message
    )  # ssh runs past the end of "[[:alpha:]", a set that only the name in it seems to close.
    assert answer.ok, answer.message
    read = answer.values.get("sendenv", "").split()
    expression = glob_regex(f"{DIRECTORY}/{pattern}")
    assert sorted(read) == sorted(
        f"F{number}" for number, name in enumerate(NAMES) if expression.match(f"{DIRECTORY}/{name}")
    )
