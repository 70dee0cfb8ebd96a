# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenSSH as the judge of a tree: accepted or not, and what it would use for somebody in a scope."""

import os
import tempfile
from contextlib import contextmanager

from . import openssh


class ServerJudge:
    """Asks sshd."""

    def __init__(self, program):
        self.program = program

    def objection(self, tree):
        """Why sshd must not be asked about a tree: never."""

    def ask(self, tree, candidate, somebody):
        """The openssh.Answer about a tree for a fitting.Connection, or for everybody (None)."""
        if not candidate.documents:
            return openssh.ask_sshd(self.program, tree.main, somebody)
        with openssh.assembled(tree, candidate) as (main, real):
            answer = openssh.ask_sshd(self.program, main, somebody)
            return answer._replace(message=real(answer.message))


class ClientJudge:
    """Asks ssh; behind: the (tree, candidate) that ssh reads after the one in question, None if there is
    none."""

    def __init__(self, program, behind=None):
        self.program, self.behind = program, behind

    def objection(self, tree):
        """Why ssh must not be asked about a tree; None where it may be."""
        for part in (tree, self.behind[0] if self.behind else tree):
            if part.runs_commands:
                return "%s:%d has a Match exec, whose command ssh -G would run" % (
                    part.runs_commands.path,
                    part.runs_commands.index + 1,
                )
        return None

    def ask(self, tree, candidate, somebody):
        """The openssh.Answer about a tree for a dict of host, user, tag."""
        pairs = [pair for pair in ((tree, candidate), self.behind) if pair is not None]
        with _in_a_row(pairs) as (main, real):
            answer = openssh.ask_ssh(self.program, main, somebody["host"], somebody["user"], somebody["tag"])
            return answer._replace(message=real(answer.message))


@contextmanager
def _in_a_row(pairs):
    """Assembled copies of several trees behind one main file that includes them one after the other."""
    if len(pairs) == 1:
        with openssh.assembled(*pairs[0]) as found:
            yield found
        return
    with openssh.assembled(*pairs[0]) as (first, real), openssh.assembled(*pairs[1]) as (second, also_real):
        descriptor, main = tempfile.mkstemp(prefix="fleetops.keepalive.")
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write("Include %s %s\n" % (first, second))
            yield main, lambda message: also_real(real(message))
        finally:
            os.unlink(main)
