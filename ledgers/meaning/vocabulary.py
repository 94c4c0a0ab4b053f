"""The plan's own words as a ledger spells them: categories, districts, streets, sectors, grades, kinds (2.1 to 2.3)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from rapidfuzz import fuzz

from ledgers.decisions import value_option
from ledgers.words import chinese_numeral, folded, numeral
from models.commands import Grade, SubjectKind
from models.plan import District, Named, Plan

_NEAR, _MARGIN = 72.0, 8.0
"""The score from which a spelling counts as near, and how far the next best must lie behind it (A)."""
_HINT = 62.0
"""The score from which the nearest name is offered; below it another kind of word shares a few characters (A)."""
_GENERAL = re.compile("安全|生产|其[他它]|设[备施]|管理|措施|作业|行为|教育|隐患|问题|类")
"""Words that many categories share: what is near by them alone is not near."""
_WHOLE_WORDS = 4
"""Characters from which a part of a name is taken for the name (A)."""
_LONGEST = 200
"""Characters of a text that are compared; no name is nearly as long."""
_PUNCTUATION = re.compile(r"[\W_]+")
_ID = re.compile(r"([A-Z]{1,3})[-.]?0*(\d{1,3})")
_ANY_ID = re.compile(r"[A-Z]{1,3}\d{1,3}(?!\d)")
_ID_FIRST = re.compile(r"([A-Z]{1,3}[-.]?\d{1,3})([\W_]*)(.*)")
_LISTING = re.compile(r"[、,;/+&~～]|^[和及与至到]|\d")
"""What makes a text after an id more than its name: a list goes on, or a range."""
_TWO_NUMBERS = re.compile(r"\d\s+\d")
_UNSURE = re.compile(r"[□☐×✗✘○?？]")
_CN = "[一二三四五六七八九十]{1,3}"
_LISTED = re.compile(
    rf"(?:\((?P<number>{_CN}|\d{{1,2}})\)|(?P<chinese>{_CN}))[、.\-,:/第]*"
    rf"\(?(?P<item>\d{{1,2}}|(?<=[)第、.\-(]){_CN})\)?(?:项|条|类|款|小项|点|\.|、)*"
)
"""（三）7, 三、7: the list in Chinese or in brackets. 2.3 and 37 are not: they can mean too many things."""
_BARE = re.compile(r"第?\(?(\d{1,2}|[一二三四五六七八九十]{1,3})[)）]?(?:项|条|类|款|小项|点|\.|、)*")
_GRADES: dict[str, Grade] = {}
for _word in ("一般", "一般隐患", "一般事故隐患", "一般问题", "一般安全隐患", "GENERAL", "一般级", "普通", "一般性"):
    _GRADES[_word] = "general"
for _word in (
    "重大",
    "重大隐患",
    "重大事故隐患",
    "重大问题",
    "重大安全隐患",
    "MAJOR",
    "重大级",
    "重大生产安全事故隐患",
):
    _GRADES[_word] = "major"
_KINDS: dict[str, SubjectKind] = {
    **dict.fromkeys(
        ("企业", "单位", "公司", "生产经营单位", "企业单位", "个体工商户", "个体户", "ENTERPRISE"), "enterprise"
    ),
    **dict.fromkeys(("场所", "工地", "项目", "施工现场", "现场", "经营场所", "SITE"), "site"),
    **dict.fromkeys(("车辆", "车", "机动车", "VEHICLE"), "vehicle"),
    **dict.fromkeys(("个人", "人员", "自然人", "驾驶员", "司机", "PERSON"), "person"),
}
List = Literal["conduct", "hazard"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text was read as; `near` when it was not written so; otherwise the code of an error and its facts."""

    value: str = ""
    near: bool = False
    error: str = ""
    facts: tuple[tuple[str, str], ...] = ()


def _bare(text: str) -> str:
    return _PUNCTUATION.sub("", folded(text)).removesuffix("的")


@dataclass(slots=True)
class Vocabulary:
    """The words of one plan, with what was read already: a ledger says the same few things many times."""

    plan: Plan
    _categories: dict[tuple[str, List | None], Reading] = field(default_factory=dict[tuple[str, List | None], Reading])
    _sectors: dict[str, Reading] = field(default_factory=dict[str, Reading])
    _streets: dict[tuple[str, str], str | None] = field(default_factory=dict[tuple[str, str], "str | None"])
    _districts: dict[str, Reading] = field(default_factory=dict[str, Reading])

    def named(self) -> tuple[Named, ...]:
        """All categories."""
        return (*self.plan.illegal_conduct, *self.plan.hazards, self.plan.other)

    def category(self, text: str, of_list: List | None = None) -> Reading:
        """A category by id, clause, number in a list of the notice, name or near name."""
        key = (text, of_list)
        if key not in self._categories:
            self._categories[key] = self._read_category(text, of_list)
        return self._categories[key]

    def _read_category(self, text: str, of_list: List | None) -> Reading:
        word = folded(text[:_LONGEST])
        if _TWO_NUMBERS.search(text[:_LONGEST]):
            return Reading(error="category_ambiguous", facts=_facts(text=text, known="、".join(text.split())))
        by_id = {c.id.upper(): c.id for c in self.named()} | {_plain_id(c.id): c.id for c in self.named()}
        if found := by_id.get(word) or by_id.get(_plain_id(word)):
            return Reading(found)
        if by_clause := next((c.id for c in self.named() if word in (c.clause.upper(), f"{c.clause}.")), None):
            return Reading(by_clause)
        if word in ("其他", "其它", "OTHER", "其他类", "其他隐患", "其他问题"):
            return Reading(self.plan.other.id)
        if (alone := _BARE.fullmatch(word)) and (number := numeral(alone[1])) is not None:
            return self._of_number(text, number, of_list)
        if numbered := _LISTED.fullmatch(word):
            part = numeral(numbered["number"] or numbered["chinese"])
            return self._of_list_number(text, part, numeral(numbered["item"]))
        if (first := _ID_FIRST.fullmatch(word)) and (found := by_id.get(_plain_id(first[1]))):
            return self._id_with_name(text, found, first[2], first[3])
        return self._by_name(text, self.named(), "category")

    def _id_with_name(self, text: str, found: str, between: str, name: str) -> Reading:
        if second := _ANY_ID.search(name):
            return Reading(error="category_ambiguous", facts=_facts(text=text, known=f"{found}、{second[0]}"))
        other = self._by_name(name, self.named(), "category") if name else Reading(found)
        if not other.value and _LISTING.search(between + name):
            return Reading(error="category_ambiguous", facts=_facts(text=text, known=f"{found}、{name}"))
        if other.value in ("", found):
            return Reading(found)
        return Reading(error="category_contradict", facts=_facts(text=text, first=found, second=other.value))

    def _of_list_number(self, text: str, part: int | None, number: int | None) -> Reading:
        """`(三)7`: the list's number within its section of the notice, then the item's."""
        wanted = [str(part), str(number)]
        found = [c.id for c in self.named() if c.clause.split(".")[-2:] == wanted and c.clause.count(".") >= 2]
        if len(found) == 1:
            return Reading(found[0])
        return _no_category(text)

    def _of_number(self, text: str, number: int, of_list: List | None) -> Reading:
        if of_list is None:
            return Reading(error="category_number_alone", facts=_facts(text=str(number)))
        items: Sequence[Named] = self.plan.illegal_conduct if of_list == "conduct" else self.plan.hazards
        found = [c.id for c in items if c.clause.rpartition(".")[2] == str(number)]
        if len(found) == 1:
            return Reading(found[0])
        return _no_category(text)

    def sector(self, text: str) -> Reading:
        """A sector by id, name or near name."""
        if text not in self._sectors:
            by_id = {s.id.upper(): s.id for s in self.plan.sectors}
            found = by_id.get(folded(text))
            self._sectors[text] = Reading(found) if found else self._by_name(text, self.plan.sectors, "sector")
        return self._sectors[text]

    def district(self, text: str) -> Reading:
        """A district by code, full or short name; a street may follow (`value` is `code` or `code street`)."""
        if text not in self._districts:
            self._districts[text] = self._read_district(text)
        return self._districts[text]

    def _read_district(self, text: str) -> Reading:
        word = folded(text[:_LONGEST])
        spellings = [(spelling, d) for d in self.plan.districts for spelling in _spellings(d)]
        for spelling, district in spellings:
            if word == spelling:
                return Reading(district.id, near=f"{word}市" in self.plan.zh)  # the city has that name as well
        after_city = re.sub(r"^.{0,12}?(?:市|自治州|地区|州)", "", word)
        for candidate in (word, after_city):
            for district in self.plan.districts:
                full = folded(district.zh)
                if candidate.startswith((full, district.id)):
                    rest = candidate.removeprefix(full).removeprefix(district.id).removeprefix(full)
                    rest = _AUTHORITY.sub("", rest).strip("-—()/、·,.0")
                    if any(folded(other.zh) in rest for other in self.plan.districts):
                        known = f"{district.id} {district.zh}、{rest}"
                        return Reading(error="district_twice", facts=_facts(text=text, known=known))
                    return Reading(f"{district.id} {rest}".strip())
        known = self.shown_districts()
        return Reading(error="district_unknown", facts=_facts(text=text, known=known, option=value_option(text)))

    def districts_in(self, text: str) -> set[str]:
        """The districts that a text names, such as the titles above a table.

        A short name (白碱滩) counts too, but for one that the city has as well (克拉玛依市).
        """
        names = {d.zh: d.id for d in self.plan.districts}
        short = {name.removesuffix("区"): code for name, code in names.items()}
        names |= {name: code for name, code in short.items() if len(name) > 1 and f"{name}市" not in self.plan.zh}
        return {code for name, code in names.items() if name in text}

    def street(self, district: str, text: str) -> str | None:
        """A street or town of the district by its name, with or without what kind it is; None if the plan has none."""
        key = (district, text)
        if key not in self._streets:
            word = folded(text)
            streets = self.district_of(district).streets
            found = [s for s in streets if folded(s) == word or _bare_street(s) == _bare_street(text)]
            self._streets[key] = found[0] if len(found) == 1 else None
        return self._streets[key]

    def _by_name(self, text: str, items: Iterable[Named], what: str) -> Reading:
        word = _bare(text[:_LONGEST])
        names = [
            (item.id, item.zh, tuple(_bare(name) for name in (item.zh, item.en, f"{item.id}{item.zh}")))
            for item in items
        ]
        exact = [item_id for item_id, _, bare in names if word in bare]
        if len(exact) == 1:
            return Reading(exact[0])
        scored = sorted(((_score(word, bare), item_id, zh) for item_id, zh, bare in names), reverse=True)
        (best, item_id, _), following = scored[0], scored[1:2]
        close = [f"{i} {name}" for score, i, name in scored if best - score < _MARGIN and score >= _NEAR]
        if not _GENERAL.sub("", word):
            best = 0.0  # 设备设施: a category of another system, not half of one of these
        if best >= _NEAR and len(close) == 1 and len(word) >= 2:
            return Reading(item_id, near=True)
        if best >= _NEAR and following and len(word) >= 2:
            return Reading(error=f"{what}_ambiguous", facts=_facts(text=text, known="、".join(close)))
        if what == "category":
            return _no_category(text, _nearest(word, names))
        known = "、".join(name for _, name, _ in names)
        return Reading(error="sector_unknown", facts=_facts(text=text, known=known, option=value_option(text)))

    def shown_category(self, category: str) -> str:
        """`H07 特种设备未定期检测检验、带病运行`."""
        return next(f"{c.id} {c.zh}" for c in self.named() if c.id == category)

    def shown_districts(self) -> str:
        """`650203 克拉玛依区、…`: all of them."""
        return "、".join(f"{d.id} {d.zh}" for d in self.plan.districts)

    def shown_sector(self, sector: str) -> str:
        """The Chinese name of a sector."""
        return next(s.zh for s in self.plan.sectors if s.id == sector)

    def district_of(self, code: str) -> District:
        """The district of a code; StopIteration if the plan has none."""
        return next(d for d in self.plan.districts if d.id == code)


_AUTHORITY = re.compile(
    r"(?:安监|安全生产监督管理|应急|应急管理|住建|教育|工信|交通|商务|市场监管)局"
    r"|安委[会办]?(?:办公室)?|管委会|(?:人民)?政府"
)


def _score(word: str, names: tuple[str, ...]) -> float:
    """Whole against whole, and the shorter inside the longer where it is long enough to tell."""
    best = 0.0
    for name in names:
        if len(word) >= 2 and (name in word or (word in name and _telling(word, name))):
            best = max(best, 90.0)
        best = max(best, fuzz.ratio(word, name))
        if min(len(word), len(name)) >= 4:
            best = max(best, 0.95 * fuzz.partial_ratio(word, name))
    return best


def _nearest(word: str, names: Sequence[tuple[str, str, tuple[str, ...]]]) -> tuple[str, str] | None:
    """The one category that has the word's own part in its name, or nearly; general words do not count."""
    own = _GENERAL.sub("", word)
    if len(own) < 2:
        return None
    scores = sorted(((90.0 if own in bare[0] else _score(own, bare), i, zh) for i, zh, bare in names), reverse=True)
    best, item, zh = scores[0]
    alone = len(scores) == 1 or best - scores[1][0] >= _MARGIN
    return (item, zh) if best >= _HINT and alone else None


def _telling(word: str, name: str) -> bool:
    """Whether a part of a name means the whole: 消防 is 消防安全; 危险品 other categories may mean too."""
    return len(word) >= _WHOLE_WORDS or 2 * len(word) >= len(name)


def _bare_street(text: str) -> str:
    return re.sub(r"(?:街道办事处|街道办|街道|镇|乡)$", "", folded(text))


def _plain_id(text: str) -> str:
    found = _ID.fullmatch(text)
    return f"{found[1]}{found[2]}" if found else text


def _spellings(district: District) -> set[str]:
    name = folded(district.zh)
    return {district.id, name, name.removesuffix("区") if len(name) > 2 else name, folded(district.en)} | {
        f"{district.id}{name}",
        f"{name}{district.id}",
        f"{name}({district.id})",
    }


def _no_category(text: str, nearest: tuple[str, str] | None = None) -> Reading:
    """The error, with the nearest category (id and name) where one is near, and the option that says it for all."""
    item, name = nearest or ("", "")
    near, near_en = (f"（最接近：{item} {name}）", f" (nearest: {item})") if item else ("", "")
    option = value_option(text, item) if item else value_option(text)
    return Reading(error="category_unknown", facts=_facts(text=text, near=near, near_en=near_en, option=option))


def _facts(**facts: str) -> tuple[tuple[str, str], ...]:
    return tuple(facts.items())


@lru_cache(maxsize=1_000)
def read_grade(text: str) -> Grade | None:
    """一般 or 重大, with or without 隐患; a box that is not ticked says neither."""
    if _UNSURE.search(text):
        return None
    return _GRADES.get(folded(text)) or _GRADES.get(_bare(text))


def read_kind(text: str) -> SubjectKind | None:
    """The kind of a subject by its usual words."""
    return _KINDS.get(folded(text))


def read_list(text: str) -> List | None:
    """Which list of the notice a word means: illegal conduct (二) or hazards (三); None for neither, and for both."""
    word = folded(text)
    conduct = word in ("V", "二", "(二)", "2") or "违法" in word or "非法" in word or "CONDUCT" in word
    hazard = word in ("H", "三", "(三)", "3") or "隐患" in word or "缺陷" in word or "HAZARD" in word
    if conduct == hazard:
        return None
    return "conduct" if conduct else "hazard"


def list_label(clause: str) -> str:
    """How a category is written by its number in the notice: 2.3.7 is （三）7."""
    part, number = clause.split(".")[-2:]
    return f"（{chinese_numeral(int(part))}）{number}" if part.isdigit() and number.isdigit() else clause
