"""The rows of the edit tables, and the one way to run them: options in, changed files out."""

import base64
import os

import yaml
from ansible_collections.fleetops.keepalive.plugins.module_utils._config import plan
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.directives import SSH, SSHD
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.sources import Directories
from ansible_collections.fleetops.keepalive.plugins.module_utils._module import policies

from in_memory import Files

DIRECTORY = os.path.dirname(__file__)
DIALECTS = {"sshd": SSHD, "ssh": SSH}
PLAIN = {"placement": "auto", "drop_in": "00-keepalive.conf", "conflicts": "report"}


def content(value):
    """The bytes that a row means by a string, {text: ...} or {base64: ...}; None for no file."""
    if value is None:
        return None
    if isinstance(value, dict):
        return base64.b64decode(value["base64"]) if "base64" in value else value["text"].encode("utf-8")
    return value.encode("utf-8")


class Row:
    """One row: before files, options, and what is to come of them."""

    def __init__(self, path):
        with open(path, "rb") as file:
            data = yaml.safe_load(file)
        self.name = os.path.relpath(path, DIRECTORY)[:-4]
        self.side = data["side"]
        self.main = data.get("main", "/etc/ssh/%s_config" % self.side)
        self.release = tuple(int(part) for part in str(data.get("release", "9.2")).split("."))
        self.files = {name: content(value) for name, value in data["files"].items()}
        self.options = data.get("options", {})
        self.error = data.get("error")
        self.warns = data.get("warns", [])
        self.questions = data.get("openssh", [])
        self.after = dict(self.files)
        for name, value in (data.get("after") or {}).items():
            self.after[name] = content(value)
        self.after = {name: value for name, value in self.after.items() if value is not None}
        self.says_after = "after" in data


def all_rows():
    """Every row, by name."""
    found = [
        os.path.join(directory, name)
        for directory, _directories, names in os.walk(DIRECTORY)
        for name in names
        if name.endswith(".yml")
    ]
    return [Row(path) for path in sorted(found)]


def preferences(row):
    """The row's placement and settling options."""
    options = dict(PLAIN, **row.options)
    return policies.preferences(options, row.main, row.main.startswith("/etc/ssh/"))


def run(row, files):
    """(files afterwards, warnings, Plan) of the row's call on some files."""
    dialect = DIALECTS[row.side]
    wanted = policies.build(dialect, row.options, row.release)
    warnings = policies.warnings(dialect, wanted, row.options, row.release)
    directories = (
        Directories("/etc/ssh")
        if row.main.startswith("/etc/ssh/")
        else Directories(os.path.dirname(row.main), "/home/alice")
    )
    made = plan.plan(row.main, Files(files), dialect, row.release, directories, wanted, preferences(row))
    after = dict(files)
    for edit in made.edits:
        if edit.after is None:
            del after[edit.path]
        else:
            after[edit.path] = edit.after.render()
    return after, warnings, made


def keywords(row):
    """The lower-case keywords that the row's call may change the value of."""
    return {directive.keyword.lower() for directive in DIALECTS[row.side].directives}
