"""Shapes: what fits, what is dropped, what is refused and in which words; and text that a terminal only
shows."""

import re
import sys

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._answer import results, shape, text
from ansible_collections.fleetops.keepalive.plugins.module_utils._answer.shape import (
    DictOf,
    Flag,
    ListOf,
    Maybe,
    Number,
    Record,
    Sentences,
    Text,
    Word,
)
from hypothesis import given
from hypothesis import strategies as st

HOST = Record(
    {"name": Text(10), "ports": ListOf(Number(1, 65535), 3)},
    {"old": Flag(), "note": Maybe(Text())},
    may_fail=True,
)


def test_what_fits_is_copied_and_the_rest_is_dropped():
    answer = {
        "name": "web",
        "ports": [22],
        "note": None,
        "ansible_facts": {"environment": "lab"},
        "_ansible_verbose_always": True,
    }
    fitted = shape.fit(HOST, answer)
    assert fitted == {"name": "web", "ports": [22], "note": None}
    fitted["ports"].append(23)
    assert answer["ports"] == [22]


REFUSED = [
    (None, "it is not a dict"),
    ([], "it is not a dict"),
    ({}, "name is missing"),
    ({"name": "web"}, "ports is missing"),
    ({"name": 5, "ports": []}, "name is not text"),
    ({"name": ["web"], "ports": []}, "name is not text"),
    ({"name": "web", "ports": "22"}, "ports is not a list"),
    ({"name": "web", "ports": [1, 2, 3, 4]}, "ports has 4 items, more than 3"),
    ({"name": "web", "ports": [22, 0]}, "ports[1] is not a whole number from 1 to 65535"),
    ({"name": "web", "ports": [True]}, "ports[0] is not a whole number from 1 to 65535"),
    ({"name": "web", "ports": [22.0]}, "ports[0] is not a whole number from 1 to 65535"),
    ({"name": "web", "ports": [], "old": 1}, "old is not true or false"),
    ({"failed": True}, "msg is missing"),
    ({"failed": "yes", "msg": "no"}, "name is missing"),
    ({"failed": True, "msg": 5}, "msg is not text"),
    ({"failed": True, "msg": " \n"}, "msg is not a sentence"),
    ({"failed": True, "msg": "no", "ports": "22"}, "ports is not a list"),
]


@pytest.mark.parametrize("answer, sentence", REFUSED, ids=[sentence for _answer, sentence in REFUSED])
def test_what_does_not_fit_is_named(answer, sentence):
    with pytest.raises(shape.Unfit, match="^%s$" % re.escape(sentence)):
        shape.fit(HOST, answer)


def test_only_who_may_fail_is_excused_by_a_failure():
    assert shape.fit(HOST, {"failed": True, "msg": "no", "changed": False}) == {"failed": True, "msg": "no"}
    with pytest.raises(shape.Unfit):
        shape.fit(Record({"name": Text()}), {"failed": True, "msg": "no"})


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -1.0, 10**400, "1"])
def test_a_number_is_one_that_can_be(number):
    with pytest.raises(shape.Unfit):
        shape.fit(Number(0, 100, whole=False), number)


def test_a_word_has_its_form_to_the_last_character():
    token = Word("[0-9a-f]{4}", "four hexadecimal digits")
    assert shape.fit(token, "00ff") == "00ff"
    for wrong in ("00ff\n", "00FF", "-oProxyCommand=id", "00ff0", "", None, 15):
        with pytest.raises(shape.Unfit, match="it is not four hexadecimal digits"):
            shape.fit(token, wrong)


def test_keys_have_a_shape_too():
    pairs = DictOf(Word("[a-z]+", "a keyword"), Text(), 2)
    assert shape.fit(pairs, {"a": "b"}) == {"a": "b"}
    with pytest.raises(shape.Unfit, match="a key of it is not a keyword"):
        shape.fit(Record({"it": pairs}), {"it": {"{{ 7 * 7 }}": "x"}})
    with pytest.raises(shape.Unfit, match="has 3 keys, more than 2"):
        shape.fit(pairs, dict.fromkeys("abc", ""))


def test_long_text_is_cut_and_counted():
    assert shape.fit(Text(5), "123456789") == "12345... (4 more characters)"
    assert shape.fit(Text(5), "\x1b" * 6) == r"\x1b" * 5 + "... (1 more characters)"


def test_lines_for_people_are_as_many_as_people_read():
    assert shape.fit(Sentences(2, 5), ["one", "two\n", "three", 4]) == ["one", r"two\x0a", "... (2 more)"]
    with pytest.raises(shape.Unfit, match=r"warnings\[0\] is not text"):
        shape.fit(Record({"warnings": Sentences(2)}), {"warnings": [5]})


def test_an_answer_has_a_size(monkeypatch):
    monkeypatch.setattr(shape, "MOST_VALUES", 10)
    monkeypatch.setattr(shape, "MOST_CHARACTERS", 100)
    flags, texts = ListOf(Flag(), 1000), ListOf(Text(), 1000)
    shape.fit(flags, [True] * 9)
    for kind, answer in ((flags, [True] * 10), (texts, ["x" * 51] * 2)):
        with pytest.raises(shape.Unfit, match="it holds more than 10 values or 0 MiB of text"):
            shape.fit(kind, answer)


def test_depth_does_not_matter():
    nested = leaf = []
    for _level in range(sys.getrecursionlimit() * 3):
        leaf.append([])
        leaf = leaf[0]
    assert shape.fit(Record({}), {"deep": nested}) == {}
    with pytest.raises(shape.Unfit):
        shape.fit(HOST, {"name": nested, "ports": nested})


@given(st.text())
def test_a_terminal_only_shows_it(dirty):
    assert not re.search(
        "[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text.line(dirty)
    )
    assert not re.search(
        "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]|\r(?!\n)", text.lines(dirty)
    )
    text.line(dirty).encode()


@given(st.text())
def test_what_is_clean_stays_as_it_is(clean):
    assert text.line(text.line(clean)) == text.line(clean)
    assert text.lines(text.lines(clean)) == text.lines(clean)


def test_ends_of_lines_of_windows_are_no_harm():
    assert text.lines("a\r\nb\tc\n") == "a\r\nb\tc\n"
    assert text.lines("a\rb\x1b[2J") == r"a\x0db\x1b[2J"
    assert text.line("a\nb") == r"a\x0ab"


@pytest.mark.parametrize(
    "answer",
    [
        {"server": {"provenance": 5}},
        {"server": {}},
        {"server": "x"},
        {"users": [1]},
        {"unreadable": None},
        {},
    ],
)
def test_what_is_odd_is_no_result_of_keepalive_info(answer):
    with pytest.raises(shape.Unfit):
        shape.fit(results.keepalive_info(["server", "client"], []), answer)
