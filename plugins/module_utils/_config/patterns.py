# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenSSH's patterns: wildcards, comma-separated lists with negation, address lists.

Sources: openssh match.c match_pattern(), match_pattern_list(), addrmatch.c addr_match_list(), addr.c
addr_pton(), addr_pton_cidr().
"""

import ipaddress
import re

_compiled = {}
_NUMBERS = re.compile(r"[ \t]*[0-9][0-9a-fA-FxX.]*[ \t]*\Z")


def is_literal(pattern):
    """Whether the pattern stands for itself alone."""
    return not any(char in pattern for char in "*?!/")


def matches(text, pattern):
    """Whether the text fits one pattern: * any run of characters, ? any one."""
    if pattern not in _compiled:
        regex = re.escape(re.sub(r"\*+", "*", pattern)).replace("\\*", ".*").replace("\\?", ".")
        _compiled[pattern] = re.compile(regex + r"\Z", re.S)
    return _compiled[pattern].match(text) is not None


def matches_list(text, patterns):
    """Whether the text fits a comma-separated list: a negated hit (!p) decides against, else any hit for
    it."""
    return matches_words(text, patterns.split(","))


def matches_words(text, words):
    """The same for patterns in a list, in which a comma is a letter like any other."""
    return _decide(words, lambda pattern: matches(text, pattern))


def address_matches_list(address, patterns):
    """Whether an IP address fits a comma-separated list of addresses, CIDR networks and wildcards."""
    return _decide(patterns.split(","), lambda pattern: _address_matches(address, pattern))


def _decide(patterns, hits):
    found = False
    for pattern in patterns:
        negated = pattern.startswith("!")
        if hits(pattern[1:] if negated else pattern):
            if negated:
                return False
            found = True
    return found


def _address_matches(text, pattern):
    wanted = network(pattern)
    return matches(text, pattern) if wanted is None else address(text) in wanted


def address(text):
    """The IP address that a text stands for in any spelling that getaddrinfo(3) takes for numbers, 10.1 and
    2001:db8:0::1 among them; None for anything else."""
    # Here, so that a configuration without addresses need not load it.
    import socket

    try:
        if ":" in text:
            return ipaddress.IPv6Address(text)
        return ipaddress.IPv4Address(socket.inet_aton(text)) if _NUMBERS.match(text) else None
    except (ValueError, OSError):
        return None


def network(pattern):
    """The network of an address or of ADDRESS/LENGTH, None for anything else; bits beyond the length do not
    count."""
    text, slash, length = pattern.partition("/")
    base = address(text)
    if base is None or slash and not re.match(r"[0-9]+\Z", length):
        return None
    try:
        length = int(length) if slash else base.max_prefixlen
        return ipaddress.ip_network("%s/%d" % (base, length), strict=False)
    except ValueError:
        return None
