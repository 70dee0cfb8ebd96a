# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A compliance profile as options of sshd_config, and what stays a finding although they are set."""

from .._compliance import compliance, profiles
from .._config import resolve, values
from .._config.errors import KeepaliveError
from .._config.sources import Candidate
from . import findings

_INCLUDE_SINCE = (8, 2)


class Enforcement:
    """The profile of a task on this host. params: the task's options with those of the profile;
    KeepaliveError where it means nothing here."""

    def __init__(self, side, params, release):
        self.found = profiles.resolve(params["profile"], findings.host(release), params["profile_os"])
        self.dialect = side.dialect
        self.wanted = compliance.wanted(
            self.found, self._in_force(side, release), params["profile_values"] != "exact"
        )
        self.tailored = [
            directive for directive in self._directives() if params[directive.option] is not None
        ]
        self.given = params
        self.params = dict(params, **self._options(params, release))

    def _in_force(self, side, release):
        """The Evidence of the files as they are, by our own resolution; None without a main file."""
        candidate = Candidate(side.source)
        if not candidate.exists(side.main):
            return None
        tree = side.whole(candidate, release)
        decisions = resolve.everybody(tree)
        meanings = dict((directive.keyword, decision.value) for directive, decision in decisions.items())
        return compliance.Evidence(tree, decisions, meanings, {})

    def _directives(self):
        return [directive for directive in self.dialect.directives if directive.keyword in self.wanted]

    def _options(self, params, release):
        options = dict(
            (directive.option, self._option(directive))
            for directive in self._directives()
            if directive not in self.tailored
        )
        options["conflicts"] = params["conflicts"] or "comment"
        if params["placement"] == "auto":
            options["placement"] = self._placement(params, release)
        return options

    def _option(self, directive):
        value = self.wanted[directive.keyword]
        return value if directive.kind in ("yes_no", "channels") else int(value)

    def _placement(self, params, release):
        if self.found.placement != "drop_in":
            return self.found.placement
        if release < _INCLUDE_SINCE:
            return "main"
        if params["drop_in"] >= profiles.AHEAD_OF:
            raise KeepaliveError(
                "drop_in: %s does not sort ahead of %s, where %s wants the lines; give a name such as "
                "00-keepalive.conf" % (params["drop_in"], profiles.AHEAD_OF, self.found.name)
            )
        return "drop_in"

    def told(self):
        """What the module returns about the profile, and how the task's own options deviate from it."""
        rows = [row for row in self.found.rows if row.side == "server"]
        return {
            "profile": {
                "name": self.found.name,
                "benchmark": rows[0].benchmark,
                "product": rows[0].product,
                "release": self.found.release,
                "controls": sorted(set(row.control for row in rows if row.control)),
                "values": dict(
                    (directive.option, self._text(directive, self.wanted[directive.keyword]))
                    for directive in self._directives()
                ),
            },
            "tailoring": [self._deviation(directive) for directive in self.tailored],
        }

    def _text(self, directive, value):
        return values.canonical(directive.kind, value)

    def _deviation(self, directive):
        row = next(row for row in self.found.rows if row.keyword == directive.keyword)
        return {
            "option": directive.option,
            "value": str(self.given[directive.option]),
            "profile": self._text(directive, self.wanted[directive.keyword]),
            "control": row.control,
        }

    def warnings(self, plan, effective):
        """What stays a finding on the planned files, as sentences; effective: lower-case keyword to text."""
        evidence = findings.evidence(plan.candidate, plan.tree, effective)
        return [
            "profile %s: %s stays a finding: %s" % (self.found.name, verdict.row.control, verdict.reason)
            for verdict in compliance.judge(self.found, {"server": evidence})
            if verdict.status == compliance.FAIL
        ]
