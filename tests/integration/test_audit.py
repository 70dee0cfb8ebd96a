"""The playbook audit on real hosts: a table of what is in force and why, and the hosts that could not be
asked."""


def test_the_table_and_the_hosts_without_data(fleet):
    (fleet.directory / "inventory" / "unreachable.yml").write_text(
        "all:\n  hosts:\n    down:\n      ansible_host: 127.0.0.1\n      ansible_port: 1\n"
    )
    host = fleet.hosts[0]
    path = host.directory / "sshd_config"
    path.write_text("ClientAliveInterval 17\n" + path.read_text())
    play = fleet.playbook("-i", fleet.directory / "inventory", "fleetops.keepalive.audit", "--check")
    assert play.status == 0, play.output
    assert "ClientAliveInterval      17    %s:1  wins: first line read for everybody" % path in play.output
    assert '"msg": "down"' in play.output
    told = [
        line for line in play.output.splitlines() if "changed=" in line and not line.startswith("localhost")
    ]
    assert len(told) == 4 and all("changed=0 " in line for line in told)
