"""What the role's options lead to, in the words of ssh, run by an account without rights."""

import pytest

import openssh


def both(values):
    return values["serveraliveinterval"], values["serveralivecountmax"]


def test_the_roles_own_defaults(host):
    values = openssh.client(host, user="carol")
    assert (*both(values), values["tcpkeepalive"]) == ("60", "3", "no")


@pytest.mark.parametrize(
    "destination, expected",
    [
        ("a.sat.test", ("20", "10")),
        ("near.sat.test", ("60", "3")),
        ("backup@a.test", ("30", "3")),
        ("backup@a.sat.test", ("20", "10")),
    ],
)
def test_destinations_of_the_rules(host, destination, expected):
    assert both(openssh.client(host, destination, user="carol")) == expected


def test_a_new_drop_in_can_be_read_by_everybody(host):
    drop_in = host.file("/srv/drop_in/ssh_config.d/20-patience.conf")
    assert (drop_in.user, drop_in.group, drop_in.mode) == ("root", "root", 0o644)
    assert both(openssh.client(host, user="carol", path="/srv/drop_in/ssh_config")) == ("60", "3")


def test_own_values_are_kept_and_the_timeout_gives_the_interval(host):
    assert openssh.client(host, "modem.test", path="/srv/yields")["serveraliveinterval"] == "5"
    assert openssh.client(host, path="/srv/yields")["serveraliveinterval"] == "45"


def test_own_values_are_overruled(host):
    for destination in ("modem.test", "elsewhere.test"):
        assert both(openssh.client(host, destination, path="/srv/overrides")) == ("60", "3")


def test_absent_takes_out_what_is_for_everybody_only(host):
    assert openssh.lines(host, "/srv/absent") == [
        "Host modem.test",
        "    ServerAliveInterval 5",
        "Host *",
        "    HashKnownHosts yes",
    ]


def test_a_missing_file_is_created_for_everybody_to_read(host):
    created = host.file("/srv/new")
    assert (created.user, created.group, created.mode) == ("root", "root", 0o644)
    assert both(openssh.client(host, "a.test", user="carol", path="/srv/new")) == ("120", "4")
    assert both(openssh.client(host, "a.example", user="carol", path="/srv/new")) == ("0", "3")


def test_backups_are_where_they_are_wanted(host):
    kept = host.file("/var/backups/of-the-test")
    assert (kept.user, kept.mode, len(kept.listdir())) == ("root", 0o700, 1)
    assert sorted(host.file("/srv").listdir()) == ["absent", "drop_in", "new", "overrides", "yields"]
    assert "overrides" not in host.check_output("ls -R /var/backups/fleetops.keepalive")
