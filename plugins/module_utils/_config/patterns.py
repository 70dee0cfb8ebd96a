# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenSSH's patterns: wildcards, comma-separated lists with negation, address lists.

Sources: openssh match.c match_pattern(), match_pattern_list(), addrmatch.c addr_match_list().
"""

import ipaddress
import re

_compiled = {}


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


def _address_matches(address, pattern):
    if "/" in pattern:
        try:
            return ipaddress.ip_address(address) in ipaddress.ip_network(pattern, strict=False)
        except ValueError:
            return False
    return matches(address.lower(), pattern.lower())
