# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which idle times to try next, and what the answers mean. Pure; times are seconds."""

MOST_ROUNDS = 4
SHORTEST = 5.0
_SAME = 0.001


class Ladder:
    """The search for the longest idle time that a path survives.

    longest: the longest worth knowing; precision: how far apart, as a share of the timeout, the two sides of
    it may stay;
    width: how many times to try at once; first: the times of the first round, None for a geometric row up to
    longest.
    """

    def __init__(self, longest, precision, width, first=None):
        self.longest, self.precision, self.width = float(longest), precision, width
        self.first = sorted(first) if first else self._row(self._shortest(), self.longest, width)
        self.rounds = 0
        self._lived, self._died = [], []

    @property
    def lived(self):
        """The longest idle time survived; 0 for none."""
        return max(self._lived) if self._lived else 0.0

    @property
    def died(self):
        """The shortest idle time not survived, of those that no longer survivor contradicts; None for
        none."""
        return min([seconds for seconds in self._died if seconds > self.lived] or [0.0]) or None

    def add(self, lived, died):
        """Take in what became of the times of one round."""
        self._lived += lived
        self._died += died
        self.rounds += 1

    def next(self):
        """The times to try in the next round, ascending; empty when the answer is good enough or cannot get
        better."""
        if self.rounds == 0:
            return self.first
        if self.rounds == MOST_ROUNDS or self._is_settled():
            return []
        if self.died is None:
            return self._row(self.lived or self._shortest(), self.longest, self.width + 1)[1:]
        return self._between(self.lived, self.died)

    def _is_settled(self):
        if self.died is None:
            return self.lived >= self.longest - _SAME
        return self.died - self.lived <= self.precision * self.died

    def _shortest(self):
        return min(SHORTEST, self.longest / 2)

    def _row(self, shortest, longest, width):
        """width times from shortest to longest, each by the same factor longer than the one before."""
        factor = (longest / shortest) ** (1.0 / max(width - 1, 1))
        return [shortest * factor**step for step in range(width - 1)] + [longest]

    def _between(self, lived, died):
        step = (died - lived) / (self.width + 1)
        return [lived + step * number for number in range(1, self.width + 1)]

    @property
    def estimate(self):
        """The path's idle timeout, in the middle of what is known; None where nothing died."""
        return None if self.died is None else round((self.lived + self.died) / 2, 1)
