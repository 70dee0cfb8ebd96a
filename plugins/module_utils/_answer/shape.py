# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape that an answer has to have, and what is left of an answer once it was held against it.

fit() copies what a shape names and nothing else, so that behind it there are only values of known types,
forms and sizes. Ansible's own
ArgumentSpecValidator is for options that a person writes: it turns values into the wanted type (a dict into
its text, 'yes' into true),
refuses unknown keys instead of dropping them, and knows neither lengths, forms, free keys nor null.
"""

import re

from . import text as texts

#: How many values, and how many characters, one answer may hold in all.
MOST_VALUES = 2000000
MOST_CHARACTERS = 64 << 20


class Unfit(ValueError):
    """An answer that is not what was asked for; the text says where in it, and why."""


class _Budget:
    """What is left of the size of one answer."""

    def __init__(self):
        self.values, self.characters = MOST_VALUES, MOST_CHARACTERS

    def take(self, characters=0):
        self.values -= 1
        self.characters -= characters
        if self.values < 0 or self.characters < 0:
            raise Unfit(
                "it holds more than %d values or %d MiB of text" % (MOST_VALUES, MOST_CHARACTERS >> 20)
            )


def fit(shape, answer):
    """The part of an answer that a shape names, as new plain data. Raises Unfit."""
    return shape.fit(answer, "", _Budget())


class Flag:
    """True or false."""

    def fit(self, value, where, budget):
        budget.take()
        if not isinstance(value, bool):
            raise _is_not(where, "true or false")
        return value


class Number:
    """A number from least to most; whole: without a fraction."""

    def __init__(self, least, most, whole=True):
        self.least, self.most, self.kinds = least, most, (int,) if whole else (int, float)

    def fit(self, value, where, budget):
        budget.take()
        if (
            isinstance(value, bool)
            or not isinstance(value, self.kinds)
            or not self.least <= value <= self.most
        ):
            raise _is_not(
                where,
                "a %snumber from %s to %s" % ("" if float in self.kinds else "whole ", self.least, self.most),
            )
        return value


class Text:
    """Text for people, one line or several, without characters that do something to a terminal; what is
    beyond `most` is cut off and counted.

    says_something: whether it must be more than spaces.
    """

    def __init__(self, most=4000, several_lines=False, says_something=False):
        self.most, self.shown, self.says_something = (
            most,
            texts.lines if several_lines else texts.line,
            says_something,
        )

    def fit(self, value, where, budget):
        if not isinstance(value, str):
            raise _is_not(where, "text")
        if self.says_something and not value.strip():
            raise _is_not(where, "a sentence")
        budget.take(len(value))
        missing = len(value) - self.most
        return self.shown(value[: self.most]) + ("... (%d more characters)" % missing if missing > 0 else "")


class Word:
    """Text of a form, a regular expression that all of it has to match; what: the form in words."""

    def __init__(self, form, what):
        self.form, self.what = re.compile("(?:%s)\\Z" % form), what

    def fit(self, value, where, budget):
        if not isinstance(value, str) or not self.form.match(value):
            raise _is_not(where, self.what)
        budget.take(len(value))
        return str(value)


class Maybe:
    """Null, or what another shape asks for."""

    def __init__(self, shape):
        self.shape = shape

    def fit(self, value, where, budget):
        return None if value is None else self.shape.fit(value, where, budget)


class ListOf:
    """A list whose items all have one shape."""

    def __init__(self, shape, most):
        self.shape, self.most = shape, most

    def fit(self, value, where, budget):
        if not isinstance(value, list):
            raise _is_not(where, "a list")
        if len(value) > self.most:
            raise Unfit("%s has %d items, more than %d" % (where, len(value), self.most))
        budget.take()
        return [self.shape.fit(item, "%s[%d]" % (where, number), budget) for number, item in enumerate(value)]


class Sentences:
    """A list of lines for people: the first ones, and a line that counts the rest."""

    def __init__(self, most, characters=1000):
        self.most, self.line = most, Text(characters)

    def fit(self, value, where, budget):
        if not isinstance(value, list):
            raise _is_not(where, "a list")
        budget.take()
        shown = [
            self.line.fit(item, "%s[%d]" % (where, number), budget)
            for number, item in enumerate(value[: self.most])
        ]
        return shown + (["... (%d more)" % (len(value) - self.most)] if len(value) > self.most else [])


class DictOf:
    """A dict with keys of one shape and values of another."""

    def __init__(self, key, shape, most):
        self.key, self.shape, self.most = key, shape, most

    def fit(self, value, where, budget):
        if not isinstance(value, dict):
            raise _is_not(where, "a dict")
        if len(value) > self.most:
            raise Unfit("%s has %d keys, more than %d" % (where, len(value), self.most))
        budget.take()
        return dict(
            (
                self.key.fit(key, "a key of %s" % where, budget),
                self.shape.fit(item, "%s.%s" % (where, _shown(key)), budget),
            )
            for key, item in value.items()
        )


class Record:
    """A dict of known keys: required and optional ones, each with its shape. Keys beyond these are dropped.

    may_fail: with failed: true only that and msg, the reason, are required.
    """

    def __init__(self, required, optional=None, may_fail=False):
        self.required, self.optional, self.may_fail = required, dict(optional or {}), may_fail
        if may_fail:
            self.optional.update(failed=Flag(), msg=Text(says_something=True))

    def fit(self, value, where, budget):
        if not isinstance(value, dict):
            raise _is_not(where, "a dict")
        budget.take()
        required = {"msg"} if self.may_fail and value.get("failed") is True else set(self.required)
        missing = sorted(key for key in required if key not in value)
        if missing:
            raise Unfit("%s is missing" % _joined(where, missing[0]))
        shapes = dict(self.optional, **self.required)
        return dict(
            (key, shapes[key].fit(item, _joined(where, key), budget))
            for key, item in value.items()
            if key in shapes
        )


def _joined(where, key):
    return "%s.%s" % (where, key) if where else key


def _shown(key):
    return texts.line(str(key)[:40])


def _is_not(where, what):
    return Unfit("%s is not %s" % (where or "it", what))
