# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The three kinds of main files, and how OpenSSH reads each."""

import os

from .._config.directives import SSH, SSHD
from .._config.reader import read_tree
from .._config.sources import Candidate, Directories
from .._host import openssh
from .._host.groups import Groups
from .._host.judge import ClientJudge, ServerJudge
from .arguments import CLIENT_PATH, SERVER_PATH

SYSTEM_DIRECTORY = os.path.dirname(SERVER_PATH)


class Side:
    """What tells one main file from another.

    dialect, main (path), directories, has_drop_ins, source, judge, accounts; behind: (path, Directories) of
    the main
    files that are read after it;
    release: OpenSSH's version tuple if it is known already.
    """

    def __init__(self, dialect, main, directories, has_drop_ins, source, judge, behind=(), release=None):
        self.dialect, self.main, self.directories, self.has_drop_ins = (
            dialect,
            main,
            directories,
            has_drop_ins,
        )
        self.source, self.judge, self.accounts, self.behind, self.release = (
            source,
            judge,
            Groups(),
            behind,
            release,
        )

    def whole(self, candidate, release):
        """The Tree of all that is read, what is behind the main file too."""
        return read_tree(self.main, candidate, self.dialect, release, self.directories, self.behind)


def server(path, program, source):
    """The file that sshd reads; relative includes are looked up in the directory that sshd has compiled in,
    wherever path is."""
    return Side(SSHD, path, Directories(SYSTEM_DIRECTORY), True, source, ServerJudge(program))


def system_client(path, program, source):
    """The file at path, read as ssh reads it: only /etc/ssh/ssh_config is the system's, another one is what
    -F names."""
    home = os.path.expanduser("~")
    directories = (
        Directories(SYSTEM_DIRECTORY)
        if path == CLIENT_PATH
        else Directories(os.path.join(home, ".ssh"), home)
    )
    return Side(SSH, path, directories, True, source, ClientJudge(program))


def user_client(home, program, source, release=None):
    """A user's file, with the system's file read behind it; release: the program's if it is known."""
    judge, behind = ClientJudge(program), []
    if source.exists(CLIENT_PATH):
        behind = [(CLIENT_PATH, Directories(SYSTEM_DIRECTORY))]
        candidate = Candidate(source)
        judge.behind = (
            read_tree(CLIENT_PATH, candidate, SSH, openssh.ASSUMED_RELEASE, Directories(SYSTEM_DIRECTORY)),
            candidate,
        )
    directory = os.path.join(home, ".ssh")
    return Side(
        SSH,
        os.path.join(directory, "config"),
        Directories(directory, home),
        False,
        source,
        judge,
        behind,
        release,
    )
