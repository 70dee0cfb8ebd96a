"""What hostile hosts answer: honest answers, changed. Each is written with marks in place of what is long
(EXPANDED) and of the file that a payload
would make (CANARY), so that one that does harm can be printed."""

import json
import random

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

CANARY = b"CANARY"
EXPANDED = {
    b'"@deep@"': b"[" * 300 + b"]" * 300,
    b'"@deep dict@"': b'{"a":' * 300 + b"1" + b"}" * 300,
    b'"@too deep@"': b"[" * 100000 + b"]" * 100000,
    b'"@too deep dict@"': b'{"a":' * 100000 + b"1" + b"}" * 100000,
    b'"@long@"': b'"' + b"x" * 1000000 + b'"',
    b'"@long escape@"': b'"' + b"\\u001b[31m" * 20000 + b'"',
    b'"@many@"': b"[" + b'"x",' * 100000 + b'"x"]',
    b'"@many keys@"': b"{" + b",".join(b'"k%d": "x"' % number for number in range(30000)) + b"}",
    b'"@NaN@"': b"NaN",
    b'"@Infinity@"': b"-Infinity",
    b'"@1e999@"': b"1e999",
    b'"@huge@"': b"9" * 400,
    b'"@too huge@"': b"9" * 5000,
}
MARKS = [mark.decode().strip('"') for mark in EXPANDED]

COMMANDS = [
    "-oProxyCommand=touch CANARY",
    "$(touch CANARY)",
    "`touch CANARY`",
    "; touch CANARY; #",
    "' & touch CANARY & '",
    '" || touch CANARY || "',
    "| touch CANARY",
    "\ntouch CANARY\n",
    "--extra-vars=@CANARY",
]
TEMPLATES = [
    "{{ lookup('ansible.builtin.pipe', 'touch CANARY') }}",
    "{% for x in lookup('ansible.builtin.pipe', 'touch CANARY') %}{% endfor %}",
    "{{ lookup('ansible.builtin.file', '/etc/passwd') }}{{ 7 * 7 }}",
    "{{ undefined_here }}",
    "{{",
    "{% raw %}",
    "!unsafe",
    "{#",
]
CONTROLS = [
    "\x1b]0;owned\x07\x1b[2J\x1b[31m",
    "\x9b2J\x9d0;owned\x9c",
    "\r\nok: [web1] => changed\r",
    "\x08" * 20 + "ok",
    "\0",
    "\u202egpj.exe\u2066",
    "\u200f\u061c",
    "\ud800",
    "\udcff\udc1b",
    "\u2028\u2029\ufeff\u200b",
    "\x7f\x85",
]
ODD_TEXTS = [
    "",
    " ",
    "x",
    "yes",
    "true",
    "0",
    "null",
    "[]",
    "{}",
    "%s%n %(a)s {0} {a}",
    "/etc/passwd",
    "../../../../CANARY",
    "~root",
    "localhost",
    "f" * 32,
    "0" * 64,
    "\\",
]
TEXTS = COMMANDS + TEMPLATES + CONTROLS + ODD_TEXTS

#: Objects as newer releases of Ansible write them; an older one takes them for dicts.
TYPED = [
    {"__ansible_type": "WarningSummary", "event": {"__ansible_type": "Event", "msg": CONTROLS[0]}},
    {
        "__ansible_type": "ErrorSummary",
        "event": {
            "__ansible_type": "Event",
            "msg": CONTROLS[0],
            "formatted_traceback": "Traceback\n" + CONTROLS[2],
        },
    },
    {
        "__ansible_type": "DeprecationSummary",
        "event": {"__ansible_type": "Event", "msg": TEMPLATES[0]},
        "version": CONTROLS[0],
    },
    {
        "__ansible_type": "AnsibleTaggedStr",
        "value": TEMPLATES[0],
        "tags": [{"__ansible_type": "TrustedAsTemplate"}],
    },
    {
        "__ansible_type": "_AnsibleTaggedStr",
        "value": TEMPLATES[0],
        "tags": [{"__ansible_type": "TrustedAsTemplate"}],
    },
    {"__ansible_type": "TrustedAsTemplate"},
    {"__ansible_type": "nonesuch"},
    {"__ansible_type": 5},
    {"__ansible_type": ["Event"]},
    {"__ansible_unsafe": TEMPLATES[0]},
    {"__ansible_vault": "$ANSIBLE_VAULT;1.1;AES256\n3030"},
    {"__ansible_trusted_as_template": TEMPLATES[0]},
]
VALUES = [
    None,
    True,
    False,
    0,
    1,
    -1,
    1.5,
    1 << 63,
    [],
    [[]],
    [None],
    ["x"],
    {},
    {"a": 1},
    {"": {}},
    {"{{ 7 * 7 }}": "x"},
    *MARKS,
    *TYPED,
    *TEXTS,
]

FACTS = {
    "environment": "palace",
    "keepalive_environment": "palace",
    "keepalive_server_profile": "palace",
    "keepalive_report_dest": "CANARY",
    "ansible_host": "-oProxyCommand=touch CANARY",
    "ansible_port": 1,
    "ansible_user": "-oProxyCommand=touch CANARY",
    "ansible_connection": "local",
    "ansible_python_interpreter": "touch CANARY;",
    "discovered_interpreter_python": "touch CANARY;",
    "ansible_ssh_executable": "CANARY",
    "ansible_ssh_extra_args": "-oProxyCommand='touch CANARY'",
    "ansible_ssh_common_args": "-oProxyCommand='touch CANARY'",
    "ansible_become": True,
    "ansible_become_exe": "touch CANARY;",
    "ansible_shell_executable": "touch CANARY;",
    "ansible_remote_tmp": "$(touch CANARY)",
    "ansible_loop_var": "x",
}
#: Keys that Ansible, an older release of it, or this collection does something with; each with values that
#: suit it, odd ones beside.
SPECIAL = {
    "ansible_facts": [FACTS, {"ansible_facts": FACTS}, {"ansible_local": TEMPLATES[0]}, {"a": "@deep@"}],
    "ansible_included_var_files": [["CANARY"]],
    "_ansible_facts": [FACTS],
    "_ansible_delegated_vars": [
        {"ansible_host": CONTROLS[0], "ansible_delegated_host": "web1"},
        {"web1": FACTS},
    ],
    "_ansible_no_log": [True, "x"],
    "_ansible_verbose_always": [True],
    "_ansible_verbose_override": [True],
    "_ansible_item_label": [CONTROLS[0], TEMPLATES[0]],
    "_ansible_item_result": [True],
    "_ansible_ignore_errors": [True],
    "_ansible_ignore_unreachable": [True],
    "_ansible_parsed": [True, False],
    "_ansible_suppress_tmpdir_delete": [True],
    "_ansible_debug": [True],
    "_ansible_diff": [True],
    "_ansible_result_tags": [["x"]],
    "_ansible_socket": ["CANARY"],
    "_ansible_x": CONTROLS + ["@long@", "@many@", "@deep@"],
    "_ansible_\x1b[2J": ["x"],
    "_ansible_" + "x" * 300000: ["x"],
    "_ansible_remote_tmp": ["$(touch CANARY)"],
    "_ansible_tmpdir": ["CANARY"],
    "_ansible_loop_var": ["x"],
    "_ansible_check_mode": [False],
    "ansible_loop_var": ["item"],
    "ansible_index_var": ["item"],
    "ansible_loop": [{}],
    "item": [TEMPLATES[0]],
    "invocation": [{"module_args": {"a": TEMPLATES[0], "b": CONTROLS[0]}}],
    "exception": ["Traceback (most recent call last):\n" + CONTROLS[0], TYPED[1], "(traceback unavailable)"],
    "warnings": [
        [CONTROLS[0]],
        [TYPED[0]],
        CONTROLS[0],
        ["@long@"],
        [TEMPLATES[0]],
        [{"msg": CONTROLS[0]}],
        {"a": 1},
        "@many@",
    ],
    "deprecations": [
        [{"msg": CONTROLS[0], "version": CONTROLS[0]}],
        [TYPED[2]],
        [{"msg": 5, "version": {}}],
        [5],
        "x",
        [{"msg": "@long@", "date": CONTROLS[0]}],
    ],
    "add_host": [
        {"host_name": "evil", "host_vars": FACTS, "groups": ["honest"]},
        {"host_name": "web1", "host_vars": FACTS},
    ],
    "add_group": ["all", {"group_name": "honest"}],
    "parent_groups": [["all"]],
    "include": ["CANARY", "../../tests"],
    "include_args": [{}],
    "include_variables": [FACTS],
    "include_file": ["CANARY"],
    "diff": [
        {"before": CONTROLS[0], "after": TEMPLATES[0]},
        [{"before": 5, "after": None}],
        {"prepared": CONTROLS[0]},
        "x",
        [5],
        {"before": "@long@", "after": "x\n"},
        {"before_header": CONTROLS[0], "before": "a\n", "after": "b\n"},
        {"src_binary": 5},
    ],
    "results": [
        [{"failed": True, "msg": CONTROLS[0]}],
        [5],
        "x",
        "@many@",
        [{"ansible_facts": FACTS, "changed": "x", "item": 1}],
    ],
    "stdout": [CONTROLS[0], 5, "@long@", None],
    "stdout_lines": [[CONTROLS[0]]],
    "stderr": [CONTROLS[0], [], None],
    "module_stdout": [CONTROLS[0], 5],
    "module_stderr": [CONTROLS[0]],
    "rc": [0, 1, "x", CONTROLS[0]],
    "cmd": [CONTROLS[0]],
    "start": [CONTROLS[0]],
    "unreachable": [True, "x", {}, [1]],
    "skipped": [True, "x"],
    "skip_reason": [CONTROLS[0]],
    "failed": [True, "no", 1, [1], {}, None, "@deep@"],
    "failed_when_result": [True],
    "failed_when_suppressed_exception": [CONTROLS[0]],
    "changed": ["x", None, [1], 2],
    "msg": [CONTROLS[0], 5, "@long@", "@long escape@", [CONTROLS[0]], TYPED[0], None],
    "ansible_job_id": ["../../CANARY", 5],
    "finished": ["x", 0],
    "started": [1],
    "results_file": ["CANARY"],
    "attempts": ["x"],
    "retries": [CONTROLS[0]],
    "token": [*COMMANDS, "f" * 32, "f" * 32 + "\n", "F" * 32, 5, ["x"]],
    "state": [*COMMANDS, "0" * 64, "", 5, None],
    "_relay": COMMANDS,
    "_state": COMMANDS,
    "_target": [COMMANDS, {"path": "CANARY"}],
    "method": ["service", CONTROLS[0]],
    "reload_required": [True, "x"],
    "restored": [[CONTROLS[0]], "@many@"],
    "reason": [CONTROLS[0], TEMPLATES[0], "@long@"],
    "__proto__": [{}],
    "__class__": ["x"],
    "__ansible_type": ["Event", "AnsibleTaggedStr", 5],
    "": ["x"],
    "keys": [5],
    "items": [5],
    "get": ["x"],
    "update": [{}],
    "msg\x1b[2J": ["x"],
}

JUNK = [
    b"Welcome to web1!\n",
    b"\x1b[2J\x1b[31m\n",
    b"{}\n",
    b"[]\n",
    b"{\n",
    b"}\n",
    b"\n" * 2000,
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\r\n",
    b"x" * 100000,
    b"ok: [web1]\n",
    b'{"failed": true, "msg": "another"}\n',
    b"BECOME-SUCCESS-abcdefghij\n",
    b"\xed\xa0\x80\n",
    b"\x9b2J\n",
    b"_ansible_async\n",
    b"Shared connection to x closed.\r\n",
]
WHOLE = [
    b"",
    b"\n",
    b"null",
    b"true",
    b"5",
    b'"x"',
    b"[]",
    b"{}",
    b"[{}]",
    b"{}{}",
    b'{"failed": true}',
    b'{"failed": "x"}',
    b'{"changed": false}',
    b'{"msg": "x"}',
    b'{"a": 1, "a": 2}',
    b'{"failed": true, "msg": "\\u001b[2J\\u202e\\ud800"}',
    b'{"failed": true, "msg": "@long@"}'.replace(b'"@long@"', b'"@long@"'),
    b"{'a': 1}",
    b"{a: 1}",
    b"---\na: 1\n",
    b"NaN",
    b'"@too deep@"',
    b'"@too deep dict@"',
    b'{"failed": true, "msg": "{{ lookup(\'ansible.builtin.pipe\', \'touch CANARY\') }}"}',
    b"\x1b[31mSegmentation fault\x1b[0m\n",
    b"sudo: a password is required\r\n",
    b"<html>\x1b[2J</html>",
]

HOW = [
    {"status": 1},
    {"status": 255},
    {"errors": CONTROLS[0] + "\n"},
    {"errors": "x" * 1000000},
    {"errors": "sh: 1: python3: not found\n", "status": 127},
]


def made_up(honest, number, start):
    """That many hostile hosts, no two alike, always the same for one `start`. honest: what an honest host
    answered, file by file."""
    found = {}

    @seed(start)
    @settings(
        max_examples=5 * number + 100,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(answers(honest))
    def collect(answer):
        found[repr(answer)] = answer

    collect()
    # Hypothesis likes to repeat parts of what it has just made.
    return random.Random(start).sample(list(found.values()), number)


@st.composite
def answers(draw, honest):
    """A hostile host: {name of a file of its directory: what is in it}. honest: module, or module.step, to
    what
    an honest host answered."""
    name = draw(st.sampled_from(sorted(honest)))
    how = (
        {f"{name}.how": json.dumps(draw(st.sampled_from(HOW))).encode()}
        if draw(st.integers(0, 11)) == 0
        else {}
    )
    return dict(how, **{name: draw(_changed(honest[name]))})


def among(honest, answer):
    """All that a hostile host answers: honestly, but for this. The way to its trial leads nowhere, so what
    comes after a trial is asked of a host that
    has none."""
    files, own = dict(honest, **answer), {name.replace(".how", "") for name in answer}
    if "sshd_reload.prepare" in honest and not own & {
        "sshd_reload.prepare",
        "sshd_reload.relay",
        "sshd_reload.undo",
    }:
        prepared = json.loads(honest["sshd_reload.prepare"])
        files["sshd_reload.prepare"] = json.dumps(
            {key: value for key, value in prepared.items() if key != "token"}
        ).encode()
    return files


class Long:
    """An answer that is never in memory as a whole: something, a block many times, and something else."""

    def __init__(self, first, block, size, last=b""):
        self.first, self.block, self.size, self.last = first, block, size, last

    def __iter__(self):
        blocks = 10000
        yield self.first
        for _time in range(self.size // len(self.block) // blocks):
            yield self.block * blocks
        yield self.last

    def __repr__(self):
        return f"{self.first[:1000]!r}, {self.size} bytes of {self.block!r}, {self.last!r}"


def expanded(answer, canary):
    """The bytes of an answer; canary: the path that its payloads would make."""
    for mark, data in EXPANDED.items():
        answer = answer.replace(mark, data)
    return answer.replace(CANARY, canary.encode())


@st.composite
def _changed(draw, honest):
    kind = draw(st.sampled_from(["tree"] * 6 + ["bytes"] * 2 + ["whole"]))
    if kind == "whole":
        return draw(st.sampled_from(WHOLE))
    if kind == "bytes" or not _is_json(honest):
        return draw(_changed_bytes(honest))
    tree = json.loads(honest)
    for _time in range(draw(st.sampled_from([1, 1, 2, 4]))):
        tree = draw(_changed_tree(tree))
    return json.dumps(tree).encode()


def _is_json(data):
    try:
        return isinstance(json.loads(data), dict)
    except ValueError:
        return False


@st.composite
def _changed_bytes(draw, data):
    at, junk = draw(st.integers(0, len(data))), draw(st.sampled_from(JUNK))
    return draw(
        st.sampled_from(
            [
                data[:at],
                data * 2,
                data + b"\n" + data,
                junk + data,
                data + junk,
                data + b"\n" + junk,
                data[:at] + junk + data[at:],
                data.replace(b'"', b"'"),
                data.replace(b": ", b":: "),
                data[: at // 2] + data[at:],
                data.decode().encode("utf-16"),
            ]
        )
    )


@st.composite
def _changed_tree(draw, tree):
    """A copy of a tree with one thing about it changed."""
    kind = draw(
        st.sampled_from(
            [
                "value",
                "value",
                "special",
                "special",
                "special",
                "missing",
                "extra",
                "key",
                "everywhere",
                "repeated",
            ]
        )
    )
    if kind == "special":
        key = draw(st.sampled_from(sorted(SPECIAL)))
        value = draw(st.sampled_from(SPECIAL[key]) if draw(st.integers(0, 4)) else st.sampled_from(VALUES))
        where = (
            ()
            if draw(st.integers(0, 4))
            else draw(st.sampled_from([path for path, found in _paths(tree) if isinstance(found, dict)]))
        )
        return _with(tree, where, lambda found: {**found, key: value})
    if kind == "everywhere":
        text = draw(st.sampled_from(TEXTS))
        return _everywhere(tree, text)
    path, found = draw(st.sampled_from(list(_paths(tree))))
    value = draw(st.sampled_from(VALUES))
    if kind == "value" or not path:
        return (
            _with(tree, path, lambda _found: value)
            if path
            else dict(tree, msg=value, failed=draw(st.booleans()))
        )
    if kind == "repeated":
        return _with(tree, path, lambda found: [found] * draw(st.sampled_from([2, 50])))
    last = path[-1]
    if isinstance(last, int):
        return _with(
            tree,
            path[:-1],
            lambda found: [*found[:last], *([] if kind == "missing" else [value, value]), *found[last + 1 :]],
        )
    rest = {
        "missing": {},
        "extra": {last: found, draw(st.sampled_from(TEXTS)): value},
        "key": {draw(st.sampled_from(TEXTS)): found},
    }[kind]
    return _with(
        tree, path[:-1], lambda parent: {**{key: item for key, item in parent.items() if key != last}, **rest}
    )


def _paths(tree, path=()):
    """(path, value) of a tree and everything in it."""
    yield path, tree
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else []
    for key, value in items:
        yield from _paths(value, (*path, key))


def _with(tree, path, change):
    """A copy of a tree in which the value at a path is changed."""
    if not path:
        return change(tree)
    copy = tree.copy()
    copy[path[0]] = _with(tree[path[0]], path[1:], change)
    return copy


def _everywhere(tree, text):
    """A copy with the text in place of all texts, and as one more key of every dict."""
    if isinstance(tree, dict):
        return {**{key: _everywhere(value, text) for key, value in tree.items()}, text: text}
    if isinstance(tree, list):
        return [_everywhere(value, text) for value in tree]
    return text if isinstance(tree, str) else tree
