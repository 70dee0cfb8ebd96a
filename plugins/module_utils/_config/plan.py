# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From wanted values and a tree to the least edits that make them effective. Check mode is the same code."""

import gc
from contextlib import contextmanager

from . import examples, refusals, resolve
from .draft import Draft
from .errors import KeepaliveError
from .places import places
from .policy import DEFAULTS, TAKE_OUT
from .precedence import Precedence

_NO_ACCOUNTS = examples.NoAccounts()


class Plan:
    """edits: the Edits that make the policies effective; tree: what is read after them, from candidate."""

    def __init__(self, edits, tree, candidate):
        self.edits, self.tree, self.candidate = edits, tree, candidate


def plan(
    main,
    source,
    dialect,
    release,
    directories,
    policies,
    preferences=DEFAULTS,
    accounts=_NO_ACCOUNTS,
):
    """Work out the edits that make policies (a list of Policy) effective in the files below main, as a Plan.

    source: a sources.Source; release: OpenSSH version tuple; directories: a sources.Directories;
    preferences: a Preferences; accounts: see examples.example().
    KeepaliveError names the line in the way where no allowed edit makes a policy effective.
    """
    draft = Draft(main, source, dialect, release, directories, preferences)
    with _without_collector():
        return _Planner(draft, policies, accounts).run()


@contextmanager
def _without_collector():
    """A tree is many small objects, none of them garbage; the collector would go through them over and over.

    That took 3 to 7 % of the time to plan 10,000 lines (Python 3.11).
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Planner:
    def __init__(self, draft, policies, accounts):
        self.draft, self.policies, self.accounts = draft, policies, accounts
        self.dialect, self.preferences = draft.dialect, draft.preferences
        ranked = sorted(policies, key=lambda policy: policy.scope.everybody)
        self.precedence = Precedence(draft, ranked, accounts)

    def run(self):
        self.draft.open_main()
        self._settle_misplaced()
        for policy in self._working_order():
            self._apply(policy)
        for policy in self.policies:
            self._settle_conflicts(policy)
            self._settle_overrides(policy)
        for policy in self.policies:
            self._check(policy)
        return Plan(self.draft.edits(), self.draft.tree, self.draft.candidate)

    def _working_order(self):
        """Everybody's policy first, so that narrower ones find it; what goes to the top, in reverse order."""
        ranked = self.precedence.ranked
        if self.precedence.overriding:
            return ranked[::-1]
        return sorted(ranked, key=lambda policy: not policy.scope.everybody)

    # Lines in the way ---------------------------------------------------------------------------------------

    def _settle_misplaced(self):
        lines = self.draft.tree.misplaced
        if lines and self.preferences.conflicts not in TAKE_OUT:
            raise refusals.wrong_side(lines[0], self.dialect.side)
        self.draft.take_out(lines, self.preferences.conflicts)

    def _settle_conflicts(self, policy):
        lines = [line for directive in policy.values for line in self._conflicting(policy, directive)]
        if lines and self.preferences.conflicts == "fail":
            raise refusals.conflicts(lines)
        if self.preferences.conflicts in TAKE_OUT:
            self.draft.take_out(lines, self.preferences.conflicts)

    def _conflicting(self, policy, directive):
        deciding = self.precedence.decider(policy, directive)
        return [
            line
            for line in self.draft.tree.of(directive)
            if deciding is not None and policy.scope.owns(line) and line.place != deciding.place
        ]

    def _settle_overrides(self, policy):
        if not policy.scope.everybody or self.dialect.side != "sshd":
            return
        lines = self._overrides(policy)
        if lines and self.preferences.match_overrides == "fail":
            raise refusals.match_override(lines[0], policy)
        while lines and self.preferences.match_overrides in TAKE_OUT:
            self.draft.take_out(lines, self.preferences.match_overrides)
            lines = self._overrides(policy)

    def _overrides(self, policy):
        """The lines of Match blocks with another value than the policy's, but for the call's own rules."""
        ours = [other.scope for other in self.policies if not other.absent]
        lines = [
            standing.line
            for standing in resolve.standings(self.draft.tree)
            if standing.status == "match_override"
        ]
        return [
            line
            for line in lines
            if line.directive in policy.values and not any(scope.owns(line) for scope in ours)
        ]

    # Making one policy effective ----------------------------------------------------------------------------

    def _apply(self, policy):
        if policy.absent:
            lines = [
                line
                for line in self.draft.tree.occurrences
                if line.directive in policy.absent and policy.scope.owns(line)
            ]
            self.draft.take_out([line for line in lines if not self._is_claimed(line)], "remove")
        for directive in self.dialect.directives:
            if directive in policy.values:
                self._establish(policy, directive)
                self.precedence.established.append((policy, directive))

    def _is_claimed(self, line):
        """Whether another policy of this call sets the directive right in this line's scope."""
        return any(line.directive in other.values and other.scope.owns(line) for other in self.policies)

    def _establish(self, policy, directive):
        self._clear_of_blocks(policy, directive)
        line = self.precedence.first_say(policy, directive)
        while line is not None and policy.scope.owns(line):
            if self.precedence.is_right(line, policy):
                return
            if not self.draft.may_edit(line.path):
                break
            self.draft.rewrite(line, policy)
            line = self.precedence.first_say(policy, directive)
        if not self._insert(policy, directive, line):
            self._make_way(policy, directive, line)

    def _clear_of_blocks(self, policy, directive):
        """Scanners want the line outside of blocks, where that of a Match all would outrank it."""
        if policy.canonical and self.preferences.conflicts in TAKE_OUT:
            lines = [line for line in self.draft.tree.of(directive) if line.chain and policy.scope.owns(line)]
            self.draft.take_out(lines, self.preferences.conflicts)

    def _insert(self, policy, directive, obstacle):
        """Try the places for a new line, the most natural first; True as soon as one makes it decide."""
        before = self.draft.state()
        for path, edited in places(self.draft, self.precedence, policy, directive, obstacle):
            if self.draft.may_edit(path):
                self.draft.set(path, edited())
                if self.precedence.is_settled(policy, directive):
                    return True
                self.draft.go_back(before)
        return False

    def _make_way(self, policy, directive, obstacle):
        """Take the scope's lines in other files out of the way of the wanted file's, where allowed."""
        if obstacle is None or not policy.scope.owns(obstacle) or self.preferences.conflicts not in TAKE_OUT:
            raise self._refusal(policy, directive, obstacle)
        self.draft.take_out(self._conflicting_elsewhere(policy, directive), self.preferences.conflicts)
        self._establish(policy, directive)

    def _conflicting_elsewhere(self, policy, directive):
        return [
            line
            for line in self.draft.tree.of(directive)
            if policy.scope.owns(line) and line.path != self.draft.wanted_file
        ]

    # The last word ------------------------------------------------------------------------------------------

    def _check(self, policy):
        """Every line of ours must be readable, and somebody in the scope must get the wanted values."""
        for directive in policy.values:
            for line in self.draft.tree.of(directive):
                if resolve.meaning(line, self.draft.release) is None:
                    raise refusals.unreadable_value(line, policy)
        try:
            somebody = examples.example(policy.scope, self.draft.tree, policy.values, self.accounts)
        except KeepaliveError:
            return
        decisions = resolve.decide(self.draft.tree, somebody)
        for directive, wanted in policy.values.items():
            decision = decisions[directive]
            if decision.value != wanted and decision.undecided is None:
                raise self._refusal(policy, directive, decision.line)

    def _refusal(self, policy, directive, obstacle):
        return refusals.not_effective(self.draft, self.precedence, policy, directive, obstacle)
