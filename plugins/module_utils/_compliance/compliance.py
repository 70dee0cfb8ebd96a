# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controls against what is in force: the values that satisfy them, and the verdict on each. Pure; times are
seconds."""

import re
from typing import NamedTuple, Optional

from .._config import channels, patterns, resolve, timing, values
from .._config.directives import SSH, SSHD
from .._config.lexer import decode
from .benchmarks import BY_SSHD, CHANNELS, COUNT, INTERVAL, UNUSED, Row
from .profiles import AHEAD_OF, is_within

PASS, FAIL, NOT_APPLICABLE = "pass", "fail", "not_applicable"

_VOID = (
    "ClientAliveCountMax 0 never ends a session on this OpenSSH (8.2 and newer, and RHEL 8 from "
    "openssh-8.0p1-13), so this protects nothing; "
    "the current STIG asks for 600/1"
)


class Verdict(NamedTuple):
    """One control judged."""

    row: Row
    status: str  # PASS or FAIL
    expected: str  # for people, as actual
    actual: str
    file: Optional[str]  # of the line at fault, or of the one that decides; None where there is none
    line: Optional[int]  # its number, from 1
    reason: str
    scanner: Optional[str]  # what a text scanner would say where it differs from status


class Evidence:
    """What one side has in force.

    tree: the tree.Tree; decisions: Directive to resolve.Decision for everybody; effective: keyword to
    meaning, as OpenSSH reports it;
    texts: path to Document of all that a text scanner may read, the main file first; doubt: why OpenSSH could
    not be asked, or None.
    """

    def __init__(self, tree, decisions, effective, texts, doubt=None):
        self.tree, self.decisions, self.effective, self.texts, self.doubt = (
            tree,
            decisions,
            effective,
            texts,
            doubt,
        )

    def value(self, keyword):
        """The meaning in force for everybody."""
        return self.effective[keyword]

    def line(self, keyword):
        """The Occurrence that decides for everybody; None for OpenSSH's default."""
        return self.decisions[self._directive(keyword)].line

    def lines(self, keyword):
        """Every Occurrence that OpenSSH reads."""
        return [
            line for line in self.tree.of(self._directive(keyword)) if not resolve.is_lost(self.tree, line)
        ]

    def overrides(self, keyword):
        """The Occurrences that decide for some connections or destinations only."""
        directive = self._directive(keyword)
        if directive.acts_since is None or self.tree.release < directive.acts_since:
            return []
        return [
            standing.line
            for standing in resolve.standings(self.tree)
            if standing.line.directive is directive
            and standing.status in ("match_override", "own", "unknown")
        ]

    def has(self, keyword):
        """Whether this OpenSSH knows the directive."""
        return self._directive(keyword).since <= self.tree.release

    def _directive(self, keyword):
        return self.tree.dialect.by_keyword[keyword.lower()]


def wanted(resolved, evidence, at_least):
    """Keyword to the value that the profile sets on the server.

    at_least: leave a value alone that a line sets and that fits; else the profile's own.
    """
    rows = [row for row in resolved.rows if row.side == "server"]
    chosen = dict((row.keyword, _kept(row, evidence) if at_least else row.write) for row in rows)
    limit = resolved.profile.limit
    if limit and not _is_in_time(evidence, limit, chosen[INTERVAL], chosen[COUNT]):
        written = dict((row.keyword, row.write) for row in rows)
        chosen[COUNT] = written[COUNT]
        if not _is_in_time(evidence, limit, chosen[INTERVAL], chosen[COUNT]):
            chosen[INTERVAL] = min(chosen[INTERVAL], written[INTERVAL])
    return chosen


def _kept(row, evidence):
    """The value in force where a line sets it and it is as strict as the control asks; else what the profile
    writes."""
    if evidence is None or not evidence.has(row.keyword) or evidence.line(row.keyword) is None:
        return row.write
    value = evidence.value(row.keyword)
    is_off = row.keyword == INTERVAL and value == 0
    if value is None:
        return row.write
    if fits(row, value) and not is_off:
        return value
    return dict(row.write, **_others(value, row.write)) if row.keyword == CHANNELS else row.write


def _others(value, written):
    """The timeouts of other channels than sessions, which the profile does not loosen."""
    return dict(
        (channel, seconds)
        for channel, seconds in value.items()
        if channel not in written and not any(patterns.matches(kind, channel) for kind in channels.SESSIONS)
    )


def judge(resolved, evidence_of):
    """The Verdicts on every control of a profile; evidence_of: side to Evidence, without the sides that
    nobody looked at."""
    return [
        _verdict(row, evidence_of[row.side], resolved) for row in resolved.rows if row.side in evidence_of
    ]


def fits(row, value):
    """Whether a meaning is what a control asks for."""
    if row.keyword == CHANNELS and not isinstance(row.least, dict):
        return all(is_within(_timeout(value, kind), row.least, row.most) for kind in channels.SESSIONS)
    return is_within(value, row.least, row.most)


def _timeout(timeouts, kind):
    """The timeout of one kind of channel, 0 for none: the first pattern that fits counts (openssh channels.c
    lookup_timeout)."""
    return next((seconds for pattern, seconds in timeouts.items() if patterns.matches(kind, pattern)), 0)


def expected(row, limit=None):
    """What a control asks for, for people."""
    if row.keyword == CHANNELS and not isinstance(row.least, dict):
        return "sessions closed after %d to %d idle seconds" % (row.least, row.most)
    if isinstance(row.least, (bool, dict)):
        return _text(row, row.least)
    if row.least == row.most:
        return "exactly %d" % row.least
    words = (
        "at least %d" % row.least
        if row.most is None
        else "at most %d" % row.most
        if row.least is None
        else "%d to %d" % (row.least, row.most)
    )
    return words + (", a dead peer dropped within %d s" % limit if limit else "")


def directive(row):
    """The Directive that a row is about."""
    return (SSH if row.side == "client" else SSHD).by_keyword[row.keyword.lower()]


def _text(row, value):
    return values.canonical(directive(row).kind, value)


def _verdict(row, evidence, resolved):
    if not evidence.has(row.keyword):
        return Verdict(
            row,
            FAIL,
            expected(row),
            "unknown to this OpenSSH",
            None,
            None,
            "%s came with OpenSSH %s" % (row.keyword, ".".join(map(str, directive(row).since))),
            None,
        )
    limit = resolved.profile.limit
    status, line, reason = _judged(row, evidence, limit)
    notes = [reason] + _by_the_letter(row, evidence)
    seen = _scanned(row, evidence, resolved)
    if seen not in (None, status):
        notes.append(_why_a_scanner_differs(seen, resolved))
    notes += [
        resolved.note,
        evidence.doubt and "by our own reading, because OpenSSH could not be asked: %s" % evidence.doubt,
    ]
    deciding = line or evidence.line(row.keyword)
    return Verdict(
        row,
        status,
        expected(row, limit),
        _text(row, evidence.value(row.keyword)),
        deciding and deciding.path,
        deciding and deciding.index + 1,
        "; ".join(note for note in notes if note),
        None if seen == status else seen,
    )


def _judged(row, evidence, limit):
    """(status, Occurrence at fault or None, reason): the judging rules, the first that applies decides."""
    value, line = evidence.value(row.keyword), evidence.line(row.keyword)
    if line is not None and resolve.meaning(line, evidence.tree.release) is None:
        return (
            FAIL,
            line,
            '%s: "%s %s" is not a value that OpenSSH reads' % (line.place, row.keyword, line.text),
        )
    if not fits(row, value):
        return FAIL, line, "%s is %s for everybody, by %s" % (row.keyword, _text(row, value), _origin(line))
    if limit and not _is_in_time(evidence, limit, evidence.value(INTERVAL), evidence.value(COUNT)):
        return (
            FAIL,
            line,
            "a dead peer is dropped after %s"
            % _seconds(_drop_after(evidence, evidence.value(INTERVAL), evidence.value(COUNT))),
        )
    if row.line and line is None:
        return (
            FAIL,
            None,
            "%s is %s by OpenSSH's default only; the benchmark wants a line"
            % (row.keyword, _text(row, value)),
        )
    if row.conflict:
        other = _conflicting(evidence, row, line)
        if other is not None:
            return (
                FAIL,
                other,
                "%s (%s) says %s %s, and %s says otherwise: conflicting values are a finding, whichever wins"
                % (
                    other.place,
                    other.scope,
                    row.keyword,
                    other.text,
                    line.place if line else "OpenSSH's default",
                ),
            )
    for other in evidence.overrides(row.keyword):
        if not _override_fits(row, other, evidence, limit):
            return (
                FAIL,
                other,
                "%s (%s) gives its connections %s %s" % (other.place, other.scope, row.keyword, other.text),
            )
    if row.place and not _is_in_place(line, evidence):
        return (
            FAIL,
            line,
            "%s decides; the benchmark wants a drop-in in sshd_config.d whose name sorts ahead of %s"
            % (line.place, AHEAD_OF),
        )
    return PASS, None, "%s is %s, by %s" % (row.keyword, _text(row, value), _origin(line))


def _origin(line):
    return "OpenSSH's default; no line says so" if line is None else line.place


def _seconds(number):
    return "no time at all" if number is None else "%d s" % number


def _drop_after(evidence, interval, count):
    return timing.drop_after(evidence.tree.dialect.side, evidence.tree.release, interval, count)


def _is_in_time(evidence, limit, interval, count):
    seconds = _drop_after(evidence, interval, count)
    return seconds is not None and seconds <= limit


def _conflicting(evidence, row, deciding):
    """The first line that gives another value than the one that decides, in any scope."""
    value = evidence.value(row.keyword)
    return next(
        (
            line
            for line in evidence.lines(row.keyword)
            if line is not deciding
            and resolve.meaning(line, evidence.tree.release) not in (value, None, values.UNSET)
        ),
        None,
    )


def _override_fits(row, line, evidence, limit):
    value = resolve.meaning(line, evidence.tree.release)
    if value is None or value is values.UNSET:
        return True
    if not fits(row, value):
        return False
    if not limit:
        return True
    pair = dict((keyword, _in_the_blocks_of(line, keyword, evidence)) for keyword in (INTERVAL, COUNT))
    return _is_in_time(evidence, limit, pair[INTERVAL], pair[COUNT])


def _in_the_blocks_of(line, keyword, evidence):
    """The value that connections of the line's blocks get: of the same blocks, else everybody's."""
    same = [other for other in evidence.lines(keyword) if other.chain == line.chain]
    return resolve.meaning(same[0], evidence.tree.release) if same else evidence.value(keyword)


def _is_in_place(line, evidence):
    main = evidence.tree.main
    directory, _slash, name = line.path.rpartition("/")
    return directory == main + ".d" and name < AHEAD_OF


def _by_the_letter(row, evidence):
    """What has to be said although the value is what the text asks for."""
    if row.keyword != COUNT or evidence.value(COUNT) != 0:
        return []
    if timing.count_zero_is_void("sshd", evidence.tree.release):
        return [_VOID]
    return [
        "count 0 cuts every session that sends no data for one interval on this OpenSSH, a working one too"
    ]


# What a text scanner sees: lines, in every block and in any order.


def _scanned(row, evidence, resolved):
    """pass or fail, as a scanner that matches lines would say; None for a control that no scanner looks for
    so."""
    if row.side != "server" or row.keyword in (CHANNELS, UNUSED) or row.scanned == BY_SSHD:
        return None
    least, most = row.scanned or (row.least, row.most)
    line = re.compile(r"\s*%s\s+(\S+)\s*(?:#.*)?$" % row.keyword, re.I)
    found = [
        match.group(1)
        for text in _read_by_scanners(evidence, resolved)
        for match in map(line.match, text)
        if match
    ]
    return PASS if found and all(_scans(word, least, most) for word in found) else FAIL


def _read_by_scanners(evidence, resolved):
    documents = list(evidence.texts.values())
    if resolved.placement == "main":
        documents = documents[:1]
    return [[decode(raw) for raw in document.lines] for document in documents]


def _scans(word, least, most):
    if isinstance(least, bool):
        return word.lower() == values.canonical("flag", least)
    return word.isdigit() and is_within(int(word), least, most)


def _why_a_scanner_differs(seen, resolved):
    files = (
        "the main file only"
        if resolved.placement == "main"
        else "the main file and every file in sshd_config.d"
    )
    if seen == FAIL:
        return (
            "a text scanner reads %s, line by line and every Match block alike, and would fail this" % files
        )
    return (
        "a text scanner reads %s, line by line and without asking which line decides for whom, and would "
        "pass this" % files
    )
