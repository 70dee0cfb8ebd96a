# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who has precedence: which line decides for a policy, and whether a line may stay where it is.

Nothing is decided anew here: how OpenSSH ranks lines stands in resolve.
"""

from . import examples, resolve, values
from .errors import KeepaliveError
from .fitting import fits_connection
from .policy import written


class Precedence:
    """Answers for a Draft.

    ranked: the policies of the call, those that may stay ahead of others first; accounts: see
    examples.example(); established: (policy, directive) of what the planner has made effective.
    """

    def __init__(self, draft, ranked, accounts):
        self.draft, self.ranked, self.accounts = draft, ranked, accounts
        self.established = []
        self._is_server = draft.dialect.side == "sshd"

    @property
    def overriding(self):
        """Whether client lines of other scopes have to be outranked, too."""
        return not self._is_server and self.draft.preferences.precedence == "override"

    def is_right(self, line, policy):
        """Whether a line of the policy's scope may stay as it is."""
        if resolve.meaning(line, self.draft.release) != policy.values[line.directive]:
            return False
        return not policy.canonical or self._is_for_scanners(line, policy)

    def _is_for_scanners(self, line, policy):
        raw = self.draft.document(line.path).lines[line.index]
        return self.draft.may_edit(line.path) and raw.strip() == written(line.directive, policy)

    # Which line decides -------------------------------------------------------------------------------------

    def decider(self, policy, directive):
        """The line of the policy's scope that decides in it; None if there is none."""
        line = self.first_say(policy, directive)
        return line if line is not None and policy.scope.owns(line) else None

    def first_say(self, policy, directive):
        """The line that decides for the scope: its own, else one that would outrank it; None without one."""
        tree = self.draft.tree
        if policy.scope.everybody and not self.overriding:
            return resolve.for_everybody(tree, directive).line
        return next((line for line in tree.of(directive) if self._has_say(policy, line)), None)

    def _has_say(self, policy, line):
        draft = self.draft
        if resolve.is_lost(draft.tree, line) or resolve.meaning(line, draft.release) is values.UNSET:
            return False
        if policy.scope.owns(line):
            return True
        outranks = self._outranks_on_server if self._is_server else self._outranks_on_client
        return outranks(policy, line)

    def _outranks_on_server(self, policy, line):
        """Whether a line of another scope would keep a new line of this scope from deciding."""
        if not line.chain:
            return False
        if not line.restricted:
            return not self._may_stay_ahead(policy, line)
        if policy.scope.excludes(line) or self.is_ranked_ahead(policy, line):
            return False
        return not self._is_exception(policy, line)

    def _outranks_on_client(self, policy, line):
        """The same for ssh, where narrower lines keep their value unless they are to be overridden."""
        if not line.restricted:
            return True
        if not self.overriding or policy.scope.excludes(line) or self.is_ranked_ahead(policy, line):
            return False
        return line.directive not in policy.values or not self.is_right(line, policy)

    # Which lines may stay ahead -----------------------------------------------------------------------------

    def is_ranked_ahead(self, policy, line):
        """Whether the line is of another policy of this call that may stay ahead.

        That is an earlier rule; for the policy for everybody, any rule.
        """
        ahead = self.ranked[: self.ranked.index(policy)]
        return any(other.scope.owns(line) for other in ahead if not other.absent)

    def _is_exception(self, policy, line):
        """Whether a server line may stay ahead: it says the same, is for fewer, or for others in practice."""
        return (
            self._may_stay_ahead(policy, line)
            or policy.scope.contains(line)
            or self._spares_example(policy, line)
        )

    def _may_stay_ahead(self, policy, line):
        """Whether the line has the wanted value and the scope has its own line; a new one would go ahead."""
        return (
            line.directive in policy.values
            and self.is_right(line, policy)
            and self._has_own(policy, line.directive)
        )

    def _spares_example(self, policy, line):
        """Whether the scope has its own line, and a connection made up for it does not fit this one."""
        if not self._has_own(policy, line.directive):
            return False
        try:
            connection = examples.example(policy.scope, self.draft.tree, policy.values, self.accounts)
        except KeepaliveError:
            return False
        return any(fits_connection(block.conditions, connection) is False for block in line.chain)

    def _has_own(self, policy, directive):
        return any(policy.scope.owns(line) for line in self.draft.tree.of(directive))

    def yielding(self, policy, directive):
        """Client lines of narrower or overlapping scopes that are in force and keep their own value."""
        tree = self.draft.tree
        covering = resolve.for_everybody(tree, directive).line
        return [
            line
            for line in tree.of(directive)
            if line.restricted
            and not policy.scope.owns(line)
            and not policy.scope.excludes(line)
            and (covering is None or policy.scope.owns(covering) or line.order < covering.order)
        ]

    # Whether an edit has done it ----------------------------------------------------------------------------

    def is_settled(self, policy, directive):
        """Whether the policy's line decides, with the wanted value, ahead of no line that keeps its own."""
        line = self.decider(policy, directive)
        if line is None or not self.is_right(line, policy) or not self._keeps_rank(policy, line):
            return False
        if self._is_server or self.overriding:
            return True
        return all(
            other.order < line.order for wanted in policy.values for other in self.yielding(policy, wanted)
        )

    def _keeps_rank(self, policy, line):
        """Whether what is established still decides, on the server ahead of a line that may apply too."""
        for other, directive in self.established:
            deciding = self.decider(other, directive)
            if deciding is None or not self.is_right(deciding, other):
                return False
            both = directive is line.directive and not other.scope.everybody and not policy.scope.everybody
            if both and self._is_server and not other.scope.excludes(line) and deciding.order > line.order:
                return False
        return True
