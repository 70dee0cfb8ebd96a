# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How refusals are worded: each function gives the KeepaliveError to raise."""

from . import values
from .errors import KeepaliveError
from .policy import wanted_text


def no_main_file(path):
    """sshd's main file does not exist."""
    return KeepaliveError("path: %s does not exist; give the main file that sshd reads" % path)


def wrong_side(line, side):
    """A line of the other side's directive stops this side."""
    return KeepaliveError(
        "%s: %s belongs to the other side and stops %s; what was meant here is %s: take the line out, or let "
        "conflicts: comment do it" % (line.place, line.keyword, side, line.directive.keyword)
    )


def conflicts(lines):
    """conflicts is fail, and these lines of a policy's scope do not decide."""
    say = "says" if len(lines) == 1 else "say"
    places = ", ".join(line.place for line in lines)
    return KeepaliveError(
        'conflicts: fail, and %s %s "%s %s" in the same scope without deciding the value'
        % (places, say, lines[0].directive.keyword, lines[0].text)
    )


def match_override(line, policy):
    """match_overrides is fail, and this line of a Match block sets another value than the policy."""
    return KeepaliveError(
        "match_overrides: fail, and %s (%s) sets %s %s, not %s"
        % (
            line.place,
            line.scope,
            line.directive.keyword,
            line.text,
            values.canonical(line.directive.kind, policy.values[line.directive]),
        )
    )


def unreadable_value(line, policy):
    """OpenSSH would refuse the value of this line."""
    return KeepaliveError(
        '%s: "%s %s" is not a value that OpenSSH reads; correct or remove the line%s'
        % (
            line.place,
            line.directive.keyword,
            line.text,
            ", or let conflicts: comment do it" if policy.scope.owns(line) else "",
        )
    )


def not_effective(draft, precedence, policy, directive, obstacle):
    """No line that may be written makes the wanted value effective.

    obstacle: the line in the way, None where it is not known yet.
    """
    preferences = draft.preferences
    if preferences.placement == "drop_in" and draft.drop_in_include() is None:
        return KeepaliveError(
            "placement: drop_in, but %s has no Include for %s that everybody reads; use placement: main"
            % (draft.main, preferences.drop_in)
        )
    if obstacle is None:
        obstacle = next(iter(precedence.yielding(policy, directive)), None)
    if obstacle is None:
        return KeepaliveError(
            "%s cannot be made effective for %s by a line in %s"
            % (wanted_text(directive, policy), policy.scope.label, draft.wanted_file or draft.main)
        )
    return KeepaliveError(
        '%s (%s) says "%s %s" and stands in the way of "%s" for %s; %s'
        % (
            obstacle.place,
            obstacle.scope,
            directive.keyword,
            obstacle.text,
            wanted_text(directive, policy),
            policy.scope.label,
            _way_out(draft, precedence, policy, obstacle),
        )
    )


def _way_out(draft, precedence, policy, obstacle):
    if precedence.is_ranked_ahead(policy, obstacle):
        return "put the rule for fewer first"
    ways = ["change that line"]
    if draft.preferences.placement != "auto" and not policy.canonical:
        ways.append("use placement: auto")
    if policy.scope.owns(obstacle):
        ways.append("use conflicts: comment")
    elif draft.dialect.side == "ssh" and not precedence.overriding:
        ways.append("use precedence: override")
    return " or ".join(ways)
