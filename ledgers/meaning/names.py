"""Names of units as offices write them: numbered, gone on over the page, several in a cell, a number plate."""

import re
from functools import lru_cache

from ledgers.words import folded

_PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
_PLATE = re.compile(rf"[{_PROVINCES}][A-Z][A-Z0-9]{{4,6}}\(?[挂学警]?\)?")
_LONGEST_PLATE = 14
_DOTS = re.compile(r"[-·•.・]")
_WHOLE = re.compile(r"(?:公司|厂|店|站|部|院|校|队|中心|所)\s*$")
_BETWEEN = re.compile(
    r"[\n、；;，,/]|(?<=公司)[和及与]|(?<=公司)\s+(?=.{3,}公司)|(?<=[A-Z\d挂学警])\s+(?=[\u4e00-\u9fff][A-Z])"
)
_AND_OTHERS = re.compile(r"等\s*(?:\d+|[二三四五六七八九十两]+|多|几)\s*家")
_PHONE = re.compile(
    r"[\s、,，/;；:：(（]*(?:联系)?(?:电话|手机号?|TEL)?[:：]?\s*(?<!\d)(?:1[3-9]\d{9}|0\d{2,3}-?\d{7,8})(?!\d)\s*[)）]?",
    re.IGNORECASE,
)
CONTINUED = re.compile(r"(?<=\w)\s*[(（]续[表上前页]?\d*[)）]$")
"""（续）: the unit of the page before."""
NUMBERED = re.compile(r"\d{1,3}[、.．]\s*(?=[^\d\s])")
"""The number of the line before the name."""


@lru_cache(maxsize=10_000)
def several_units(text: str) -> bool:
    """Whether a cell names more than one unit: 甲公司、乙公司, two plates, 甲厂等3家企业."""
    names = [part for part in _BETWEEN.split(text.strip()) if part.strip()]
    if len(names) > 1 and (all(map(_WHOLE.search, names)) or all(map(is_plate, names))):
        return True
    return _AND_OTHERS.search(text) is not None


def is_plate(name: str) -> bool:
    """Whether it is the number plate of a vehicle: 新J12345."""
    if name[:1] not in _PROVINCES or len(name) > _LONGEST_PLATE:
        return False
    return _PLATE.fullmatch(_DOTS.sub("", folded(name))) is not None


@lru_cache(maxsize=10_000)
def without_phone(text: str) -> str:
    """A person's name without the telephone number beside it, unless that is all there is."""
    return _PHONE.sub("", text).strip() or text
