"""Random mutations of real configuration files, KEEPALIVE_MUTATIONS a side: each ends in success or in one
sentence of the module's own, and where it does not succeed, no byte, mode, owner or time of change is another
one afterwards.

KEEPALIVE_SEED in the environment sets another seed; it stands in the name of every test, and what fails is
printed whole.
"""

import base64
import os
import random
from pathlib import Path

import pytest

import edit_tables
from oracle import HOME, ROOT, Oracle

SEED = int(os.environ.get("KEEPALIVE_SEED", "4"))
PARTS = 10
EACH = int(os.environ.get("KEEPALIVE_MUTATIONS", "500")) // PARTS
LONGEST_SENTENCE = 4000
MAIN = {"sshd": "/etc/ssh/sshd_config", "ssh": "/etc/ssh/ssh_config"}
LIVED_IN = ROOT / "molecule" / "lived_in"
BACKUP = {"backup": True, "interval": 61}
OPTIONS = {
    "sshd": [
        {"interval": 60},
        {"interval": "5m", "count_max": 2},
        {"count_max": 0},
        {"tcp_keepalive": False},
        BACKUP,
        {"state": "absent"},
        {"state": "absent", "directives": ["interval"]},
        {"state": "absent", "match": "User backup_user"},
        {"interval": 60, "conflicts": "comment"},
        {"interval": 60, "conflicts": "remove"},
        {"interval": 60, "conflicts": "fail"},
        {"interval": 60, "match_overrides": "comment"},
        {"interval": 60, "match_overrides": "remove"},
        {"interval": 60, "match_overrides": "fail"},
        {"match": "User backup_user", "interval": 30},
        {"match": "Address 10.0.0.0/8", "count_max": 5},
        {
            "interval": 60,
            "rules": [
                {"match": "User backup_user", "interval": 5},
                {"match": "Group nobody", "state": "absent"},
            ],
        },
        {"interval": 60, "placement": "main"},
        {"interval": 60, "placement": "drop_in"},
        {"interval": 60, "verify": False},
    ],
    "ssh": [
        {"interval": 60},
        {"interval": "5m", "count_max": 2},
        {"count_max": 0},
        {"tcp_keepalive": False},
        BACKUP,
        {"state": "absent"},
        {"state": "absent", "directives": ["interval"]},
        {"state": "absent", "host": "old-switch.test"},
        {"interval": 60, "conflicts": "comment"},
        {"interval": 60, "conflicts": "remove"},
        {"interval": 60, "conflicts": "fail"},
        {"interval": 60, "precedence": "override"},
        {"host": "*.lan.test", "interval": 15},
        {"match": "host gw user root", "interval": 5},
        {
            "interval": 60,
            "rules": [{"host": "modem.test", "interval": 5}, {"host": "old-switch.test", "state": "absent"}],
        },
        {"interval": 60, "placement": "main"},
        {"interval": 60, "placement": "drop_in"},
        {"interval": 60, "verify": False},
        {"user": "alice", "interval": 60},
        {"users": ["alice"], "state": "absent"},
        {"user": "alice", "interval": 60, "conflicts": "remove"},
    ],
}
LINES = {
    "sshd": [
        b"Match User backup_user",
        b"Match all",
        b"Match Address 10.0.0.0/8,!10.1.0.0/16",
        b"ClientAliveInterval 30",
        b"ClientAliveCountMax 0",
        b"TCPKeepAlive no",
    ],
    "ssh": [
        b"Host *",
        b"Host !a *",
        b"Match all",
        b"Match exec true",
        b"Match final all",
        b"Match host a,b user c",
        b"ServerAliveInterval 30",
        b"IgnoreUnknown *",
    ],
}
ANY_SIDE = [
    b"Include *",
    b"Include sshd_config",
    b"Include ssh_config",
    b"Include /etc/ssh/*",
    b"Include ~/.ssh/config",
    b"Include",
    b"Include [",
    b"Include a{b,c}*",
    b"Include /etc/ssh/sshd_config.d/*.conf",
    b"Match",
    b"Host",
    b"Match user",
    b"=",
    b'"',
    b"#",
    b"ServerAliveInterval",
    b'ClientAliveInterval "5',
    b"\\",
    b"",
]
PIECES = [
    b"\0",
    b"\xef\xbb\xbf",
    b"\r\n",
    b"\r",
    b"\x1b[2J",
    b'"',
    b"'",
    b"\\",
    b"=",
    b"#",
    b" ",
    b"\t",
    b",",
    b"!",
    b"*",
    b"?",
    b"[a-",
    b"%",
    b"${X}",
    b"~",
    b"/",
    b"..",
    b"\xff\xfe",
    b"\xc3\x28",
    "ü".encode(),
    b"-1",
    b"0",
    b"99999999999999999999",
    b"1h30m",
    b"none",
    b"5" * 2000,
    b"\f",
    b"\v",
    b"\n\n",
]


def lived_in():
    """The files of the scenario lived_in, as they are before it."""
    for base, encoded in ((LIVED_IN / "files", False), (LIVED_IN / "encoded" / "files", True)):
        for path in sorted(path for path in base.rglob("*") if path.is_file()):
            name, data = "/" + str(path.relative_to(base)), path.read_bytes()
            yield (name[: -len(".base64")], base64.b64decode(data)) if encoded else (name, data)


def corpus(side):
    """Real trees of files: a host that was lived in, what the packages of this machine bring, and the tables'
    quirks."""
    old = {
        path.replace("/home/carol", HOME): data
        for path, data in lived_in()
        if path.startswith(("/etc/ssh/", "/home/carol/"))
    }
    brought = {MAIN["ssh"]: Path("/etc/ssh/ssh_config"), MAIN["sshd"]: Path("/usr/share/openssh/sshd_config")}
    fresh = {path: file.read_bytes() for path, file in brought.items()}
    earlier = dict(
        fresh, **{MAIN["sshd"]: fresh[MAIN["sshd"]].replace(b"KbdInteractive", b"ChallengeResponse")}
    )
    cloud = dict(
        fresh,
        **{
            MAIN["sshd"] + ".d/50-cloud-init.conf": b"PasswordAuthentication no\nClientAliveInterval 420\n",
            MAIN["ssh"] + ".d/10-site.conf": b"Host *.example.com\n    ServerAliveInterval 30\n",
        },
    )
    tables = [
        row.files
        for row in edit_tables.all_rows()
        if row.side == side and not row.error and MAIN[side] in row.files
    ]
    return [old] * 3 + [fresh, earlier, cloud] * 2 + tables


CORPUS = {side: corpus(side) for side in MAIN}


def mutated(chance, side, data):
    """Some bytes with one thing about them changed."""
    lines = data.splitlines(True) or [b""]
    at, line = chance.randrange(len(data) + 1), chance.randrange(len(lines))
    end = min(len(data), at + chance.choice([1, 1, 2, 5, 40]))
    kind = chance.randrange(12)
    if kind == 0:
        return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
    if kind == 1:
        return data[:at] + chance.choice(PIECES) + data[at:]
    if kind == 2:
        return data[:at] + data[end:]
    if kind == 3:
        return data[:end] + data[at:end] * chance.choice([1, 2, 50]) + data[end:]
    if kind == 4:
        return data[:at]
    if kind == 5:
        return data[:at] + chance.choice(PIECES) + data[end:]
    if kind == 6:
        return data.swapcase() if chance.random() < 0.1 else data[:at] + data[at:end].swapcase() + data[end:]
    if kind == 7:
        other = chance.randrange(len(lines))
        lines[line], lines[other] = lines[other], lines[line]
    elif kind == 8:
        del lines[line]
    elif kind == 9:
        lines[line] = chance.choice([b"\t", b"    ", b" = "]) + lines[line]
    elif kind == 10:
        lines.insert(line, chance.choice(lines))
    else:
        lines.insert(
            line, chance.choice(LINES[side] + ANY_SIDE) + chance.choice([b"\n", b"\n", b"\r\n", b" # x\n"])
        )
    return b"".join(lines)


def case(side, number):
    """(files, options) of one mutation, always the same for the same seed."""
    chance = random.Random("%d %s %d" % (SEED, side, number))
    files = dict(chance.choice(CORPUS[side]))
    for _time in range(chance.choice([1, 1, 2, 4])):
        paths = sorted(
            path for path in files if path.startswith(MAIN[side]) or path.startswith(HOME) and side == "ssh"
        ) or [MAIN[side]]
        path = chance.choice([MAIN[side], *paths])
        files[path] = mutated(chance, side, files.get(path, b""))
    return files, dict(chance.choice(OPTIONS[side]), _check=chance.random() < 0.1)


@pytest.fixture(name="oracle", scope="module")
def _oracle():
    found = Oracle()
    # An Include line may be mutated into one that finds anything: of this machine, nothing can be written to.
    [(status, told)] = found.run(
        {}, ["mount -t tmpfs tmpfs /tmp && mount -o remount,bind,ro /"], {"PATH": os.environ["PATH"]}
    )
    assert status == 0, told
    yield found
    found.close()


@pytest.mark.parametrize("part", range(PARTS), ids=lambda part: "seed %d, part %d" % (SEED, part))
@pytest.mark.parametrize("side", ["sshd", "ssh"])
def test_a_mutation_succeeds_or_is_refused_in_one_sentence(oracle, side, part):
    refused = 0
    for number in range(part * EACH, (part + 1) * EACH):
        files, options = case(side, number)
        result, broke, harm = oracle.tried(side, files, options)
        told = "KEEPALIVE_SEED=%d, %s, number %d: %r on %r: %r" % (SEED, side, number, options, files, result)
        assert broke is None, "%s\n%s" % (told, broke)
        if result.get("failed"):
            refused += 1
            assert (
                10 < len(result["msg"]) < LONGEST_SENTENCE
                and "\n" not in result["msg"]
                and "defect" not in result["msg"]
            ), told
        if result.get("failed") or not result["changed"] or options["_check"]:
            assert not harm, "%s\n%r" % (told, harm)
        else:
            assert harm, told
    # Mutations that are all refused, or none, would say little.
    assert EACH * 0.05 < refused < EACH * 0.95
