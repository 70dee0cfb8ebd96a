# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of one file, kept as the bytes they are: what is not edited renders to the very same bytes."""

HEADER = b"# Managed by fleetops.keepalive: SSH keepalive directives"
TAKEN_OUT = b"# fleetops.keepalive: "


class Document:
    """An immutable list of raw lines, each with its own line ending; every edit gives a new Document.

    Line numbers here are indexes from 0; people are told index + 1.
    """

    __slots__ = ("lines",)

    def __init__(self, lines=()):
        self.lines = tuple(lines)

    @classmethod
    def parse(cls, data):
        """Any bytes to a Document; Document.parse(data).render() == data."""
        lines = data.split(b"\n")
        last = lines.pop()
        lines = [line + b"\n" for line in lines]
        return cls(lines + [last] if last else lines)

    def render(self):
        """The bytes of the whole file."""
        return b"".join(self.lines)

    @property
    def newline(self):
        """The line ending that new lines take: that of the first line."""
        return b"\r\n" if self.lines and self.lines[0].endswith(b"\r\n") else b"\n"

    def insert(self, index, texts):
        """Put lines (bytes without line ending) ahead of line index; at the end a missing final newline stays
        missing."""
        new = [text + self.newline for text in texts]
        before, after = list(self.lines[:index]), list(self.lines[index:])
        if not after and before and not before[-1].endswith(b"\n"):
            before[-1] += self.newline
            new[-1] = texts[-1]
        return Document(before + new + after)

    def replace(self, index, text):
        """Put text (bytes without line ending) in the place of line index, which keeps its line ending."""
        return Document(self.lines[:index] + (text + self._ending(index),) + self.lines[index + 1 :])

    def remove(self, indexes):
        """Take the lines of these indexes out."""
        gone = set(indexes)
        return Document(line for index, line in enumerate(self.lines) if index not in gone)

    def comment(self, index):
        """Turn line index into a comment that says who did it."""
        line = self.lines[index]
        text = line[: len(line) - len(self._ending(index))]
        bare = text.lstrip(b" \t")
        return self.replace(index, text[: len(text) - len(bare)] + TAKEN_OUT + bare)

    def _ending(self, index):
        line = self.lines[index]
        return line[len(line.rstrip(b"\r\n")) :]
