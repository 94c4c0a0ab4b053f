"""The file of an enterprise's own ledger: its rows as the form holds them, and what of it was left out, and why."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from starlette.datastructures import UploadFile

from ledgers.book import LedgerProblem
from ledgers.own_ledger import OWN_COLUMNS, OwnLedger, OwnUnit, WrongDay, own_rows, wrong_days
from ledgers.reading.read import read_book
from models.actors import Actor
from models.instants import day_of
from rules.words.naming import Both
from serving.backing import Backing
from serving.forms import Posted
from serving.problems import Trouble, WrongField
from store.campaigns import Campaign
from store.subject_search import find_subject, standing_for

_MOST_TOLD = 10
"""Sentences about rows that could not be read."""


class Came(NamedTuple):
    """What came in a file: the form's values, the cells that should be days and are none, what was left out."""

    posted: Posted
    wrong: list[WrongField]
    left_out: tuple[Both, ...]


def rows_of_file(
    behind: Backing, file: UploadFile, campaign: Campaign, who: Actor, most: int, *, after: int = 0
) -> Came:
    """The rows of the own unit, to be looked at before any is kept. Trouble for no ledger, or one of others alone.

    `after`: how many rows the form has before them.
    """
    with tempfile.TemporaryDirectory(prefix="own-ledger-") as folder:
        path = Path(folder) / "ledger"  # what it is its content says
        path.write_bytes(file.file.read())
        book = read_book(path)
    if isinstance(book, LedgerProblem):
        zh, en = book.sentence()
        raise Trouble(422, book.code, zh, en)
    first, last = campaign.phases[0].begins_at, campaign.phases[-1].ends_at
    unit = _unit(behind, who)
    read = own_rows(book, day_of(first), day_of(last), most + 1, unit)
    left_out = tuple(_left_out(read, unit))
    if not read.rows:
        raise _no_rows(left_out)
    if len(read.rows) > most:
        zh, en = f"表中还能读入 {most} 项，请分成几个文件", f"the form takes {most} more rows: send them in parts"
        raise Trouble(422, "too_many_rows", zh, en)
    cells = ((n, name, getattr(row, name)) for n, row in enumerate(read.rows, after) for name in OWN_COLUMNS)
    posted = {f"rows.{n}.{name}": [str(value)] for n, name, value in cells if value}
    return Came(posted, [_no_day(after + n, wrong) for n, wrong in wrong_days(read.rows)], left_out)


def _unit(behind: Backing, who: Actor) -> OwnUnit:
    """The own subject as the register has it, under its own name and under that of whoever stands for it."""
    own, engine = who.subject or "", behind.records  # asked for by the id that the session has
    known = [found for one in dict.fromkeys((own, standing_for(engine, own))) if (found := find_subject(engine, one))]
    return OwnUnit(tuple(one.name for one in known), tuple(one.code for one in known if one.code))


def _left_out(read: OwnLedger, unit: OwnUnit) -> Iterator[Both]:
    if read.of_others:
        zh = f"文件有“{read.units}”一列，其他单位的 {read.of_others} 行未读取"
        en = f"the file has a column {read.units}; left out, as of other units: {read.of_others}"
        names = Both("、".join(unit.names), ", ".join(unit.names))
        registered = Both(f"（本单位登记名称：{names.zh}）", f" (yours is registered as {names.en})")
        yield Both(zh + registered.zh, en + registered.en) if unit.names else Both(zh, en)
    if read.nothing_found:
        zh = f"写明未发现问题的 {read.nothing_found} 行未读取，无须登记"
        yield Both(zh, f"left out, as nothing was found: {read.nothing_found}; such rows are not kept")
    for one in read.lost[:_MOST_TOLD]:
        yield Both(f"文件第 {one.shown_rows} 行：{one.zh}", f"row {one.shown_rows} of the file: {one.en}")


def _no_rows(left_out: tuple[Both, ...]) -> Trouble:
    """422 for a file without a table that could be read, or without a row to keep."""
    if left_out:
        zh, en = "；".join(one.zh for one in left_out), "; ".join(one.en for one in left_out)
        return Trouble(422, "no_own_rows", f"文件中没有可登记的条目：{zh}", f"the file has no row to keep: {en}")
    zh, en = (
        "文件中没有找到台账：须有“发现的问题”和“发现日期”两列",
        "the file has no ledger: the columns “What was found” and “Found on” are needed",
    )
    return Trouble(422, "no_ledger", zh, en)


def no_days(rows: int, wrong: list[WrongField]) -> Trouble:
    """422 where some days of what was read are none."""
    zh = f"已从文件读取 {rows} 项，其中 {len(wrong)} 处日期有误，请在下方更正后登记"
    en = f"{rows} rows were read; {len(wrong)} of their days are none: mend them below, then keep the rows"
    return Trouble(422, "invalid_input", zh, en, errors=wrong)


def _no_day(row: int, wrong: WrongDay) -> WrongField:
    """A cell that should be a day, at the field that stays empty for it."""
    at = {"zh": f"文件 {wrong.place} 单元格{wrong.zh}", "en": f"cell {wrong.place} of the file: {wrong.en}"}
    remedy = {"remedy_zh": "请填写日期", "remedy_en": "write the day here"}
    return WrongField(field=f"rows.{row}.{wrong.column}", **at, **remedy)
