# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the managed directives: read as OpenSSH reads them, compared by meaning, written canonically.

Meanings: time, count: int (seconds, probes); yes_no, flag: bool; channels: dict of channel type to seconds;
UNSET: a value that OpenSSH reads and that decides nothing (ServerAliveInterval none).
Sources: openssh misc.c convtime(), parse_pattern_interval(); servconf.c, readconf.c parse_time, parse_int,
parse_flag.
"""

import re
from typing import Any, Callable, NamedTuple, Sequence, Tuple

from .errors import KeepaliveError

LARGEST = 2147483647
UNSET = object()

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_PART = re.compile(r"([ \t-\r]*\+?)([0-9]+)([smhdw]?)", re.I)
_COUNT = re.compile(r"[ \t-\r]*\+?[0-9]+$")
_STICKY_UNITS = ((7, 6), (8, 4))
_DIGITS_FIRST_SINCE = (9, 8)
_SECONDS_ONCE_SINCE = (10, 3)
_YES_NO = {"yes": True, "no": False}
_FLAGS = {"yes": True, "no": False, "true": True, "false": False}


def seconds(text, release):
    """An OpenSSH time (600, 10m, 1h30m) in seconds as this release reads it; ValueError where it is none.

    Releases 7.6 to 8.3 kept the unit of the part before for a part in seconds: 1m30s was 1860.
    """
    total, multiplier, position, plain = 0, 1, 0, 0
    sticky = _STICKY_UNITS[0] <= release < _STICKY_UNITS[1]
    while position < len(text) or not text:
        part = _PART.match(text, position)
        if part is None or (part.group(1) and release >= _DIGITS_FIRST_SINCE):
            raise ValueError(text)
        unit = part.group(3).lower()
        plain += unit in ("", "s")
        if not (sticky and unit in ("", "s")):
            multiplier = _UNITS[unit]
        total += int(part.group(2)) * multiplier
        position = part.end()
    if total > LARGEST or (plain > 1 and release >= _SECONDS_ONCE_SINCE):
        raise ValueError(text)
    return total


def parse(kind, arguments, release):
    """The meaning of a directive's arguments (texts) in a file; ValueError where OpenSSH would refuse
    them."""
    return KINDS[kind].read(arguments, release)


def _one(read):
    """A reader of one argument, as a reader of a list of them."""

    def read_one(arguments, release):
        if len(arguments) != 1:
            raise ValueError(" ".join(arguments))
        return read(arguments[0], release)

    return read_one


def _time_or_none(text, release):
    return 0 if text.lower() == "none" else seconds(text, release)


def _time_or_unset(text, release):
    return UNSET if text == "none" else seconds(text, release)


def _count(text, _release):
    if not _COUNT.match(text) or int(text) > LARGEST:
        raise ValueError(text)
    return int(text)


def _word_of(words):
    def read(text, _release):
        if text.lower() not in words:
            raise ValueError(text)
        return words[text.lower()]

    return read


def _channels(arguments, release):
    if [text.lower() for text in arguments] == ["none"]:
        return {}
    timeouts = {}
    for text in arguments:
        name, equals, time = text.partition("=")
        if not equals or not name:
            raise ValueError(text)
        timeouts.setdefault(name, seconds(time, release))
    return timeouts


def canonical(kind, meaning):
    """The text that the collection writes for a meaning: plain integers, yes/no, none."""
    return KINDS[kind].write(meaning)


def _written_number(meaning):
    return "%d" % meaning


def _written_time_or_none(meaning):
    return "%d" % meaning if meaning else "none"


def _written_flag(meaning):
    return "yes" if meaning else "no"


def _written_channels(meaning):
    return " ".join("%s=%d" % pair for pair in meaning.items()) or "none"


def reported(dialect, told):
    """Of what OpenSSH reports (lower-case keyword to text), the managed directives."""
    names = [directive.keyword.lower() for directive in dialect.directives]
    return dict((name, told[name]) for name in names if name in told)


def from_option(directive, value, name=None):
    """The meaning of a playbook's value for a directive; KeepaliveError names the option and what would be
    right."""
    return KINDS[directive.kind].take(name or directive.option, value)


def option_seconds(name, value):
    """A time from a playbook (600, "10m") in seconds; KeepaliveError names the option."""
    return _option_number(name, value, "seconds or a time such as 10m or 1h30m", _whole_seconds)


def _whole_seconds(text):
    return seconds(text, _DIGITS_FIRST_SINCE)


def _whole(text):
    if not re.match(r"[0-9]+\Z", text):
        raise ValueError(text)
    return int(text)


def _option_number(name, value, what, read):
    text = "" if isinstance(value, (bool, dict, list)) else str(value).strip()
    try:
        number = read(text)
        if number <= LARGEST:
            return number
    except ValueError:
        pass
    raise KeepaliveError("%s: %r is not valid; give %s, from 0 to %d" % (name, value, what, LARGEST))


def _option_count(name, value):
    return _option_number(name, value, "a whole number of probes", _whole)


def _option_seconds_or_none(name, value):
    return 0 if str(value).lower() == "none" else option_seconds(name, value)


def _option_flag(name, value):
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("yes", "true", "on", "1"):
        return True
    if str(value).lower() in ("no", "false", "off", "0"):
        return False
    raise KeepaliveError("%s: %r is not valid; give true or false" % (name, value))


def _option_channels(name, value):
    if not isinstance(value, dict) or not value:
        raise KeepaliveError('%s: %r is not valid; give a dict such as {"session:*": 600}' % (name, value))
    timeouts = {}
    for channel, time in value.items():
        if not re.match(r'[^\s=#"\'\\]+\Z', str(channel)):
            raise KeepaliveError("%s: %r is not a channel type; give one such as session:*" % (name, channel))
        timeouts[str(channel)] = _option_seconds_or_none("%s[%s]" % (name, channel), time)
    return timeouts


class Kind(NamedTuple):
    """A kind of value. type: of an option that gives one, in an argument spec; read: from arguments in a file
    and a release; write: the canonical
    text of a meaning; take: from the name and the value of an option."""

    type: str
    read: Callable[[Sequence[str], Tuple[int, int]], Any]
    write: Callable[[Any], str]
    take: Callable[[str, Any], Any]


KINDS = {
    "time": Kind("str", _one(seconds), _written_number, option_seconds),
    "time_or_none": Kind("str", _one(_time_or_none), _written_time_or_none, _option_seconds_or_none),
    "time_or_unset": Kind("str", _one(_time_or_unset), _written_number, option_seconds),
    "count": Kind("int", _one(_count), _written_number, _option_count),
    "yes_no": Kind("bool", _one(_word_of(_YES_NO)), _written_flag, _option_flag),
    "flag": Kind("bool", _one(_word_of(_FLAGS)), _written_flag, _option_flag),
    "channels": Kind("dict", _channels, _written_channels, _option_channels),
}
