"""The linters of the ecosystem, each one test of the suite `lint`. None of them needs the network."""

import os
import subprocess
import sys
import time

import places
import reports

SHELL = b"#!/usr/bin/env bash"
PYTHON = ("plugins", "tests", "molecule")


def main():
    reports.clear("lint")
    suite = reports.Suite("lint")
    for name, command in _checks():
        print(f"lint: {name}", flush=True)
        start = time.monotonic()
        done = subprocess.run(
            command,
            cwd=str(places.ROOT),
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode:
            output = done.stdout.decode(errors="replace")
            print(output, flush=True)
            suite.failed(name, output, time.monotonic() - start)
        else:
            suite.passed(name, time.monotonic() - start)
    suite.write()
    sys.exit(suite.failures > 0)


def _checks():
    collection = places.SOURCE / "ansible_collections" / "fleetops" / "keepalive"
    plugins = "ansible_collections/fleetops/keepalive/plugins"
    return [
        ("ruff check", ["ruff", "check", *PYTHON]),
        ("ruff format", ["ruff", "format", "--check", *PYTHON]),
        (
            "mypy",
            [
                "env",
                "-C",
                str(places.SOURCE),
                "mypy",
                "--config-file",
                str(places.ROOT / "mypy.ini"),
                plugins,
            ],
        ),
        (
            "ansible-lint --profile production",
            ["ansible-lint", "--profile", "production", "--offline", "--strict", "-q"],
        ),
        (
            "yamllint",
            [
                "yamllint",
                "--strict",
                *(name for name in places.tracked_files() if name.endswith((".yml", ".yaml"))),
            ],
        ),
        ("antsibull-changelog lint", ["antsibull-changelog", "lint"]),
        (
            "antsibull-docs lint-collection-docs",
            ["antsibull-docs", "lint-collection-docs", "--plugin-docs", "--skip-rstcheck", str(collection)],
        ),
        ("shellcheck", ["shellcheck", "--severity=warning", *_shell_scripts()]),
    ]


def _shell_scripts():
    for name in places.tracked_files():
        with (places.ROOT / name).open("rb") as script:
            if script.read(len(SHELL)) == SHELL:
                yield name


def _environment():
    return dict(
        os.environ,
        PATH=f"{places.MAIN / 'bin'}:{os.environ['PATH']}",
        ANSIBLE_COLLECTIONS_PATH=str(places.SOURCE),
        ANSIBLE_HOME=str(places.BUILD / "ansible"),
        NO_COLOR="1",
    )


if __name__ == "__main__":
    main()
