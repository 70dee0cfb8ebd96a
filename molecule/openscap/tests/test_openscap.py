"""What was enforced passes, and OpenSCAP and keepalive_info judge every row of docs/profiles.md as it
says."""

import json
import pathlib
import re
import shlex

import pytest

import controller
import openssh
import scap

PAGE = pathlib.Path(__file__).resolve().parents[3] / "docs" / "profiles.md"
SYSTEM, LETTER = "/etc/ssh/sshd_config", "/srv/letter/sshd_config"
PASSED, FAILED = ("pass", "pass"), ("fail", "fail")


def rows():
    """The rows of the two tables: how OpenSCAP is asked, the lines of the main file, those of the drop-in,
    and either's verdicts on interval and count."""
    section = (
        PAGE.read_text(encoding="utf-8")
        .partition("## Disagreements with SCAP Security Guide\n")[2]
        .partition("\n## ")[0]
    )
    way = None
    for line in section.splitlines():
        if line.startswith("| Lines | "):
            way = scap.UNTOLD if "untold" in line else scap.TOLD
        elif line.startswith("| ") and not line.startswith("| ---"):
            lines, scanned, judged, _why = line.strip("| ").split(" | ")
            main, _word, drop_in = lines.partition("drop-in:")
            yield (
                way,
                re.findall("`(.*?)`", main),
                re.findall("`(.*?)`", drop_in),
                tuple(scanned.split(", ")),
                tuple(judged.split(", ")),
            )


ROWS = list(rows())


def text(main, directory):
    return "".join(line + "\n" for line in [f"Include {directory}/sshd_config.d/*.conf", *main])


@pytest.fixture(name="scanned", scope="module")
def _scanned(host):
    """The results of OpenSCAP: of every row, then of what was enforced on the system and in the second file,
    told and untold."""
    letter = host.check_output(f"cat {LETTER}") + "\n"
    enforced = [(scap.TOLD, None), (scap.UNTOLD, None), (scap.TOLD, letter), (scap.UNTOLD, letter)]
    return scap.scan(host, [(way, text(main, "/etc/ssh")) for way, main, *_rest in ROWS] + enforced)


@pytest.fixture(name="findings", scope="module")
def _findings(host, tmp_path_factory):
    """Directive to finding by anssi_nt28: of every row, then of the system and of the second file."""
    directories = [f"/srv/rows/{number}" for number in range(len(ROWS))]
    script = ["rm -rf /srv/rows"]
    for directory, (_way, main, drop_in, *_rest) in zip(directories, ROWS):
        script.append(
            f"mkdir -p {directory}/sshd_config.d && printf %s {shlex.quote(text(main, directory))} "
            f">{directory}/sshd_config"
        )
        script += [f"echo {shlex.quote(line)} >>{directory}/sshd_config.d/10-site.conf" for line in drop_in]
    host.check_output(" && ".join(script))
    told = _audit(
        tmp_path_factory.mktemp("audit"),
        [f"{directory}/sshd_config" for directory in directories] + [SYSTEM, LETTER],
    )
    return [{finding["directive"]: finding for finding in result["findings"]} for result in told]


def _audit(directory, paths):
    """What keepalive_info says about each of these main files."""
    ask = {
        "fleetops.keepalive.keepalive_info": {"server_path": "{{ item }}", "profiles": ["anssi_nt28"]},
        "loop": paths,
        "register": "told",
    }
    keep = {
        "ansible.builtin.copy": {
            "content": "{{ told.results | to_json }}",
            "dest": f"{directory}/told.json",
            "mode": "0600",
        }
    }
    play = {
        "hosts": "all",
        "become": True,
        "gather_facts": False,
        "tasks": [ask, {**keep, "delegate_to": "localhost", "become": False}],
    }
    (directory / "audit.yml").write_text(json.dumps([play]), encoding="utf-8")
    run = controller.start(
        controller.inventory(directory, controller.instances(), {}), directory / "audit.yml"
    )
    output = run.communicate()[0]
    assert run.returncode == 0, output
    return json.loads((directory / "told.json").read_text(encoding="utf-8"))


def verdicts(finding):
    return finding["ClientAliveInterval"]["status"], finding["ClientAliveCountMax"]["status"]


def test_both_rules_pass_once_enforced(scanned):
    assert scanned[len(ROWS) :] == [PASSED, FAILED, FAILED, PASSED]


def test_an_audit_knows_which_of_the_two_protects(findings):
    system, letter = findings[len(ROWS) :]
    assert (verdicts(system), verdicts(letter)) == (PASSED, ("pass", "fail"))
    assert "never ends a session on this OpenSSH" in letter["ClientAliveCountMax"]["reason"]


def test_the_values_are_in_force(host):
    values = [openssh.server(host, path) for path in (SYSTEM, LETTER)]
    assert [(value["clientaliveinterval"], value["clientalivecountmax"]) for value in values] == [
        ("300", "1"),
        ("300", "0"),
    ]
    assert openssh.loads(host) == 1


def test_the_page_has_its_rows():
    assert len(ROWS) > 15
    assert len([row for row in ROWS if row[3] != row[4]]) > 10


@pytest.mark.parametrize("number", range(len(ROWS)))
def test_both_verdicts(scanned, findings, number):
    _way, _main, _drop_in, by_openscap, by_us = ROWS[number]
    assert (scanned[number], verdicts(findings[number])) == (by_openscap, by_us)
