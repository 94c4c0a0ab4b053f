"""Plots as places on a sheet: lines, and bars that stand on one another; a template draws them as SVG.

The sheet is small, so that its writing can still be read where it is shrunk to a telephone.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import accumulate
from math import ceil, log10
from typing import NamedTuple

WIDTH, HEIGHT = 420, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 10, 10, 28
_FEWEST_PLACES = 8
"""Where weeks are few, room is kept to the right: a campaign's first week is no wall."""
_DATES = 5
_STEPS = (1, 2, 5, 10)
_ROWS = 4


class Line(NamedTuple):
    """A series: the line from week to week in pieces (broken where there is no number), and its points."""

    name: str
    pieces: tuple[str, ...]
    points: tuple[tuple[float, float], ...]


class Bar(NamedTuple):
    """A week of a series, on those of the series before it."""

    name: str
    x: float
    y: float
    width: float
    height: float


class Plot(NamedTuple):
    """What is drawn, and the scales: numbers by their height, days by their place; `has_data`: something to draw."""

    lines: tuple[Line, ...]
    bars: tuple[Bar, ...]
    heights: tuple[tuple[float, int], ...]
    days: tuple[tuple[float, date], ...]
    has_data: bool
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    ground: int = HEIGHT - _BOTTOM
    width: int = WIDTH
    height: int = HEIGHT


def line_plot(series: Mapping[str, Sequence[float | None]], days: Sequence[date], top: int | None = None) -> Plot:
    """A line for each series; the scale ends with `top`, else with the largest number, and then noughts are no data."""
    numbers = [number for values in series.values() for number in values if number is not None]
    steps = _scale(max(numbers, default=0)) if top is None else [top * n // _ROWS for n in range(_ROWS + 1)]
    lines = tuple(_line(name, values, len(days), steps[-1]) for name, values in series.items())
    return Plot(lines, (), _heights(steps), _days(days), any(numbers) if top is None else bool(numbers))


def bar_plot(series: Mapping[str, Sequence[int]], days: Sequence[date]) -> Plot:
    """A bar for each week, of as many parts as there are series, the first one at the foot."""
    whole = [sum(parts) for parts in zip(*series.values(), strict=True)]
    steps = _scale(max(whole, default=0))
    thick = min(_step(len(days)) * 0.72, 30)
    bars: list[Bar] = []
    for week in range(len(whole)):
        tops = [0, *accumulate(values[week] for values in series.values())]
        for name, low, high in zip(series, tops, tops[1:], strict=False):
            if high > low:
                foot, head = _height(low, steps[-1]), _height(high, steps[-1])
                left = round(_place(week, len(days)) - thick / 2, 1)
                bars.append(Bar(name, left, head, round(thick, 1), round(foot - head, 1)))
    return Plot((), tuple(bars), _heights(steps), _days(days), any(whole))


def _line(name: str, values: Sequence[float | None], count: int, top: int) -> Line:
    pieces: list[list[tuple[float, float]]] = [[]]
    for week, number in enumerate(values):
        if number is None:
            pieces.append([])
        else:
            pieces[-1].append((_place(week, count), _height(number, top)))
    drawn = tuple(" ".join(f"{x},{y}" for x, y in piece) for piece in pieces if len(piece) > 1)
    return Line(name, drawn, tuple(point for piece in pieces for point in piece))


def _step(count: int) -> float:
    return (WIDTH - _LEFT - _RIGHT) / max(count, _FEWEST_PLACES)


def _place(week: int, count: int) -> float:
    return round(_LEFT + (week + 0.5) * _step(count), 1)


def _height(number: float, top: int) -> float:
    ground = HEIGHT - _BOTTOM
    return round(ground - (ground - _TOP) * number / top, 1)


def _scale(most: float) -> list[int]:
    """Whole numbers at equal steps of 1, 2 or 5 times a power of ten, from 0 to the largest number or a little more."""
    rough = max(most / _ROWS, 1)
    power = 10 ** int(log10(rough))
    step = next(step * power for step in _STEPS if step * power >= rough)
    return [step * n for n in range(max(ceil(most / step), 1) + 1)]


def _heights(steps: list[int]) -> tuple[tuple[float, int], ...]:
    return tuple((_height(step, steps[-1]), step) for step in steps)


def _days(days: Sequence[date]) -> tuple[tuple[float, date], ...]:
    """Some of the weeks by the day on which they end, the last one among them."""
    every = max(ceil(len(days) / _DATES), 1)
    return tuple((_place(n, len(days)), day) for n, day in enumerate(days) if (len(days) - 1 - n) % every == 0)
