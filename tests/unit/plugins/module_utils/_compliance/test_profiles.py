"""Which controls and values a profile means on which system and OpenSSH: tables written from the
benchmarks."""

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._compliance import profiles
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.errors import KeepaliveError
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.timing import VendorRelease

# profile, system, OpenSSH, what it writes as interval/count, a control of it, the release, the placement
WRITTEN = [
    ("stig", "rhel 6.10", (5, 3), "900/0", "RHEL-06-000230", "V1R21", "main"),
    ("stig", "rhel 7.9", (7, 4), "600/0", "RHEL-07-040340", "V3R14", "main"),
    ("stig", "ol 7.9", (7, 4), "600/0", "OL07-00-040340", "V3R1", "main"),
    ("stig", "rhel 8.10", (8, 0), "600/1", "RHEL-08-010200", "V2R8", "main"),
    ("stig", "rocky 8.9", (8, 0), "600/1", "RHEL-08-010201", "V2R8", "main"),
    ("stig", "rhel 9.4", (8, 7), "600/1", "RHEL-09-255095", "V2R9", "auto"),
    ("stig", "centos 9", (8, 7), "600/1", "RHEL-09-255100", "V2R9", "auto"),
    ("stig", "almalinux 9.3", (8, 7), "600/1", "ALMA-09-040170", "V1R6", "main"),
    ("stig", "almalinux 8.9", (8, 0), "600/1", "RHEL-08-010200", "V2R8", "main"),
    ("stig", "rhel 10.0", (9, 9), "600/1", "RHEL-10-700660", "V1R2", "drop_in"),
    ("stig", "almalinux 10.0", (9, 9), "600/1", "RHEL-10-700930", "V1R2", "drop_in"),
    ("stig", "sles 12.5", (7, 2), "600/1", "SLES-12-030190", "V3R5", "main"),
    ("stig", "sles 15.5", (8, 4), "600/1", "SLES-15-010320", "V2R7", "auto"),
    ("stig", "ubuntu 22.04", (8, 9), "600/1", "UBTU-22-255035", "V2R8", "auto"),
    ("stig", "ubuntu 20.04", (8, 2), "600/1", "UBTU-20-010036", "V1R12", "main"),
    ("stig", "amzn 2023", (8, 7), "600/1", "AZLX-23-001245", "V1R1", "auto"),
    ("stig", "darwin 11.7", (8, 1), "900/0", "APPL-11-000052", "macOS 11", "auto"),
    ("stig", "darwin 14.5", (9, 6), "900/1", "APPL-14-000051", "macOS 14", "auto"),
    ("stig/V1R7", "rhel 8.4", (8, 0), "600/0", "RHEL-08-010200", "V1R7", "main"),
    ("stig/V1R8", "rhel 8.4", (8, 0), "600/1", "RHEL-08-010200", "V1R8", "main"),
    ("stig/V2R3", "sles 15.4", (8, 4), "600/0", "SLES-15-010320", "V2R3", "auto"),
    ("stig/V2R6", "rhel 9.4", (8, 7), "600/1", "RHEL-09-255095", "V2R6", "main"),
    (
        "stig_legacy_600_0",
        "debian 12",
        (9, 2),
        "600/0",
        "RHEL-07-040340",
        "RHEL 7 to V3R14, OL 7 to V3R1, RHEL 8 to V1R7, OL 8 to V1R3",
        "main",
    ),
    (
        "stig_600_0",
        "alpine 3.20",
        (9, 7),
        "600/0",
        "RHEL-07-040320",
        "RHEL 7 to V3R14, OL 7 to V3R1, RHEL 8 to V1R7, OL 8 to V1R3",
        "auto",
    ),
    ("cis", "debian 12", (9, 2), "300/3", "5.1.7", "v1.1.0", "main"),
    ("cis", "debian 11", (8, 4), "300/3", "5.2.22", "v1.0.0", "main"),
    ("cis", "ubuntu 24.04", (9, 6), "300/3", "5.1.7", "v1.0.0", "auto"),
    ("cis", "rhel 9.4", (8, 7), "300/1", "5.1.9", "v2.0.0", "auto"),
    ("cis", "ol 8.9", (8, 0), "300/1", "5.1.9", "v4.0.0", "main"),
    ("cis", "amzn 2", (7, 4), "900/0", "5.3.16", "v2.0.0", "auto"),
    ("cis", "centos 6", (5, 3), "300/1", "5.2.12", "v2.1.0", "main"),
    ("cis/v2.0.0", "rhel 8.6", (8, 0), "900/0", "5.2.20", "v2.0.0", "main"),
    (
        "cis_legacy",
        "debian 12",
        (9, 2),
        "900/0",
        "5.3.16",
        "RHEL 7 v3.1.1, RHEL 8 v2.0.0, Ubuntu 18.04 v2.1.0, Amazon Linux 2 v2.0.0",
        "main",
    ),
    ("pci_dss", "fedora 41", (9, 9), "900/1", "8.2.8", "v4.0, v4.0.1", "auto"),
    ("pci_dss_3", "debian 12", (9, 2), "900/1", "8.2.8", "v4.0, v4.0.1", "main"),
    ("pci_dss_3", "ubuntu 18.04", (7, 6), "900/0", "8.1.8", "v3.2.1 (retired 2024-03-31)", "main"),
    (
        "cjis",
        "rhel 9.4",
        (8, 7),
        "1800/1",
        "5.5.6 (SSG), 5.5.5 session lock",
        "Security Policy v5.4 and on",
        "auto",
    ),
    ("fedramp_high", "debian 13", (10, 0), "300/1", "SC-10 (AC-12)", "FedRAMP High; Rev 5", "main"),
    ("nist_sc_10", "debian 12", (9, 2), "150/1", "SC-10 (AC-12)", "FedRAMP High; Rev 5", "main"),
    ("hipaa", "debian 12", (9, 2), "900/1", "164.312(a)(2)(iii)", "45 CFR", "main"),
    (
        "anssi_nt28",
        "debian 10",
        (7, 9),
        "300/0",
        "(SSG profile)",
        "DAT-NT28 average and above, as SSG has it for Debian and Ubuntu",
        "main",
    ),
    (
        "anssi_nt28",
        "debian 12",
        (9, 2),
        "300/1",
        "(SSG profile)",
        "DAT-NT28 average and above, as SSG has it for Debian and Ubuntu",
        "main",
    ),
    ("dev_sec", "debian 12", (9, 2), "300/3", "sshd-36, sshd-37", "ssh-baseline", "main"),
    ("lynis", "debian 12", (9, 2), "300/2", "SSH-7408", "SSH-7408", "main"),
]


def host(system, release):
    name, _space, version = system.partition(" ")
    return profiles.Host(name, version, release)


def written(found):
    values = {row.keyword: row.write for row in found.rows if row.side == "server"}
    return "%s/%s" % (values["ClientAliveInterval"], values["ClientAliveCountMax"])


@pytest.mark.parametrize("name, system, release, values, control, benchmark, placement", WRITTEN)
def test_what_a_profile_means_on_a_system(name, system, release, values, control, benchmark, placement):
    found = profiles.resolve(name, host(system, release))
    assert (written(found), found.release, found.placement) == (values, benchmark, placement)
    assert control in [row.control for row in found.rows]


@pytest.mark.parametrize("name, extra", [("dev_sec", False), ("lynis", False), ("cis", None)])
def test_which_profiles_write_tcp_keepalive(name, extra):
    found = profiles.resolve(name, host("debian 12", (9, 2)))
    assert {row.keyword: row.write for row in found.rows}.get("TCPKeepAlive") is extra


def test_the_stig_of_macos_has_a_client_side_and_timeouts():
    found = profiles.resolve("stig", host("darwin 15.1", (9, 8)))
    assert {row.keyword: row.write for row in found.rows} == {
        "ClientAliveInterval": 900,
        "ClientAliveCountMax": 1,
        "ChannelTimeout": {"session:*": 900},
        "UnusedConnectionTimeout": 900,
        "ServerAliveInterval": 900,
        "ServerAliveCountMax": 0,
    }


@pytest.mark.parametrize(
    "name, seconds",
    [("stig_legacy_600_0+idle", 600), ("cis+idle", 300), ("pci_dss_4+idle", 900), ("fedramp_high+idle", 600)],
)
def test_the_strict_variant_ends_idle_sessions(name, seconds):
    found = profiles.resolve(name, host("debian 12", (9, 2)))
    values = {row.keyword: row.write for row in found.rows}
    assert (values["ChannelTimeout"], values["UnusedConnectionTimeout"]) == ({"session:*": seconds}, seconds)


def test_the_build_decides_what_count_zero_does_not_the_version():
    assert written(profiles.resolve("pci_dss_3", host("rhel 8.5", (8, 0)))) == "900/0"
    assert written(profiles.resolve("pci_dss_3", host("rhel 8.6", VendorRelease((8, 0))))) == "900/1"


def test_the_user_can_say_whom_to_take_the_host_for():
    found = profiles.resolve("stig", host("debian 12", (9, 2)), "RHEL 9")
    assert (found.product, found.note) == ("rhel 9", None)
    assert profiles.resolve("stig", host("debian 12", (9, 2)), "macOS 14").product == "darwin 14"


def test_a_rebuild_is_told_as_one():
    assert (
        profiles.resolve("stig", host("rocky 9.4", (8, 7))).note
        == "rocky 9 is judged by the benchmark for RHEL 9"
    )
    assert (
        profiles.resolve("cis", host("ol 8.9", (8, 0))).note == "ol 8 is judged by the benchmark for RHEL 8"
    )
    assert profiles.resolve("stig", host("almalinux 9.4", (8, 7))).note is None


REFUSED = [
    (
        "stigg",
        "debian 12",
        None,
        "profile: stigg is not known; the profiles are stig, stig_legacy_600_0, cis, cis_legacy, pci_dss_4, "
        "pci_dss_3, cjis, "
        "fedramp_high, hipaa, anssi_nt28, dev_sec, lynis, each with a strict variant NAME+idle",
    ),
    ("stig+hard", "rhel 9", None, "profile: stig+hard: there is no variant +hard; the strict one is +idle"),
    (
        "stig/V9R9",
        "rhel 9",
        None,
        "profile: stig/V9R9: there is no release V9R9 for RHEL 9; known are V1R1 to V2R9",
    ),
    (
        "stig/newest",
        "rhel 9",
        None,
        "profile: stig/newest: there is no release newest for RHEL 9; known are V1R1 to V2R9",
    ),
    ("cis/v9", "debian 12", None, "profile: cis/v9: there is no release v9 for Debian 12; known are v1.1.0"),
    ("cjis/v5", "debian 12", None, "profile: cjis has no releases to choose from; leave /v5 out"),
    (
        "stig",
        "debian 12",
        "rhel 9 server",
        "profile_os: 'rhel 9 server' is not a product; give the ID and the version of os-release, such as "
        "rhel "
        "9",
    ),
]


@pytest.mark.parametrize("name, system, product, sentence", REFUSED)
def test_what_is_refused(name, system, product, sentence):
    with pytest.raises(KeepaliveError) as refused:
        profiles.resolve(name, host(system, (9, 2)), product)
    assert str(refused.value) == sentence
    assert not isinstance(refused.value, profiles.NotApplicable)


@pytest.mark.parametrize(
    "name, system, words",
    [
        ("stig", "debian 12", "stig has no benchmark for debian 12; it knows rhel 6, "),
        ("stig", "fedora 41", "stig has no benchmark for fedora 41"),
        ("cis", "alpine 3.20", "cis has no benchmark for alpine 3"),
        ("stig", "ubuntu 23.10", "stig has no benchmark for ubuntu 23.10"),
        ("stig", "rhel 11", "stig has no benchmark for rhel 11"),
        ("stig", " ", "stig has no benchmark for this system"),
        (
            "cis+idle",
            "debian 11",
            "cis+idle needs ChannelTimeout and UnusedConnectionTimeout, which came with OpenSSH 9.2, and "
            "this is 8.4",
        ),
    ],
)
def test_a_profile_that_has_nothing_to_say_here(name, system, words):
    with pytest.raises(profiles.NotApplicable) as refused:
        profiles.resolve(name, host(system, (8, 4)))
    assert words in str(refused.value)


def test_the_names_are_those_of_the_contract():
    assert profiles.known() == [
        "stig",
        "stig_legacy_600_0",
        "cis",
        "cis_legacy",
        "pci_dss_4",
        "pci_dss_3",
        "cjis",
        "fedramp_high",
        "hipaa",
        "anssi_nt28",
        "dev_sec",
        "lynis",
    ]
    aliases = {alias for profile in profiles.PROFILES for alias in profile.aliases}
    assert aliases == {"disa_stig", "stig_600_0", "stig_legacy", "cis_900_0", "pci_dss", "nist_sc_10"}
