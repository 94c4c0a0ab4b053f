"""Query parameters: none of the API twice, none with controls; districts and sectors are those of the plan."""

import unicodedata
from collections import Counter
from collections.abc import Iterable

from fastapi import Request

from serving.problems import nothing_here, one_field
from store.campaigns import Campaign

_MANY = {"map"}  # may be repeated


async def clean_query(request: Request) -> None:
    """422 for a value that nothing stored can have, and for a name of which one value would be dropped in silence."""
    if request.url.path.startswith("/api/"):
        counted = Counter(name for name, _ in request.query_params.multi_items())
        for name, times in counted.items():
            if times > 1 and name not in _MANY:
                shown = "".join(c for c in name if c.isprintable())
                remedy = ("每个名称只写一次", "write each name once")
                raise one_field(shown or "query", "名称重复", "stands twice in the address", *remedy)
    for name, value in request.query_params.multi_items():
        if any(unicodedata.category(c) in ("Cc", "Cs") for c in name + value):
            shown = "".join(c for c in name if c.isprintable())
            raise one_field(shown or "query", "不得含有控制字符", "control characters are not allowed")


async def clean_path(request: Request) -> None:
    """404 for an id that nothing stored can have."""
    if not request.url.path.isprintable() or not request.scope["path"].isprintable():
        raise nothing_here()


def require_place(campaigns: Iterable[Campaign], **wanted: str | None) -> None:
    """422 for a district or sector that no plan of the campaigns has, naming those that there are."""
    plans = [campaign.plan for campaign in campaigns]
    for name, value in wanted.items():
        known = {item.id: item for plan in plans for item in (plan.districts if name == "district" else plan.sectors)}
        if value is not None and value not in known:
            what = "区划代码" if name == "district" else "行业领域"
            may_be_zh = "、".join(f"{item.id} {item.zh}" for item in known.values())
            may_be_en = ", ".join(f"{item.id} {item.en}" for item in known.values())
            remedy = (f"可选：{may_be_zh}", f"use one of: {may_be_en}")
            raise one_field(name, f"没有{what} {value}", f"there is no {value}", *remedy)
