"""Lists as a page and a file show them, read by whoever looks: heads, rows, numbers, views."""

import csv
import io
import re
from html import unescape

import httpx
import openpyxl


def heads(page: str) -> list[str]:
    return [head for head in re.findall(r"<th[^>]*>([^<]+)</th>", page) if head != "Tick"]


def hits(page: str) -> int:
    found = re.search(r'class="hits">([\d,]+) cases?', page)
    assert found is not None
    return int(found[1].replace(",", ""))


def exported(client: httpx.Client, address: str) -> list[list[str]]:
    told = client.get(address)
    assert told.status_code == 200, told.text
    if "file=csv" in address:
        return list(csv.reader(io.StringIO(told.content.decode("utf-8-sig"))))
    sheet = openpyxl.load_workbook(io.BytesIO(told.content)).worksheets[0]
    return [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]


def shown_cells(page: str) -> list[list[str]]:
    """What each row of the list says, without ticks, small print and the way out."""
    found: list[list[str]] = []
    for row in re.findall(r"<tr>.*?</tr>", listed(page), re.DOTALL)[1:]:
        plain = re.sub(r"<small.*?</small>|<td class=.tick.*?</td>", "", row, flags=re.DOTALL)
        cells = re.findall(r"<td[^>]*>(.*?)</td>", plain, re.DOTALL)
        texts = (unescape(re.sub(r"<[^>]+>", "", cell)) for cell in cells if 'class="btn"' not in cell)
        found.append([plain_cell(one) for one in texts])
    return found


def listed(page: str) -> str:
    """The table of the list, where it has rows."""
    table = re.search(r'<table class="table cards">.*?</table>', page, re.DOTALL)
    return table[0] if table else ""


def plain_cell(said: str) -> str:
    """What page and file have in common: the file has a description beside what is to be done."""
    return said.strip().partition(": ")[0].removesuffix("provisional").strip().replace("–", "")


def keep(client: httpx.Client, address: str, name: str, share: str = "", **changed: str) -> httpx.Response:
    """The form that the list has for it is filled in and sent."""
    form = re.search(r'<form class="view-form" action="/views".*?</form>', client.get(address).text, re.DOTALL)
    assert form is not None
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))
    fields = {name: unescape(value) for name, value in hidden.items()} | {"name": name, "share": share, **changed}
    return client.post("/views", data=fields)


def seen(client: httpx.Client, path: str = "/cases") -> dict[str, str]:
    """The views that somebody is offered beside the list, and their addresses."""
    bar = re.search(r'<nav class="views-bar.*?</nav>', client.get(path).text, re.DOTALL)
    assert bar is not None
    links = re.findall(r'<a href="([^"]*)" ([^>]*)>([^<]+)</a>', bar[0])
    return {name: unescape(address) for address, _, name in links if address != "/views"}
