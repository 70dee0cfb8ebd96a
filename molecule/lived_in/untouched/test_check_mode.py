"""Check mode has changed nothing."""

import pytest

import as_left
import openssh

FILES = as_left.contents("files")


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_byte_is_as_it_was(host, name):
    assert host.file("/" + name).content == FILES[name]


def test_sshd_was_not_told_to_load(host):
    assert openssh.loads(host) == 0
