# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text that came over a boundary, made safe to show: a terminal prints it and does nothing else."""

import re

#: Characters that move the cursor, colour, reorder or hide what a terminal shows, halves of characters that
#: no encoding has, and what XML cannot hold.
_HARMFUL = (
    "\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f"
)
_IN_A_LINE = re.compile("[\t\n\r%s]" % _HARMFUL)
#: A carriage return ahead of a line's end is how files of Windows end their lines, and does no harm there.
_IN_LINES = re.compile("\r(?!\n)|[%s]" % _HARMFUL)


def line(text):
    """The text with a backslash escape in place of every character that is not for showing, the ends of lines
    included."""
    return _IN_A_LINE.sub(_escaped, text)


def lines(text):
    """The same for text of several lines, which keeps its tabs and the ends of its lines."""
    return _IN_LINES.sub(_escaped, text)


def shortened(text, most):
    """The text, or its first characters and how many are missing where it has more than `most`."""
    return text if len(text) <= most else "%s… (%d more characters)" % (text[:most], len(text) - most)


def _escaped(found):
    number = ord(found.group())
    if 0xDC80 <= number <= 0xDCFF:
        return "\\x%02x" % (number - 0xDC00)  # a byte that is not UTF-8
    return ("\\x%02x" if number < 0x100 else "\\u%04x" if number < 0x10000 else "\\U%08x") % number
