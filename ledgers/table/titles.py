"""What titles and the sheet's name say of every line below, where no column does."""

import re

from ledgers.table.header import Header

_OF_MAJOR = re.compile("重大(?:安全|事故|生产|火灾|消防)*(?:隐患|问题)")
_INSPECTED = re.compile(r"(?:检查|排查|自查|巡查)(?:日期|时间)\s*[:：]\s*([^\s；;，,]+)")


def major_by_title(sheet: str, header: Header) -> str:
    """The words by which sheet, titles or the column of descriptions list major hazards alone; empty if none do."""
    description = header.of("description")
    texts = (description.header if description else "", sheet, *header.titles)
    return next((text for text in texts if _OF_MAJOR.search(text) and "一般" not in text), "")


def inspected_by_title(header: Header) -> str:
    """What a title gives as the day of inspection (检查日期：2013年6月20日), as written; empty if none does."""
    return next((found[1] for title in header.titles if (found := _INSPECTED.search(title))), "")
