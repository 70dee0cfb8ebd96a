# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenSSH on this host: where its programs are, which release they are, and what they make of a
configuration."""

import os
import re
import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from typing import Dict, NamedTuple, Optional

from .._config.errors import KeepaliveError
from .run import run, search_path

#: Every program is taken for this release until it has told its own.
ASSUMED_RELEASE = (9, 9)

_VERSION = re.compile(r"OpenSSH_(?:for_Windows_)?([0-9]+)\.([0-9]+)[^,\n]*")
_NO_DIRECTORY = re.compile(r"Missing privilege separation directory: (\S+)")
_MOST_COMPLAINTS, _LONGEST_COMPLAINT = 6, 400


class Answer(NamedTuple):
    """What OpenSSH says."""

    ok: bool  # whether it accepted the files
    values: Dict[str, str]  # lower-case keyword to what it reports
    release: Optional[tuple]  # its version, None if it did not tell
    build: str  # its words for its version
    message: str  # its complaint, for people


def find(name, given=None):
    """The path of a program (sshd, ssh); given: the one that the user names. KeepaliveError where there is
    none."""
    if given:
        if not os.access(given, os.X_OK) or os.path.isdir(given):
            raise KeepaliveError(
                "%s: %s is not a program that can be run; give the path of %s" % (name, given, name)
            )
        return os.path.abspath(given)
    found = shutil.which(name, path=search_path())
    if found is None:
        raise KeepaliveError(
            "%s: not found on this host; install OpenSSH or give the path of %s" % (name, name)
        )
    return found


def about(program):
    """The Answer of a program about nothing but itself, its release and build; KeepaliveError where it does
    not tell."""
    answer = _run([program, "-V"])
    if answer.release is None:
        raise KeepaliveError("%s does not tell its OpenSSH version" % program)
    return answer


def batch_interval(build):
    """What ssh of this build takes for an unset ServerAliveInterval under BatchMode yes, in seconds."""
    return 300 if "Debian" in build or "Ubuntu" in build else 0


def ask_sshd(program, path, connection=None):
    """What sshd would use with the main file at path: for everybody, or for a fitting.Connection.

    Missing host keys and a missing privilege-separation directory are supplied for the question only.
    """
    command = [program, "-T", "-d", "-f", path]
    if connection is not None:
        command += ["-C", _connection_test(connection)]
    with ExitStack() as supplied:
        answer = _run(command)
        for _at_most in ("directory", "key"):
            missing = _NO_DIRECTORY.search(answer.message)
            if missing:
                supplied.enter_context(_directory(missing.group(1)))
            elif "no hostkeys available" in answer.message:
                command += ["-o", "HostKey=" + supplied.enter_context(_throwaway_key())]
            else:
                break
            answer = _run(command)
    return answer


def ask_ssh(program, path, host, user="", tag=""):
    """What ssh would use for a destination with path as its only configuration file."""
    command = [program, "-G", "-v", "-F", path, "-o", "CanonicalizeHostname=no"]
    command += ["-l", user] if user else []
    command += ["-P", tag] if tag else []
    return _run(command + ["--", host])


def _connection_test(connection):
    pairs = [
        (name, getattr(connection, name)) for name in ("user", "host", "addr", "laddr", "lport", "rdomain")
    ]
    return ",".join("%s=%s" % pair for pair in pairs if pair[1] != "")


def _run(command):
    done = run(command)
    lines = [line.strip() for line in done.complaint.splitlines()]
    complaint = _in_short([line for line in lines if line and not line.startswith(("debug", "OpenSSH_"))])
    version = _VERSION.search(done.complaint)
    release = (int(version.group(1)), int(version.group(2))) if version else None
    return Answer(
        done.status == 0,
        _values(done.output),
        release,
        version.group(0).strip() if version else "",
        complaint,
    )


def _in_short(lines):
    """Some of many complaints, with the last, which tells why OpenSSH gave up; none of them long."""
    if len(lines) > _MOST_COMPLAINTS:
        kept = lines[: _MOST_COMPLAINTS - 1]
        lines = kept + ["and %d more" % (len(lines) - len(kept) - 1), lines[-1]]
    return "; ".join(
        line if len(line) <= _LONGEST_COMPLAINT else line[:_LONGEST_COMPLAINT] + "..." for line in lines
    )


def _values(output):
    pairs = [line.split(" ", 1) for line in output.splitlines() if " " in line]
    return dict((name.lower(), value) for name, value in pairs)


@contextmanager
def _directory(path):
    try:
        os.mkdir(path, 0o755)
    except OSError as error:
        raise KeepaliveError(
            "%s, which sshd wants, cannot be made for the judgement: %s" % (path, error.strerror)
        )
    try:
        yield
    finally:
        os.rmdir(path)


@contextmanager
def _throwaway_key():
    directory = tempfile.mkdtemp(prefix="fleetops.keepalive.")
    try:
        key = os.path.join(directory, "key")
        made = _run([find("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", key])
        if not made.ok:
            raise KeepaliveError("no host key for the judgement could be made: %s" % made.message)
        yield key
    finally:
        shutil.rmtree(directory)


@contextmanager
def assembled(tree, candidate):
    """A private copy of a tree with its Include lines pointing into the copy.

    tree, candidate: a tree.Tree and the sources.Candidate it was read from. Gives the path of the copied main
    file, and a
    function that puts the real paths back into OpenSSH's messages.
    """
    directory = _own_directory()
    try:
        copies = dict(
            (path, os.path.join(directory, "%04d" % number)) for number, path in enumerate(tree.files)
        )
        for path, copy in copies.items():
            _write(copy, _pointing(candidate.document(path), path, tree, copies, directory).render())
        yield copies[tree.main], lambda message: _real(message, copies)
    finally:
        shutil.rmtree(directory)


def _own_directory():
    try:
        return tempfile.mkdtemp(prefix="fleetops.keepalive.")
    except OSError as error:
        raise KeepaliveError(
            "OpenSSH cannot be asked about the result, because no directory can be made for temporary "
            "files: %s" % error.strerror
        )


def _write(path, data):
    try:
        with open(path, "wb") as file:
            file.write(data)
    except OSError as error:
        raise KeepaliveError(
            "OpenSSH cannot be asked about the result, because a copy in %s cannot be written: %s"
            % (os.path.dirname(path), error.strerror)
        )


def _pointing(document, path, tree, copies, directory):
    for include in tree.includes:
        if include.path == path:
            targets = [copies[found] for found in include.found] or [os.path.join(directory, "none")]
            document = document.replace(include.index, ("Include " + " ".join(targets)).encode())
    return document


def _real(message, copies):
    for path, copy in copies.items():
        message = message.replace(copy, path)
    return message
