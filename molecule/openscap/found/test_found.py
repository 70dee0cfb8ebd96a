"""Debian as it comes fails the scan, told and untold."""

import scap


def test_both_rules_fail(host):
    assert scap.scan(host, [(scap.TOLD, None), (scap.UNTOLD, None)]) == [("fail", "fail"), ("fail", "fail")]
