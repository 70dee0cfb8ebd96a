# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task tells: results and diffs as plain data."""

from .._config import resolve, timing, values
from . import provenance


def result(side, settled, verbosity):
    """The return keys that both modules share, of one main file; verbosity: how many -v the user gave."""
    standings = resolve.standings(settled.plan.tree)
    told = in_force(side.dialect, settled.release, standings, settled.effective, settled.doubt)
    told.update(
        changed=bool(settled.plan.edits),
        openssh_version=".".join(map(str, settled.release)),
        warnings=settled.warnings,
    )
    if verbosity and settled.plan.edits:
        told["provenance"] = provenance.table(standings, settled.effective, side.dialect)
    return told


def in_force(dialect, release, standings, effective, doubt):
    """The return keys about what is in force; effective, doubt: see asking.effective()."""
    told = {
        "effective": effective,
        "lines": provenance.lines(standings),
        "drop_after": _drop_after(dialect, release, effective),
        "verified": "resolution" if doubt else "openssh",
    }
    return dict(told, verified_reason=doubt) if doubt else told


def _drop_after(dialect, release, effective):
    """Seconds after which a dead peer is dropped under effective values (keyword to text); None: never."""
    numbers = []
    for option in ("interval", "count_max"):
        directive = dialect.by_option[option]
        value = effective.get(directive.keyword.lower(), values.canonical(directive.kind, directive.default))
        numbers.append(values.parse(directive.kind, value.split(), release))
    return timing.drop_after(dialect.side, release, *numbers)


def changes(edits):
    """The edits as (path, bytes before, bytes after); None for no file."""
    return [(edit.path, _bytes(edit.before), _bytes(edit.after)) for edit in edits]


def _bytes(document):
    return None if document is None else document.render()


def files(edits, backups):
    """The files result: path, action, and the backup's path where one was kept."""
    return [_file(edit, backups.get(edit.path)) for edit in edits]


def _file(edit, backup):
    action = "created" if edit.before is None else "removed" if edit.after is None else "edited"
    told = {"path": edit.path, "action": action}
    if backup is not None:
        told["backup"] = backup
    return told


def repaired(edits, repairs):
    """The files result of modes that changed, of files that no edit names already."""
    edited = [edit.path for edit in edits]
    return [{"path": repair.path, "action": "edited"} for repair in repairs if repair.path not in edited]


def mode_diffs(repairs):
    """One diff a mode that changed."""
    return [
        {
            "before_header": repair.path,
            "after_header": repair.path,
            "before": "mode %04o\n" % repair.before,
            "after": "mode %04o\n" % repair.after,
        }
        for repair in repairs
    ]


def diffs(edits):
    """One diff a file, with the whole file before and after."""
    return [
        {
            "before_header": edit.path if edit.before is not None else "/dev/null",
            "after_header": edit.path if edit.after is not None else "/dev/null",
            "before": text(edit.before),
            "after": text(edit.after),
        }
        for edit in edits
    ]


def text(document):
    """A Document as text for people; '' for no file."""
    return "" if document is None else document.render().decode("utf-8", "backslashreplace")
