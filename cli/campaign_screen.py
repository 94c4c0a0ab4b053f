"""What one screen says of a campaign: its phases with today, and what happens next."""

from datetime import datetime, timedelta
from typing import Any

from rich.table import Table

from cli.names import actor_said
from cli.output import say
from models.instants import day_of, say_due, say_instant
from models.plan import Plan
from store.campaigns import Campaign
from store.opening import NotOpened

_MOST_SHOWN = 5


def phase_bar(of: Campaign, now: datetime, width: int = 60) -> Table:
    """Every phase as long as it is, full up to today; a mark at the phase of today."""
    first, last = of.phases[0].begins_at, of.phases[-1].ends_at
    whole = max((last - first).total_seconds(), 1)
    shown = Table.grid(padding=(0, 1))
    for p in of.phases:
        cells = max(1, round((p.ends_at - p.begins_at).total_seconds() / whole * width))
        begun = min(cells, max(0, round((now - p.begins_at).total_seconds() / whole * width)))
        before = round((p.begins_at - first).total_seconds() / whole * width)
        named = of.plan.phase(p.id)
        mark = "▶" if p.begins_at <= now < p.ends_at else " "
        days = f"{day_of(p.begins_at):%m-%d} – {day_of(p.ends_at - timedelta(microseconds=1)):%m-%d}"
        shown.add_row(mark, say(named.zh, named.en), days, " " * before + "█" * begun + "░" * (cells - begun))
    return shown


def next_boundary(of: Campaign, now: datetime) -> tuple[datetime, str] | None:
    ahead = [(p.begins_at, p.id) for p in of.phases if p.begins_at > now]
    ahead += [(of.phases[-1].ends_at, "completion")] if of.phases[-1].ends_at > now else []
    return min(ahead, default=None)


def next_lines(
    of: Campaign,
    now: datetime,
    following: tuple[datetime, str] | None,
    due_soon: dict[str, int],
    missed: dict[str, int],
) -> list[str]:
    lines: list[str] = []
    if following:
        at, what = following
        phase = next((p for p in of.plan.phases if p.id == what), None)
        zh, en = (f"进入{phase.zh}", f"begins: {phase.en}") if phase else ("行动结束", "the campaign completes")
        days, said = (at - now).days, say_instant(at) if phase else say_due(at)
        lines.append(say(f"{days} 天后（{said}）{zh}", f"in {days} days ({said}) {en}"))
    soon = (due_soon.get("rectification", 0), due_soon.get("duty", 0))
    zh, en = (
        f"7 天内到期：整改 {soon[0]}，职责 {soon[1]}",
        f"due within 7 days: {soon[0]} rectifications, {soon[1]} duties",
    )
    lines.append(say(zh, en))
    late = (missed.get("rectification", 0), missed.get("duty", 0))
    lines.append(say(f"已逾期：整改 {late[0]}，职责 {late[1]}", f"overdue: {late[0]} rectifications, {late[1]} duties"))
    return lines


def not_opened_lines(left: tuple[NotOpened, ...]) -> list[str]:
    """The first subjects whose opening did not come about, each with the code that says why."""
    lines = [
        say(f"未能纳入排查：{s.subject_id} {s.name}，{s.code}", f"not opened: {s.subject_id} {s.name}, {s.code}")
        for s in left[:_MOST_SHOWN]
    ]
    if len(left) > _MOST_SHOWN:
        lines.append(say("还有未能纳入排查的，见 --json", "more were not opened: see --json"))
    return lines


def last_move_line(moves: list[dict[str, Any]], plan: Plan) -> str:
    """How often the calendar was moved, and what the last move was: of a boundary, or a year that was published."""
    last = moves[-1]
    zh, en = f"日程已调整 {len(moves)} 次，最近一次", f"calendar moved {len(moves)} time(s), last"
    if year := last["year"]:
        zh, en = f"{zh}为公布 {year} 年工作日", f"{en}: the working days of {year} published"
    by = actor_said(last["by"], [plan])
    return say(f"{zh}：{by}，{last['reason']}", f"{en} by {by}: {last['reason']}")
