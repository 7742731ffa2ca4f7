"""Sliding windows over the captures of a series: sum, extremes and distinct values at O(1) a step.

Anchors are asked in order of time, so both ends of a window mostly move forward; where they do not, it starts anew.
"""

from __future__ import annotations

from collections import Counter, deque

from diagnose.condition.nodes import Ref
from diagnose.condition.series import Series
from diagnose.condition.timeline import Column
from diagnose.condition.values import number


class Cursor:
    """The rows low … high - 1 of a series. `unknown` counts those without a usable value."""

    def __init__(self, series: Series, column: Column, ref: Ref) -> None:
        self.rows, self.column, self.name = series.rows, column, ref.name
        self.clear(0)

    def slide(self, low: int, high: int) -> None:
        """Move to another window."""
        if low < self.low or high < self.high or low > self.high:
            self.clear(low)
        while self.high < high:
            self.enter(self.high)
            self.high += 1
        while self.low < low:
            self.leave(self.low)
            self.low += 1

    def clear(self, at: int) -> None:
        """Be the empty window at a row."""
        self.low = self.high = at
        self.unknown = 0

    def enter(self, index: int) -> None:
        """Take the next row in."""
        raise NotImplementedError

    def leave(self, index: int) -> None:
        """Let the first row go."""
        raise NotImplementedError

    def number(self, index: int) -> float | None:
        """The row's value as a number."""
        return number(self.column.capture(self.rows[index], self.name))


class Sum(Cursor):
    """The total; a row that stands for several counts as often."""

    def clear(self, at: int) -> None:
        super().clear(at)
        self.total = 0.0

    def enter(self, index: int) -> None:
        value = self.number(index)
        if value is None:
            self.unknown += 1
        else:
            self.total += value * self.column.counts[self.rows[index]]

    def leave(self, index: int) -> None:
        value = self.number(index)
        if value is None:
            self.unknown -= 1
        else:
            self.total -= value * self.column.counts[self.rows[index]]


class Peak(Cursor):
    """The greatest value times `sign`: -1 finds the least. Rows that a later, greater one hides are dropped at once."""

    sign = 1

    def clear(self, at: int) -> None:
        super().clear(at)
        self.candidates: deque[tuple[int, float]] = deque()

    def enter(self, index: int) -> None:
        value = self.number(index)
        if value is None:
            self.unknown += 1
            return
        value *= self.sign
        while self.candidates and self.candidates[-1][1] <= value:
            self.candidates.pop()
        self.candidates.append((index, value))

    def leave(self, index: int) -> None:
        if self.number(index) is None:
            self.unknown -= 1
        elif self.candidates and self.candidates[0][0] == index:
            self.candidates.popleft()


class Dip(Peak):
    """The least value, negated."""

    sign = -1


class Distinct(Cursor):
    """How often each value stands in the window, as text."""

    def clear(self, at: int) -> None:
        super().clear(at)
        self.values: Counter[str] = Counter()

    def enter(self, index: int) -> None:
        value = self.column.capture(self.rows[index], self.name)
        if value is None:
            self.unknown += 1
        else:
            self.values[str(value)] += 1

    def leave(self, index: int) -> None:
        value = self.column.capture(self.rows[index], self.name)
        if value is None:
            self.unknown -= 1
            return
        text = str(value)
        if self.values[text] == 1:
            del self.values[text]
        else:
            self.values[text] -= 1
