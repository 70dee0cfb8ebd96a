"""Every row of the edit tables: exact bytes, nothing left to do on the second run, refusals that name what
they mean."""

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.errors import KeepaliveError

import edit_tables

ROWS = edit_tables.all_rows()


def named(rows):
    return [pytest.param(row, id=row.name) for row in rows]


@pytest.mark.parametrize("row", named(row for row in ROWS if not row.error))
def test_edit_is_exact_and_done_once(row):
    after, warnings, _plan = edit_tables.run(row, row.files)
    assert after == row.after
    again, _warnings, plan = edit_tables.run(row, after)
    assert again == after and plan.edits == []
    for words in row.warns:
        assert any(words in warning for warning in warnings), warnings


@pytest.mark.parametrize("row", named(row for row in ROWS if row.error))
def test_refusal_says_what_is_wrong(row):
    with pytest.raises(KeepaliveError) as refusal:
        edit_tables.run(row, row.files)
    for words in row.error:
        assert words in str(refusal.value)


def test_tables_are_there():
    assert len(ROWS) >= 60
    assert all(row.error or row.says_after for row in ROWS)
