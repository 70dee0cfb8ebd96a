# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wanted: the values of each scope, and how edits go about making them effective."""

from collections import namedtuple

from . import values
from .lexer import encode

#: What is wanted in one scope. values: dict of Directive to meaning; absent: the Directives to take out
#: instead; canonical: whether the deciding line has to be written as the collection writes it, in the
#: preferred file, for scanners that match text.
Policy = namedtuple('Policy', 'scope values absent canonical')
Policy.__new__.__defaults__ = (False,)

#: placement: auto, main, drop_in; drop_in: path of the drop-in, None where there can be none;
#: conflicts, match_overrides: report, comment, remove, fail; precedence: default, override.
Preferences = namedtuple('Preferences', 'placement drop_in conflicts match_overrides precedence')
DEFAULTS = Preferences('auto', None, 'report', 'report', 'default')

#: The answers to conflicts and match_overrides that take lines out.
TAKE_OUT = ('comment', 'remove')


def wanted_text(directive, policy):
    """'Keyword value' (text), as the collection writes what a policy wants of a directive."""
    return '%s %s' % (directive.keyword, values.canonical(directive.kind, policy.values[directive]))


def written(directive, policy):
    """The same as bytes, without indentation: the line for a file."""
    return encode(wanted_text(directive, policy))
