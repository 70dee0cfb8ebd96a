"""The action in front of a module: what it returns of an answer, and what it says of one that is none."""

import json
from types import SimpleNamespace

import pytest
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.vars import clean
from ansible_collections.fleetops.keepalive.plugins.action import keepalive_info, ssh_config, sshd_config
from ansible_collections.fleetops.keepalive.plugins.module_utils._answer import results, shape, text
from ansible_collections.fleetops.keepalive.plugins.plugin_utils._boundary import action as boundary

CHANGE = {
    "changed": True,
    "effective": {"clientaliveinterval": "60"},
    "lines": [],
    "verified": "openssh",
    "drop_after": 240,
    "openssh_version": "9.2",
    "files": [],
    "reload_required": True,
}


@pytest.fixture(name="run")
def _run(monkeypatch):
    """The task sshd_config, whose module answers with what the test gives: a dict, bytes of the host, or an
    error."""

    def run(answer, kind=sshd_config.ActionModule, options=None):
        shell = SimpleNamespace(tmpdir=None)
        task = SimpleNamespace(
            async_val=0,
            args=options or {},
            action="fleetops.keepalive.sshd_config",
            check_mode=False,
            diff=False,
        )
        made = kind(task, SimpleNamespace(_shell=shell, has_native_async=False), None, None, None, None)
        monkeypatch.setattr(ActionBase, "run", lambda self, tmp=None, task_vars=None: {})

        def execute(self, **_details):
            if isinstance(answer, BaseException):
                raise answer
            if isinstance(answer, dict):
                return answer
            parsed = self._parse_returned_data(
                {"stdout": answer, "stderr": "", "rc": 0}, *["legacy"][: _profiles()]
            )
            getattr(clean, "remove_internal_keys", lambda data: None)(parsed)
            return parsed

        monkeypatch.setattr(ActionBase, "_execute_module", execute)
        return made.run(task_vars={})

    return run


def _profiles():
    """How many arguments Ansible's reader of answers takes beside the answer."""
    return ActionBase._parse_returned_data.__code__.co_argcount - 2


def test_an_honest_answer_is_returned_and_nothing_else(run):
    more = {
        "ansible_facts": {"environment": "lab"},
        "invocation": {},
        "exception": "x",
        "deprecations": ["x"],
        "add_host": {},
        "unreachable": True,
    }
    assert run(dict(CHANGE, **more)) == CHANGE


def test_warnings_are_text(run):
    summary = SimpleNamespace(event=SimpleNamespace(msg="look\x1b[2J"))
    assert run(dict(CHANGE, warnings=["plain", summary, 5, {"a": 1}]))["warnings"] == [
        "plain",
        r"look\x1b[2J",
    ]
    assert "warnings" not in run(dict(CHANGE, warnings="all of them"))


def test_an_odd_answer_is_a_sentence(run):
    result = run(dict(CHANGE, effective="60"))
    assert result == {
        "failed": True,
        "msg": "What the host answered is not a result of fleetops.keepalive.sshd_config: effective is not a dict; "
        "make sure that it is the host that it should be",
    }


BYTES = {
    "nothing": "",
    "no JSON": "Segmentation fault\n",
    "half of it": json.dumps(CHANGE)[:-5],
    "twice": json.dumps(CHANGE) * 2,
    "twice on lines": json.dumps(CHANGE) + "\n" + json.dumps(CHANGE),
    "a list": "[1]",
    "a number": "5",
    "deep": '{"a":' * 100000 + "1" + "}" * 100000,
    "odd stdout": json.dumps(dict(CHANGE, stdout=5, lines=None)),
    "odd exception": json.dumps({"exception": 5, "failed": []}),
}


@pytest.mark.parametrize("name", BYTES)
def test_what_is_not_an_answer_is_a_sentence(run, name, capsys):
    result = run(BYTES[name])
    assert result["failed"] and result["msg"].startswith(
        "What the host answered is not a result of fleetops.keepalive.sshd_config: "
    )
    assert len(result["msg"]) < 1000 and result["msg"] == text.line(result["msg"])
    assert "Traceback" not in "".join(capsys.readouterr())


def test_what_follows_an_answer_is_not_shown(run, capsys):
    assert run(json.dumps(CHANGE) + "\nlogout \x1b[31m\n" + "x\n" * 100) == CHANGE
    assert "".join(capsys.readouterr()) == ""


@pytest.mark.parametrize(
    "key", ["_ansible_\x1b[2J", "_ansible_" + "x" * 100000, "_ansible_no_log", "add_host"]
)
def test_keys_of_ansibles_own_are_not_shown(run, capsys, key):
    assert run(json.dumps(dict(CHANGE, **{key: "\x1b[31m"}))) == CHANGE
    assert "".join(capsys.readouterr()) == ""


def test_what_comes_ahead_of_an_answer_does_no_harm(run):
    assert run("Welcome to web1!\n" + json.dumps(CHANGE) + "\n\n") == CHANGE


def test_too_much_is_not_read(run, monkeypatch):
    monkeypatch.setattr(boundary, "MOST_CHARACTERS", 1000)
    assert "it is not JSON" in run(json.dumps(dict(CHANGE, more="x" * 1000)))["msg"]


def test_the_last_words_of_a_module_that_broke(run):
    result = run(
        {
            "failed": True,
            "module_stdout": "",
            "module_stderr": "\n/bin/sh: 1: \x1b[2Jpython9: not found\n",
            "rc": 127,
        }
    )
    assert (
        r"it is not JSON; the module ended with 127 and said: /bin/sh: 1: \x1b[2Jpython9: not found"
        in result["msg"]
    )


def test_what_the_shell_of_a_host_says_is_cleaned_before_ansible_shows_it(run, monkeypatch):
    said = {
        "rc": 3,
        "stdout": "",
        "stdout_lines": [],
        "stderr": "x" * 10**6 + "\x1b]0;owned\x07\n",
        "stderr_lines": [],
    }
    monkeypatch.setattr(ActionBase, "_low_level_execute_command", lambda self, *_arguments, **_more: said)

    class Removing(sshd_config.ActionModule):
        def _execute_module(self, **_details):
            return dict(CHANGE, warnings=[self._low_level_execute_command("rm")["stderr"][-30:]])

    monkeypatch.setattr(
        Removing,
        "shape",
        lambda self, options: shape.Record({"warnings": shape.ListOf(shape.Text(several_lines=True), 1)}),
    )
    [warning] = run(None, Removing)["warnings"]
    assert warning.endswith("x" + r"\x1b]0;owned\x07" + "\n")


def test_an_error_in_the_removal_of_the_temporary_directory_is_cleaned(run, monkeypatch):
    def broken(self, *_arguments, **_more):
        raise AnsibleConnectionFailure("gone\x1b[2J")

    monkeypatch.setattr(ActionBase, "_remove_tmp_path", broken)
    with pytest.raises(AnsibleConnectionFailure, match=r"^gone\\x1b\[2J$"):
        run(dict(CHANGE))


def test_a_host_out_of_reach_says_so_without_its_colours(run):
    with pytest.raises(
        AnsibleConnectionFailure, match=r"^Failed to connect: \\x1b\[31mgo away ok: \[other\]$"
    ):
        run(AnsibleConnectionFailure("Failed to connect: \x1b[31mgo away\nok: [other]"))
    with pytest.raises(AnsibleError, match="^plain$"):
        run(AnsibleError("plain"))


def test_ansibles_own_discovery_of_python_stays(run, monkeypatch):
    for found, kept in (
        ("/usr/bin/python3.11", True),
        ("/usr/bin/python3 -c id", False),
        ("-oProxyCommand=id", False),
    ):
        monkeypatch.setattr(
            boundary.CheckedAction,
            "_discovered_interpreter_key",
            "discovered_interpreter_python",
            raising=False,
        )

        def discovered(self, *_arguments, found=found, **_more):
            self._discovered_interpreter_key, self._discovered_interpreter = (
                "discovered_interpreter_python",
                found,
            )
            return dict(CHANGE)

        monkeypatch.setattr(sshd_config.ActionModule, "shape", lambda self, options: results.SSHD_CONFIG)
        monkeypatch.setattr(sshd_config.ActionModule, "_execute_module", discovered)
        facts = run(None).get("ansible_facts")
        assert facts == ({"discovered_interpreter_python": found} if kept else None)


def test_what_was_asked_for_has_to_be_there():
    asked = keepalive_info.ActionModule.shape(None, {"sides": "server", "profiles": ["cis"]})
    with pytest.raises(shape.Unfit, match="compliant is missing"):
        shape.fit(asked, {"openssh": {}, "unreadable": []})
    assert ssh_config.ActionModule.shape(None, {"users": ["alice"]}) is results.SSH_CONFIG_USERS
    assert ssh_config.ActionModule.shape(None, {"user": "alice"}) is results.SSH_CONFIG
