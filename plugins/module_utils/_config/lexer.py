# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One line of an OpenSSH configuration file, cut up as the OpenSSH release at hand does it.

Sources: openssh misc.c strdelim() and argv_split(); servconf.c load_server_config() and
process_server_config_line_depth(); readconf.c process_config_line_depth().
"""

import re
from collections import namedtuple

ARGV_SPLIT_SINCE = (8, 7)
MATCH_ARGV_SPLIT_SINCE = (9, 9)
CLIENT_CUTS_COMMENTS_SINCE = (8, 5)

#: keyword: folded to lower case; arguments: unquoted texts, a comment taken off.
Statement = namedtuple("Statement", "keyword arguments")

_BLANKS = " \t\r\n"
_HEAD = re.compile(
    r"[ \t\r\n]*=?[ \t\r\n]*"
    r'(?:"(?P<quoted>[^"]*)"|(?P<plain>[^ \t\r\n"=]+)(?=[ \t\r\n=]|$)[ \t\r\n]*=?)'
    r"[ \t\r\n]*",
    re.S,
)
_ESCAPABLE = "'\"\\\\"


def decode(raw):
    """Bytes of a file to text; every byte survives the way back through encode()."""
    return raw.decode("utf-8", "surrogateescape")


def encode(text):
    """The reverse of decode()."""
    return text.encode("utf-8", "surrogateescape")


def printable(text):
    """Text for people and for JSON: bytes that are not UTF-8 appear as \\xNN."""
    return encode(text).decode("utf-8", "backslashreplace")


def indentation(raw):
    """The white space (bytes) that a raw line starts with."""
    return raw[: len(raw) - len(raw.lstrip(b" \t"))]


def is_blank(raw):
    """Whether the raw line holds nothing but white space."""
    return not raw.strip()


def is_comment(raw):
    """Whether the raw line holds nothing but a comment."""
    return raw.lstrip().startswith(b"#")


def lex(raw, side, release):
    """Cut one raw line (bytes) into a Statement; None where the line has no keyword and argument.

    side is 'sshd' or 'ssh', release the OpenSSH version as a tuple such as (9, 2).
    Lines that OpenSSH refuses come out as something that it would refuse, or as None: the judge speaks about
    them.
    """
    line = decode(raw).split("\0", 1)[0].rstrip(_BLANKS + "\f")
    if _cuts_at_any_hash(side, release):
        line = line.split("#", 1)[0].rstrip(_BLANKS + "\f")
    head = _HEAD.match(line)
    if head is None:
        return None
    keyword = head.group("plain") or head.group("quoted")
    if not keyword or keyword.startswith("#"):
        return None
    keyword = _fold(keyword)
    arguments = _split(keyword, line[head.end() :], release)
    return Statement(keyword, arguments) if arguments else None


def _fold(keyword):
    """ASCII lower case: other letters do not fold in OpenSSH."""
    return decode(encode(keyword).lower())


def _cuts_at_any_hash(side, release):
    if release >= ARGV_SPLIT_SINCE:
        return False
    return side == "sshd" or release >= CLIENT_CUTS_COMMENTS_SINCE


def _split(keyword, text, release):
    """The arguments of a line. Releases between the two had argv_split() look at a Match line first, and took
    it apart by strdelim()."""
    if release < ARGV_SPLIT_SINCE:
        return _split_by_strdelim(text)
    arguments = argv_split(text)
    if keyword == "match" and release < MATCH_ARGV_SPLIT_SINCE and arguments is not None:
        return _split_by_strdelim(text)
    return arguments


def argv_split(text):
    """The arguments of a line as OpenSSH 8.7 and newer split them; None where a quote is left open."""
    arguments, token, quote, index = [], None, "", 0
    while index < len(text):
        char, following = text[index], text[index + 1 : index + 2]
        if token is None and char == "#":
            break
        if not quote and char in " \t":
            if token is not None:
                arguments.append(token)
            token = None
        elif char == "\\" and following and (following in _ESCAPABLE or (following == " " and not quote)):
            token = (token or "") + following
            index += 1
        elif not quote and char in "\"'":
            quote, token = char, token or ""
        elif char == quote:
            quote = ""
        else:
            token = (token or "") + char
        index += 1
    if quote:
        return None
    return arguments if token is None else arguments + [token]


def _split_by_strdelim(text):
    """The arguments of a line, taken off by one strdelim() at a time; nothing, or a quote left open, is the
    end."""
    arguments, rest = [], text
    while rest:
        token, rest = _strdelim(rest)
        if not token:
            break
        arguments.append(token)
    return arguments


def _strdelim(text):
    end = next((index for index, char in enumerate(text) if char in _BLANKS + '"='), None)
    if end is None:
        return text, ""
    if text[end] == '"':
        close = text.find('"', end + 1)
        if close < 0:
            return None, ""
        return text[:end] + text[end + 1 : close], text[close + 1 :].lstrip(_BLANKS)
    rest = text[end + 1 :].lstrip(_BLANKS)
    if text[end] != "=" and rest.startswith("="):
        rest = rest[1:].lstrip(_BLANKS)
    return text[:end], rest
