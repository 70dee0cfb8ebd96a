"""Every recipe of docs/recipes.md, taken from the document: run by ansible-playbook, judged by what OpenSSH
says afterwards.

A recipe is a section with one block of YAML. Its `console` block holds the questions (# as root, $ as alice)
and their
answers, its `text` block what Ansible says. What the document cannot say is here: the files before, and how
the recipe ends.
The playbooks run in a mount namespace of their own, so the default paths are meant and nothing of this
machine is touched.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from oracle import CHECKOUT, ROOT, Oracle

DOCUMENT = ROOT / "docs" / "recipes.md"
# Their primary group is `users`, so not named after them; the uids are theirs alone.
PEOPLE = {"alice": "4001:100", "bob": "4002:100"}
BIN = Path(sys.executable).parent
PLAYBOOK, CONFIG = "/home/root/recipe.yml", "/home/root/ansible.cfg"
ANSIBLE = [
    str(CHECKOUT / BIN.relative_to(ROOT) / "python"),
    "-m",
    "ansible.cli.playbook",
    "-i",
    "here,",
    "-c",
    "local",
    "-e",
    "ansible_python_interpreter=/usr/bin/python3",
    # No sshd runs in the namespace; test_reload.py has the reload, on sshd that do.
    "-e",
    '{"keepalive_server_reload": false}',
]

DEBIAN = {
    "/etc/ssh/sshd_config": "Include /etc/ssh/sshd_config.d/*.conf\n\n#ClientAliveInterval 0\n#ClientAliveCountMax 3\nUsePAM no\n",
    "/etc/ssh/ssh_config": "Include /etc/ssh/ssh_config.d/*.conf\n\nHost *\n    SendEnv LANG LC_*\n    HashKnownHosts yes\n",
}
MIXED_UP = {
    "/etc/ssh/sshd_config": "UsePAM no\n#ClientAliveInterval 0\nServerAliveInterval 300\nServerAliveCountMax 3\n"
}
# The real sshd under the name of an older release: what is judged here is only what the module makes of that
# name.
SSHD_8_4 = '#!/bin/sh\nexec 3>&1\n/usr/sbin/sshd "$@" 2>&1 >&3 | sed "s/OpenSSH_[0-9.]*/OpenSSH_8.4/" >&2\n'
# What ssh says in a test, and not to a person. The keywords it prints are in lower case, or, since 10.5, in
# mixed case.
NO_TERMINAL = "Pseudo-terminal will not be allocated because stdin is not a terminal.\r\n"

CHANGES, REFUSED, ON_THE_FLEET = "changes", "refused", "on the fleet"


class Case:
    """files: those that differ from a plain Debian, before; script: what makes them so beyond that; ends: how
    the recipe ends."""

    def __init__(self, files=(), script="", ends=CHANGES):
        self.files, self.script, self.ends = dict(DEBIAN, **dict(files)), script, ends


CASES = {
    "Every destination of one user": Case(),
    "One destination only": Case({"/home/alice/.ssh/config": "Host gw.example.com\n    User deploy\n"}),
    "Everybody on a client": Case(),
    "A server that asks its clients": Case(
        {"/etc/ssh/sshd_config": DEBIAN["/etc/ssh/sshd_config"] + "Match User backup\n    X11Forwarding no\n"}
    ),
    "How many probes may stay unanswered": Case(),
    "600 and 0": Case(),
    "600 and 1": Case(
        {"/etc/ssh/sshd_config.d/50-cloud-init.conf": "ClientAliveInterval 420\nClientAliveInterval 120\n"}
    ),
    "A compliance profile": Case({"/etc/ssh/sshd_config.d/50-cloud-init.conf": "ClientAliveInterval 1800\n"}),
    "Ending idle sessions": Case(),
    "A server with 900 and 0": Case(
        {"/etc/ssh/sshd_config": "ClientAliveInterval 900\nClientAliveCountMax 0\n"}
    ),
    "The owner of the file": Case(
        {"/home/bob/.ssh/config": "# bob's\n"}, "chmod 700 /home/bob/.ssh; chmod 640 /home/bob/.ssh/config"
    ),
    "A client's option in the server's file": Case(MIXED_UP, ends=REFUSED),
    "Taking the wrong option out": Case(MIXED_UP),
    "An interval longer than the firewall's timeout": Case(ends=REFUSED),
    "The interval that fits the firewall": Case(),
    "An OpenSSH too old for the option": Case(
        {"/home/bin/sshd": SSHD_8_4}, "chmod 755 /home/bin/sshd", ends=REFUSED
    ),
    "TCPKeepAlive or ServerAliveInterval": Case(),
    "Options for Ansible's own connections": Case(ends=ON_THE_FLEET),
    "No more loops": Case(),
}


class Recipe:
    """A section of the document: name, playbook (or inventory), questions as (who, command, answer), said."""

    def __init__(self, name, text):
        blocks = re.findall(r"^```(\w+)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
        found = {
            language: [body for other, body in blocks if other == language] for language, _body in blocks
        }
        self.name = name
        (self.yaml,) = found.pop("yaml")
        self.said = found.pop("text", [])
        self.questions = [question for body in found.pop("console", []) for question in questions(body)]
        assert not found, f"{name}: a block that no test reads: {', '.join(found)}"


def questions(console):
    """The (prompt, command, answer) of a console block; a comment of a file begins with # too, so a question
    has a known first word."""
    parts = re.split(r"^([#$]) (?=(?:ansible|cat|grep|ls|ssh|sshd|stat) )", console, flags=re.MULTILINE)
    assert not parts[0], f"an answer without a question: {parts[0]}"
    return [(prompt, *body.partition("\n")[::2]) for prompt, body in zip(parts[1::2], parts[2::2])]


def sections():
    """The document's sections, heading to text."""
    parts = re.split(r"^## (.*)$", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


RECIPES = {name: Recipe(name, text) for name, text in sections().items() if "```yaml" in text}


def in_the_namespace(*endings):
    return [pytest.param(name, id=name) for name in RECIPES if name in CASES and CASES[name].ends in endings]


@pytest.fixture(name="oracle")
def _oracle():
    if os.geteuid() != 0:
        pytest.skip(
            "not run: the recipes are for accounts with uids of their own, and only root can have these in "
            "a namespace"
        )
    found = Oracle([f"{name}:{ids}" for name, ids in PEOPLE.items()])
    yield found
    found.close()


def played(oracle, recipe, times):
    """Run the recipe so many times in a row; gives its exit status, all that it said, the answers, and
    whether a file is another now."""
    case = CASES[recipe.name]
    files = {path: text.encode() for path, text in case.files.items()}
    files.update({PLAYBOOK: recipe.yaml.encode(), CONFIG: b""})
    homes = "; ".join(
        f"install -d -m 755 /home/{name}; chown -R {ids} /home/{name}" for name, ids in PEOPLE.items()
    )
    sums = "find /etc/ssh /home/alice /home/bob -type f -exec sha256sum {} + | sort"
    scripts = [f"{homes}; {case.script}", sums, shlex.join(ANSIBLE + [PLAYBOOK] * times), sums]
    scripts += [as_whom(prompt, command) for prompt, command, _answer in recipe.questions]
    environment = {
        "PATH": "/home/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/home/root",
        "USER": "root",
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_CONFIG": CONFIG,
        "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".build" / "source"),
    }
    prepared, before, play, after, *answers = oracle.run(files, scripts, environment)
    assert prepared == (0, ""), prepared
    return play[0], play[1], answers, before != after


def as_whom(prompt, command):
    if prompt == "#":
        return command
    return (
        "cd; exec env HOME=/home/alice USER=alice setpriv --reuid alice --regid users --init-groups sh -c "
        + shlex.quote(command)
    )


def flat(text):
    """Text without its line breaks, which Ansible puts anywhere into a warning."""
    return " ".join(text.split())


@pytest.mark.parametrize("name", in_the_namespace(CHANGES))
def test_openssh_says_what_the_recipe_says_and_a_second_run_changes_nothing(oracle, name):
    recipe = RECIPES[name]
    assert recipe.questions, "nothing is asked of OpenSSH"
    status, output, answers, _changed = played(oracle, recipe, times=2)
    assert status == 0, output
    first, second, _end = output.split("PLAY RECAP")
    assert "changed: [here]" in first, output
    assert "changed: [here]" not in second, output
    for said in recipe.said:
        assert flat(said) in flat(output)
    for (_prompt, command, expected), (_status, answer) in zip(recipe.questions, answers):
        assert answer.replace(NO_TERMINAL, "").lower() == expected.lower(), command


@pytest.mark.parametrize("name", in_the_namespace(REFUSED))
def test_what_is_refused_says_why_and_changes_nothing(oracle, name):
    recipe = RECIPES[name]
    status, output, _answers, changed = played(oracle, recipe, times=1)
    assert status == 2, output
    (message,) = re.findall(r'"msg": "(.*?)"[,}]', output)
    assert "\\n" not in message
    assert recipe.said
    for said in recipe.said:
        assert flat(said) in message
    assert not changed


def test_ansibles_own_connections_have_the_options(fleet, tmp_path):
    recipe = RECIPES["Options for Ansible's own connections"]
    inventory = tmp_path / "recipe.yml"
    inventory.write_text(recipe.yaml)
    # The recipe's variable takes the place of the fleet's own, which is needed to reach it.
    reach = f"-F none -o UserKnownHostsFile={fleet.known_hosts} -o IdentitiesOnly=yes"
    environment = dict(
        fleet.environment(),
        ANSIBLE_INVENTORY=f"{fleet.inventory},{inventory}",
        ANSIBLE_SSH_EXTRA_ARGS=reach,
        PATH=f"{BIN}:{os.environ['PATH']}",
    )

    def shell(command):
        return subprocess.run(
            command,
            shell=True,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            check=False,
        ).stdout

    ((_prompt, command, answer),) = recipe.questions
    assert shell(command) == answer

    output = shell("ansible web1 -m ansible.builtin.ping -vvv")
    assert '"pong"' in output, output
    run = shlex.split(re.search(r"SSH: EXEC (ssh .*)", output).group(1))
    values = subprocess.run(
        [run[0], "-G", *run[1:]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        universal_newlines=True,
        check=True,
    ).stdout
    assert {"serveraliveinterval 30", "serveralivecountmax 4"} <= set(values.lower().splitlines())


def test_every_recipe_has_a_case_and_every_case_a_recipe():
    assert set(RECIPES) == set(CASES)


def test_the_table_of_contents_has_every_section():
    introduction = DOCUMENT.read_text(encoding="utf-8").split("\n## ")[0]
    listed = re.findall(r"^\| \[(.*?)\]\(#(.*?)\) \|", introduction, re.MULTILINE)
    assert [name for name, _anchor in listed] == list(sections())
    for name, anchor in listed:
        assert anchor == re.sub(r"[^\w -]", "", name.lower()).replace(" ", "-")
