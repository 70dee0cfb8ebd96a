"""Lines as each OpenSSH release cuts them; the grammar table of the semantics, row by row."""

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.lexer import (
    decode,
    encode,
    lex,
    printable,
)
from hypothesis import given
from hypothesis import strategies as st

NEW, OLD, MIDDLE = (9, 2), (8, 4), (8, 6)


@pytest.mark.parametrize(
    "line, side, release, cut",
    [
        (b"K 30", "ssh", NEW, ("k", ["30"])),
        (b"K=30", "ssh", NEW, ("k", ["30"])),
        (b"K = 30", "sshd", OLD, ("k", ["30"])),
        (b'K="30"', "sshd", NEW, ("k", ["30"])),
        (b'"K" 30', "sshd", NEW, ("k", ["30"])),
        (b"\t K\t30 \r\n", "sshd", NEW, ("k", ["30"])),
        (b"K == 30", "sshd", NEW, ("k", ["=", "30"])),
        (b'K"30"', "sshd", NEW, None),
        (b'K 3"0"', "sshd", NEW, ("k", ["30"])),
        (b"K 'a b' c\\ d", "sshd", NEW, ("k", ["a b", "c d"])),
        (b"K a\\ b", "sshd", OLD, ("k", ["a\\", "b"])),
        (b'K "a b', "sshd", NEW, None),
        (b"K 30 # why", "sshd", NEW, ("k", ["30"])),
        (b"K 30# why", "sshd", NEW, ("k", ["30#", "why"])),
        (b"K 30# why", "sshd", OLD, ("k", ["30"])),
        (b"K 30 # why", "ssh", OLD, ("k", ["30", "#", "why"])),
        (b"K 30# why", "ssh", MIDDLE, ("k", ["30"])),
        (b"# K 30", "ssh", OLD, None),
        (b"K", "sshd", NEW, None),
        (b"", "sshd", NEW, None),
        (b"K 30\x0c\n", "sshd", NEW, ("k", ["30"])),
        (b"K 3\x000", "ssh", NEW, ("k", ["3"])),
        (b'K 30 "" b', "sshd", OLD, ("k", ["30"])),
        (b'K 30 "b', "sshd", OLD, ("k", ["30"])),
        (b'K "', "sshd", OLD, None),
        (b"Match User=b Host = 'c'", "sshd", NEW, ("match", ["User", "b", "Host", "'c'"])),
        (b"Match User=b Host = 'c'", "sshd", (10, 0), ("match", ["User=b", "Host", "=", "c"])),
        (b'Match User "b', "sshd", NEW, None),
        ("\u212aeepAlive yes".encode(), "ssh", NEW, ("\u212aeepalive", ["yes"])),
    ],
)
def test_a_line_is_cut_as_openssh_cuts_it(line, side, release, cut):
    assert lex(line, side, release) == cut


@given(st.binary(), st.sampled_from(["ssh", "sshd"]), st.sampled_from([NEW, OLD, MIDDLE]))
def test_no_line_upsets_the_lexer(line, side, release):
    lex(line, side, release)


@given(st.binary())
def test_text_keeps_every_byte(raw):
    assert encode(decode(raw)) == raw
    printable(decode(raw)).encode("utf-8")
