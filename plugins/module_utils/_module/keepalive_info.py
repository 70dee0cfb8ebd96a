# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keepalive_info does: the pipe cut off after the resolution. Nothing is written."""

import re
from typing import Any, Dict

from .._answer import shape
from .._answer.results import USER_VIEW
from .._config import resolve
from .._config.errors import KeepaliveError
from .._config.examples import USUAL_CONNECTION
from .._config.reader import read_tree
from .._config.scope import everybody
from .._config.sources import Candidate
from .._host import accounts, identity, openssh, permissions, system
from .._host.files import ReadableFiles, check_main
from .._host.groups import Groups
from . import asking, findings, provenance, results, sides

CONNECTION_KEYS = ("user", "host", "addr", "laddr", "lport")


def look(module):
    """What is in force on both sides, for users, connections and destinations; gives the module's result."""
    params = module.params
    _refuse_half(params)
    for option in ("server_path", "client_path"):
        check_main(option, params[option])
    told: Dict[str, Any] = {"changed": False, "openssh": {}, "unreadable": []}
    evidence = {}
    if "server" in params["sides"]:
        program = openssh.find("sshd", params["sshd"])
        told["openssh"]["server"], release = _about(program)
        release = system.known_build(program, release)
        view = _View(sides.server(params["server_path"], program, ReadableFiles()), release)
        connection = _connection(params["connection"])
        told["server"] = view.tell(connection)
        if params["profiles"]:
            evidence["server"] = view.evidence(view.tell() if connection else told["server"])
        told["unreadable"] += view.unreadable
    if "client" in params["sides"] or params["users"] or params["hosts"]:
        _look_at_clients(params, told, evidence)
    if params["profiles"]:
        this_host = findings.host(evidence["server"].tree.release)
        told["findings"], told["compliant"] = findings.findings(
            params["profiles"], params["profile_os"], this_host, evidence
        )
    return told


def _refuse_half(params):
    if params["profiles"] and "server" not in params["sides"]:
        raise KeepaliveError("profiles: they judge the server; add server to sides")


def _look_at_clients(params, told, evidence):
    permissions.refuse_foreign("client_path", params["client_path"], "users: [%s]")
    program = openssh.find("ssh", params["ssh"])
    told["openssh"]["client"], release = _about(program)
    view = _View(sides.system_client(params["client_path"], program, ReadableFiles()), release)
    if "client" in params["sides"]:
        told["client"] = view.tell()
        if params["profiles"]:
            evidence["client"] = view.evidence(told["client"])
    if params["hosts"]:
        me = view.side.accounts.me()
        told["hosts"] = dict(
            (host, view.tell({"host": host, "user": "", "tag": "", "localuser": me}))
            for host in params["hosts"]
        )
    if params["users"]:
        told["users"] = _users(params["users"], program, release)
    told["unreadable"] += view.unreadable


def _users(names, program, release):
    """What the users' files say, each read with the user's identity, as a dict; a user that cannot be read is
    told as failed."""
    told, entries = {}, []
    for name in names:
        try:
            entries.append(accounts.named(name))
        except KeepaliveError as error:
            told[name] = {"failed": True, "msg": str(error)}
    answers = identity.each_as_user(entries, lambda entry: _look_at_user(entry.pw_dir, program, release))
    for entry, answer in zip(entries, answers):
        told[entry.pw_name] = _believed(entry, answer)
    return told


def _believed(entry, answer):
    """What is told of a user whose own process gave this answer, which the user may have had a hand in."""
    if isinstance(answer, KeepaliveError):
        return {"failed": True, "msg": str(answer)}
    try:
        return shape.fit(USER_VIEW, answer)
    except shape.Unfit as fault:
        return {
            "failed": True,
            "msg": "users: the process that acted as %s did not answer what it was asked (%s)"
            % (entry.pw_name, fault),
        }


def _look_at_user(home, program, release):
    view = _View(sides.user_client(home, program, ReadableFiles()), release)
    return dict(view.tell(), unreadable=view.unreadable)


def _about(program):
    """(what is told of a program, its release)."""
    answer = openssh.about(program)
    return {
        "version": ".".join(map(str, answer.release)),
        "build": answer.build,
        "program": program,
    }, answer.release


def _connection(given):
    """The connection that the task asks about as a fitting.Connection, None if it asks about none;
    KeepaliveError for a bad key."""
    if not given:
        return None
    unknown = sorted(set(given) - set(CONNECTION_KEYS))
    if unknown:
        raise KeepaliveError(
            "connection: %r is not known; give some of %s" % (unknown[0], ", ".join(CONNECTION_KEYS))
        )
    for key, value in given.items():
        if not re.match(r"[0-9]{1,5}\Z" if key == "lport" else r"[^\s,]+\Z", str(value)) or value is None:
            raise KeepaliveError(
                "connection: %s %r is not valid; give one %s"
                % (key, value, "port" if key == "lport" else "name or address")
            )
    told = USUAL_CONNECTION._replace(**dict((key, str(value)) for key, value in given.items()))
    return told._replace(lport=int(told.lport), groups=Groups().groups_of(told.user))


class _View:
    """One main file as OpenSSH of a release sees it; unreadable: sentences about files that could not be
    read."""

    def __init__(self, side, release):
        self.side, self.release = side, release

    @property
    def unreadable(self):
        return self.side.source.unreadable

    def tell(self, somebody=None):
        """effective, lines, drop_after, provenance, verified; for a connection or destination if one is
        given."""
        dialect = self.side.dialect
        candidate, tree = self._read()
        decisions = resolve.decide(tree, somebody) if somebody else resolve.everybody(tree)
        effective, doubt = self._in_force(candidate, somebody, tree, decisions)
        standings = resolve.standings(tree, decisions if somebody else None)
        told = results.in_force(dialect, self.release, standings, effective, doubt)
        return dict(told, provenance=provenance.table(standings, effective, dialect))

    def evidence(self, told):
        """The compliance.Evidence of what tell() told for everybody."""
        candidate, tree = self._read()
        return findings.evidence(candidate, tree, told["effective"], told.get("verified_reason"))

    def _read(self):
        """(Candidate, Tree) of all that is read."""
        candidate = Candidate(self.side.source)
        if not candidate.exists(self.side.main):
            if self.side.dialect.side == "sshd":
                self._note("%s does not exist" % self.side.main)
            candidate.empty(self.side.main)
        return candidate, self.side.whole(candidate, self.release)

    def _note(self, sentence):
        if sentence not in self.unreadable:
            self.unreadable.append(sentence)

    def _in_force(self, candidate, somebody, whole, decisions):
        """What asking.effective() gives for somebody, or for everybody (None)."""
        side = self.side
        tree = read_tree(side.main, candidate, side.dialect, self.release, side.directories)
        doubt = side.judge.objection(tree) or next(iter(self.unreadable), None)
        if not somebody:
            somebody, nobody = asking.whom(side, everybody(side.dialect), whole, side.dialect.directives)
            doubt = doubt or nobody

        def ask():
            answer = side.judge.ask(tree, candidate, somebody)
            return answer, None if answer.ok else asking.refusal(side.dialect, side.main, answer)

        return asking.effective(side.dialect, whole, doubt, ask, lambda: decisions)
