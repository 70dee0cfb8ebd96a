"""OpenSCAP with Debian's own content, on a host of a scenario."""

import base64
import re

CONTENT = "/usr/share/xml/scap/ssg/content/ssg-debian11-ds.xml"
MAIN = "/etc/ssh/sshd_config"
#: How to scan: the options, the rules for interval and count, and the count that they want.
UNTOLD = ("--profile anssi_np_nt28_average", ("sshd_set_idle_timeout", "sshd_set_keepalive_0"), 0)
TOLD = (
    "--tailoring-file /srv/tailoring.xml --profile xccdf_org.fleetops_profile_count_1",
    ("sshd_set_idle_timeout", "sshd_set_keepalive"),
    1,
)


def scan(host, asked):
    """The results of the two rules for each (way, text of the main file, or None for the one that is there):
    [(interval, count), …].

    The scanner first has to tell what is known to be wrong from what is known to be right: where its package
    probe fails, everything passes.
    """
    known = [(way, text) for way in (TOLD, UNTOLD) for text in (_lines(900, way[2] + 1), _lines(300, way[2]))]
    script = "\n".join(
        [
            f"cp -p {MAIN} /run/kept",
            *(_one(way, text) for way, text in known + asked),
            f"cp -p /run/kept {MAIN}",
        ]
    )
    done = host.run(script)
    # Titles and values are set apart by tabs and carriage returns.
    told = [
        dict(re.findall(r"content_rule_(\w+)\s+Result\s+(\w+)", output))
        for output in done.stdout.split("--- Starting Evaluation ---")[1:]
    ]
    assert len(told) == len(known + asked), done
    results = [tuple(rules.get(rule) for rule in way[1]) for (way, _text), rules in zip(known + asked, told)]
    trusted = results[: len(known)] == [("fail", "fail"), ("pass", "pass")] * 2
    assert trusted, f"OpenSCAP does not tell wrong from right, so nothing it says is worth anything: {done}"
    return results[len(known) :]


def _lines(interval, count):
    return f"ClientAliveInterval {interval}\nClientAliveCountMax {count}\n"


def _one(way, text):
    """The command for one scan."""
    rules = " ".join(f"--rule xccdf_org.ssgproject.content_rule_{rule}" for rule in way[1])
    put = (
        "cp -p /run/kept"
        if text is None
        else f"echo {base64.b64encode(text.encode()).decode()} | base64 -d >"
    )
    return f"{put} {MAIN}; oscap xccdf eval {way[0]} {rules} {CONTENT}"
