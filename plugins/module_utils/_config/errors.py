# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors that people see; every other exception is a defect of the collection."""


class KeepaliveError(Exception):
    """What stands in the way, as one sentence for the user: str() of it is the module's msg.

    provenance: lines of a table that says which lines of the files decide, for users who ask for more with
    -v.
    """

    provenance = ()  # type: tuple
