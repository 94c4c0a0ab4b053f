"""What a page says of a row names no option of the command line, and keeps all else (3.1.ledger)."""

import re
from collections import defaultdict

import pytest

from ledgers.errors import ERRORS
from ledgers.remarks import WARNINGS
from views.ledger_words import on_page

OPTION = "--value '触电，漏=…'"
FACTS = {
    "option": OPTION,
    "or_zh": f"，或用 {OPTION} 统一指定",
    "or_en": f", or say once which with {OPTION}",
    "offer": "“情况”像是；",
    "offer_en": "'x' looks like it; ",
    "known": "650202 独山子区、650203 克拉玛依区",
    "near_en": " (near V01)",
}


def filled(sentence: str) -> str:
    return sentence.format_map(defaultdict(lambda: "X", FACTS))


@pytest.mark.parametrize("code", {**ERRORS, **WARNINGS})
def test_every_sentence_is_whole_without_the_option(code: str) -> None:
    for sentence in {**ERRORS, **WARNINGS}[code]:
        said = on_page(filled(sentence))
        if "--" not in filled(sentence):
            assert said == filled(sentence)
            continue
        assert "--" not in said and len(said) >= 4
        assert not re.search(r"[,;；，:：(（]$|[；;] ?(若|如须|if they|if the lines)[^;；]*$", said), said


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("没有“甲”这个区；可选：独山子区，或用 --value '甲=…' 统一指定", "没有“甲”这个区；可选：独山子区"),
        ("没有类别；若各行同属一类，可用 --value '=类别编号' 统一指定", "没有类别"),
        (
            "the due date X has passed; the plan's is taken (--past-due plan)",
            "the due date X has passed; the plan's is taken",
        ),
        ("“a--b”不是日期；日期的写法如 2013-06-30", "“a--b”不是日期；日期的写法如 2013-06-30"),
    ],
)
def test_what_stands_beside_the_option_stays(told: str, said: str) -> None:
    assert on_page(told) == said
