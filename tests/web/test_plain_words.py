"""What an official reads is said in words: no key, id or instant as programs write them, in neither language.

Set apart as such (`mono`) are ids that a person needs beside the words: of a case, a subject, a finding, a file.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from store.campaigns import Campaign
from tests.web.conftest import Seat
from tests.web.test_pages import CASE, FORMS, PAGES

INSPECTOR, SUPERVISOR, GOVERNMENT = "inspector:检查员2@650202", "supervisor:王五@650202", "government:赵六@650202"
OFFICE, AUDITOR = "office:周主任@650200", "auditor:审计@650200"
ENTERPRISE = "enterprise:孙七@650202"
TABS = [f"{CASE}?tab={tab}" for tab in ("findings", "measures", "evidence", "timeline", "related")]
FORMS_OF = {
    INSPECTOR: ("record_findings", "declare_rectified", "record_execution?about=fine", "add_note", "attach"),
    GOVERNMENT: ("approve_measure?about=close", "return_measure?about=close", "add_note"),
    SUPERVISOR: ("assign_officers", "list_for_supervision", "add_note"),
    ENTERPRISE: ("declare_rectified",),
    OFFICE: ("transfer", "add_note"),
}
OF_ALL = ("/work", "/inbox", "/ledgers", CASE)
REFUSED = ("/people", "/orders/new/remind", "/campaigns/new", "/ledgers/new", "/admin/tokens", "/site")
UNSEEN, VOID = ("script", "style", "template", "head"), ("br", "hr", "img", "input", "link", "meta", "source")
OF_PROGRAMS = re.compile(
    r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b|\b\d\.\d\.[a-z]+\d?\b|\d{4}-\d\d-\d\dT\d\d|\b[0-9a-f]{8}-[0-9a-f]{4}-|\bsha256:"
    r"|\b(?:workflow|payload|uuid|null|true|false|schema|enum|JSON|HTTP|SQL)\b"
)
LATIN = re.compile(r"[A-Za-z][A-Za-z_]{2,}")
"""Of a Chinese page; kinds of files and what the reader's own devices are called by."""
KNOWN = re.compile(r"English|Excel|CSV|csv|PDF|PIN|TOML|docx|xlsx?|API")


class Shown(HTMLParser):
    """The words of a page as somebody sees or hears them; not what is set apart, nor what is in the other language."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.inside: list[tuple[str, bool]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        classes = given.get("class", "").split()
        is_apart = tag in (*UNSEEN, "code", "pre") or not {"mono", "other"}.isdisjoint(classes) or "hidden" in given
        is_seen = not is_apart and not any(apart for _, apart in self.inside)
        self.words += [
            given[name] for name in ("aria-label", "title", "placeholder", "alt") if is_seen and name in given
        ]
        if tag not in VOID:
            self.inside.append((tag, is_apart))

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not any(apart for _, apart in self.inside):
            self.words.append(" ".join(data.split()))


def pages_of(who: str) -> Iterator[str]:
    if who == OFFICE:
        yield from (*PAGES, *FORMS, *TABS)
    else:
        yield from OF_ALL
    yield from REFUSED
    yield from (f"{CASE}/do/{form}" for form in FORMS_OF.get(who, ()))


@pytest.mark.parametrize("who", [OFFICE, INSPECTOR, SUPERVISOR, GOVERNMENT, AUDITOR, ENTERPRISE])
def test_no_page_of_an_official_speaks_as_a_program(seat: Seat, town: Campaign, who: str) -> None:
    client = seat(who, subject="demo-157" if who == ENTERPRISE else None)
    client.headers["Accept"] = "text/html"
    found: set[tuple[str, str, str]] = set()
    for path in pages_of(who):
        for lang in ("zh", "en"):
            told = client.get(f"{path}{'&' if '?' in path else '?'}lang={lang}")
            assert told.status_code < 500, path
            for words in Shown(told.text).words:
                said = words.replace(town.campaign_id, "").replace("demo-", "")
                odd = [*OF_PROGRAMS.findall(said)]
                odd += [one for one in LATIN.findall(said) if not KNOWN.fullmatch(one)] if lang == "zh" else []
                found |= {(path, one, words[:80]) for one in odd}
    assert not found, "\n".join(map(str, sorted(found)))


def test_what_speaks_as_a_program_is_found() -> None:
    page = '<main title="case_id"><p>待办 <b class="mono">case/a/b</b> 2027-01-01T00:00 <i hidden>x_y</i></p></main>'
    assert [one for words in Shown(page).words for one in OF_PROGRAMS.findall(words)] == ["case_id", "2027-01-01T00"]
