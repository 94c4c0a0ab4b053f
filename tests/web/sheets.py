"""Contact sheets of every page that `test_pages` walks: both languages and widths, nothing, much, and trouble to show.

Run it by `make sheets`, or `python -m tests.web.sheets FOLDER`: it starts a stack of its own, and writes pictures for
each state, language and width, to be looked at. `--handbook` renews the pictures of the handbook instead.
"""

import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser, Page, sync_playwright

from bench.stack import bench_services, shipped_plan
from engine.connection import Services
from serving.cookies import SESSION_COOKIE
from store.campaigns import add_campaign
from tests.people import session
from tests.town import fill
from tests.web.chromium import FLAGS, find
from tests.web.conftest import DESKTOP, OFFICE, PHONE
from tests.web.serve import served
from tests.web.test_pages import CASE, FORMS, OF_OTHERS, PAGES, TROUBLES

_INSPECTOR, _ENTERPRISE = "inspector:张三@650202", "enterprise:孙七@650202"
_GOVERNMENT = "government:赵六@650202"
_NOTHING = ("/", "/work", "/cases", "/inbox", "/ledgers", "/subjects")
_ALSO = (
    (_INSPECTOR, "/work"),
    (_INSPECTOR, "/ledgers/new"),
    (_INSPECTOR, f"{CASE}/do/record_findings"),
    (_INSPECTOR, f"{CASE}/do/add_note"),
    (_INSPECTOR, f"{CASE}/visit"),
    (_INSPECTOR, f"{CASE}?tab=timeline"),
    (_ENTERPRISE, "/work"),
    (_ENTERPRISE, "/self-inspection"),
    (None, "/sign-in"),
)
_ACROSS, _DOWN = {"desktop": 3, "phone": 8}, {"desktop": 2, "phone": 2}
_WIDTH = {"desktop": 680, "phone": 280}
_HEIGHT = 900
_OF_HANDBOOK = (
    ("board", OFFICE, "/", "desktop"),
    ("case", _GOVERNMENT, CASE, "desktop"),
    ("site", _INSPECTOR, "/site", "phone"),
)
_HANDBOOK = Path(__file__).parents[2] / "docs" / "handbook"


class Screen(NamedTuple):
    """One page as somebody saw it."""

    name: str
    picture: Image.Image


def sheets(services: Services, folder: Path) -> Iterator[Path]:
    """The files of the sheets, as each is done."""
    with sync_playwright() as playwright, served(services) as site:
        browser = playwright.chromium.launch(executable_path=find(), args=FLAGS)
        for state in ("nothing", "no-cases", "full", "trouble"):
            if state == "no-cases":
                campaign = add_campaign(services.engine, shipped_plan(), 2027)
            elif state == "full":
                fill(services.engine, campaign)  # pyright: ignore[reportPossiblyUnbound] -- made in the state before
            for lang in ("zh", "en"):
                for width in ("desktop", "phone"):
                    seen = _seen(browser, services, site, _asked(state), lang, width)
                    for number, some in enumerate(_batched(seen, _ACROSS[width] * _DOWN[width]), start=1):
                        file = folder / f"{state}-{lang}-{width}-{number}.png"
                        _sheet(some, width).save(file)
                        yield file
        browser.close()


def pictures(services: Services, folder: Path) -> Iterator[Path]:
    """The pictures of the handbook: what is seen at once of some pages, in both languages."""
    fill(services.engine, add_campaign(services.engine, shipped_plan(), 2027))
    with sync_playwright() as playwright, served(services) as site:
        browser = playwright.chromium.launch(executable_path=find(), args=FLAGS)
        for name, who, path, width in _OF_HANDBOOK:
            for lang in ("zh", "en"):
                page = _page_of(browser, services, who, width)
                page.goto(f"{site}{path}?lang={lang}", wait_until="networkidle")
                high = 844 if width == "phone" else 860
                picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
                file = folder / f"{name}.{lang}.png"
                picture.crop((0, 0, picture.width, high)).quantize(128).save(file, optimize=True)
                page.context.close()
                yield file
        browser.close()


def _page_of(browser: Browser, services: Services, who: str | None, width: str) -> Page:
    """A page of a browser in which somebody signed in, or nobody."""
    context = browser.new_context(viewport=PHONE if width == "phone" else DESKTOP, locale="zh-CN")  # pyright: ignore[reportArgumentType]
    if who is not None:
        token = session(services, who, subject="demo-157" if who == _ENTERPRISE else None)
        context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": "http://127.0.0.1"}])
    return context.new_page()


def _asked(state: str) -> list[tuple[str | None, str]]:
    """Who asks for which page."""
    match state:
        case "full":
            return [*((OFFICE, path) for path in (*PAGES, *FORMS)), *OF_OTHERS, *_ALSO]
        case "trouble":
            return [(OFFICE, path) for path, *_ in TROUBLES]
        case _:
            return [(OFFICE, path) for path in _NOTHING]


def _seen(
    browser: Browser, services: Services, site: str, asked: Iterable[tuple[str | None, str]], lang: str, width: str
) -> Iterator[Screen]:
    pages: dict[str | None, Page] = {}
    for who, path in asked:
        if who not in pages:
            pages[who] = _page_of(browser, services, who, width)
        page = pages[who]
        page.goto(f"{site}{path}{'&' if '?' in path else '?'}lang={lang}")
        picture = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
        yield Screen(f"{(who or '').partition(':')[0]} {path}".strip(), picture)
    for page in pages.values():
        page.context.close()


def _batched(screens: Iterable[Screen], size: int) -> Iterator[list[Screen]]:
    """As many at a time as a sheet holds."""
    waiting = iter(screens)
    while some := list(islice(waiting, size)):
        yield some


def _sheet(seen: Sequence[Screen], width: str) -> Image.Image:
    """All of them beside each other, each cut where it gets long."""
    across, wide, font = _ACROSS[width], _WIDTH[width], ImageFont.load_default(14)
    high = _HEIGHT + 24
    sheet = Image.new("RGB", (across * (wide + 12), -(-len(seen) // across) * (high + 12)), "#888")
    draw = ImageDraw.Draw(sheet)
    for number, (name, picture) in enumerate(seen):
        left, top = number % across * (wide + 12) + 6, number // across * (high + 12) + 6
        scaled = picture.resize((wide, round(picture.height * wide / picture.width)))
        draw.rectangle((left, top, left + wide, top + high), fill="#ddd")
        draw.text((left + 6, top + 4), name, fill="black", font=font)
        sheet.paste(scaled.crop((0, 0, wide, min(scaled.height, _HEIGHT))), (left, top + 24))
    return sheet


def main() -> None:
    """The sheets into the folder that was named, build/sheets if none was."""
    named = sys.argv[1] if len(sys.argv) > 1 else "build/sheets"
    folder, make = (_HANDBOOK, pictures) if named == "--handbook" else (Path(named), sheets)
    folder.mkdir(parents=True, exist_ok=True)
    with bench_services() as services:
        for file in make(services, folder):
            print(f"· {file}", flush=True)  # noqa: T201 -- a report


if __name__ == "__main__":
    main()
