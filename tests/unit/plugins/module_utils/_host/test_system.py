"""Which system this is, and which package sshd comes from."""

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config import timing
from ansible_collections.fleetops.keepalive.plugins.module_utils._host import system

OS_RELEASES = [
    ('NAME="Red Hat Enterprise Linux"\nVERSION_ID="9.4"\nID="rhel"\n', ("rhel", "9.4")),
    ('ID=debian\nVERSION_ID="12"\n# a comment\n\nBROKEN\n', ("debian", "12")),
    ("ID=arch\n", ("arch", "")),
    ("ID='sles'\nVERSION_ID='15.5'\n", ("sles", "15.5")),
]


@pytest.mark.parametrize("text, told", OS_RELEASES, ids=[told[0] for _text, told in OS_RELEASES])
def test_what_os_release_says(tmp_path, monkeypatch, text, told):
    (tmp_path / "os-release").write_text(text)
    monkeypatch.setattr(system, "OS_RELEASE", (str(tmp_path / "missing"), str(tmp_path / "os-release")))
    assert system.identify() == told


def test_a_host_that_does_not_say(tmp_path, monkeypatch):
    monkeypatch.setattr(system, "OS_RELEASE", (str(tmp_path / "missing"),))
    assert system.identify() == ("", "")


@pytest.mark.parametrize(
    "release, package, void",
    [
        ((8, 0), "8.0p1-12.el8", False),
        ((8, 0), "8.0p1-13.el8", True),
        ((8, 0), "8.0p1-19.el8_8", True),
        ((8, 0), "8.0p1-5.el8", False),
        ((7, 4), "7.4p1-23.el7_9", False),
        ((8, 7), "8.7p1-38.el9", True),
    ],
)
def test_the_package_decides_on_the_rhel_8_family(tmp_path, monkeypatch, release, package, void):
    rpm = tmp_path / "rpm"
    rpm.write_text(
        '#!/bin/sh\n[ "$*" = "-qf --queryformat %%{VERSION}-%%{RELEASE} /usr/sbin/sshd" ] && printf %%s %s\n'
        % package
    )
    rpm.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = system.known_build("/usr/sbin/sshd", release)
    assert found == release
    assert timing.count_zero_is_void("sshd", found) is void
    assert timing.drop_after("sshd", found, 600, 0) == (None if void else 600)


def test_without_rpm_the_version_decides(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not timing.count_zero_is_void("sshd", system.known_build("/usr/sbin/sshd", (8, 0)))
