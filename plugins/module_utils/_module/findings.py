# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what was read on this host to findings: the evidence for compliance, and its verdicts as plain
data."""

from typing import Dict, Optional

from .._compliance import compliance, profiles
from .._config import resolve, values
from .._config.errors import KeepaliveError
from .._host import system


def host(release):
    """This host as profiles see it; release: the version tuple of its sshd."""
    name, version = system.identify()
    return profiles.Host(name, version, release)


def evidence(candidate, tree, effective, doubt=None):
    """The compliance.Evidence of one main file; effective: lower-case keyword to text; doubt: why that is not
    OpenSSH's own report."""
    meanings = {}
    for directive in tree.dialect.directives:
        text = effective.get(directive.keyword.lower())
        meanings[directive.keyword] = (
            directive.default if text is None else values.parse(directive.kind, text.split(), tree.release)
        )
    return compliance.Evidence(tree, resolve.everybody(tree), meanings, _texts(candidate, tree), doubt)


def _texts(candidate, tree):
    """What a text scanner may read: the files of the tree, and everything else in the drop-in directory,
    whatever its name."""
    texts = dict((path, candidate.document(path)) for path in tree.files)
    for path in candidate.glob(tree.main + ".d/*"):
        if path not in texts:
            try:
                texts[path] = candidate.document(path)
            except KeepaliveError:
                continue
    return texts


def findings(names, product, this_host, evidence_of):
    """(findings, compliant) of keepalive_info for profiles; names: as the user gave them; evidence_of: side
    to Evidence."""
    told = []
    compliant: Dict[str, Optional[bool]] = {}
    for name in names:
        try:
            found = profiles.resolve(name, this_host, product)
        except profiles.NotApplicable as reason:
            told.append(_not_applicable(name, str(reason)))
            compliant[name] = None
            continue
        verdicts = compliance.judge(found, evidence_of)
        told += [_finding(found, verdict) for verdict in verdicts]
        compliant[name] = all(verdict.status == compliance.PASS for verdict in verdicts)
    return told, compliant


def _finding(found, verdict):
    row = verdict.row
    return {
        "profile": found.name,
        "benchmark": row.benchmark,
        "product": row.product,
        "release": found.release,
        "control": row.control,
        "title": compliance.directive(row).title,
        "severity": row.severity,
        "side": row.side,
        "directive": row.keyword,
        "expected": verdict.expected,
        "actual": verdict.actual,
        "status": verdict.status,
        "file": verdict.file,
        "line": verdict.line,
        "reason": verdict.reason,
        "confidence": row.confidence,
        "scanner": verdict.scanner,
        "source": row.source,
    }


def _not_applicable(name, reason):
    empty = dict.fromkeys(
        (
            "benchmark",
            "product",
            "release",
            "control",
            "title",
            "severity",
            "directive",
            "expected",
            "actual",
            "file",
            "line",
            "confidence",
            "scanner",
            "source",
        )
    )
    return dict(
        empty,
        profile=name,
        side="server",
        status=compliance.NOT_APPLICABLE,
        reason=reason.replace("profile: ", "", 1),
    )
