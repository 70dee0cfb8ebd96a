"""A directive is described once, by its row in _config/directives.py; everything else that has to name it is
held against the row here.

To add a directive, write its row and run this file: each failure names a place and what it lacks.
"""

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.directives import SSH, SSHD
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.values import KINDS
from ansible_collections.fleetops.keepalive.plugins.module_utils._module import arguments
from ansible_collections.fleetops.keepalive.plugins.modules import ssh_config, sshd_config

ROOT = Path(__file__).resolve().parents[2]
MODULES = {SSHD: (sshd_config, arguments.sshd_config()), SSH: (ssh_config, arguments.ssh_config())}
ROLES = {SSHD: ["keepalive_server"], SSH: ["keepalive_client", "keepalive_user"]}
#: Files that name every directive of both sides, and what they are.
NAMING = {
    "tests/oracle/trees.py": "the made-up trees that real OpenSSH judges",
    "tests/fuzz/words.dict": "the words of the fuzzer",
}
ROWS = [(dialect, row) for dialect in (SSHD, SSH) for row in dialect.directives]
ROLE_ROWS = [(role, dialect, row) for dialect, row in ROWS for role in ROLES[dialect]]

of_rows = pytest.mark.parametrize("dialect, row", ROWS, ids=lambda value: getattr(value, "keyword", None))
of_roles = pytest.mark.parametrize(
    "role, dialect, row", ROLE_ROWS, ids=lambda value: getattr(value, "keyword", None)
)


def words(description):
    """The first sentence or paragraph of a description."""
    return description if isinstance(description, str) else description[0]


def fault_of(options, name, row, begins=None):
    """What is wrong with the documentation of an option: a sentence, None where it is right."""
    option, type_ = options.get(name), KINDS[row.kind].type
    if option is None:
        return f"option {name} is missing"
    if option["type"] != type_:
        return f"option {name} is of type {option['type']}, not {type_}, which kind {row.kind} is given as"
    begins = begins or f"C({row.keyword}), {row.description}"
    return (
        None
        if words(option["description"]).startswith(begins)
        else f"option {name}: its description does not begin with {begins!r}"
    )


def none_of(faults, path):
    found = [f"{path}: {fault}" for fault in faults if fault]
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def specification(role):
    return yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text())[
        "argument_specs"
    ]["main"]["options"]


def text(path):
    return (ROOT / path).read_text()


@of_rows
def test_the_row_is_whole(dialect, row):
    assert row.kind in KINDS, f"kind {row.kind} is none of values.KINDS"
    assert KINDS[row.kind].read(KINDS[row.kind].write(row.default).split(), row.since) == row.default
    assert row.title and row.description and not row.description.endswith(".")


@of_rows
def test_the_documentation_of_the_module_has_it(dialect, row):
    module, _spec = MODULES[dialect]
    options = yaml.safe_load(module.DOCUMENTATION)["options"]
    rules = options["rules"]["suboptions"]
    faults = [fault_of(options, row.option, row), fault_of(rules, row.option, row)]
    for where, documented in (("", options), ("rules.", rules)):
        faults.append(
            None
            if row.option in documented["directives"]["choices"]
            else f"{where}directives: the choices do not have {row.option}"
        )
    none_of(faults, f"plugins/modules/{dialect.side}_config.py")


@of_roles
def test_the_specification_of_the_role_has_it(role, dialect, row):
    options = specification(role)
    name = f"{role}_{row.option}"
    faults = [
        fault_of(options, name, row),
        fault_of(options[f"{role}_rules"]["options"], row.option, row, f"As O({name})"),
    ]
    none_of(faults, f"roles/{role}/meta/argument_specs.yml")


@of_roles
def test_the_role_gives_it_to_the_module(role, dialect, row):
    passes = rf'^\s+{row.option}: "\{{\{{ {role}_{row.option} \| default\('
    path = f"roles/{role}/tasks/main.yml"
    none_of(
        [
            None
            if re.search(passes, text(path), re.MULTILINE)
            else f"{row.option} is not passed to the module"
        ],
        path,
    )


@pytest.mark.parametrize("row", SSHD.directives, ids=lambda row: row.keyword)
def test_the_role_that_has_no_defaults_knows_that_it_was_asked(row):
    path = "roles/keepalive_server/vars/main.yml"
    is_there = f" keepalive_server_{row.option} is defined" in text(path)
    none_of(
        [None if is_there else f"with {row.option} alone the role would say that it has nothing to do"], path
    )


@of_roles
def test_the_readme_of_the_role_has_it(role, dialect, row):
    line = rf"^\| `{role}_{row.option}` \|.*`{row.keyword}`"
    path = f"roles/{role}/README.md"
    none_of(
        [
            None
            if re.search(line, text(path), re.MULTILINE)
            else f"the table has no line for {role}_{row.option} with `{row.keyword}`"
        ],
        path,
    )


@of_rows
def test_the_readme_has_it_among_the_options(dialect, row):
    lines = [
        line
        for line in text("README.md").splitlines()
        if line.startswith("|") and f"`{row.option}`" in line.split("|")[1]
    ]
    is_there = any(f"`{row.keyword}`" in line for line in lines)
    none_of(
        [None if is_there else f"the options in short have no line for `{row.option}` with `{row.keyword}`"],
        "README.md",
    )


@pytest.mark.parametrize("path", NAMING)
@of_rows
def test_it_is_named_by(path, dialect, row):
    none_of(
        [
            None
            if re.search(rf"\b{row.keyword}\b", text(path))
            else f"{NAMING[path]} do not have {row.keyword}"
        ],
        path,
    )


def test_option_names_are_the_options_alone():
    """What the arguments derive from the rows is nothing else than what the rows say."""
    for dialect, (_module, spec) in MODULES.items():
        assert spec["directives"]["choices"] == sorted(row.option for row in dialect.directives)
