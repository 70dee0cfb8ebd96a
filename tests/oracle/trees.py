"""Made-up configuration trees and policies, everything that the grammar allows and admins do; hypothesis
strategies."""

from hypothesis import strategies as st

USERS = ["root", "backup", "erin", "bob", "deploy"]
ADDRESSES = ["10.0.0.5", "192.0.2.7", "2001:db8::9"]
HOSTS = ["gw.example.com", "db.example.com", "gw7"]

SSHD_FILES = ["/etc/ssh/sshd_config.d/%s.conf" % name for name in ("10-a", "50-cloud-init", "99-z")] + [
    "/etc/ssh/extra/one.conf"
]
SSH_FILES = ["/etc/ssh/ssh_config.d/%s.conf" % name for name in ("10-a", "50-b", "99-z")] + [
    "/etc/ssh/extra/one.conf"
]


def spelled(keyword):
    """A keyword in some case, quoted at times."""
    return st.sampled_from([keyword, keyword, keyword, keyword.lower(), keyword.upper(), '"%s"' % keyword])


def line(keyword, plain):
    """indent, keyword, separator, value, line end: the ways to write one directive with a value of the
    strategy plain."""
    values = st.one_of(plain, plain, plain.map('"{}"'.format))
    return st.tuples(
        st.sampled_from(["", "", "    ", "\t", " \t "]),
        spelled(keyword),
        st.sampled_from([" ", " ", "\t", " = ", "=", "  "]),
        values,
        st.sampled_from(["", "", "", " ", " # why", "\r"]),
    ).map(
        lambda parts: (
            "".join(parts[:3]) + parts[3] + parts[4]
            if not (parts[1].startswith('"') and "=" in parts[2])
            else " ".join([parts[1], parts[3]])
        )
    )


TIMES = st.sampled_from(["0", "5", "30", "600", "10m", "1h30m", "030", "45s", "2M", "1w", '"1h 30m"'])
COUNTS = st.sampled_from(["0", "1", "3", "03", "+2", "7"])
NOISE_SSHD = [
    "X11Forwarding no",
    "PermitRootLogin no",
    "AllowTcpForwarding yes",
    "Banner none",
    "#ClientAliveInterval 0",
    "# notes",
    "",
    "   ",
    "#ClientAliveCountMax 3",
    "MaxSessions 4",
    "  # fleetops.keepalive: ClientAliveInterval 9",
    "#Match User x",
]
NOISE_SSH = [
    "HashKnownHosts yes",
    "ForwardAgent no",
    "#   ServerAliveInterval 0",
    "# notes",
    "",
    "  ",
    "SendEnv LANG",
    "Compression yes",
    "#Host *",
    "#ServerAliveCountMax 3",
]


def sshd_match():
    def one(attribute, values):
        return st.tuples(
            st.sampled_from([attribute, attribute.lower()]),
            st.sampled_from([" ", " ", "="]),
            st.sampled_from(values),
        ).map("".join)

    attributes = [
        one("User", ["backup", "erin,bob", "*", "*,!root", "b*", "deploy"]),
        one("Address", ["10.0.0.0/8", "192.0.2.7", "10.*", "!10.0.0.5,10.0.0.0/8", "2001:db8::/32"]),
        one("Address", ["2001:0db8:0::9", "!2001:0db8::9,2001:DB8::/32", "10.5", "0xa.0.0.5", "2001:DB8::*"]),
        one("LocalPort", ["22", "2222", "ssh", "+22", "022", "0"]),
        one("Host", ["*.example.com", "h.example.org"]),
        one("Group", ["root", "nogroup"]),
        one("LocalAddress", ["192.0.2.1", "198.51.100.0/24"]),
    ]
    several = st.lists(st.one_of(attributes), min_size=1, max_size=2).map(" ".join)
    return st.one_of(several, several, several, st.just("all"))


NEW_SSHD = [
    line("UnusedConnectionTimeout", st.sampled_from(["5m", "none", "0", "90"])),
    st.sampled_from(
        [
            "ChannelTimeout session:*=10m",
            "ChannelTimeout none",
            "channeltimeout a=1 b:*=2m",
            'ChannelTimeout "session:*"=5',
        ]
    ),
]


def sshd_lines(release, includes):
    pieces = [
        line("ClientAliveInterval", TIMES),
        line("ClientAliveInterval", TIMES),
        line("ClientAliveCountMax", COUNTS),
        st.sampled_from(NOISE_SSHD),
        sshd_match().map("Match {}".format),
        st.sampled_from(includes).map("Include {}".format),
    ]
    pieces += NEW_SSHD if release >= (9, 2) else []
    whole = st.lists(st.one_of(pieces), max_size=9)
    globals_first = st.lists(
        st.sampled_from(["TCPKeepAlive no", "KeepAlive yes", "tcpkeepalive=yes"]), max_size=2
    )
    return st.tuples(globals_first, whole).map(lambda parts: parts[0] + parts[1])


def ssh_block():
    patterns = [
        "*",
        "gw.example.com",
        "*.example.com",
        "!gw7",
        "gw*",
        "10.0.0.?",
        "db.example.com",
        "GW7",
        '"gw7 db"',
    ]
    hosts = st.lists(st.sampled_from(patterns), min_size=1, max_size=3).map(
        lambda words: "Host " + " ".join(words)
    )
    matches = st.sampled_from(
        [
            "all",
            "host gw*",
            "host gw.example.com,db*",
            "originalhost *.example.com",
            "user deploy",
            "user root host gw7",
            "!host gw7",
            "final all",
            "final host gw*",
            "canonical",
            "!final host *",
            "localuser nobody",
            "host real.example.net",
            "host=gw*",
            "!host = gw7",
            'host "gw7"',
            "host 'gw7'",
        ]
    ).map("Match {}".format)
    return st.one_of(hosts, hosts, matches)


def ssh_lines(release, includes):
    pieces = [
        line("ServerAliveInterval", st.one_of(TIMES, st.just("none"))),
        line("ServerAliveInterval", TIMES),
        line("ServerAliveCountMax", COUNTS),
        line("TCPKeepAlive", st.sampled_from(["yes", "no", "true", "False"])),
        st.sampled_from(
            [
                "HostName real.example.net",
                "HostName %h.example.com",
                "User deploy",
                "KeepAlive no",
                "BatchMode yes",
                "SetupTimeOut 7",
                "ProtocolKeepAlives 8",
            ]
        ),
        st.sampled_from(NOISE_SSH),
        ssh_block(),
        st.sampled_from(includes).map("Include {}".format),
    ]
    whole = st.lists(st.one_of(pieces), max_size=10)
    # ssh up to 8.4 refuses a comment behind a value.
    return (
        whole
        if release >= (8, 5)
        else whole.map(
            lambda found: [text if text.lstrip().startswith("#") else text.split(" #")[0] for text in found]
        )
    )


def tree(release, main, others, lines, include_main, include_other):
    """A dict of path to bytes; Include loops cannot arise, since included files include only the deepest
    one."""

    def text(strategy):
        return st.tuples(strategy, st.sampled_from(["\n", "\n", "\n", "\r\n"]), st.booleans()).map(
            lambda parts: (
                parts[1].join(part.rstrip("\r") if parts[1] == "\r\n" else part for part in parts[0])
                + (parts[1] if parts[2] and parts[0] else "")
            ).encode()
        )

    deepest = others[-1]
    always = {main: text(lines(release, include_main)), deepest: text(lines(release, [others[0] + ".none"]))}
    return st.fixed_dictionaries(
        always, optional={name: text(lines(release, include_other)) for name in others[:-1]}
    )


def sshd_tree(release):
    return tree(
        release,
        "/etc/ssh/sshd_config",
        SSHD_FILES,
        sshd_lines,
        [
            "/etc/ssh/sshd_config.d/*.conf",
            "sshd_config.d/*.conf",
            "sshd_config.d/[1-5]*.conf",
            "extra/one.conf",
            "sshd_config.d/10-a.conf extra/*",
        ],
        ["extra/*.conf", "/etc/ssh/extra/none*"],
    )


def ssh_tree(release):
    return tree(
        release,
        "/etc/ssh/ssh_config",
        SSH_FILES,
        ssh_lines,
        [
            "/etc/ssh/ssh_config.d/*.conf",
            "ssh_config.d/*.conf",
            "ssh_config.d/[1-5]*.conf",
            "extra/one.conf",
            "ssh_config.d/10-a.conf extra/*",
        ],
        ["extra/*.conf", "/etc/ssh/extra/none*"],
    )


def connection():
    return st.fixed_dictionaries(
        {
            "user": st.sampled_from(USERS),
            "host": st.sampled_from(["h.example.org", "a.example.com"]),
            "addr": st.sampled_from(ADDRESSES),
            "laddr": st.sampled_from(["192.0.2.1", "198.51.100.4"]),
            "lport": st.sampled_from([22, 2222]),
        }
    )


def choices():
    return {
        "placement": st.sampled_from(["auto", "auto", "auto", "main", "drop_in"]),
        "conflicts": st.sampled_from(["report", "report", "comment", "remove"]),
        "state": st.sampled_from(["present", "present", "present", "absent"]),
        "interval": st.sampled_from([0, 60, 600]),
        "count_max": st.sampled_from([1, 3]),
    }


def sshd_options(release):
    rule = st.fixed_dictionaries({"match": sshd_match(), "interval": st.sampled_from([7, 30])})
    new = {"unused_connection_timeout": st.sampled_from([120, "none"])} if release >= (9, 2) else {}
    return st.fixed_dictionaries(
        choices(),
        optional=dict(
            new,
            match=sshd_match(),
            rules=st.lists(rule, max_size=2),
            match_overrides=st.sampled_from(["report", "comment", "remove"]),
        ),
    )


def ssh_options():
    # A new Match final would make ssh read everything twice, which repeats list options such as SendEnv.
    header = (
        ssh_block()
        .filter(lambda text: "final" not in text)
        .map(lambda text: {text.split(" ", 1)[0].lower(): text.split(" ", 1)[1]})
    )
    rule = st.tuples(header, st.sampled_from([7, 30])).map(lambda pair: dict(pair[0], interval=pair[1]))
    plain = st.fixed_dictionaries(
        choices(),
        optional={
            "precedence": st.sampled_from(["default", "override"]),
            "rules": st.lists(rule, max_size=2),
            "tcp_keepalive": st.booleans(),
        },
    )
    return st.tuples(plain, st.one_of(st.just({}), header)).map(lambda pair: dict(pair[0], **pair[1]))
