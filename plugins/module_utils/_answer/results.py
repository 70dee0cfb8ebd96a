# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules return, as shapes. A key that a module returns and that is not here does not reach a
playbook."""

from .shape import DictOf, Flag, ListOf, Maybe, Number, Record, Sentences, Text, Word

#: How many lines, files, users and findings a host may answer with. The largest real files have some ten
#: thousand lines; all profiles
#: together have some hundred findings.
LINES, FILES, USERS, FINDINGS = 100000, 10000, 20000, 500
#: How many warnings, files that could not be read, and lines of a table are shown.
WARNINGS, UNREADABLE, TABLE = 50, 200, 2000
#: Characters of a path (PATH_MAX), and of a file in a diff.
PATH, DIFF = 4096, 4 << 20
#: Seconds that a number may stand for: what a C long holds.
SECONDS = (1 << 63) - 1

SENTENCE = Text()
#: Why something failed.
REASON = Text(says_something=True)
RELEASE = Word("[0-9]{1,3}([.][0-9]{1,3}){0,3}(p[0-9]{1,2})?", "a release such as 9.2")
STATUSES = ("pass", "fail", "not_applicable")


def _one_of(*words):
    return Word("|".join(words), "one of %s" % ", ".join(words))


_VERIFIED = _one_of("openssh", "resolution")
_EFFECTIVE = DictOf(Word("[a-z0-9]{1,60}", "a keyword in lower case"), Text(), 100)
_LINE = Record(
    {
        "directive": Text(100),
        "value": Text(),
        "file": Text(PATH),
        "line": Number(1, SECONDS),
        "scope": Text(),
        "status": _one_of("wins", "shadowed", "match_override", "own", "wrong_side", "unknown"),
        "why": SENTENCE,
    }
)
_DROP_AFTER = Maybe(Number(0, SECONDS))
_DIFF = Record(
    {},
    {
        "before": Text(DIFF, several_lines=True),
        "after": Text(DIFF, several_lines=True),
        "prepared": Text(DIFF, several_lines=True),
        "before_header": Text(PATH),
        "after_header": Text(PATH),
    },
)
_FILE = Record(
    {"path": Text(PATH), "action": _one_of("created", "edited", "removed")}, {"backup": Text(PATH)}
)
_PROVENANCE = Sentences(TABLE)

_VIEW = {
    "effective": _EFFECTIVE,
    "lines": ListOf(_LINE, LINES),
    "drop_after": _DROP_AFTER,
    "provenance": _PROVENANCE,
    "verified": _VERIFIED,
}
_VIEW_MORE = {"verified_reason": SENTENCE, "unreadable": Sentences(UNREADABLE)}
_CHANGE = {
    "changed": Flag(),
    "effective": _EFFECTIVE,
    "lines": ListOf(_LINE, LINES),
    "verified": _VERIFIED,
    "drop_after": _DROP_AFTER,
    "openssh_version": RELEASE,
    "files": ListOf(_FILE, FILES),
}
_CHANGE_MORE = {
    "verified_reason": SENTENCE,
    "provenance": _PROVENANCE,
    "warnings": Sentences(WARNINGS),
    "diff": ListOf(_DIFF, FILES),
    "changed": Flag(),
}
_PROGRAM = Record({"version": RELEASE, "build": Text(1000), "program": Text(PATH)})

#: What keepalive_info says of one user, and what ssh_config has done for one: as the user's own process
#: answers, and as the module returns it.
USER_VIEW, USER_CHANGE = Record(_VIEW, _VIEW_MORE), Record(_CHANGE, _CHANGE_MORE)
_USER_VIEW, _USER_CHANGE = (
    Record(_VIEW, _VIEW_MORE, may_fail=True),
    Record(_CHANGE, _CHANGE_MORE, may_fail=True),
)

#: What a finding is about, all of it text or null.
FINDING = (
    "benchmark",
    "product",
    "release",
    "control",
    "title",
    "severity",
    "side",
    "directive",
    "expected",
    "actual",
    "file",
    "reason",
    "confidence",
    "scanner",
    "source",
)
_FINDING = Record(
    {"profile": Text(200), "status": _one_of(*STATUSES)},
    dict(dict.fromkeys(FINDING, Maybe(Text(1000))), line=Maybe(Number(1, SECONDS))),
)
_VERDICTS = DictOf(Text(200), Maybe(Flag()), 1000)

SSHD_CONFIG = Record(
    dict(_CHANGE, reload_required=Flag()),
    dict(
        _CHANGE_MORE,
        tailoring=ListOf(
            Record({}, dict.fromkeys(("option", "value", "profile", "control"), Maybe(Text()))), 100
        ),
        profile=Record(
            {"name": Text(200)},
            dict(
                dict.fromkeys(("benchmark", "product", "release"), Maybe(Text())),
                controls=ListOf(Text(200), 1000),
                values=DictOf(Text(100), Text(), 100),
            ),
        ),
    ),
    may_fail=True,
)
SSH_CONFIG = Record(_CHANGE, _CHANGE_MORE, may_fail=True)
SSH_CONFIG_USERS = Record(
    {"users": DictOf(Text(100), _USER_CHANGE, USERS), "changed": Flag(), "files": ListOf(_FILE, FILES)},
    _CHANGE_MORE,
    may_fail=True,
)

_NUMBERS = ListOf(Number(0, SECONDS, whole=False), 1000)
IDLE_PROBE = Record(
    {
        "lived": Number(0, SECONDS, whole=False),
        "died": Maybe(Number(0, SECONDS, whole=False)),
        "idle_timeout": Maybe(Number(0, SECONDS, whole=False)),
        "behaviour": Maybe(_one_of("silent", "reset", "none")),
        "recommended_interval": Maybe(Number(1, SECONDS)),
        "rounds": ListOf(Record({"rungs": _NUMBERS, "lived": _NUMBERS, "died": _NUMBERS}), 100),
        "elapsed": Number(0, SECONDS, whole=False),
        "path": Maybe(Text(1000)),
        "server_probes": Maybe(Number(0, SECONDS, whole=False)),
    },
    {"changed": Flag(), "warnings": Sentences(WARNINGS)},
    may_fail=True,
)

_RELOAD = {
    "changed": Flag(),
    "method": _one_of("service", "signal", "none"),
    "login_seconds": Maybe(Number(0, SECONDS, whole=False)),
    "rolled_back": Flag(),
    "restored": ListOf(Text(PATH), FILES),
    "reason": Maybe(REASON),
}
_STEP_MORE = dict(
    {key: shape for key, shape in _RELOAD.items() if key != "changed"},
    warnings=Sentences(WARNINGS),
    token=Word("[0-9a-f]{32}", "32 hexadecimal digits"),
    state=Word("([0-9a-f]{64})?", "the digest of a journal"),
)
#: The steps of sshd_reload. Only the load changes something; newer releases of Ansible say of every answer
#: whether it did.
PREPARED = Record(dict(_RELOAD, state=_STEP_MORE["state"]), _STEP_MORE, may_fail=True)
LOADED = Record(_RELOAD, _STEP_MORE, may_fail=True)
PROVEN = Record({}, _STEP_MORE, may_fail=True)
UNDONE = Record({"failed": Flag(), "msg": REASON, "reason": REASON}, _STEP_MORE, may_fail=True)


def keepalive_info(sides, others):
    """The shape of what keepalive_info returns. sides: what it is to read; others: the further keys that it
    was asked for."""
    view = Record(_VIEW, _VIEW_MORE)
    parts = {
        "server": view,
        "client": view,
        "hosts": DictOf(Text(1000), view, FILES),
        "users": DictOf(Text(100), _USER_VIEW, USERS),
        "findings": ListOf(_FINDING, FINDINGS),
        "compliant": _VERDICTS,
    }
    required = {
        "openssh": Record({}, {"server": _PROGRAM, "client": _PROGRAM}),
        "unreadable": Sentences(UNREADABLE),
    }
    required.update((name, parts[name]) for name in list(sides) + list(others))
    return Record(
        required,
        dict(parts, changed=Flag(), warnings=Sentences(WARNINGS), provenance=_PROVENANCE),
        may_fail=True,
    )


#: What an audit shows of what keepalive_info returned.
SHOWN = Record(
    {"unreadable": Sentences(UNREADABLE)},
    dict(
        dict.fromkeys(("server", "client"), Record({"provenance": _PROVENANCE})),
        users=DictOf(
            Text(100), Record({}, {"provenance": _PROVENANCE, "failed": Flag(), "msg": REASON}), USERS
        ),
    ),
)

#: What the report reads of it, or of what stands in its place for a host without an answer.
REPORTED = Record(
    {},
    {
        "openssh": Record({}, {"server": Maybe(Record({}, {"version": Maybe(Text(100))}))}),
        "findings": Maybe(ListOf(_FINDING, FINDINGS)),
        "unreadable": Maybe(Sentences(UNREADABLE)),
        "msg": Text(several_lines=True),
        "skipped": Flag(),
        "unreachable": Flag(),
        "failed": Flag(),
    },
)
