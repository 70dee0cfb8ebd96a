"""Made-up trees: our resolution is OpenSSH's, and after an edit OpenSSH reports the wanted values and no
other changed.

Which OpenSSH: the machine's, or that of the container image KEEPALIVE_ORACLE_IMAGE. How many trees:
KEEPALIVE_EXAMPLES.
A failing tree is shrunk and saved in .build/differential; moved to fixtures/, it is asked about on every run.
"""

import base64
import json
import os
import pwd
from pathlib import Path

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config import (
    examples,
    fitting,
    plan,
    reader,
    resolve,
    sources,
    values,
)
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.errors import KeepaliveError
from ansible_collections.fleetops.keepalive.plugins.module_utils._host import openssh
from ansible_collections.fleetops.keepalive.plugins.module_utils._host.groups import Groups
from ansible_collections.fleetops.keepalive.plugins.module_utils._module import policies
from hypothesis import HealthCheck, assume, given, note, settings

import edit_tables
from oracle import ROOT, Oracle, trees

SETTINGS = settings(suppress_health_check=list(HealthCheck), print_blob=True, database=None)
FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("*.json"))
FAILED = ROOT / ".build" / "differential"
ME = pwd.getpwuid(os.getuid()).pw_name


ORACLE = Oracle(image=os.environ.get("KEEPALIVE_ORACLE_IMAGE"))
RELEASE = ORACLE.releases["sshd"]


@pytest.fixture(name="oracle", scope="module")
def _oracle():
    yield ORACLE
    ORACLE.close()


class Side:
    """What the checks of one side need to know."""

    def __init__(self, name, oracle):
        self.name, self.dialect = name, edit_tables.DIALECTS[name]
        self.main = "/etc/ssh/%s_config" % name
        self.ask = getattr(oracle, name)
        self.release = oracle.releases[name]

    def read(self, files):
        return reader.read_tree(
            self.main,
            sources.Candidate(edit_tables.Files(files)),
            self.dialect,
            self.release,
            sources.Directories("/etc/ssh"),
        )

    def plan(self, files, options):
        wanted = policies.build(self.dialect, options, self.release)
        preferences = policies.preferences(dict(edit_tables.PLAIN, **options), self.main, True)
        return wanted, plan.plan(
            self.main,
            edit_tables.Files(files),
            self.dialect,
            self.release,
            sources.Directories("/etc/ssh"),
            wanted,
            preferences,
            Groups(),
        )


def applied(files, made):
    after = dict(files)
    for edit in made.edits:
        after.pop(edit.path, None)
        if edit.after is not None:
            after[edit.path] = edit.after.render()
    return after


def same(side, decisions, answer):
    """Every managed directive that OpenSSH reports, in its meaning, is what we resolved."""
    for directive, decision in decisions.items():
        told = answer.values.get(directive.keyword.lower())
        if decision.undecided is None and (told is not None or directive.kind == "channels"):
            meaning = values.parse(directive.kind, (told or "none").split(), side.release)
            assert meaning == decision.value, (directive, told, decision.line and decision.line.place)


def unmanaged(side, answer):
    names = {directive.keyword.lower() for directive in side.dialect.directives}
    return {name: value for name, value in answer.values.items() if name not in names}


def check_edit(side, files, options, questions, before, settled, say):
    """Plan the options on an accepted tree; OpenSSH must confirm the result for the questions and for each
    policy.

    before: the answers to the questions about the files as they are.
    """
    try:
        wanted, made = side.plan(files, options)
    except KeepaliveError as refusal:
        say("refused: %s" % refusal)
        return
    after = applied(files, made)
    say("after: %r" % after)
    answers = side.ask(after, questions) if made.edits else before
    for was, now in zip(before, answers):
        assert now.ok or not was.ok, now.message
        if was.ok:
            assert unmanaged(side, was) == unmanaged(side, now)
    for policy in wanted:
        try:
            somebody = examples.example(policy.scope, made.tree, policy.values, Groups())
        except KeepaliveError:
            continue
        answer = settled(after, somebody)
        for directive, value in policy.values.items():
            assert (
                values.parse(directive.kind, answer.values[directive.keyword.lower()].split(), side.release)
                == value
            )
    assert side.plan(after, options)[1].edits == []


def check_sshd(oracle, files, connection, options, say=print):
    """Whether sshd accepts the files as they are; if it does, everything is checked."""
    side = Side("sshd", oracle)
    before = side.ask(files, [connection])
    if not before[0].ok:
        return False
    seen = fitting.Connection(rdomain="", groups=Groups().groups_of(connection["user"]), **connection)
    same(side, resolve.for_connection(side.read(files), seen), before[0])

    def settled(after, somebody):
        asked = (
            None
            if somebody is None
            else {key: value for key, value in somebody._asdict().items() if key not in ("groups", "rdomain")}
        )
        return side.ask(after, [asked])[0]

    check_edit(side, files, options, [connection], before, settled, say)
    return True


def check_ssh(oracle, files, options, say=print):
    """Whether ssh accepts the files as they are; if it does, everything is checked."""
    side = Side("ssh", oracle)
    answers = side.ask(files, trees.HOSTS)
    if not answers[0].ok:
        return False
    found = side.read(files)
    for host, answer in zip(trees.HOSTS, answers):
        same(
            side,
            resolve.for_destination(
                found, host, localuser=ME, batch_interval=openssh.batch_interval(oracle.builds["ssh"])
            ),
            answer,
        )

    def settled(after, somebody):
        return side.ask(after, ["%(user)s@%(host)s" % somebody if somebody["user"] else somebody["host"]])[0]

    check_edit(side, files, options, trees.HOSTS, answers, settled, say)
    return True


CHECKS = {"sshd": check_sshd, "ssh": check_ssh}


def saving(name, oracle, files, **case):
    """Run a side's check; a case that fails is saved, and as the last one that fails is the smallest, that
    one stays.

    Trees that OpenSSH refuses do not count among the examples.
    """
    try:
        accepted = CHECKS[name](oracle, files, say=note, **case)
    except Exception:
        FAILED.mkdir(parents=True, exist_ok=True)
        packed = {path: base64.b64encode(data).decode("ascii") for path, data in files.items()}
        (FAILED / ("%s-%d.%d.json" % ((name,) + oracle.releases[name]))).write_text(
            json.dumps(dict(case, side=name, files=packed), indent=1)
        )
        raise
    assume(accepted)


@SETTINGS
@given(files=trees.sshd_tree(RELEASE), connection=trees.connection(), options=trees.sshd_options(RELEASE))
def test_sshd(oracle, files, connection, options):
    saving("sshd", oracle, files, connection=connection, options=options)


@SETTINGS
@given(files=trees.ssh_tree(RELEASE), options=trees.ssh_options())
def test_ssh(oracle, files, options):
    saving("ssh", oracle, files, options=options)


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in FIXTURES])
def test_tree_that_failed_once(oracle, path):
    case = json.loads(path.read_text())
    files = {name: base64.b64decode(data) for name, data in case.pop("files").items()}
    assert CHECKS[case.pop("side")](oracle, files, **case)
