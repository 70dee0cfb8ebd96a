"""What the role's options lead to, in the words of sshd."""

import pytest

import openssh


def both(values):
    return values["clientaliveinterval"], values["clientalivecountmax"]


def test_global_values(host):
    values = openssh.server(host)
    assert (*both(values), values["tcpkeepalive"]) == ("600", "1", "no")


def test_values_of_the_rules(host):
    assert both(openssh.server(host, user="backup_user")) == ("1", "60")
    assert both(openssh.server(host, addr="198.51.100.9")) == ("120", "1")
    assert both(openssh.server(host, user="backup_user", addr="198.51.100.9")) == ("1", "60")


def test_a_load_that_was_put_off_is_made_up_for_once(host):
    assert openssh.loads(host) == 1


def test_the_running_sshd_has_the_values(host):
    assert "keepalive@openssh.com" in openssh.session(host, "sleep 2.5", user="backup_user").stderr
    quiet = openssh.session(host, "sleep 2.5")
    assert quiet.returncode == 0 and "keepalive@openssh.com" not in quiet.stderr


def test_backups_are_where_they_are_wanted(host):
    directory = host.file("/var/backups/of-the-test")
    assert (directory.user, directory.mode) == ("root", 0o700)
    assert "900" in host.check_output("cat /var/backups/of-the-test/*")
    assert len(directory.listdir()) == 2
    kept = host.check_output("cat /var/backups/fleetops.keepalive/*")
    assert kept.count("ClientAliveInterval 900") == 3 and "#ClientAliveInterval 0" not in kept


def test_the_drop_in_has_the_name_and_the_mode_asked_for(host):
    assert openssh.server(host, "/srv/drop_in/sshd_config")["clientaliveinterval"] == "120"
    drop_in = host.file("/srv/drop_in/sshd_config.d/10-patience.conf")
    assert (drop_in.user, drop_in.group, drop_in.mode) == ("root", "root", 0o640)
    assert openssh.lines(host, "/srv/drop_in/sshd_config") == [
        "Include /srv/drop_in/sshd_config.d/*.conf",
        "PermitRootLogin no",
    ]


def test_lines_in_the_main_file_stand_under_their_commented_defaults(host):
    assert both(openssh.server(host, "/srv/main/sshd_config")) == ("120", "3")
    assert openssh.lines(host, "/srv/main/sshd_config") == [
        "Include /srv/main/sshd_config.d/*.conf",
        "#ClientAliveInterval 0",
        "ClientAliveInterval 120",
        "#ClientAliveCountMax 3",
        "ClientAliveCountMax 3",
        "PermitRootLogin no",
        "",
        "Match User backup_user",
        "  X11Forwarding no",
    ]
    assert host.file("/srv/main/sshd_config.d").listdir() == []


def test_absent_takes_out_the_directives_named_from_all_files_of_the_scope(host):
    values = openssh.server(host, "/srv/absent/sshd_config")
    assert (*both(values), values["tcpkeepalive"]) == ("0", "3", "no")
    assert openssh.server(host, "/srv/absent/sshd_config", user="backup_user")["clientaliveinterval"] == "30"
    assert openssh.lines(host, "/srv/absent/sshd_config.d/10-site.conf") == ["MaxSessions 7"]


@pytest.mark.parametrize(
    "name, expected",
    [
        (
            "reported",
            [
                "ClientAliveInterval 60",
                "ClientAliveInterval 300",
                "Match User backup_user",
                "  ClientAliveInterval 5",
                "  X11Forwarding no",
            ],
        ),
        (
            "commented",
            [
                "ClientAliveInterval 60",
                "# fleetops.keepalive: ClientAliveInterval 300",
                "Match User backup_user",
                "  # fleetops.keepalive: ClientAliveInterval 5",
                "  X11Forwarding no",
            ],
        ),
        ("removed", ["ClientAliveInterval 60", "Match User backup_user", "  X11Forwarding no"]),
    ],
)
def test_contradictions(host, name, expected):
    path = f"/srv/conflicts/{name}"
    assert openssh.lines(host, path) == expected
    assert openssh.server(host, path)["clientaliveinterval"] == "60"
    assert openssh.server(host, path, user="backup_user")["clientaliveinterval"] == (
        "5" if name == "reported" else "60"
    )
