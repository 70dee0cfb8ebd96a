# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compliance profiles: names for sets of controls, and which controls and values a name means on one host.
Times are seconds."""

import re
from typing import NamedTuple, Optional, Tuple

from .._config import timing
from .._config.errors import KeepaliveError
from .benchmarks import CHANNELS, COUNT, INTERVAL, PRIMARY, ROWS, THIRD_PARTY, UNUSED, Row


class Host(NamedTuple):
    """What a host is."""

    system: str  # ID of os-release
    version: str  # VERSION_ID, '' where there is none
    release: tuple  # of its sshd, OpenSSH's version


class Profile(NamedTuple):
    """A name for a set of controls."""

    name: str
    aliases: Tuple[str, ...]
    title: str  # what it is, for people
    benchmark: Optional[str]  # whose rows of the host's product it takes, None where rows names them
    rows: Tuple[str, ...]  # names, the same for all systems
    where_void: Tuple[str, ...]  # the names instead on an OpenSSH whose count 0 never ends a session
    limit: Optional[int]  # most seconds until a dead peer is dropped
    idle: int  # seconds of the strict variant


STRICT = "+idle"
STRICT_SINCE = (9, 2)


def _profile(name, title, idle, aliases=(), benchmark=None, rows=(), where_void=None, limit=None):
    return Profile(name, aliases, title, benchmark, rows, where_void or rows, limit, idle)


PROFILES = (
    _profile(
        "stig",
        "the STIG of the host's system, newest release",
        600,
        aliases=("disa_stig",),
        benchmark="disa_stig",
    ),
    _profile(
        "stig_legacy_600_0",
        "the 600/0 of the STIGs for RHEL 7 and OL 7, and of older ones, on every system",
        600,
        aliases=("stig_600_0", "stig_legacy"),
        rows=("stig-legacy-interval", "stig-legacy-count"),
    ),
    _profile("cis", "the CIS benchmark of the host's system, newest release", 300, benchmark="cis"),
    _profile(
        "cis_legacy",
        "the 900/0 of the CIS benchmarks of 2021 and 2022, on every system",
        900,
        aliases=("cis_900_0",),
        rows=("cis-legacy-interval", "cis-legacy-count"),
    ),
    _profile(
        "pci_dss_4",
        "PCI DSS v4.0 and v4.0.1, 8.2.8",
        900,
        aliases=("pci_dss",),
        rows=("pci4-interval", "pci4-count"),
    ),
    _profile(
        "pci_dss_3",
        "PCI DSS v3.2.1, 8.1.8 (retired)",
        900,
        rows=("pci3-interval", "pci3-count"),
        where_void=("pci4-interval", "pci4-count"),
    ),
    _profile("cjis", "CJIS Security Policy, 30 minutes", 1800, rows=("cjis-interval", "cjis-count")),
    _profile(
        "fedramp_high",
        "FedRAMP High, SC-10: ended after 10 minutes",
        600,
        aliases=("nist_sc_10",),
        rows=("fedramp-high-interval", "fedramp-high-count"),
        limit=600,
    ),
    _profile(
        "hipaa",
        "HIPAA, automatic logoff: sessions end; the law has no number",
        900,
        rows=("hipaa-interval", "hipaa-count"),
        where_void=("hipaa-interval", "hipaa"),
    ),
    _profile(
        "anssi_nt28",
        "ANSSI DAT-NT28, as SCAP Security Guide has it",
        300,
        rows=("anssi-nt28-interval", "anssi-nt28-count"),
        where_void=("anssi-nt28-interval", "anssi-nt28-count-void"),
    ),
    _profile(
        "dev_sec",
        "dev-sec ssh-baseline",
        300,
        rows=("devsec-interval", "devsec-count", "devsec-tcpkeepalive"),
    ),
    _profile("lynis", "Lynis SSH-7408", 300, rows=("lynis-interval", "lynis-count", "lynis-tcpkeepalive")),
)

#: Systems that are judged by the benchmark of another one where they have none of their own.
_REBUILDS = {"rocky": "rhel", "centos": "rhel", "almalinux": "rhel", "scientific": "rhel"}
_REBUILDS_BY_BENCHMARK = {"cis": dict(_REBUILDS, ol="rhel")}

#: Products of which a listed scanner reads the main file only; and releases of a STIG whose scanner did so.
MAIN_FILE_ONLY = frozenset(
    [
        "debian",
        "rhel 6",
        "rhel 7",
        "rhel 8",
        "ol 7",
        "ol 8",
        "almalinux 9",
        "sles 12",
        "sle-micro 5",
        "ubuntu 16.04",
        "ubuntu 18.04",
        "ubuntu 20.04",
    ]
)
_MAIN_FILE_ONLY_UNTIL = {"rhel 9": (2, 6)}

#: The name ahead of which a drop-in has to sort where a benchmark names a place.
AHEAD_OF = "50-redhat.conf"


def _own(
    name, keyword, least, most, write, control, benchmark, product, source, confidence=THIRD_PARTY, **optional
):
    """A control that holds on every system."""
    return Row(
        name=name,
        benchmark=benchmark,
        product=product,
        systems=("*",),
        control=control,
        keyword=keyword,
        least=least,
        most=most,
        write=write,
        source=source,
        confidence=confidence,
        **optional,
    )


_LEGACY_STIG = "RHEL 7 to V3R14, OL 7 to V3R1, RHEL 8 to V1R7, OL 8 to V1R3"
_LEGACY_CIS = "RHEL 7 v3.1.1, RHEL 8 v2.0.0, Ubuntu 18.04 v2.1.0, Amazon Linux 2 v2.0.0"
_EXTRA = (
    _own(
        "stig-legacy-interval",
        INTERVAL,
        1,
        600,
        600,
        "RHEL-07-040320",
        "disa_stig",
        _LEGACY_STIG,
        "rows stig-rhel7-interval-2, stig-rhel8-interval-2",
        confidence=PRIMARY,
        line=True,
    ),
    _own(
        "stig-legacy-count",
        COUNT,
        0,
        0,
        0,
        "RHEL-07-040340",
        "disa_stig",
        _LEGACY_STIG,
        "rows stig-rhel7-count, stig-rhel8-count-2",
        confidence=PRIMARY,
        line=True,
    ),
    _own(
        "cis-legacy-interval",
        INTERVAL,
        1,
        900,
        900,
        "5.3.16",
        "cis",
        _LEGACY_CIS,
        "row cis-rhel7-v3.1.1-interval",
    ),
    _own("cis-legacy-count", COUNT, 0, 0, 0, "5.3.16", "cis", _LEGACY_CIS, "row cis-rhel7-v3.1.1-count"),
    _own(
        "hipaa-interval",
        INTERVAL,
        1,
        None,
        900,
        "164.312(a)(2)(iii)",
        "hipaa",
        "45 CFR",
        "row hipaa",
        note="with interval 0 nothing ends",
    ),
    _own(
        "hipaa-count",
        COUNT,
        0,
        None,
        1,
        "164.312(a)(2)(iii)",
        "hipaa",
        "45 CFR",
        "row hipaa",
        note="any count ends sessions on this OpenSSH",
    ),
    _own(
        "anssi-nt28-count-void",
        COUNT,
        1,
        None,
        1,
        "(SSG profile)",
        "anssi",
        "DAT-NT28 where count 0 is void",
        "row anssi-nt28-count",
        scanned=(0, 0),
        note="SCAP Security Guide wants exactly 0, which never ends a session there",
    ),
)
_BY_NAME = dict((row.name, row) for row in ROWS + _EXTRA)


class Resolved:
    """What a profile means on one host.

    name: as the user wrote it; profile: the Profile; rows: the Rows to judge by, all sides; release: of the
    benchmark, for people;
    product: 'rhel 9', whom the host is taken for; placement: where the lines belong: auto, main, drop_in;
    note: a sentence or None.
    """

    def __init__(self, name, profile, rows, release, product, placement, note):
        self.name, self.profile, self.rows, self.release = name, profile, rows, release
        self.product, self.placement, self.note = product, placement, note


class NotApplicable(KeepaliveError):
    """The profile has nothing to say about this host; the text says why and what it knows."""


def resolve(name, host, product=None):
    """The Resolved that a name such as stig, stig/V1R7 or cis+idle means on a Host; product: whom the user
    takes the host for.

    KeepaliveError for a name that is not known, with the known ones; NotApplicable where the profile does not
    know the system.
    """
    bare, pin, strict = _parts(name)
    profile = _named(name, bare)
    system = _system(host, product)
    if profile.benchmark:
        rows, release, note = _of_benchmark(name, profile, system, pin)
    else:
        if pin:
            raise KeepaliveError("profile: %s has no releases to choose from; leave /%s out" % (bare, pin))
        void = timing.count_zero_is_void("sshd", host.release)
        rows = [_BY_NAME[row] for row in (profile.where_void if void else profile.rows)]
        release, note = rows[0].product, None
    rows = [_in_time(row, profile, host.release) for row in rows]
    if strict:
        rows = _strictly(rows, name, profile, host.release)
    return Resolved(
        name, profile, rows, release, " ".join(system).strip(), _placement(rows, system, pin), note
    )


def known():
    """The names of all profiles, in the order of the documentation."""
    return [profile.name for profile in PROFILES]


def _parts(name):
    bare, plus, variant = name.partition("+")
    if plus and variant != STRICT[1:]:
        raise KeepaliveError(
            "profile: %s: there is no variant +%s; the strict one is +idle" % (name, variant)
        )
    bare, _slash, pin = bare.partition("/")
    return bare, pin, bool(plus)


def _named(name, bare):
    for profile in PROFILES:
        if bare == profile.name or bare in profile.aliases:
            return profile
    raise KeepaliveError(
        "profile: %s is not known; the profiles are %s, each with a strict variant NAME+idle"
        % (name, ", ".join(known()))
    )


def _system(host, product):
    """(ID, version as benchmarks count) of a host, or of the product that the user names."""
    if product is None:
        return host.system, _version(host.system, host.version)
    words = product.lower().replace("macos", "darwin").split()
    if not 1 <= len(words) <= 2:
        raise KeepaliveError(
            "profile_os: %r is not a product; give the ID and the version of os-release, such as rhel 9"
            % product
        )
    return words[0], _version(words[0], "".join(words[1:]))


def _version(system, version):
    """Ubuntu's and macOS 10's versions have two parts that count, all others one."""
    parts = version.split(".")
    both = system == "ubuntu" or (system == "darwin" and parts[0] == "10")
    return ".".join(parts[:2] if both else parts[:1])


def _of_benchmark(name, profile, system, pin):
    """(rows, release, note) of the host's own benchmark; NotApplicable without one, KeepaliveError for a
    release that it never had."""
    rows = [row for row in ROWS if row.benchmark == profile.benchmark]
    rebuilds = _REBUILDS_BY_BENCHMARK.get(profile.benchmark, _REBUILDS)
    found = _for(rows, system) or _for(rows, (rebuilds.get(system[0], ""), system[1]))
    if not found:
        raise NotApplicable(
            "profile: %s has no benchmark for %s; it knows %s; with profile_os the host is taken for one of "
            "them" % (name, " ".join(system).strip() or "this system", ", ".join(_systems(rows)))
        )
    chosen = [row for row in found if _is_of(row, pin)] if pin else [row for row in found if row.last is None]
    if not chosen:
        raise KeepaliveError(
            "profile: %s: there is no release %s for %s; known are %s"
            % (name, pin, found[0].product, ", ".join(_releases(found)))
        )
    own = chosen[0].systems[0] in (system[0], " ".join(system))
    return (
        chosen,
        pin or _newest(chosen),
        None if own else "%s is judged by the benchmark for %s" % (" ".join(system), chosen[0].product),
    )


def _for(rows, system):
    return [
        row for row in rows if system[0] and (system[0] in row.systems or " ".join(system) in row.systems)
    ]


def _systems(rows):
    found = []
    for row in rows:
        found += [system for system in row.systems[:1] if system not in found]
    return found


def _numbers(release):
    """The numbers of V2R4 or v3.1.1 (what follows is a date); () for none."""
    return tuple(int(number) for number in re.findall(r"[0-9]+", (release or "").split(" ")[0]))


def _is_of(row, pin):
    """Whether a row belongs to a release: CIS versions stand alone, a STIG's row is in force from its first
    release to its last."""
    number = _numbers(pin)
    if row.benchmark == "cis":
        return number == _numbers(row.first)
    newest = _numbers(row.last or row.seen)
    return bool(number) and _numbers(row.first) <= number and (not newest or number <= newest)


def _releases(rows):
    if rows[0].benchmark == "cis":
        return sorted(set(row.first.split(" ")[0] for row in rows), key=_numbers)
    first = sorted((row.first for row in rows if row.first), key=_numbers)
    return ["%s to %s" % (first[0].split(" ")[0] if first else "the first", _newest(rows))]


def _newest(rows):
    told = sorted((row.seen or row.first for row in rows if row.seen or row.first), key=_numbers)
    return told[-1].split(" ")[0] if told else rows[0].product


def _in_time(row, profile, release):
    """The row with half of a limited interval on an sshd that probes late."""
    late = profile.limit and row.keyword == INTERVAL and timing.probes_late("sshd", release)
    return row._replace(write=row.write // 2) if late else row


def is_within(value, least, most):
    """Whether a number lies between two limits, None for no limit; anything else has to equal both."""
    if isinstance(value, (bool, dict)):
        return value == least
    return (least is None or value >= least) and (most is None or value <= most)


def _strictly(rows, name, profile, release):
    """The rows with those that end idle sessions, with or without the client's answers."""
    if release < STRICT_SINCE:
        raise NotApplicable(
            "profile: %s needs ChannelTimeout and UnusedConnectionTimeout, which came with OpenSSH 9.2, and "
            "this is %s" % (name, ".".join(map(str, release)))
        )
    theirs = dict((row.keyword, row) for row in rows)
    return [row for row in rows if row.keyword not in (CHANNELS, UNUSED)] + [
        theirs.get(keyword)
        or _own(
            "idle-" + keyword.lower(),
            keyword,
            1,
            profile.idle,
            write,
            profile.name + STRICT,
            "fleetops.keepalive",
            "the strict variant",
            "openssh: sshd_config(5)",
            PRIMARY,
            note="beyond the benchmark: ends idle sessions",
        )
        for keyword, write in ((CHANNELS, {"session:*": profile.idle}), (UNUSED, profile.idle))
    ]


def placement_of(row):
    """Where a profile puts the line of this control on the product that it is for: auto, main, drop_in."""
    system, _space, version = row.systems[0].partition(" ")
    return _placement([row], (system, version), (row.last or "").split(" ")[0])


def _placement(rows, system, pin):
    if any(row.place for row in rows):
        return "drop_in"
    product, base = " ".join(system).strip(), "%s %s" % (_REBUILDS.get(system[0]), system[1])
    until = _MAIN_FILE_ONLY_UNTIL.get(product) or _MAIN_FILE_ONLY_UNTIL.get(base)
    if {system[0], product, base} & MAIN_FILE_ONLY or (until and pin and _numbers(pin) <= until):
        return "main"
    return "auto"
