# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which line decides and why, as data and as a short table for people."""

from .._config import resolve

DEFAULT = "OpenSSH's default, no line says so"


def lines(standings):
    """The lines result: every Standing as plain data."""
    return [
        {
            "directive": standing.line.keyword
            if standing.status == "wrong_side"
            else standing.line.directive.keyword,
            "value": standing.line.text,
            "file": standing.line.path,
            "line": standing.line.index + 1,
            "scope": standing.line.scope,
            "status": standing.status,
            "why": _why(standing),
        }
        for standing in standings
    ]


def table(standings, effective, dialect):
    """The same as aligned text, a line each, the deciding line of each directive first; effective: keyword to
    value."""
    rows = []
    for directive in dialect.directives:
        own = [standing for standing in standings if standing.line.directive is directive]
        if directive.keyword.lower() in effective and not any(standing.status == "wins" for standing in own):
            rows.append((directive.keyword, effective[directive.keyword.lower()], "-", DEFAULT))
        rows += [
            (
                line["directive"],
                line["value"],
                "%s:%d" % (line["file"], line["line"]),
                "%s: %s" % (line["status"], line["why"]),
            )
            for line in lines(sorted(own, key=lambda standing: resolve.STATUSES.index(standing.status)))
        ]
    return _aligned(rows)


def _aligned(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(3)] if rows else []
    return ["  ".join([cell.ljust(width) for cell, width in zip(row, widths)] + [row[3]]) for row in rows]


def _why(standing):
    line = standing.line
    if standing.status == "wins":
        return _why_it_wins(line)
    if standing.status == "shadowed":
        return "no line of its kind decides here" if standing.by is None else _why_it_loses(line, standing.by)
    return {
        "match_override": "decides for the connections of %s" % line.scope,
        "own": "decides for the destinations of %s" % line.scope,
        "wrong_side": "belongs to the other side; %s was meant" % line.directive.keyword,
        "unknown": "depends on a condition that is known only when ssh or sshd runs",
    }[standing.status]


def _why_it_wins(line):
    if not line.chain:
        return "first line read for everybody"
    if not line.restricted:
        return "first line read for everybody, in %s" % line.scope
    return "first line read for %s" % line.scope


def _why_it_loses(line, by):
    if by.order < line.order:
        return "%s is read first" % by.place
    return "%s (%s) outranks it" % (by.place, by.scope)
