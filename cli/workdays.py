"""`rectify workdays`: show, check, publish official calendars."""

from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from cli.files import file_problem, read_text
from cli.filters import actor_meant, actor_written
from cli.names import actor_said
from cli.output import BAD_INPUT, REFUSED, AsJson, Lang, fail, out, print_json, say, table
from cli.services import run, services
from desk.working_days import Published, publish
from engine.connection import Services
from models.actors import Actor
from models.campaign import PublishWorkingDays
from models.instants import show_instant
from models.plan import Plan
from models.refusals import Refused
from models.working_days import WorkingYear
from rules.clocks.working_days import is_provisional, official_until, official_year, years_reached
from rules.files.working_days_check import read_year, year_as_toml
from store.campaigns import campaigns
from store.working_days import Publication, publications

app = typer.Typer(help="Working days. 工作日。", no_args_is_help=True)
FilePath = Annotated[Path, typer.Argument(readable=False, help="A year, a TOML file. 年度安排文件（TOML）。")]
_STATES = {
    "published": ("已公布（本系统）", "published here"),
    "official": ("已公布（内置日历）", "official, built in"),
    "provisional": ("暂定（周一至周五）", "provisional: Monday to Friday"),
}


@app.command()
def show(
    year: Annotated[int | None, typer.Argument(min=1900, max=2200, help="One year with its days. 年份。")] = None,
    as_toml: Annotated[bool, typer.Option("--toml", help="The year as a file. 输出为文件格式。")] = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """By which calendar each year is counted; which years are provisional. 各年工作日的依据。"""
    with services(as_json=as_json) as found:
        known = {p.days.year: p for p in publications(found.engine)}
        years = [year] if year else _years_of_interest(found, known)
        plans = [one.plan for one in campaigns(found.engine)]
    rows = [_facts(number, known.get(number)) for number in years]
    if year is None:
        _show_years(rows, plans, as_json=as_json)
    elif as_toml and not as_json:
        _print_toml(year, known.get(year))
    elif as_json:
        print_json(rows[0])
    else:
        _show_years(rows, plans, as_json=False)
        for name, zh, en in (("off", "放假", "off"), ("on", "上班（周末）", "worked weekend days")):
            out().print(f"{say(zh, en)}: {' '.join(rows[0][name]) or '–'}", markup=False)


@app.command()
def check(file: FilePath, as_json: AsJson = False, lang: Lang = None) -> None:
    """Validate the calendar of a year; a wrong one is refused with file, line, field and remedy. 校验年度安排。"""
    days = _load(file, as_json=as_json)
    if as_json:
        print_json({**days.model_dump(mode="json"), "digest": days.digest})
        return
    zh = f"{days.year} 年安排有效：放假 {len(days.off)} 天，周末上班 {len(days.on)} 天"
    en = f"the calendar of {days.year} is valid: weekdays off {len(days.off)}, weekend days worked {len(days.on)}"
    out().print(f"[green]✓[/] {say(zh, en)}")


@app.command("publish")
def publish_file(
    file: FilePath,
    by: Annotated[str, typer.Option(help="office:name@territory, by id or name. 市安委会办公室经办人，编号或名称。")],
    reason: Annotated[str, typer.Option(help="By which notice or decision. 依据。")],
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Publish the calendar of a year; due instants ahead are counted anew (office only). 公布年度工作日安排。"""
    days = _load(file, as_json=as_json)
    typed = actor_written(by, as_json=as_json, code="invalid_option")
    asked = _command(days, Actor(role="office", name=typed.name, territory=typed.territory), reason, as_json=as_json)
    with services(as_json=as_json) as found:
        who = actor_meant(typed, [one.plan for one in campaigns(found.engine)], as_json=as_json)

        async def hand_in() -> Published | Refused:
            return await publish(await found.temporal(), found.engine, days, who, asked.reason)

        answer = run(hand_in())
    if isinstance(answer, Refused):
        fail(REFUSED, answer.model_dump(), as_json=as_json)
    if as_json:
        shown = {"new": answer.new, "campaigns": list(answer.campaigns)}
        print_json({**_facts(days.year, answer.publication), **shown})
        return
    told = " ".join(answer.campaigns) or say("无", "none")
    zh = f"{days.year} 年工作日安排{'已公布' if answer.new else '此前已公布'}；随之调整的行动：{told}"
    already = "" if answer.new else " already"
    en = f"the working days of {days.year} are published{already}; campaigns that follow: {told}"
    out().print(say(zh, en), markup=False)


def provisional_mark(marked: bool) -> str:
    """Behind a due instant that the publication of a calendar may still move."""
    return say("（暂定）", " (provisional)") if marked else ""


def _load(path: Path, *, as_json: bool) -> WorkingYear:
    answer = read_year(read_text(path, as_json=as_json), str(path))
    if isinstance(answer, WorkingYear):
        return answer
    told = ("working_days_invalid", f"年度安排 {path}", f"the calendar {path}")
    fail(BAD_INPUT, file_problem(*told, answer), as_json=as_json)


def _command(days: WorkingYear, by: Actor, reason: str, *, as_json: bool) -> PublishWorkingDays:
    """By whom and why, or exit 2 naming the option that is wrong."""
    try:
        return PublishWorkingDays.model_validate({"by": by, "reason": reason, "days": days, "command_id": "asked"})
    except ValidationError as error:
        e = error.errors()[0]
        message = f"--{e['loc'][0]}: {e['msg'].removeprefix('Value error, ')}"
        fail(BAD_INPUT, {"code": "invalid_option", "zh": message, "en": message}, as_json=as_json)


def _years_of_interest(found: Services, known: dict[int, Publication]) -> list[int]:
    """Those published here, the last one built in, and all that a campaign reaches into."""
    reached = {year for of in campaigns(found.engine) for year in years_reached(of.phases)}
    return sorted({*known, official_until(), *reached})


def _facts(year: int, published: Publication | None) -> dict[str, Any]:
    days = published.days if published else official_year(year)
    state = "published" if published else "provisional" if is_provisional(year) else "official"
    return {
        "year": year,
        "state": state,
        "provisional": state == "provisional",
        "source": days.source if days else None,
        "off": [str(day) for day in days.off] if days else [],
        "on": [str(day) for day in days.on] if days else [],
        "digest": published.digest if published else None,
        "by": published.by if published else None,
        "reason": published.reason if published else None,
        "published_at": show_instant(published.published_at) if published else None,
    }


def _show_years(rows: list[dict[str, Any]], plans: list[Plan], *, as_json: bool) -> None:
    if as_json:
        provisional = [row["year"] for row in rows if row["provisional"]]
        print_json({"years": rows, "provisional": provisional})
        return
    headers = (
        ("年份", "year"), ("状态", "state"), ("文件", "source"), ("放假", "off"), ("周末上班", "on"),
        ("公布人", "by"), ("依据", "reason"),
    )  # fmt: skip
    table(
        say("工作日", "Working days"),
        [say(*h) for h in headers],
        (
            (
                row["year"], say(*_STATES[row["state"]]), row["source"], len(row["off"]), len(row["on"]),
                row["by"] and actor_said(row["by"], plans), row["reason"],
            )
            for row in rows
        ),
    )  # fmt: skip


def _print_toml(year: int, published: Publication | None) -> None:
    days = published.days if published else official_year(year)
    if days is None:
        zh, en = f"{year} 年的安排尚未公布", f"the calendar of {year} is not published yet"
        fail(REFUSED, {"code": "year_provisional", "zh": zh, "en": en}, as_json=False)
    out().print(year_as_toml(days), markup=False, end="", soft_wrap=True)
