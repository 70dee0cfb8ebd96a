"""What must not come of a hostile host's answer, held against an honest run of the same play."""

import re
from xml.etree import ElementTree

from .controller import HONEST

#: What does something to a terminal, and bytes that are not UTF-8.
HARMFUL = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
#: Characters of output about one host, and of the sentence about it.
MOST_SAID, LONGEST_SENTENCE = 200000, 30000
#: MiB that one process of Ansible's may take. An honest run takes some 60, and an answer of 20 MB is there a
#: few times over.
MOST_MEMORY = 500
#: Keys with which a result does something to Ansible, and those that Ansible adds itself.
ANSIBLES_OWN = {"_ansible_no_log", "_ansible_verbose_always", "_ansible_delegated_vars"}
POWERS = {
    "ansible_facts",
    "add_host",
    "add_group",
    "include",
    "include_variables",
    "ansible_included_var_files",
    "ansible_job_id",
    "_relay",
    "_state",
    "_target",
    "token",
    "state",
}
STATUSES = {"non_compliant", "failed", "no_data", "not_judged", "not_applicable", "compliant", "unreachable"}


def harm(run, honest, hostile):
    """What a run did that it must not do, as sentences. honest: a run of the same play on the honest hosts
    alone; hostile: the names of the other hosts."""
    return [
        *_started(run, honest),
        *_written(run, honest),
        *_said(run, hostile),
        *_came_to(run, hostile),
        *_of_honest_hosts(run, honest),
        *(_reported(run, honest, hostile) if honest.report else []),
    ]


def _started(run, honest):
    for words in sorted(run.processes - honest.processes):
        yield f"the controller started {' '.join(words)[:2000]!r}"


def _written(run, honest):
    for path in sorted(run.files - honest.files):
        yield f"the run left {path!r}"
    for path in sorted((run.directory.parent / "canaries").glob("*")):
        yield f"{path.name} had the controller make a file"
        path.unlink()


def _said(run, hostile):
    if run.late:
        yield f"the run did not end within its {run.seconds:.0f} s"
    for words in [] if run.late else run.left:
        yield f"the run left a process: {words[:2000]}"
    if run.memory > MOST_MEMORY:
        yield f"the run took {run.memory} MiB"
    for word in ("Traceback", "worker was found in a dead state", "Unexpected Exception", "{{ 49"):
        if word in run.output:
            yield f"the output has {word!r}: ...{_around(run.output, run.output.index(word))!r}..."
    found = HARMFUL.search(run.output)
    if found:
        yield f"the output has {found.group()!r}: ...{_around(run.output, found.start())!r}..."
    sizes = run.sizes()
    for host in hostile:
        if sizes.get(host, 0) > MOST_SAID:
            yield f"the output has {sizes[host]} characters about {host}"


def _around(text, index):
    return text[max(0, index - 300) : index + 300]


def _came_to(run, hostile):
    for host in hostile:
        told = [(action, kind, result) for name, action, kind, result in run.told if name == host]
        if not told:
            yield f"{host} has no result"
        for action, kind, result in told:
            powers = sorted(
                key
                for key in result
                if key in POWERS or key.startswith("_ansible_") and key not in ANSIBLES_OWN
            )
            if powers and action.startswith("fleetops."):
                yield f"{host} returned {powers}"
            message = result.get("msg")
            if kind in ("failed", "unreachable") and not (
                isinstance(message, str)
                and message.strip()
                and "\n" not in message
                and len(message) < LONGEST_SENTENCE
            ):
                yield f"{host} {kind} without one sentence: {str(message)[:2000]!r}"


def _of_honest_hosts(run, honest):
    for host in HONEST:
        for now, before in zip(run.of(host) + ["nothing"], honest.of(host) + ["nothing"]):
            if now != before:
                yield f"{host} came to {now[:2000]} in place of {before[:2000]}"
                break


def _reported(run, honest, hostile):
    document = run.report
    if document is None:
        yield "there is no report"
        return
    rows, before = ({host["name"]: host for host in report["hosts"]} for report in (document, honest.report))
    if set(rows) != {*HONEST, *hostile}:
        yield f"the report is about {sorted(rows)}"
    for host in HONEST:
        findings, others = (
            [found for found in report["findings"] if found["host"] == host]
            for report in (document, honest.report)
        )
        if rows.get(host) != before[host] or findings != others:
            yield f"the report says of {host} {rows.get(host)} in place of {before[host]}"
    for host in set(hostile) & set(rows):
        if rows[host]["environments"] != run.environments(host) or rows[host]["status"] not in STATUSES:
            yield f"the report says of {host} {str(rows[host])[:2000]}"
        if rows[host]["status"] in ("failed", "unreachable") and not rows[host]["message"]:
            yield f"the report does not say why {host} failed"
    directory = run.directory / "here" / "keepalive-report"
    if "palace" in (directory / "report.json").read_text():
        yield "the report has a fact in it"
    ElementTree.parse(str(directory / "junit.xml"))
    for path in directory.iterdir():
        found = HARMFUL.search(path.read_bytes().decode("utf-8", "surrogateescape").replace("\r\n", "\n"))
        if found:
            yield f"{path.name} has {found.group()!r}"
