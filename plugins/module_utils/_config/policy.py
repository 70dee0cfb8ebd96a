# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wanted: the values of each scope, and how edits go about making them effective."""

from typing import Any, Dict, NamedTuple, Optional, Tuple

from . import values
from .directives import Directive
from .lexer import encode
from .scope import Scope


class Policy(NamedTuple):
    """What is wanted in one scope."""

    scope: Scope
    #: What each directive shall mean, see values.py.
    values: Dict[Directive, Any]
    #: The directives to take out instead.
    absent: Tuple[Directive, ...]
    #: Whether the deciding line has to be written as the collection writes it, in the preferred file, for
    #: scanners that match text.
    canonical: bool = False


class Preferences(NamedTuple):
    """How edits go about it."""

    placement: str  # auto, main, drop_in
    drop_in: Optional[str]  # path of the drop-in, None where there can be none
    conflicts: str  # report, comment, remove, fail
    match_overrides: str  # the same
    precedence: str  # default, override


DEFAULTS = Preferences("auto", None, "report", "report", "default")

#: The answers to conflicts and match_overrides that take lines out.
TAKE_OUT = ("comment", "remove")


def wanted_text(directive, policy):
    """'Keyword value' (text), as the collection writes what a policy wants of a directive."""
    return "%s %s" % (directive.keyword, values.canonical(directive.kind, policy.values[directive]))


def written(directive, policy):
    """The same as bytes, without indentation: the line for a file."""
    return encode(wanted_text(directive, policy))
