"""Every row of the edit tables through the modules' whole code on real files: OpenSSH confirms, check mode
predicts, once is enough."""

import pytest

import edit_tables
from oracle import Oracle


@pytest.fixture(name="oracle", scope="module")
def _oracle():
    found = Oracle()
    yield found
    found.close()


def named(rows):
    return [pytest.param(row, id=row.name) for row in rows]


def installed_release():
    oracle = Oracle()
    oracle.close()
    return oracle.releases


RELEASES = installed_release()
ROWS = [row for row in edit_tables.all_rows() if row.release == RELEASES[row.side]]


def runs(row, *checks):
    return [dict(row.options, _check=check) for check in checks]


@pytest.mark.parametrize("row", named(row for row in ROWS if not row.error))
def test_check_mode_predicts_what_the_module_does_once(oracle, row):
    (foretold, untouched), (done, after), (again, same) = oracle.manage(
        row.side, row.files, runs(row, True, False, False)
    )
    assert not done.get("failed"), done
    assert untouched == row.files
    assert after == same == row.after
    assert (foretold["diff"], foretold["files"], foretold["effective"]) == (
        done["diff"],
        done["files"],
        done["effective"],
    )
    assert (done["changed"], again["changed"]) == (row.files != row.after, False)
    assert done["effective"] == again["effective"] and done["verified"] == again["verified"]


@pytest.mark.parametrize("row", named(row for row in ROWS if row.error))
def test_a_refusal_changes_nothing(oracle, row):
    for result, files in oracle.manage(row.side, row.files, runs(row, True, False)):
        assert result["failed"] and "\n" not in result["msg"]
        assert files == row.files
        for words in row.error:
            assert words in result["msg"]


def test_enough_rows_are_for_the_installed_openssh():
    """Rows for other releases run in the unit tests alone; this says so if they should ever be most."""
    assert len(ROWS) >= 200, RELEASES
