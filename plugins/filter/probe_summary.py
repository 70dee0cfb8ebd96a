# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: probe_summary
short_description: What several runs of idle_probe mean, for people and for group_vars
version_added: 1.0.0
author: The fleetops.keepalive authors (@fleetops)
description:
  - Makes one table of what M(fleetops.keepalive.idle_probe) measured to several hosts and of what the client
    is set to now, and the variables of the
    role P(fleetops.keepalive.keepalive_client#role) that follow. The playbook C(fleetops.keepalive.probe) is
    what it is for.
positional: _input, now
options:
  _input:
    description: For each host its name in the inventory, its address, and the result of
      M(fleetops.keepalive.idle_probe).
    type: list
    elements: list
    required: true
  now:
    description:
      - Results of M(fleetops.keepalive.keepalive_info) with O(fleetops.keepalive.keepalive_info#module:hosts)
        for these addresses, one for each of the
        client's files, in the order in which ssh reads them.
    type: list
    elements: dict
    required: true
seealso:
  - module: fleetops.keepalive.idle_probe
  - module: fleetops.keepalive.keepalive_info
"""

EXAMPLES = r"""
- name: One host, measured and asked about before
  ansible.builtin.debug:
    msg: "{{ ([['web1', '192.0.2.7', path]] | fleetops.keepalive.probe_summary([info])).table }}"
"""

RETURN = r"""
_value:
  description:
    - C(table), lines of text with columns of equal width, the first with the headings.
    - C(variables), what to set for the role C(keepalive_client). The rules are for paths that need less than
      the interval for all others.
  type: dict
  sample:
    table:
      - host  idle timeout  behaviour  recommended  set now  suffices  path
      - web1  30.2 s        silent     13 s         60 s     no        192.0.2.7 port 22
    variables:
      keepalive_client_interval: 60
      keepalive_client_rules: [{host: web1 192.0.2.7, interval: 13}]
"""

import re

from ansible_collections.fleetops.keepalive.plugins.module_utils._answer import results, shape
from ansible_collections.fleetops.keepalive.plugins.module_utils._config import timing
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.errors import KeepaliveError

_HEADINGS = ("host", "idle timeout", "behaviour", "recommended", "set now", "suffices", "path")
#: What a Host line takes as it stands; anything else would be a pattern, or need quotes.
_PLAIN = re.compile(r"[\w.:%@-]+\Z")


def summary(hosts, now):
    """The filter: see its documentation."""
    hosts = [(name, address, _read(result)) for name, address, result in hosts]
    rows = [_HEADINGS] + [
        _measured(name, result, _set_now(now, address))
        if _is_measured(result)
        else _not_measured(name, result)
        for name, address, result in hosts
    ]
    return {"table": _aligned(rows), "variables": _variables(hosts)}


def _read(result):
    """The result of idle_probe for one host, or a failed one in its place."""
    if not result or "rounds" not in result and not result.get("failed"):
        return {"msg": result.get("msg")} if result and isinstance(result.get("msg"), str) else {}
    try:
        return shape.fit(results.IDLE_PROBE, result)
    except shape.Unfit as fault:
        return {"msg": f"what it answered is not a result of idle_probe: {fault}"}


def _is_measured(result):
    return bool(result.get("rounds"))


def _not_measured(name, result):
    return name, "not measured: %s" % (result.get("msg") or "there is no result")


def _measured(name, result, interval):
    timeout, recommended = result["idle_timeout"], result["recommended_interval"]
    return (
        name,
        "%s s" % timeout if timeout is not None else "above %s s" % result["lived"],
        result["behaviour"],
        "%d s" % recommended if recommended else "none",
        "%d s" % interval if interval else "off",
        _suffices(result, interval),
        result["path"],
    )


def _set_now(now, address):
    """The ServerAliveInterval for a destination, in seconds: of the first file that has a line for it, else
    what OpenSSH says itself."""
    told = [info["hosts"][address] for info in now]
    decided = [
        view
        for view in told
        if any(
            line["directive"] == "ServerAliveInterval" and line["status"] == "wins" for line in view["lines"]
        )
    ]
    return int((decided or told)[0]["effective"]["serveraliveinterval"])


def _suffices(result, interval):
    """Whether this interval keeps the path open, in words."""
    if result["server_probes"]:
        return "yes: sshd asks every %.0f s" % result["server_probes"]
    if result["idle_timeout"] is None:
        return "yes" if 0 < interval <= result["lived"] else "up to %s s" % result["lived"]
    try:
        warning = timing.check_idle_timeout("ssh", (), interval, int(result["idle_timeout"]))
    except KeepaliveError:
        return "no"
    return "barely" if warning else "yes"


def _aligned(rows):
    """The rows as lines with columns of equal width. The last cell of a row may be of any length."""
    widths = [
        max([len(row[column]) for row in rows if column < len(row) - 1] or [0])
        for column in range(len(_HEADINGS))
    ]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def _variables(hosts):
    """The tightest paths first, because the first rule that fits a destination counts."""
    wanted = {}
    for name, address, result in hosts:
        interval = result.get("recommended_interval")
        if (
            _is_measured(result)
            and interval
            and interval < timing.LARGEST_SENSIBLE
            and not result["server_probes"]
        ):
            wanted.setdefault(interval, []).extend(word for word in (name, address) if _PLAIN.match(word))
    rules = [
        {"host": " ".join(dict.fromkeys(words)), "interval": interval}
        for interval, words in sorted(wanted.items())
        if words
    ]
    return {"keepalive_client_interval": timing.LARGEST_SENSIBLE, "keepalive_client_rules": rules}


class FilterModule:
    """The collection's filter for the playbook probe."""

    def filters(self):
        """The filters by name."""
        return {"probe_summary": summary}
