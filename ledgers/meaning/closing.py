"""What a ledger says of whether an item is done with: 整改情况, 复查结果, 销号日期, 隐患状态.

A ledger closes nothing here: rectification is declared and re-inspected (domain §4). But an item that its office calls
closed is not opened anew without a word. A cell is read clause by clause, so that 已整改2处，1处未整改 is open.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ledgers.cells import Cell, Spoilt, cell_text
from ledgers.fields import plain_header
from ledgers.meaning.dates import DayRead, Season, read_day
from ledgers.table.header import Header
from ledgers.words import folded, is_blank

State = Literal["", "open", "closed", "unclear"]
_CLAUSES = re.compile(r"[,，。;；、\n!！]+|但是?")
_NOT_A_LACK = re.compile(
    r"(?:暂|均|再)?(?:未|没有?|无)(?:再)?(?:发现|见|出现|新增)[^,，。;；]*|不(?:合格|符合)项|无(?:遗留|其他)?(?:问题|隐患)"
)
"""What sounds like a lack and is none: 未发现新的隐患, 不合格项已整改."""
_BRACKETS = re.compile(r"\([^)]*\)?")
_REQUIRED = re.compile(
    r"责令|要求|立即整改|限期|立刻|马上|计划|拟|将|准备|预计|争取|下一步|需要?|应|须|请|尽快|抓紧|继续"
)
_OPEN = re.compile(
    r"未|没|尚|不(?:合格|通过|到位|达标|同意|符合|彻底|予|能|行)|整改中|正在|[在]整改|进行中|办理中|处理中|跟踪|待|逾期|超期|延期|拒|"
    r"部分|打开|开启|开放|仍|^(?:否|×|X|✗|✘|N|NO|OPEN|FALSE|0|整改|限期整改|立即整改|已?受理|新增|在办)$"
)
_DONE = r"(?:完成|完毕|结束|到位|合格|通过|达标|销号|闭环|关闭|消除|办结|落实|完善|恢复)"
_DEED = r"(?:整改|治理|整治|复查|复核|验收|销号|闭环|关闭|消除|处理|处置|办理|改正|纠正|落实|检查)"
_CLOSED = re.compile(
    rf"(?:{_DONE}|{_DEED}{_DONE}|(?:均|都|全部|全|现|业|经.{{0,10}})?(?:已|己|以)(?:经|全部|全|按期|按时|及时|按要求|当场|现场|立即)*"
    rf"{_DEED}*{_DONE}*{_DEED}?(?:\d+[处项个条])?|同意.{{0,4}}(?:销号|闭环|验收|通过)?|符合(?:要求|规定|条件|标准)|正常|结案|验收|销号|"
    rf"(?:全部|均|当场|现场|按期|按时|及时|按要求){_DEED}+{_DONE}*|整改率?:?100%|100%?|1|1\.0|√|✓|✔|☑|是|Y|YES|OK|TRUE|CLOSED?|DONE|"
    rf".{{0,20}}(?:{_DEED}|{_DONE})(?:已|均)?{_DONE}|.{{0,20}}(?:已|己|均)(?:全部|全)?{_DEED})(?:了|了的)?"
)
_MENDED = re.compile(
    r"(?:现|均|都|全部|业|当场|现场)*(?:已|己)(?:经|全部|按要求|重新|及时|立即|当场|现场)*"
    r"(?:更换|换|清理|清除|清运|拆除|修复|修理|维修|修补|补|加装|加固|加设|增设|增补|安装|装|设置|配备|配齐|配置|张贴|悬挂|粘贴|恢复|"
    r"停用|报废|培训|调整|整理|疏通|移除|移走|搬|固定|接|封堵|检测|检定|校验|送检|重新|建立|完善|制定|修订|签订|改|纠|处理|开展)"
)
_ONLY_BEGUN = re.compile(
    r"(?:已|己)(?:经)?(?:下达|下发|发|上报|报|安排|责令|通知|要求|联系|列入|约谈|立案|移[交送]|告知|督促|制定.*(?:计划|方案)|"
    r"采购|订购|申请|停[工产业]|受理|登记|交办|转)"
)
_PERCENT = re.compile(r"(?:完成|整改率?)?:?(\d{1,3}(?:\.\d+)?)%")
_DAYS = re.compile(r".*(?:日期|时间|DATE)$")
_PERSON = re.compile(r".*(?:人|人员|签字|签名)$")
_ACTUALLY = re.compile(r"实际|复查|复核|复验|验收|销号|闭环|关闭|已")


@dataclass(frozen=True, slots=True)
class Closing:
    """What one line says of it: its state, and the words that say so, with their column's letters."""

    state: State
    said: str = ""
    letters: str | None = None
    contradicted: bool = False


class ClosingColumns:
    """The columns of a sheet that say whether an item is done with."""

    def __init__(self, header: Header, season: Season):
        has_due = header.of("due") is not None
        self._season = season
        self._columns = [(c.letters, _kind(c.header, has_due=has_due)) for c in header.columns if c.field == "progress"]

    def __bool__(self) -> bool:
        return bool(self._columns)

    def of(self, cells: tuple[Cell, ...]) -> Closing:
        """Open if a cell says so, else closed if one says so, else unclear if one says anything; cells in their order.

        `contradicted`: it is open, and another cell says that it is closed.
        """
        found = [
            Closing(state, cell_text(cell).strip()[:40], letters)
            for (letters, kind), cell in zip(self._columns, cells, strict=True)
            if cell is not None and kind != "person" and (state := self._state(cell, kind))
        ]
        states = {one.state for one in found}
        for state in ("open", "closed", "unclear"):
            if state in states:
                first = next(one for one in found if one.state == state)
                return Closing(state, first.said, first.letters, state == "open" and "closed" in states)
        return Closing("")

    def _state(self, cell: Cell, kind: str) -> State:
        if isinstance(cell, Spoilt):
            return "unclear" if cell.kind == "struck" else ""
        text = cell_text(cell).strip()
        if not text or is_blank(text):
            return ""
        if isinstance(read_day(cell, self._season), DayRead):
            return "closed" if kind == "day" else "unclear"
        return state_of(text)


def _kind(header: str, *, has_due: bool) -> str:
    """`state`, `day` (of what was done), `perhaps` (a day that may be the one by which it is to be done), `person`."""
    word = plain_header(header)
    if _DAYS.fullmatch(word):
        if re.search("复查|复核|复验", word):
            return "perhaps"  # looked at again; with which result is not said
        return "day" if has_due or _ACTUALLY.search(word) else "perhaps"
    return "person" if _PERSON.fullmatch(word) else "state"


@lru_cache(maxsize=10_000)
def state_of(text: str) -> State:
    """What the text of such a cell says: 已整改, 合格, 关闭; 未整改, 整改中, 不合格; unclear for what says neither."""
    if is_blank(text):
        return ""
    states = {_of_clause(word) for clause in _CLAUSES.split(text) if (word := folded(clause).strip(":：().·"))}
    for state in ("open", "closed"):
        if state in states:
            return state
    return "unclear"


def _of_clause(word: str) -> State:
    if percent := _PERCENT.fullmatch(word):
        return "closed" if float(percent[1]) >= 100 else "open"
    plain = _NOT_A_LACK.sub("", _BRACKETS.sub("", word))
    if not plain:
        return "closed"
    if _ONLY_BEGUN.search(plain):
        return "unclear"
    if _OPEN.search(plain) and not re.search("(?:已|己|均|全部)(?:按.{0,6})?(?:整改|消除|销号)", plain):
        return "open"
    if re.search("未(?:整改|完成|落实|到位|消除|销号|关闭)", plain):
        return "open"
    if _CLOSED.fullmatch(plain) or _MENDED.search(plain):
        return "closed"
    return "open" if _REQUIRED.search(plain) else "unclear"
