"""Pages need the database alone, ask it a handful of statements whatever they show, and never write."""

import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from engine.connection import Services
from serving.cookies import SESSION_COOKIE
from serving.guard import CONTENT_POLICY
from store.campaigns import Campaign
from store.case_list import CaseFilter, case_page
from store.case_log import timeline
from tests.people import session
from tests.town import fill
from tests.web.serve import served
from web import assets
from web.queries import CasesQuery
from web.words import WORDS

HERE = Path(__file__).parents[2] / "web"
CASE = "/cases/case/karamay-2013-2027/demo-157"
FIGURES = "/campaigns/karamay-2013-2027/figures"
MOST = {
    **{"/inbox": 8, "/": 10, "/?district=650203&kind=duty": 10, "/?due=soon": 11, "/cases": 11, "/cases?q=x": 11},
    **{
        "/work": 13,
        "/work?list=decisions": 13,
        "/work?list=supervised": 13,
        "/work?list=done": 12,
        "/views": 8,
        CASE: 14,
        "/campaigns/karamay-2013-2027": 13,
        FIGURES: 5,
        "/campaigns/karamay-2013-2027/weeks": 7,
        "/cases?stood=rectification.2027-06-30": 11,
    },
    **{"/subjects": 8, "/subjects?q=x": 8, "/subjects/demo-157": 14, "/orders/new/remind?district=650203": 11},
    **{"/ledgers": 7, "/ledgers?state=done": 7, "/admin/jobs": 8, "/self-inspection": 7},
}
FOR_THE_OFFICE = {"/campaigns/karamay-2013-2027": 2}
"""Statements about cases for whoever steers the campaign, who reads everywhere: which subjects could not be opened."""
ABOUT_CASES = re.compile(r"(FROM|JOIN) (cases|case_log|case_spans|inbox|jobs)\b")
FOR_WHOM = re.compile(r"SELECT set_config\('role', ")
"""Before each statement that reads for the official: one that says for whom."""


@pytest.fixture
def alone(services: Services) -> Iterator[Services]:
    """The same database, and Temporal nowhere: pages do without."""
    found = Services(services.endpoints.model_copy(update={"temporal_address": "127.0.0.1:9"}))
    yield found
    found.close()


@pytest.fixture
def client(alone: Services, services: Services) -> Iterator[httpx.Client]:
    """A reader of the site, who has signed in."""
    signed_in = {SESSION_COOKIE: session(services, "office:周主任@650200")}
    with served(alone) as address, httpx.Client(base_url=address, timeout=60, cookies=signed_in) as found:
        yield found


def statements(alone: Services, client: httpx.Client, path: str) -> list[str]:
    """What the page sends to the database."""
    sent: list[str] = []

    def keep(*facts: Any) -> None:
        sent.append(facts[2])

    event.listen(alone.engine, "before_cursor_execute", keep)
    told = client.get(path)
    event.remove(alone.engine, "before_cursor_execute", keep)
    assert told.status_code == 200, told.text
    return sent


@pytest.mark.parametrize("path", MOST)
def test_statements_are_few_and_none_writes(
    client: httpx.Client, alone: Services, town: Campaign, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr("serving.backing._LATELY_SECONDS", -1.0)
    sent = statements(alone, client, path)
    said = [number for number, statement in enumerate(sent) if FOR_WHOM.match(statement)]
    assert 0 < len(sent) - len(said) <= MOST[path], sent
    about = [n for n, statement in enumerate(sent) if ABOUT_CASES.search(statement)]
    assert about or path.startswith(("/subjects", "/self-inspection", "/views")), sent
    for_nobody = len({n - 1 for n in about} - set(said))
    assert for_nobody == FOR_THE_OFFICE.get(path, 0), "what is about cases is read for somebody"
    assert all(re.match(r"[\s(]*SELECT ", statement) for statement in sent), sent


def test_the_day_on_site_is_read_for_the_inspector(
    client: httpx.Client, alone: Services, services: Services, town: Campaign
) -> None:
    client.cookies.set(SESSION_COOKIE, session(services, "inspector:检查员1@650203"))
    for path, most in (("/site", 6), ("/site/day", 9)):
        sent = statements(alone, client, path)
        said = [number for number, statement in enumerate(sent) if FOR_WHOM.match(statement)]
        assert 0 < len(sent) - len(said) <= most, sent
        assert {n - 1 for n, one in enumerate(sent) if ABOUT_CASES.search(one)} <= set(said), sent
        assert all(re.match(r"[\s(]*SELECT ", statement) for statement in sent), sent


def test_pages_do_not_write_even_where_they_could(client: httpx.Client, services: Services, campaign: Campaign) -> None:
    fill(services.engine, campaign, every=20)
    before = {c.case_id: len(timeline(services.engine, c.case_id)) for c in _all(services, campaign)}
    for path in ("/", "/cases", "/inbox", "/campaigns/karamay-2013-2027", *(f"/cases/{case_id}" for case_id in before)):
        assert client.get(path).status_code == 200, path
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert client.request(method, path).status_code == 405
    assert before == {c.case_id: len(timeline(services.engine, c.case_id)) for c in _all(services, campaign)}


def _all(services: Services, campaign: Campaign) -> Any:
    return case_page(services.engine, CaseFilter(campaign_id=campaign.campaign_id), campaign.now(), 1000)


def test_what_is_written_into_a_case_is_only_text(client: httpx.Client, services: Services, campaign: Campaign) -> None:
    name = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"
    with services.engine.begin() as connection:
        connection.exec_driver_sql(
            """INSERT INTO cases (case_id, campaign_id, subject_id, subject_name, district, street, source, stage,
                opened_at, seq) VALUES ('case/karamay-2013-2027/x"%%3E', %s, 'x', %s, '650203', %s, 'inspection',
                'investigation', now(), 1)""",
            (campaign.campaign_id, name, name),
        )
    text = client.get("/cases?q=%3Cscript%3E%22%3E").text + client.get("/cases").text
    assert "<script>alert" not in text and "<img src=x" not in text and "{{7*7}}" in text
    assert "/cases/case/karamay-2013-2027/x%22%253E" in text


@pytest.mark.parametrize("path", ["/", "/cases", "/inbox", "/nothing", "/healthz", "/static/pages.css"])
def test_every_answer_carries_a_strict_policy(client: httpx.Client, campaign: Campaign, path: str) -> None:
    told = client.get(path)
    assert told.headers["content-security-policy"] == CONTENT_POLICY and "unsafe" not in CONTENT_POLICY
    assert told.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|https?://(?!127)", _markup(told))


def _markup(told: httpx.Response) -> str:
    return told.text if told.headers["content-type"].startswith("text/html") else ""


def test_static_files_are_kept_by_digest_and_asked_for_by_etag(client: httpx.Client) -> None:
    kept = client.get(assets.address("build", "tabler.min.css"))
    assert kept.status_code == 200 and "immutable" in kept.headers["cache-control"]
    plain = client.get("/static/pages.css")
    assert plain.headers["cache-control"] == "no-cache"
    again = client.get("/static/pages.css", headers={"If-None-Match": plain.headers["etag"]})
    assert again.status_code == 304
    assert client.get("/static/..%2fwords.py").status_code == 404
    assert client.get("/build/%2e%2e/words.py").status_code == 404


def test_a_database_that_is_away_is_a_page_with_a_remedy(services: Services, campaign: Campaign) -> None:
    url = services.endpoints.app_database_url.rpartition("/")[0] + "/nowhere"
    away = Services(services.endpoints.model_copy(update={"app_database_url": url}))
    kept = {SESSION_COOKIE: "some session"}
    with served(away, ready=False) as address, httpx.Client(base_url=address, timeout=60, cookies=kept) as client:
        for path in ("/", "/cases", CASE):
            told = client.get(path)
            assert told.status_code == 503 and "rectify up" in told.text and "Traceback" not in told.text
            other = 'lang="en" class="other">the database does not answer'
            assert told.text.index("数据库没有应答") < told.text.index(other)
        assert client.get("/cases", headers={"HX-Request": "true"}).headers["hx-redirect"] == "/cases"
    away.close()


def test_the_catalogue_has_every_word_and_no_other() -> None:
    templates = "".join(f.read_text(encoding="utf-8") for f in (HERE / "templates").glob("*.html"))
    code = "".join(f.read_text(encoding="utf-8") for f in HERE.rglob("*.py") if f.name != "words.py")
    named = set(re.findall(r"""\bt\(["'](\w+)["'](?! ~)""", templates + code))
    assert named - set(WORDS) == set()
    named |= set(CasesQuery.model_fields) - {"campaign", "after", "q"}  # a filter that is set is told by its name
    prefixes = set(re.findall(r"""\bt\(["'](\w+_)["'] ~""", templates)) | set(re.findall(r"""\bt\(f"(\w+_)\{""", code))
    unused = {w for w in WORDS if w not in named and not w.startswith(tuple(prefixes)) and f'"{w}"' not in code}
    assert unused == set()
    for zh, en in WORDS.values():
        fields = [sorted(f[1] for f in string.Formatter().parse(text) if f[1]) for text in (zh, en)]
        assert fields[0] == fields[1], (zh, en)
