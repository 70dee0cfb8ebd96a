# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where in a document a new line or block goes, so that a person who reads the file finds nothing odd."""

import re
from typing import NamedTuple, Optional

from . import values
from .document import HEADER, TAKEN_OUT
from .lexer import decode, indentation, is_blank, is_comment

BLOCK_INDENT = b"    "

_COMMENTED_HEADER = re.compile(rb"[ \t]*#[# \t]*(?:match|host)[ \t]", re.I)


class Section(NamedTuple):
    """The lines of one file from a header to the next, as indexes."""

    header: Optional[int]  # None: from the top
    start: int
    end: int  # the first line behind it


def section(document, headers, header=None):
    """The section below a header index, or above all headers; headers: indexes of all headers of the file,
    ascending."""
    following = [index for index in headers if header is None or index > header]
    return Section(
        header, 0 if header is None else header + 1, following[0] if following else len(document.lines)
    )


def active_lines(document, part):
    """The indexes of the section's lines that are neither blank nor comments."""
    return [
        index
        for index in range(part.start, part.end)
        if not is_blank(document.lines[index]) and not is_comment(document.lines[index])
    ]


def put_line(document, part, directive, text, release, siblings):
    """Put 'Keyword value' (bytes) into a section.

    Under the directive's commented default; else below the last of siblings (indexes of lines to stand
    beside);
    else where the section's last active line is.
    """
    commented = _commented_default(document, part, directive, release)
    if commented is not None:
        indent = (
            _block_indent(document, part, commented)
            if part.header is not None
            else indentation(document.lines[commented])
        )
        return document.insert(commented + 1, [indent + text])
    if siblings:
        return document.insert(siblings[-1] + 1, [indentation(document.lines[siblings[-1]]) + text])
    return document.insert(_last_place(document, part), [_block_indent(document, part) + text])


def _block_indent(document, part, otherwise=None):
    active = active_lines(document, part)
    if active:
        return indentation(document.lines[active[0]])
    if otherwise is not None and indentation(document.lines[otherwise]):
        return indentation(document.lines[otherwise])
    return b"" if part.header is None else BLOCK_INDENT


def _last_place(document, part):
    active = active_lines(document, part)
    if part.header is None and part.end == len(document.lines):
        return part.end
    if active:
        return active[-1] + 1
    return part.start if part.header is not None else above(document, part.end)


def _commented_default(document, part, directive, release):
    pattern = re.compile(
        rb"[ \t]*#[# \t]*" + directive.keyword.encode() + rb"[ \t]*[ \t=][ \t]*([^\r\n]*?)[ \t\r\n]*\Z", re.I
    )
    in_example = False
    for index in range(part.start, part.end):
        line = document.lines[index]
        in_example = is_comment(line) and (in_example or _COMMENTED_HEADER.match(line) is not None)
        found = pattern.match(line)
        if found and not in_example and not line.lstrip().startswith(TAKEN_OUT.strip()):
            try:
                values.parse(directive.kind, decode(found.group(1)).split(), release)
            except ValueError:
                continue
            return index
    return None


def above(document, index):
    """The index above a line and the comments that belong to it; the header comment of a drop-in of ours
    belongs to the file."""
    indent = indentation(document.lines[index])
    while index and _belongs_below(document.lines[index - 1], indent):
        index -= 1
    return index


def _belongs_below(line, indent):
    return is_comment(line) and indentation(line) == indent and line.strip() != HEADER


def put_block(document, index, lines):
    """Put a new block (lines as bytes, the header first) ahead of line index, or at the end of the
    document."""
    if index < len(document.lines):
        return document.insert(index, lines + [b""])
    if document.lines and not is_blank(document.lines[-1]) and document.lines[-1].strip() != HEADER:
        lines = [b""] + lines
    return document.insert(index, lines)


def top(document):
    """The index above the first active line and the comments that belong to it; the document's end if there
    is none."""
    active = active_lines(document, Section(None, 0, len(document.lines)))
    return above(document, active[0]) if active else len(document.lines)


def without_lines(document, indexes, headers):
    """Take lines out, and with them the headers (all indexes of headers of the file) whose sections they
    leave empty."""
    gone = set(indexes)
    for header in headers:
        active = set(active_lines(document, section(document, headers, header)))
        if active and active <= gone:
            gone.add(header)
    return document.remove(gone)
