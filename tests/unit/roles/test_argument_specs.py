# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role's defaults, its argument specification and what its tasks use have to agree."""

from __future__ import annotations

import pathlib
import re

import pytest
import yaml

ROLES = pathlib.Path(__file__).parents[3] / "roles"
NAMES = sorted(path.name for path in ROLES.iterdir() if path.name.startswith("keepalive_"))


def load(role, part):
    return yaml.safe_load((ROLES / role / part).read_text(encoding="utf-8"))


def options(role):
    entry_points = load(role, "meta/argument_specs.yml")["argument_specs"].values()
    return {name: option for entry_point in entry_points for name, option in entry_point["options"].items()}


def test_the_roles_are_found():
    assert {"keepalive_server", "keepalive_client", "keepalive_user"} <= set(NAMES)


@pytest.mark.parametrize("role", NAMES)
def test_defaults_and_specification_have_the_same_defaults(role):
    specified = {name: option["default"] for name, option in options(role).items() if "default" in option}
    assert load(role, "defaults/main.yml") == specified


@pytest.mark.parametrize("role", NAMES)
def test_tasks_use_what_is_specified_and_nothing_else(role):
    text = "".join(
        path.read_text(encoding="utf-8")
        for part in ("tasks", "vars")
        for path in (ROLES / role / part).glob("*.yml")
    )
    used = set(re.findall(r"(?<!\w)%s_\w+" % role, text))
    assert used == set(options(role))


@pytest.mark.parametrize("role", NAMES)
def test_every_option_is_described_and_carries_the_name_of_the_role(role):
    for name, option in options(role).items():
        assert name.startswith(role + "_")
        assert option["description"] and option["type"]


@pytest.mark.parametrize("role", NAMES)
def test_the_readme_lists_every_option(role):
    text = (ROLES / role / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == set(options(role))
