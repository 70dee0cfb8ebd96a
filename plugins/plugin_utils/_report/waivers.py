# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waivers: findings that somebody has accepted, on some hosts and up to a day."""

from __future__ import annotations

import datetime
import fnmatch
from collections import namedtuple

OPTION = "keepalive_report_waivers"
KEYS = ("control", "hosts", "groups", "reason", "until")
EVERY_HOST = "all"

#: control: the benchmark's ID; hosts: names or patterns; groups: names; reason: for people; until: the last
#: day of it, a date.
Waiver = namedtuple("Waiver", "control hosts groups reason until")


def faults(given):
    """What is wrong with the waivers as the inventory has them, one sentence for each that cannot be used."""
    if not isinstance(given, (list, tuple)):
        return [
            f"{OPTION} is not a list; give a list of waivers, each with control, hosts or groups, reason and "
            f"until"
        ]
    return [
        f"{OPTION}[{position}]{fault}"
        for position, entry in enumerate(given)
        for fault in [_fault(entry)]
        if fault
    ]


def read(given):
    """The waivers, which have no faults."""
    return [
        Waiver(
            entry["control"].strip(),
            _names(entry.get("hosts")),
            _names(entry.get("groups")),
            entry["reason"].strip(),
            _day(entry["until"]),
        )
        for entry in given
    ]


def covering(waivers, control, host, groups):
    """The waivers for a control on a host, the one that holds longest first."""
    found = [
        waiver
        for waiver in waivers
        if waiver.control.casefold() == control.casefold() and _is_for(waiver, host, groups)
    ]
    return sorted(found, key=lambda waiver: waiver.until, reverse=True)


def _is_for(waiver, host, groups):
    if EVERY_HOST in waiver.groups or any(group in waiver.groups for group in groups):
        return True
    return any(fnmatch.fnmatchcase(host, pattern) for pattern in waiver.hosts)


def _fault(entry):
    if not isinstance(entry, dict):
        return f" is {entry!r}; give control, hosts or groups, reason and until"
    unknown = sorted(set(entry) - set(KEYS))
    if unknown:
        return f".{unknown[0]} is not known; a waiver has {', '.join(KEYS)}"
    for key in ("control", "reason"):
        if not isinstance(entry.get(key), str):
            return _no_text(key, entry.get(key))
        if not entry[key].strip():
            return f".{key} is empty; {_wanted(key)}"
    for key in ("hosts", "groups"):
        if not _is_names(entry.get(key)):
            return f".{key} is {entry[key]!r}; give a name or a list of names"
    if not _names(entry.get("hosts")) + _names(entry.get("groups")):
        return " is for no host; give hosts (names or patterns such as web*) or groups (all is every host)"
    if "until" not in entry:
        return ".until is missing; give the last day of the waiver, such as 2026-12-31"
    if _day(entry["until"]) is None:
        return f".until is {str(entry['until'])!r}, which is not a date; write it as 2026-12-31"
    return None


def _no_text(key, value):
    if value is None:
        return f".{key} is missing; {_wanted(key)}"
    return f".{key} is {value!r}, which is not text; put it in quotes, so that 5.10 is not read as 5.1"


def _wanted(key):
    return {"control": "give the benchmark's ID of the control", "reason": "say why the finding is accepted"}[
        key
    ]


def _is_names(value):
    return (
        value is None
        or isinstance(value, str)
        or isinstance(value, (list, tuple))
        and all(isinstance(name, str) for name in value)
    )


def _names(value):
    names = [value] if isinstance(value, str) else value or ()
    return tuple(name.strip() for name in names if name.strip())


def _day(value):
    """A date as YAML reads it, or as text; None where it is none."""
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    try:
        return datetime.datetime.strptime(value.strip(), "%Y-%m-%d").date()
    except (AttributeError, ValueError):
        return None
