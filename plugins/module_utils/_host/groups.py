# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is in which group, and who runs this: what criteria of Host and Match headers ask of a host."""

import grp
import os
import pwd

from .._config.patterns import matches_list


class Groups:
    """Answers what sshd's Match Group asks."""

    def groups_of(self, user):
        """The names of a user's groups as a frozenset, empty for an unknown user."""
        try:
            entry = pwd.getpwnam(user)
        except (KeyError, ValueError):
            return frozenset()
        names = set()
        for gid in os.getgrouplist(user, entry.pw_gid):
            try:
                names.add(grp.getgrgid(gid).gr_name)
            except KeyError:
                continue
        return frozenset(names)

    def me(self):
        """The name of the user whom ssh is run by here."""
        try:
            return pwd.getpwuid(os.geteuid()).pw_name
        except KeyError:
            return ""

    def member_of(self, patterns):
        """The name of a user in one of the groups of a pattern list; None if there is none."""
        for group in grp.getgrall():
            if matches_list(group.gr_name, patterns):
                primary = [entry.pw_name for entry in pwd.getpwall() if entry.pw_gid == group.gr_gid]
                for user in group.gr_mem + primary:
                    if any(matches_list(name, patterns) for name in self.groups_of(user)):
                        return user
        return None
