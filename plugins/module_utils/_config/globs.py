# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file name patterns of Include lines, as OpenSSH reads them.

Source: openbsd-compat/glob.c glob0(), g_charclass(), match(). The glob(3) of other systems also takes [^x]
for [!x]; this one does not.
"""

import re

_TOKEN = re.compile(r"\\?.", re.S)
_CLASS = re.compile(r"\[:([^:]*):\]")
_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": " \t",
    "cntrl": "\0-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": "!-/:-@\\[-`{-~",
    "space": " \t-\r",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}
_NOT_A_HIDDEN_ONE = r"(?!\.)"
_NOTHING = "(?!)"

_compiled = {}


def has_wildcard(path):
    """Whether OpenSSH would search for the path instead of taking it as it is."""
    return any(char in path for char in "*?[\\")


def glob_regex(pattern):
    """A file name pattern as a compiled expression for the whole path; wildcards match neither / nor a
    leading dot."""
    if pattern not in _compiled:
        _compiled[pattern] = re.compile("".join(_parts(_TOKEN.findall(pattern))) + r"\Z", re.S)
    return _compiled[pattern]


def _parts(tokens):
    """The expression in parts. tokens: characters, with their backslash where they have one, which makes them
    ordinary."""
    index, before = 0, "/"
    while index < len(tokens):
        token = tokens[index]
        guard = _NOT_A_HIDDEN_ONE if before[-1] == "/" else ""
        index += 1
        if token == "*":
            if before != "*":
                yield guard + "[^/]*"
        elif token == "?":
            yield guard + "[^/]"
        elif token == "[" and _is_set(tokens, index):
            expression, index = _set(tokens, index)
            yield guard + expression
        else:
            yield re.escape(token[-1])
        before = token


def _is_set(tokens, start):
    """Whether a set begins behind this bracket; its first character, which may be a bracket, is never its
    end."""
    return "]" in tokens[start + (tokens[start : start + 1] == ["!"]) + 1 :]


def _set(tokens, start):
    """The expression for the set [...] whose inside starts there, and the index behind its end."""
    negated = tokens[start] == "!"
    items, first = [], start + negated
    index = first
    while index == first or tokens[index : index + 1] not in ([], ["]"]):
        named = tokens[index : index + 2] == ["[", ":"] and _CLASS.match("".join(tokens[index:]))
        if named and named.group(1) not in _CLASSES:
            return _NOTHING, len(tokens)
        if named:
            items.append(_CLASSES[named.group(1)])
            index += named.end()
        elif tokens[index + 1 : index + 2] == ["-"] and tokens[index + 2 : index + 3] not in ([], ["]"]):
            items.append(_range(tokens[index][-1], tokens[index + 2][-1]))
            index += 3
        else:
            items.append(re.escape(tokens[index][-1]))
            index += 1
    inside = "".join(items)
    if negated:
        return "[^/%s]" % inside, index + 1
    return "[%s]" % inside if inside else _NOTHING, index + 1


def _range(low, high):
    """A range inside a set; one that runs backwards matches nothing."""
    return "%s-%s" % (re.escape(low), re.escape(high)) if low <= high else ""
