# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the options of a task to policies, what is wanted in which scope, and to the preferences that edits
keep to."""

import os.path
from typing import NamedTuple, Optional

from .._config import channels, scope, timing, values
from .._config.errors import KeepaliveError
from .._config.policy import Policy, Preferences

SCOPE_OPTIONS = ("host", "match")


class IdleTimeout(NamedTuple):
    """The shortest idle timeout on the path."""

    seconds: int
    besides: Optional[str]  # what else is to be told about the middlebox that was named, a sentence


def build(dialect, params, release):
    """The task's options as a list of Policy, the task's own scope ahead of its rules; KeepaliveError for a
    bad option."""
    policies, timeout = [], idle_timeout(params)
    own = _policy(dialect, params, release, timeout, "")._replace(canonical=has_profile(params))
    if own.values or own.absent:
        policies.append(own)
    for index, rule in enumerate(params.get("rules") or []):
        policies.append(_rule(dialect, rule, release, timeout, "rules[%d]." % index))
    if not policies:
        raise KeepaliveError(
            "Nothing to set: give one of %s, or rules, or state: absent" % ", ".join(dialect.by_option)
        )
    _refuse_twice(policies)
    return policies


def has_profile(params):
    """Whether the task enforces a compliance profile; with state: absent values are ignored. KeepaliveError
    beside match."""
    if params.get("profile") is None or params.get("state") == "absent":
        return False
    if params.get("match") is not None:
        raise KeepaliveError(
            "profile: %s is for everybody, so it excludes match: %r; give rules for the scopes beside it"
            % (params["profile"], params["match"])
        )
    return True


def idle_timeout(params):
    """The IdleTimeout of the task, None where none is given; KeepaliveError for one that is neither a time
    nor a known name."""
    given = params.get("idle_timeout")
    if given is None:
        return None
    try:
        seconds = values.option_seconds("idle_timeout", given)
    except KeepaliveError:
        return _named_timeout(str(given))
    if seconds == 0:
        raise KeepaliveError(
            "idle_timeout: 0 is not a time after which a path forgets; where it never does, leave the "
            "option out"
        )
    return IdleTimeout(seconds, None)


def _named_timeout(name):
    # Most tasks name none, and have no use for the catalogue.
    from .._config import middleboxes

    box = middleboxes.named(name)
    return IdleTimeout(
        box.seconds,
        box.besides
        and "idle_timeout: no interval helps against what else ends sessions at %s: %s" % (name, box.besides),
    )


def first(dialect, params, release):
    """The Policy whose scope the result is about; the values of a profile are not known yet."""
    if has_profile(params):
        return Policy(scope.everybody(dialect), {}, ())
    return build(dialect, params, release)[0]


def preferences(params, main, has_drop_ins):
    """The task's Preferences; has_drop_ins: whether a drop-in directory may stand beside the main file.
    KeepaliveError for a bad name."""
    name = params["drop_in"]
    if os.path.basename(name) != name or name in ("", ".", ".."):
        raise KeepaliveError(
            "drop_in: %r is not a plain file name; give one such as 00-keepalive.conf" % name
        )
    return Preferences(
        params["placement"],
        "%s.d/%s" % (main, name) if has_drop_ins else None,
        params["conflicts"] or "report",
        params.get("match_overrides") or "report",
        params.get("precedence") or "default",
    )


def warnings(dialect, policies, params, release):
    """What people should be told about these policies on every run, as a list of sentences."""
    found = []
    timeout = idle_timeout(params)
    if timeout is not None:
        found += [text for policy in policies for text in _idle_warnings(dialect, policy, release, timeout)]
    for policy in policies:
        found += list(_value_warnings(dialect, policy, release))
    return [text for index, text in enumerate(found) if text and text not in found[:index]]


def _rule(dialect, rule, release, timeout, prefix):
    if not any(rule.get(option) for option in SCOPE_OPTIONS):
        raise KeepaliveError("%smatch: a rule needs the scope it is for" % prefix)
    policy = _policy(dialect, rule, release, timeout, prefix)
    if not policy.values and not policy.absent:
        raise KeepaliveError(
            "%sinterval: the rule sets nothing; give it one of %s, or state: absent"
            % (prefix, ", ".join(dialect.by_option))
        )
    return policy


def _policy(dialect, params, release, timeout, prefix):
    where = _scope(dialect, params, release, prefix)
    if params.get("state") == "absent":
        return Policy(where, {}, _directives(dialect, params.get("directives"), prefix))
    wanted = {}
    for directive in dialect.directives:
        value = params.get(directive.option)
        if value is not None:
            _refuse_unsupported(directive, where, release, prefix)
            wanted[directive] = _meaning(dialect, directive, value, release, timeout, prefix)
    return Policy(where, wanted, ())


def _scope(dialect, params, release, prefix):
    host, match = params.get("host"), params.get("match")
    if match is not None:
        if host not in (None, "*"):
            raise KeepaliveError(
                "%shost: %r and match: %r exclude each other; a block is either Host or Match"
                % (prefix, host, match)
            )
        return scope.for_match(dialect, match, release, prefix + "match")
    if host is not None:
        return scope.for_host(dialect, host, prefix + "host")
    return scope.everybody(dialect)


def _directives(dialect, names, prefix):
    for name in names or ():
        if name not in dialect.by_option:
            raise KeepaliveError(
                "%sdirectives: %r is not an option of this module; give some of %s"
                % (prefix, name, ", ".join(dialect.by_option))
            )
    return tuple(row for row in dialect.directives if not names or row.option in names)


def _meaning(dialect, directive, value, release, timeout, prefix):
    if directive.option == "interval" and value == "auto":
        if timeout is None:
            raise KeepaliveError(
                "%sinterval: auto needs idle_timeout, the shortest idle timeout on the path" % prefix
            )
        return timing.required_interval(dialect.side, release, timeout.seconds)
    return values.from_option(directive, value, prefix + directive.option)


def _refuse_unsupported(directive, where, release, prefix):
    found = ".".join(map(str, release))
    if release < directive.since:
        raise KeepaliveError(
            "%s%s: %s came with OpenSSH %s, and this is %s"
            % (prefix, directive.option, directive.keyword, ".".join(map(str, directive.since)), found)
        )
    if where.everybody:
        return
    if directive.match_since is None:
        raise KeepaliveError(
            "%s%s: %s cannot stand in a Match block; set it without match"
            % (prefix, directive.option, directive.keyword)
        )
    if release < directive.acts_since:
        raise KeepaliveError(
            "%s%s: %s has no effect in a Match block before OpenSSH %s, and this is %s"
            % (prefix, directive.option, directive.keyword, ".".join(map(str, directive.acts_since)), found)
        )


def _refuse_twice(policies):
    seen = {}
    for policy in policies:
        for directive in tuple(policy.values) + tuple(policy.absent):
            first = seen.setdefault((policy.scope.identity, directive), policy)
            if first is not policy:
                raise KeepaliveError(
                    "rules: %s is given twice for %s" % (directive.option, policy.scope.label)
                )


def _idle_warnings(dialect, policy, release, timeout):
    interval = dialect.by_option["interval"]
    if policy.absent or (not policy.scope.everybody and interval not in policy.values):
        return []
    return [
        timing.check_idle_timeout(dialect.side, release, policy.values.get(interval), timeout.seconds),
        timeout.besides,
    ]


def _value_warnings(dialect, policy, release):
    wanted = dict((directive.option, value) for directive, value in policy.values.items())
    if wanted.get("count_max") == 0:
        yield _count_zero_warning(dialect, release)
    if wanted.get("channel_timeout"):
        yield (
            "channel_timeout: ChannelTimeout closes channels that carry no data for that long, a working "
            "but silent command too, keepalive or not: "
            "run long silent tasks with async and poll"
        )
        for channel in wanted["channel_timeout"]:
            if not channels.exists(channel, release):
                yield (
                    "channel_timeout: ChannelTimeout %s=... does nothing, because no channel has that type; "
                    "sessions are session:*, the others %s" % (channel, ", ".join(channels.OTHERS))
                )
    if wanted.get("unused_connection_timeout"):
        yield (
            "unused_connection_timeout: UnusedConnectionTimeout closes connections without an open channel "
            "after that long: "
            "shared connections (ControlPersist) end, too"
        )


def warnings_of_effect(dialect, policy, effective, release):
    """What people should be told about values that were in force already and that the policy does not set."""
    count = dialect.by_option["count_max"]
    if not policy.values or count in policy.values or effective.get(count.keyword.lower()) != "0":
        return []
    return [_count_zero_warning(dialect, release)]


def _count_zero_warning(dialect, release):
    if dialect.side == "ssh":
        return (
            "count_max: ServerAliveCountMax 0 ends a healthy session after one interval without data "
            "from the server; 1 or more waits for an answer"
        )
    if timing.count_zero_is_void(dialect.side, release):
        return (
            "count_max: ClientAliveCountMax 0 protects nothing on this OpenSSH: since 8.2 it never ends a "
            "session, not even that of a dead peer; "
            "the current STIG asks for 600/1, and idle sessions end by channel_timeout and "
            "unused_connection_timeout (sshd 9.2 and newer), "
            "as a profile NAME+idle sets them"
        )
    return (
        "count_max: ClientAliveCountMax 0 ends every session that sends no data for one interval on this "
        "OpenSSH, a healthy one too: "
        "run long silent tasks with async and poll"
    )
