"""Check mode has changed nothing."""

import pathlib

import openssh
import pytest

FILES = pathlib.Path(__file__).parents[1] / "files"
NAMES = sorted(str(path.relative_to(FILES)) for path in FILES.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", NAMES)
def test_every_byte_is_as_it_was(host, name):
    assert host.file("/" + name).content == (FILES / name).read_bytes()


def test_sshd_was_not_told_to_load(host):
    assert openssh.loads(host) == 0
