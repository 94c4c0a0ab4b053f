"""Somebody who has signed in and works in the ledger centre with a browser without scripts; and ledgers to send."""

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from io import BytesIO
from typing import Any

import httpx
import openpyxl

from engine.connection import Services
from serving.cookies import SESSION_COOKIE
from tests.durable.office import eventually
from tests.people import session

HEADER = ["企业名称", "所属区", "行业领域", "存在的问题", "隐患类别", "等级", "整改责任人", "检查日期"]
INSPECTOR, SUPERVISOR, OFFICE = "inspector:检查员1@650203", "supervisor:李科长@650203", "office:周主任@650200"


def row(name: str, category: str = "H05", **other: Any) -> list[Any]:
    """A line under HEADER."""
    facts: dict[str, Any] = {"district": "克拉玛依区", "sector": "", "found": "未开展应急演练", "grade": "一般"}
    facts |= other
    day = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    return [name, facts["district"], facts["sector"], facts["found"], category, facts["grade"], "张某", day]


def workbook(*rows: list[Any], header: list[str] | None = None) -> bytes:
    """The lines in a workbook."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for one in (header or HEADER, *rows):
        sheet.append(one)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


class LedgerDesk:
    """One person's way through the pages."""

    def __init__(self, site: str, services: Services, post: str, lang: str = "en", subject: str | None = None) -> None:
        headers = {"Origin": site, "Accept": "text/html", "Accept-Language": lang}
        token = session(services, post, subject=subject)
        self.client = httpx.AsyncClient(base_url=site, timeout=90, cookies={SESSION_COOKIE: token}, headers=headers)

    async def send(self, content: bytes, name: str = "台账.xlsx", source: str = "self_inspection") -> httpx.Response:
        """The file is sent."""
        return await self.client.post("/ledgers/new", files={"file": (name, content)}, data={"source": source})

    async def check(self, content: bytes, name: str = "台账.xlsx") -> str:
        """The address of the check of a file that was taken in."""
        told = await self.send(content, name)
        assert told.status_code == 303, told.text
        return told.headers["location"]

    async def page(self, path: str, status: int = 200) -> str:
        """What a page says."""
        told = await self.client.get(path)
        assert told.status_code == status, (told.status_code, told.text)
        return told.text

    async def decide(self, check: str, chosen: dict[str, str] | None = None, **other: str) -> str:
        """The choices of the form are made, by text or header; what the check says then."""
        page = await self.page(check)
        data: dict[str, list[str]] = {name: [value] for name, value in other.items()}
        for kind in ("value", "column"):
            for about in re.findall(rf'name="{kind}.about" value="([^"]*)"', page):
                text = json.loads(unescape(about))[1]
                data.setdefault(f"{kind}.about", []).append(unescape(about))
                data.setdefault(f"{kind}.chosen", []).append((chosen or {}).get(text, ""))
        data["value.rows"] = re.findall(r'name="value.rows" value="([^"]*)"', page)
        told = await self.client.post(check, data=data)
        assert told.status_code == 303, told.text
        return await self.page(check)

    async def apply(self, check: str) -> httpx.Response:
        """The form that applies it is sent, as the page has it."""
        return await self.client.post(f"{check}/apply", data=hidden(await self.page(check), f"{check}/apply"))

    async def ended(self, job: str) -> str:
        """The page of a job once nothing of it runs."""

        async def page() -> str:
            told = await self.page(job)
            return "" if 'hx-trigger="every' in told else told

        return await eventually(page)

    async def undo(self, job: str, reason: str = "报错了文件") -> httpx.Response:
        """The form that takes an import back is sent."""
        form = hidden(await self.page(f"{job}/undo"), f"{job}/undo")
        return await self.client.post(f"{job}/undo", data={**form, "reason": reason})


def hidden(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form of that address."""
    [form] = re.findall(rf'<form[^>]* action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


def counts(page: str) -> list[int]:
    """The numbers of the first list of numbers on the page."""
    [first, *_] = re.findall(r'<ul class="counts">.*?</ul>', page, re.DOTALL)
    return [int(n) for n in re.findall(r"<b>(\d+)</b>", first)]
