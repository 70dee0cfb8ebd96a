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
    return not any(char in pattern for char in '*?!/')


def matches(text, pattern):
    """Whether the text fits one pattern: * any run of characters, ? any one."""
    if pattern not in _compiled:
        regex = re.escape(re.sub(r'\*+', '*', pattern)).replace('\\*', '.*').replace('\\?', '.')
        _compiled[pattern] = re.compile(regex + r'\Z', re.S)
    return _compiled[pattern].match(text) is not None


def matches_list(text, patterns):
    """Whether the text fits a comma-separated list: a negated hit (!p) decides against, else any hit for it."""
    return matches_words(text, patterns.split(','))


def matches_words(text, words):
    """The same for patterns in a list, in which a comma is a letter like any other."""
    return _decide(words, lambda pattern: matches(text, pattern))


def address_matches_list(address, patterns):
    """Whether an IP address fits a comma-separated list of addresses, CIDR networks and wildcards."""
    return _decide(patterns.split(','), lambda pattern: _address_matches(address, pattern))


def _decide(patterns, hits):
    found = False
    for pattern in patterns:
        negated = pattern.startswith('!')
        if hits(pattern[1:] if negated else pattern):
            if negated:
                return False
            found = True
    return found


def _address_matches(address, pattern):
    if '/' in pattern:
        try:
            return ipaddress.ip_address(address) in ipaddress.ip_network(pattern, strict=False)
        except ValueError:
            return False
    return matches(address.lower(), pattern.lower())


def examples(words, usual):
    """Texts that fit a list of patterns, the usual one first if it does."""
    positive = [pattern for pattern in words if not pattern.startswith('!')]
    fillings = [pattern.replace('*', filling).replace('?', 'x') for pattern in positive for filling in ('', 'x', 'keepalive')]
    return [text for text in [usual] + fillings if text and matches_words(text, words)]


def example_address(patterns, usual):
    """An IP address that fits a comma-separated list, the usual one if it does; None where none was found."""
    candidates = [usual]
    for pattern in patterns.split(','):
        if '/' in pattern:
            candidates.extend(_first_hosts(pattern))
        else:
            candidates.extend(pattern.replace('*', filling).replace('?', '1') for filling in ('1', '1.1', '1.1.1', ':1'))
    return next((text for text in candidates if _is_address(text) and address_matches_list(text, patterns)), None)


def _first_hosts(network):
    try:
        parsed = ipaddress.ip_network(network, strict=False)
    except ValueError:
        return []
    return [str(parsed[min(number, parsed.num_addresses - 1)]) for number in (1, 2, 0)]


def _is_address(text):
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
