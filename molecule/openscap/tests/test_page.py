"""OpenSCAP and keepalive_info judge every row as docs/profiles.md says."""

import pathlib
import re
import shlex

import pytest
import scap

testinfra_hosts = ["ansible://tailored"]

PAGE = pathlib.Path(__file__).resolve().parents[3] / "docs" / "profiles.md"


def rows():
    """The rows of the two tables: how OpenSCAP is asked, the lines of the main file, those of the drop-in, and either's verdicts on interval and count."""
    section = PAGE.read_text(encoding="utf-8").partition("## Disagreements with SCAP Security Guide\n")[2].partition("\n## ")[0]
    way = None
    for line in section.splitlines():
        if line.startswith("| Lines | "):
            way = scap.UNTOLD if "untold" in line else scap.TOLD
        elif line.startswith("| ") and not line.startswith("| ---"):
            lines, scanned, judged, _why = line.strip("| ").split(" | ")
            main, _word, drop_in = lines.partition("drop-in:")
            yield way, re.findall("`(.*?)`", main), re.findall("`(.*?)`", drop_in), tuple(scanned.split(", ")), tuple(judged.split(", "))


ROWS = list(rows())


def text(main, folder):
    return "".join(line + "\n" for line in [f"Include {folder}/sshd_config.d/*.conf", *main])


@pytest.fixture(name="scanned", scope="module")
def _scanned(host):
    return scap.scan(host, [(way, text(main, "/etc/ssh")) for way, main, *_rest in ROWS])


@pytest.fixture(name="judged", scope="module")
def _judged(host, audit):
    folders = [f"/srv/rows/{number}" for number in range(len(ROWS))]
    script = []
    for folder, (_way, main, drop_in, *_rest) in zip(folders, ROWS):
        script.append(f"mkdir -p {folder}/sshd_config.d")
        script.append(f"printf %s {shlex.quote(text(main, folder))} >{folder}/sshd_config")
        script += [f"echo {shlex.quote(line)} >>{folder}/sshd_config.d/10-site.conf" for line in drop_in]
    host.check_output(" && ".join(["rm -rf /srv/rows", *script]))
    statuses = [{finding["directive"]: finding["status"] for finding in told["findings"]} for told in audit([f"{folder}/sshd_config" for folder in folders])]
    return [(status["ClientAliveInterval"], status["ClientAliveCountMax"]) for status in statuses]


def test_the_page_has_its_rows():
    assert len(ROWS) > 15
    assert len([row for row in ROWS if row[3] != row[4]]) > 10


@pytest.mark.parametrize("number", range(len(ROWS)))
def test_both_verdicts(scanned, judged, number):
    _way, _main, _drop_in, by_openscap, by_us = ROWS[number]
    assert (scanned[number], judged[number]) == (by_openscap, by_us)
