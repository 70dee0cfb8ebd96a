# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument specs of the modules: values by the rows of the directives, every other shared option written
once.

plugins/doc_fragments documents the shared options.
"""

from .._config.directives import SSH, SSHD
from .._config.values import KINDS

SERVER_PATH = "/etc/ssh/sshd_config"
CLIENT_PATH = "/etc/ssh/ssh_config"


def _scope(dialect, **criteria):
    """Where values are for, and which."""
    values = dict((row.option, {"type": KINDS[row.kind].type}) for row in dialect.directives)
    return dict(values, **dict(criteria, **_state(dialect)))


def _state(dialect):
    return {
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "directives": {"type": "list", "elements": "str", "choices": sorted(dialect.by_option)},
    }


def _rules(options):
    return {"rules": {"type": "list", "elements": "dict", "options": options}}


def _files():
    return {
        "placement": {"type": "str", "choices": ["auto", "main", "drop_in"], "default": "auto"},
        "drop_in": {"type": "str", "default": "00-keepalive.conf"},
        "conflicts": {"type": "str", "choices": ["report", "comment", "remove", "fail"], "default": "report"},
        "idle_timeout": {"type": "str"},
        "verify": {"type": "bool", "default": True},
        "backup": {"type": "bool", "default": False},
        "backup_dir": {"type": "path", "default": "/var/backups/fleetops.keepalive"},
        "unsafe_writes": {"type": "bool", "default": False},
    }


def _profile():
    return {"profile_os": {"type": "str"}}


def sshd_config():
    """The argument spec of sshd_config."""
    spec = _scope(SSHD, match={"type": "str"})
    spec.update(_rules(_scope(SSHD, match={"type": "str", "required": True})))
    spec.update(path={"type": "path", "default": SERVER_PATH}, sshd={"type": "path"})
    spec.update(_files())
    spec["rollback_after"] = {"type": "str", "default": "0"}
    spec["match_overrides"] = {
        "type": "str",
        "choices": ["report", "comment", "remove", "fail"],
        "default": "report",
    }
    spec["conflicts"] = {"type": "str", "choices": ["report", "comment", "remove", "fail"]}
    spec.update(
        _profile(),
        profile={"type": "str"},
        profile_values={"type": "str", "choices": ["at_least", "exact"], "default": "at_least"},
    )
    return spec


def ssh_config():
    """The argument spec of ssh_config."""
    spec = _scope(SSH, host={"type": "str", "default": "*"}, match={"type": "str"})
    spec.update(_rules(_scope(SSH, host={"type": "str"}, match={"type": "str"})))
    spec.update(_files())
    spec.update(
        {
            "precedence": {"type": "str", "choices": ["default", "override"], "default": "default"},
            "path": {"type": "path", "default": CLIENT_PATH},
            "ssh": {"type": "path"},
            "user": {"type": "str"},
            "users": {"type": "list", "elements": "str"},
            "exclude": {"type": "list", "elements": "str", "default": []},
        }
    )
    return spec


def keepalive_info():
    """The argument spec of keepalive_info."""
    return {
        "sides": {
            "type": "list",
            "elements": "str",
            "choices": ["server", "client"],
            "default": ["server", "client"],
        },
        "server_path": {"type": "path", "default": SERVER_PATH, "aliases": ["path"]},
        "client_path": {"type": "path", "default": CLIENT_PATH},
        "users": {"type": "list", "elements": "str", "default": []},
        "connection": {"type": "dict"},
        "hosts": {"type": "list", "elements": "str", "default": []},
        "profiles": {"type": "list", "elements": "str"},
        "profile_os": {"type": "str"},
        "sshd": {"type": "path"},
        "ssh": {"type": "path"},
    }


def sshd_reload():
    """The argument spec of sshd_reload; _step: what the action plugin asks for, a name and arguments."""
    return {
        "proof": {"type": "str", "choices": ["auto", "login", "trial", "none"], "default": "auto"},
        "rollback_after": {"type": "str", "default": "60"},
        "method": {"type": "str", "choices": ["auto", "service", "signal"], "default": "auto"},
        "service": {"type": "str"},
        "pid_file": {"type": "path"},
        "path": {"type": "path", "default": SERVER_PATH},
        "sshd": {"type": "path"},
        "login_command": {"type": "str", "default": "true"},
        "login_timeout": {"type": "str", "default": "30"},
        "_step": {"type": "dict"},
    }


def idle_probe():
    """The argument spec of idle_probe."""
    return {
        "host": {"type": "str", "required": True},
        "port": {"type": "int"},
        "user": {"type": "str"},
        "identity_file": {"type": "path"},
        "ssh_args": {"type": "str"},
        "max_wait": {"type": "str", "default": "900"},
        "rungs": {"type": "list", "elements": "str"},
        "precision": {"type": "float", "default": 0.1},
        "sessions": {"type": "int", "default": 8},
        "ssh": {"type": "path"},
    }
