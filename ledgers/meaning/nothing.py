"""Words that fill a cell and say nothing: no problem found, a count for a problem, nobody for a person, no unit."""

import re
from functools import lru_cache

from ledgers.words import folded

_BEGINS_NOTHING = frozenset("经未无没不暂合正现自本排检符良该当今零0")
_WHO = r"(?:(?:该|本|此)?(?:单位|企业|公司|厂|店|站))?"
_WHEN = r"(?:当日|当天|今日|本次|此次|现场|经|自查|自检|排查|检查|巡查|督查)*,?"
_WRONG = r"(?:安全|事故|生产|一般|较大|重大|新|任何|明显|其他|其它|的)*"
_IN_ORDER = (
    r"(?:(?:安全生产|安全)?(?:情况|状况)?(?:合格|正常|良好)|(?:基本)?符合(?:安全生产|安全)?(?:要求|条件|规定|标准))"
)
_NOTHING = re.compile(
    rf"{_WHO}{_WHEN}(?:(?:检查)?{_IN_ORDER}[,。;；])?"
    rf"(?:暂?未发现|(?:暂时?)?(?:没有?|无)(?:发现)?|未见|不存在|暂无|未(?:检查|排查|查)?出|零|0){_WRONG}"
    r"(?:问题|隐患|异常|(?:非法|违法|违规|生产|经营|建设)+(?:行为|情况|现象)?)(?:[和及与、]?(?:问题|隐患))?(?:存在)?"
    rf"(?:[,。;；]?(?:请|望|应|可)?(?:继续保持|{_IN_ORDER}))*[。.!]?"
)
_FINE = re.compile(rf"(?:检查|排查|现场)?{_IN_ORDER}[。.!]?")
_ALONE = frozenset({"无", "没有", "暂无"})
_COUNT = re.compile(r"(?:(?:一般|较大|重大)?(?:问题|隐患)?:?\d+[处项个条](?:问题|隐患)?[,、;]?)+")
_ELSEWHERE = re.compile(r"详?见.*(?:附件|附表|附后|记录|清单|通知书|文书|报告|照片|表)|另附.*|详见.*|见附.*")
_BEGINS_A_WORD = frozenset("一较重问隐详见另已正全未待整完检排停歇关略不有是否其")
_LONGEST = 30
_STATE = re.compile(
    r"(?:已|正在|全部|未|待)*(?:整改|整改完成|整改完毕|完成整改|检查|排查)|停业|停产|歇业|关闭|停工|略|待查|待定|不详|未知|"
    r"有|是|否|其他|其它|一般|重大|(?:一般|重大)?(?:问题|隐患)"
)
_NOBODY = re.compile(
    "[暂尚还]?(?:[未待]|另行?)(?:确定|明确|落实|指定|安排|补充|定)|不详|不明|未知|空缺|有|是|否|无?(?:整改)?(?:责任|负责)人|"
    "(?:已|未|正在)整改|详?见(?:附[件表]|左|右|上|下)|同[左右下]|TBD|TBA"
)
_NO_UNIT = re.compile(r"同第?\d+行?|同第[一二三四五六七八九十]+行?|见?[上下左右]|同[左右下].*|[X*×]{2,}.*")


def says_nothing_found(text: str) -> bool:
    """Whether the text says that the inspection found nothing: 未发现问题, 无隐患, 无."""
    if text[:1] not in _BEGINS_NOTHING:
        return False
    word = folded(text).replace("，", ",")
    alone = word.rstrip("。.!")
    return alone in _ALONE or _FINE.fullmatch(word) is not None or _NOTHING.fullmatch(word) is not None


def describes_nothing(text: str) -> bool:
    """Whether it stands for a problem and describes none: 3处, 见附件, 已整改, 有."""
    if not any(map(str.isalpha, text)):
        return True
    if len(text) > _LONGEST or (text[0] not in _BEGINS_A_WORD and not text[0].isdigit()):
        return False
    word = folded(text).rstrip("。.!")
    return any(of.fullmatch(word) is not None for of in (_COUNT, _ELSEWHERE, _STATE))


@lru_cache(maxsize=10_000)
def names_nobody(text: str) -> bool:
    """Whether it is no person: not settled yet (待定), what is done (已整改), or no word at all."""
    return not any(map(str.isalpha, text)) or _NOBODY.fullmatch(folded(text)) is not None


@lru_cache(maxsize=10_000)
def names_no_unit(text: str) -> bool:
    """Whether it is no name of a unit: signs alone, a line elsewhere (同第1行), XX公司."""
    return not any(map(str.isalnum, text)) or _NO_UNIT.fullmatch(folded(text)) is not None
