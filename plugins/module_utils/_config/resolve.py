# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which line decides a directive: for everybody, for a connection, for a destination.

Sources: openssh servconf.c parse_server_config_depth(), parse_server_match_config(),
copy_set_server_options();
readconf.c process_config_line_depth(); ssh.c process_config_files() and its final pass.
"""

from typing import Dict, Optional

from . import values
from .fitting import Destination, fits_connection, fits_destination
from .tree import Block

INCLUDED_MATCH_LOST = ((8, 2), (8, 4))
NEGATED_FINAL_IS_QUIET_SINCE = (10, 1)


class Decision:
    """What is in force for one directive. line: the deciding Occurrence, None where it is OpenSSH's default;
    undecided: the first line that might decide instead, if a condition that cannot be known fits."""

    __slots__ = ("directive", "line", "value", "undecided")

    def __init__(self, directive):
        self.directive, self.line, self.value, self.undecided = directive, None, directive.default, None


def meaning(line, release):
    """The meaning of an Occurrence's value; None where OpenSSH would refuse it."""
    try:
        return values.parse(line.directive.kind, line.arguments, release)
    except ValueError:
        return None


def decide(tree, somebody):
    """Directive -> Decision for somebody as examples.example() gives them."""
    if tree.dialect.side == "sshd":
        return for_connection(tree, somebody)
    return for_destination(tree, **somebody)


def for_connection(tree, connection=None, directive=None):
    """Directive -> Decision for an sshd connection; None: for everybody that no Match block but Match all
    catches.

    directive: the one that is asked about, None for all.
    """
    decisions = _decisions(tree)
    lines = tree.occurrences if directive is None else tree.of(directive)
    for line in lines:
        if _set_by_match(tree, line):
            _take(tree, decisions[line.directive], line, _applies(tree, line, connection))
    by_match = set(directive for directive, decision in decisions.items() if decision.line is not None)
    for line in lines:
        if line.directive not in by_match and not _set_by_match(tree, line):
            _take(tree, decisions[line.directive], line, _applies(tree, line, None))
    return decisions


def _decisions(tree):
    return dict((directive, Decision(directive)) for directive in tree.dialect.directives)


def _set_by_match(tree, line):
    """Whether the line is one that sshd reads in its second pass, per connection, ahead of the global
    lines."""
    since = line.directive.match_since
    return bool(line.chain) and since is not None and tree.release >= since


def _applies(tree, line, connection):
    if is_lost(tree, line):
        return False
    answers = [fits_connection(block.conditions, connection) for block in line.chain]
    if False in answers:
        return False
    return None if None in answers else True


def is_lost(tree, line):
    """sshd 8.2 and 8.3 pass over Match blocks of a file that is included ahead of the first Match of the file
    around it."""
    if not INCLUDED_MATCH_LOST[0] <= tree.release < INCLUDED_MATCH_LOST[1] or tree.dialect.side != "sshd":
        return False
    return any(block.path != tree.main and block.parent is None for block in line.chain)


def _take(tree, decision, line, applies):
    """Let one line, read next, have its say: the first value stands, with the two exceptions that OpenSSH
    makes."""
    if applies is False:
        return
    value = meaning(line, tree.release)
    if value is values.UNSET:
        return
    overrides = line.directive.kind == "time_or_none" and line.text.lower() == "none"
    if decision.line is not None and not overrides:
        return
    if applies is None:
        decision.undecided = decision.undecided or line
        return
    decision.line, decision.value = line, value


def for_destination(tree, host, user="", localuser="", tag="", batch_interval=0):
    """Directive -> Decision for a destination of ssh, given as its user would type it; '' stands for not
    given.

    batch_interval: what this build takes for an unset ServerAliveInterval under BatchMode yes (Debian: 300;
    upstream: 0).
    """
    return _Passes(tree, host, user, localuser, tag).run(batch_interval)


class _Passes:
    """ssh reads its files once and, where a Match final asks for it, once more with what it knows by then."""

    def __init__(self, tree, host, user, localuser, tag):
        self.tree = tree
        self.decisions = _decisions(tree)
        self.context = {"hostname": None, "user": user or None, "tag": tag or None, "batchmode": None}
        self.original, self.localuser = host, localuser

    def run(self, batch_interval):
        self._read(final=False)
        if any(
            self._asks_for_more(condition) for block in self.tree.blocks for condition in block.conditions
        ):
            self.context["hostname"] = self._host().lower()
            self._read(final=True)
        interval = self.decisions[self.tree.dialect.by_option["interval"]]
        if interval.line is None and (self.context["batchmode"] or "").lower() in ("yes", "true"):
            interval.value = batch_interval
        return self.decisions

    def _asks_for_more(self, condition):
        return condition.attribute == "final" and not (
            condition.negated and self.tree.release >= NEGATED_FINAL_IS_QUIET_SINCE
        )

    def _read(self, final):
        fits: Dict[Optional[Block], bool] = {None: True}
        for event in self.tree.events:
            if isinstance(event, Block):
                fits[event] = self._fits(event, fits[event.parent], final)
            elif event.directive is None:
                self._remember(event, fits[event.block])
            else:
                _take(self.tree, self.decisions[event.directive], event, fits[event.block])

    def _fits(self, block, around, final):
        if around is False:
            return False
        own = fits_destination(block.conditions, self._destination(final))
        return own if around else (False if own is False else None)

    def _host(self):
        hostname = self.context["hostname"]
        return hostname.replace("%h", self.original) if hostname else self.original

    def _destination(self, final):
        return Destination(
            self._host(),
            self.original,
            self.context["user"] or self.localuser,
            self.localuser,
            self.context["tag"] or "",
            final,
        )

    def _remember(self, line, applies):
        if applies and self.context[line.keyword] is None:
            self.context[line.keyword] = line.arguments[0]


def for_everybody(tree, directive):
    """Decision by the lines that cover everything alone: every connection or destination without a value of
    its own."""
    if tree.dialect.side == "sshd":
        return for_connection(tree, None, directive)[directive]
    decision = Decision(directive)
    for line in tree.of(directive):
        _take(tree, decision, line, not line.restricted)
    return decision


def everybody(tree):
    """Directive -> Decision of for_everybody(), for all directives."""
    if tree.dialect.side == "sshd":
        return for_connection(tree)
    return dict((directive, for_everybody(tree, directive)) for directive in tree.dialect.directives)


class Standing:
    """What became of one line. status: see STATUSES; by: the Occurrence that decides in its place, None where
    it decides itself."""

    __slots__ = ("line", "status", "by")

    def __init__(self, line, status, by=None):
        self.line, self.status, self.by = line, status, by


#: wins: decides in its scope. match_override, own: decides in a narrower scope (own: on the client),
#: match_override with another
#: value than everybody's. shadowed: another line decides instead. wrong_side: the other side's directive.
#: unknown: nobody can say without running a command of the configuration.
STATUSES = ("wins", "shadowed", "match_override", "own", "wrong_side", "unknown")


def standings(tree, decisions=None):
    """The Standing of every line of a managed directive, in the order read, each once.

    decisions: those for a connection or destination, to tell what each line is for it; None for everybody.
    """
    general = everybody(tree)
    seen, told, answer = {}, set(), []
    for line in tree.occurrences:
        if (line.place, line.block) not in told:
            standing = _standing(tree, line, general[line.directive], seen)
            answer.append(standing if decisions is None else _for_one(standing, decisions[line.directive]))
            told.add((line.place, line.block))
    return answer + [Standing(line, "wrong_side") for line in tree.misplaced]


def _standing(tree, line, decision, seen):
    if line is decision.line:
        return Standing(line, "wins")
    if not line.restricted or is_lost(tree, line) or _never_set(tree, line):
        return Standing(line, "shadowed", decision.line)
    key = (line.directive, frozenset(block.identity for block in line.restricted))
    earlier = seen.setdefault(key, line)
    if earlier is not line:
        return Standing(line, "shadowed", earlier)
    if _comes_too_late(tree, line, decision):
        return Standing(line, "shadowed", decision.line)
    if any(c.attribute == "exec" for block in line.restricted for c in block.conditions):
        return Standing(line, "unknown")
    if tree.dialect.side == "ssh":
        return Standing(line, "own")
    return Standing(line, "wins" if meaning(line, tree.release) == decision.value else "match_override")


def _for_one(standing, decision):
    if standing.line is decision.line:
        return Standing(standing.line, "wins")
    if standing.line is decision.undecided:
        return Standing(standing.line, "unknown")
    if standing.status == "wins" or (standing.status == "shadowed" and not standing.line.restricted):
        return Standing(standing.line, "shadowed", decision.line)
    return standing


def _never_set(tree, line):
    return tree.dialect.side == "sshd" and not _set_by_match(tree, line)


def _comes_too_late(tree, line, decision):
    """On the client, and behind a Match all on the server, a line that covers everything and was read before
    decides."""
    if decision.line is None or (tree.dialect.side == "sshd" and not decision.line.chain):
        return False
    return decision.line.order < line.order
