"""Chinese as a work-safety office writes it: what was found wrong once stands nowhere in the product's own words.

Looked at: every string of the product that has a Chinese sign, the templates, the plans' names, the Chinese README
and handbook and the generated documents. Words that a ledger may hold are other people's: they are read, not written.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from docs import generate
from rules.clocks.table import CLOCKS, Clock
from rules.words import terms
from rules.words.clock_words import DUTIES, duty_said, missed_said
from rules.words.refusals import REFUSALS
from rules.words.refusals_campaign import BEYOND_THE_CASE
from rules.words.terms import EVENTS
from tests.docs.documents import READMES
from web.words import WORDS

ROOT = generate.ROOT
ROOMS = (
    "activities",
    "api",
    "cli",
    "demo",
    "desk",
    "docs",
    "embedded",
    "engine",
    "ledgers",
    "models",
    "rules",
    "serving",
    "store",
    "views",
    "web",
    "workers",
    "workflows",
)
# words of other people's ledgers, which are read
READ_ONLY = {
    "ledgers/meaning/closing.py",
    "ledgers/meaning/nothing.py",
    "ledgers/synonyms.py",
    "ledgers/meaning/names.py",
}
OLD = {
    "立案": "纳入排查: 立案 is a term of penalty procedure",
    "撤案": "作废: 撤案 is one too",
    "轮到": "待办单位",
    "未了": "待办时限、未办结事项",
    "最急": "紧急事项、按紧急程度排序",
    "只读": "仅供查阅",
    "我方|我们的": "暂定值，待本市确认；系统暂按此理解",
    "假定": "暂定值",
    "通知所定|法律所定": "通知规定、法律法规规定",
    r"进入阶段": "进入集中整治阶段",
    "消灭": "依据 F1 已消除",
    "离开巩固": "退出巩固提高，恢复办理",
    "已决定[“”\"'）]?$": "已审批：同意／不同意",
    "作答": "已填写“三问”检查情况",
    "[已未]“回头看”": "已开展／未开展“回头看”",
    r"由 .{1,20} 于 .*前整改": "责令 F1 于2027年9月14日前整改到位，整改责任人：…",
    "^合规$|查明合规": "未发现问题",
    "待定(?![后=])": "暂缓适用",
    "改定性": "定性更正",
    "督办层级": "提醒至",
    "措施审批": "提请停产整顿、审批停产整顿",
    "现场时间": "现场检查时间",
    "每过此期": "逾期升级督办间隔",
    "(?<!的)现实危险": "有发生事故的现实危险",
    "没有这个地址": "页面不存在",
    "(?<!不)可用：": "可选：",
    "看不到|管不到": "无权查看、不属于本辖区管辖范围",
    "没有关闭事项": "关闭取缔事项中没有“断电”，可选：…",
    "依据: ": "依据：《通知》…",
    "下达命令|提交命令": "办理案件",
    "(?<!死亡)1—2人": "一次死亡1—2人",
    "本就|本来就": "原为工作日／原为休息日",
    "纸面|推演": "规则试算",
}
CHINESE = re.compile("[一-鿿]")


def own_words() -> Iterator[tuple[str, str]]:
    """Every text of the product with a Chinese sign, and where it stands."""
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            where = file.relative_to(ROOT).as_posix()
            if where not in READ_ONLY and "node_modules" not in where:
                yield from ((where, text) for text in _strings(file))
    files = [*(ROOT / "web" / "templates").glob("*.html"), *(ROOT / "campaigns").glob("*.toml")]
    files += [READMES["zh"], *generate.pages("zh")]
    files += [generate.STATES, generate.ACCESS, generate.COMMANDS, generate.ORDERS, generate.API]
    for file in files:
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            yield f"{file.name}:{number}", line


def _strings(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


TEXTS = [(where, text) for where, text in own_words() if CHINESE.search(text)]


@pytest.mark.parametrize("old", OLD, ids=list(OLD))
def test_no_old_phrase_is_left(old: str) -> None:
    left = [(where, text) for where, text in TEXTS if re.search(old, text)]
    assert not left, f"write {OLD[old]}"


def _bare(sentence: str) -> str:
    """The sentence without the facts that are filled in."""
    return "".join(literal for literal, _, _, _ in Formatter().parse(sentence))


@pytest.mark.parametrize("sentences", [REFUSALS, BEYOND_THE_CASE, EVENTS], ids=["case", "beyond", "events"])
def test_no_english_word_stands_in_a_chinese_sentence(sentences: dict[str, tuple[str, ...]]) -> None:
    """But for a command line that is to be typed."""
    chinese = {code: _bare(said[-2]) for code, said in sentences.items()}
    assert {c: zh for c, zh in chinese.items() if re.search("[A-Za-z]", re.sub("rectify [a-z ]+", "", zh))} == {}


@pytest.mark.parametrize("of", DUTIES)
def test_every_duty_is_said_ahead_and_in_arrears(of: str) -> None:
    for said in (duty_said(of, "close-2"), missed_said(of, "close-2")):
        assert CHINESE.search(said.zh) and not CHINESE.search(said.en) and not re.search("[a-z]", said.zh)


def test_every_clock_of_the_table_has_its_words() -> None:
    assert set(CLOCKS) == set(get_args(Clock)) == set(terms.CLOCKS)
    assert set(DUTIES) == set(terms.DUTIES) == {*CLOCKS, "proposal"}


def test_no_word_of_the_pages_is_said_twice() -> None:
    """Of two files that name one key, one would win unseen."""
    said: list[str] = []
    for file in (ROOT / "web").rglob("*words.py"):
        if "node_modules" not in file.parts:
            said += _keys(file)
    assert set(said) >= {key for key in WORDS if not key.startswith("month_")}
    assert sorted({key for key in said if said.count(key) > 1}) == []


def _keys(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Dict):
            yield from (str(key.value) for key in node.keys if isinstance(key, ast.Constant))
