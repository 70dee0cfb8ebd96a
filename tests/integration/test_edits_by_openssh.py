"""The edit tables held against OpenSSH: what it reports after each edit, and that no other keyword's value
has changed."""

import pytest

import edit_tables
from oracle import Oracle

ROWS = [row for row in edit_tables.all_rows() if row.questions]
INSTALLED = Oracle()


def ask(row, files):
    asked = [question["ask"] for question in row.questions]
    if row.side == "sshd":
        return INSTALLED.sshd(files, [None if question == "global" else question for question in asked])
    return INSTALLED.ssh(files, asked)


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
def test_openssh_reports_what_the_row_says(row):
    answers = ask(row, row.after)
    for question, answer in zip(row.questions, answers):
        assert answer.ok, answer.message
        for keyword, value in question["expect"].items():
            assert answer.values.get(keyword) == value, question
    for before, after in zip(ask(row, row.files), answers):
        if before.ok:
            changed = {
                name
                for name in set(before.values) | set(after.values)
                if before.values.get(name) != after.values.get(name)
            }
            assert changed <= edit_tables.keywords(row)


def test_rows_are_asked():
    assert len(ROWS) >= 100
