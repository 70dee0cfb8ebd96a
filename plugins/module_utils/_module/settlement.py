# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pipe: from options and files to a plan that OpenSSH has confirmed. Nothing is written here."""

from .._config import examples, resolve, values
from .._config import plan as planning
from .._config.errors import KeepaliveError
from .._config.reader import read_tree
from .._config.sources import Candidate
from .._host import openssh, system
from . import asking, policies, provenance


class Settlement:
    """plan: a plan.Plan; release: OpenSSH's version tuple; warnings: sentences; effective: lower-case keyword
    to value;
    doubt: why OpenSSH was not asked, None where it was; enforcement: the Enforcement of a profile, None
    without one."""

    def __init__(self, plan, release, warnings, effective, doubt, enforcement):
        self.plan, self.release, self.warnings = plan, release, warnings
        self.effective, self.doubt, self.enforcement = effective, doubt, enforcement


def settle(side, params, enforce=None):
    """Plan the task's policies and have OpenSSH confirm them; enforce: makes the Enforcement of a profile for
    (side, params, release).

    KeepaliveError where that fails; where the files could be read, its provenance says which lines decide in
    them as they are.
    """
    side.source.look_again()
    try:
        return _Settling(side, params).run(enforce)
    except KeepaliveError as error:
        error.provenance = _as_they_are(side)
        raise


def _as_they_are(side):
    try:
        tree = read_tree(
            side.main, Candidate(side.source), side.dialect, openssh.ASSUMED_RELEASE, side.directories
        )
    except KeepaliveError:
        return []
    return provenance.table(resolve.standings(tree), {}, side.dialect)


class _Settling:
    def __init__(self, side, params):
        self.side, self.params = side, params
        self.asked = []

    def run(self, enforce):
        release = self._release()
        enforcement = enforce(self.side, self.params, release) if enforce else None
        params = enforcement.params if enforcement else self.params
        wanted = policies.build(self.side.dialect, params, release)
        warnings = policies.warnings(self.side.dialect, wanted, params, release)
        preferences = policies.preferences(params, self.side.main, self.side.has_drop_ins)
        plan = planning.plan(
            self.side.main,
            self.side.source,
            self.side.dialect,
            release,
            self.side.directories,
            wanted,
            preferences,
            self.side.accounts,
        )
        in_force = [self._in_force(policy, plan) for policy in wanted]
        effective, doubts = in_force[0][0], [doubt for _effective, doubt in in_force if doubt]
        warnings += policies.warnings_of_effect(self.side.dialect, wanted[0], effective, release)
        warnings += enforcement.warnings(plan, effective) if enforcement else []
        return Settlement(plan, release, warnings, effective, doubts[0] if doubts else None, enforcement)

    def _release(self):
        """OpenSSH's version, from an answer about the files as they are if it is to be asked anyway."""
        if self.params["verify"]:
            try:
                self._ask_about_files_as_they_are()
            except KeepaliveError:
                self.asked = []
        told = [answer.release for _somebody, answer in self.asked if answer.release]
        release = told[0] if told else self.side.release or openssh.about(self.side.judge.program).release
        return (
            system.known_build(self.side.judge.program, release)
            if self.side.dialect.side == "sshd"
            else release
        )

    def _ask_about_files_as_they_are(self):
        release = openssh.ASSUMED_RELEASE
        first = policies.first(self.side.dialect, self.params, release)
        candidate = Candidate(self.side.source)
        if not candidate.exists(self.side.main):
            return
        tree = read_tree(self.side.main, candidate, self.side.dialect, release, self.side.directories)
        if self.side.judge.objection(tree) is None:
            somebody, _reason = asking.whom(self.side, first.scope, tree, first.values)
            somebody = somebody or examples.somebody_else(tree)
            self.asked.append((somebody, self.side.judge.ask(tree, candidate, somebody)))

    def _in_force(self, policy, plan):
        """asking.effective() of the policy's scope after the plan; KeepaliveError unless it is met."""
        side, whole = self.side, self.side.whole(plan.candidate, plan.tree.release)
        somebody, nobody = asking.whom(side, policy.scope, plan.tree, policy.values)
        doubt = side.judge.objection(plan.tree) if self.params["verify"] else "verify is false"

        def ask():
            answer = self._answer(plan, somebody or examples.somebody_else(plan.tree))
            self._accept_files(answer, plan)
            if somebody:
                self._accept_values(answer, policy, resolve.decide(plan.tree, somebody), plan)
            return answer, nobody

        def decide():
            return resolve.decide(whole, somebody) if somebody else _planned(policy, whole)

        return asking.effective(side.dialect, whole, doubt, ask, decide)

    def _answer(self, plan, somebody):
        for known, answer in self.asked:
            if not plan.edits and known == somebody:
                return answer
        return self.side.judge.ask(plan.tree, plan.candidate, somebody)

    def _accept_files(self, answer, plan):
        if not answer.ok:
            before = not plan.edits or any(not earlier.ok for _somebody, earlier in self.asked)
            what = "%s as it is" % self.side.main if before else "the result, so nothing was changed"
            raise KeepaliveError(asking.refusal(self.side.dialect, what, answer))

    def _accept_values(self, answer, policy, decisions, plan):
        program = self.side.dialect.side
        for directive, value in policy.values.items():
            told = answer.values.get(directive.keyword.lower())
            if told is not None and values.parse(directive.kind, told.split(), plan.tree.release) != value:
                line = decisions[directive].line
                raise KeepaliveError(
                    "%s would use %s %s for %s, not %s, although %s decides by our reading; nothing was "
                    "changed"
                    % (
                        program,
                        directive.keyword,
                        told,
                        policy.scope.label,
                        values.canonical(directive.kind, value),
                        line.place if line else "no line",
                    )
                )


def _planned(policy, tree):
    """The decisions for a scope that nobody could be named for: the policy's, else everybody's."""
    decisions = resolve.everybody(tree)
    for directive, value in policy.values.items():
        decisions[directive].value = value
    return decisions
