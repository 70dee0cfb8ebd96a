# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that the modules share, each documented once."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  state:
    description:
      - V(present) makes the values given effective in the scope.
      - V(absent) takes every active line of the directives out of the scope, in every included file, whoever
        wrote it.
        Values given beside it are ignored, and nothing is uncommented.
    type: str
    choices: [present, absent]
    default: present
  placement:
    description:
      - Where a I(new) line goes. A line that already decides the value is edited where it stands.
      - V(auto) takes the drop-in where the main file includes the drop-in directory ahead of everything that
        could outrank it, else the main file.
      - V(main) and V(drop_in) insist on that file. Where another line would still decide, the task fails and
        names it,
        unless O(conflicts) is V(comment) or V(remove), which takes it out of the way. No C(Include) line is
        ever added.
    type: str
    choices: [auto, main, drop_in]
    default: auto
  drop_in:
    description:
      - The name of the drop-in file, in the directory beside the main file that is named like it with C(.d)
        behind.
    type: str
    default: 00-keepalive.conf
  conflicts:
    description:
      - What becomes of lines in the same scope that set a directive of this task without deciding its value,
        duplicates with an equal value too.
      - V(report) lists them in RV(lines). V(comment) turns them into comments, V(remove) takes them out,
        V(fail) fails and names them.
    type: str
    choices: [report, comment, remove, fail]
  idle_timeout:
    description:
      - The shortest idle timeout known on the way (a NAT, a firewall), in seconds, as an OpenSSH time such as
        V(5m),
        or by the name of what is on the way, such as V(aws_nat_gateway), which stands for its default. The
        names are in
        U(https://github.com/fleetops/keepalive/blob/main/docs/timeouts.md).
      - It holds for O(rules), too.
      - An interval of that or more is refused, one above 0.45 of it is warned about. With O(interval=auto)
        the recommended one is set.
    type: str
  verify:
    description:
      - Whether OpenSSH itself must accept the whole candidate tree and report the wanted values before
        anything is replaced.
    type: bool
    default: true
  backup:
    description:
      - Whether to keep a timestamped copy of every file that changes.
    type: bool
    default: false
  backup_dir:
    description:
      - The directory for these copies, made with mode 0700.
      - Never the drop-in directory, where scanners and C(Include) lines would read them as configuration.
    type: path
    default: /var/backups/fleetops.keepalive
  unsafe_writes:
    description:
      - Whether a file that cannot be replaced by a rename, a bind mount for one, may be written in place.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description: Predicts the very changes, and fails where the real run would fail.
  diff_mode:
    support: full
    description: Shows every file that changes.
  platform:
    support: full
    description: Linux; the BSDs and macOS where nothing stands against it.
    platforms: posix
notes:
  - The managed host needs Python 3.6 or newer, and OpenSSH.
"""
