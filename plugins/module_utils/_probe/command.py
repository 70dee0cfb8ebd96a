# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line of a session that nothing keeps awake, on the way through jump hosts neither."""

import getopt
import re
import shlex

from .._config.errors import KeepaliveError
from .._host.run import run

CONNECT_SECONDS = 20

#: Nothing that keeps the path awake, nothing shared, nothing asked; given ahead of the user's, because ssh
#: takes the first.
_OPTIONS = (
    "ServerAliveInterval=0",
    "TCPKeepAlive=no",
    "RekeyLimit=default none",
    "ControlMaster=no",
    "ControlPath=none",
    "BatchMode=yes",
    "LogLevel=DEBUG1",
    "ConnectTimeout=%d" % CONNECT_SECONDS,
    "ConnectionAttempts=1",
    "ClearAllForwardings=yes",
    "RequestTTY=no",
    "RemoteCommand=none",
    "PermitLocalCommand=no",
    "EscapeChar=none",
)
_QUIET = [word for option in _OPTIONS for word in ("-o", option)]
_JUMP = re.compile(
    r"^debug1: Setting implicit ProxyCommand from ProxyJump: \S+(| .*) -W \S+ (\S+)\s*$", re.MULTILINE
)
_HAS_JUMP = re.compile(r"^proxyjump (?!none)", re.MULTILINE | re.IGNORECASE)
#: Echoes, and does not wait for ever on a server to which nothing comes through any more. Any login shell can
#: read it.
_ECHO = "exec sh -c 'command -v timeout >/dev/null && exec timeout %d cat; exec cat'"
_GRACE = 30
_THROUGH = ["-W", "[%h]:%p"]
_MOST_JUMPS = 8
#: What ssh takes (ssh.c of OpenSSH 10), a letter with a colon takes an argument.
_LETTERS = "1246ab:c:e:fgi:kl:m:no:p:qstvxAB:CD:E:F:GI:J:KL:MNO:P:Q:R:S:TVw:W:XYy"


def command(ssh, longest, host, port=None, user=None, identity_file=None, extra=()):
    """The ssh command line of a session that echoes; longest: seconds it may be idle; extra: further
    arguments of the user's.

    KeepaliveError where ssh does not tell about jump hosts. ssh would reach a jump host with the keepalive
    that its files have for it.
    It is asked how, and these connections are made as quiet as the last one.
    """
    options = list(_QUIET)
    options += ["-p", str(port)] if port else []
    options += ["-l", user] if user else []
    options += ["-i", identity_file] if identity_file else []
    options += _without_letter_j(extra) + ["--", host]
    return [ssh] + _jump(ssh, options, _MOST_JUMPS) + options + [_ECHO % (longest + _GRACE)]


def _jump(ssh, options, most):
    """The options that take the place of a ProxyJump, [] where there is none; most: through how many hosts at
    most."""
    asked = run([ssh, "-G"] + options)
    jump = _JUMP.search(asked.complaint)
    if jump is None:
        if _HAS_JUMP.search(asked.output):
            raise KeepaliveError(
                "host: this ssh does not tell how it would reach the jump host; use a ProxyCommand with "
                "ServerAliveInterval=0 instead"
            )
        return []
    if most == 0:
        raise KeepaliveError(
            "host: %s is reached through more than %d jump hosts in a row; is it a circle?"
            % (options[-1], _MOST_JUMPS)
        )
    own = _QUIET + _without_letter_j(shlex.split(jump.group(1)))
    words = [ssh] + _jump(ssh, own + ["--", jump.group(2)], most - 1) + own
    # ssh expands a command once on every level, and only %h and %p of -W are for this one.
    line = [shlex.quote(word).replace("%", "%%") for word in words] + [
        shlex.quote(word) for word in _THROUGH + ["--", jump.group(2)]
    ]
    return ["-o", "ProxyCommand=" + " ".join(line)]


def _without_letter_j(words):
    """The options with -J spelled ProxyJump, because ssh refuses the letter beside a ProxyCommand, but yields
    with the word. KeepaliveError for others."""
    try:
        options, rest = getopt.getopt(words, _LETTERS)
    except getopt.GetoptError as error:
        raise KeepaliveError("ssh_args: ssh has no such option: %s" % error)
    if rest:
        raise KeepaliveError(
            "ssh_args: %r is not an option of ssh; the destination is given as host" % rest[0]
        )
    spelled = []
    for letter, value in options:
        spelled += ["-o", "ProxyJump=" + value] if letter == "-J" else [letter] + ([value] if value else [])
    return spelled
