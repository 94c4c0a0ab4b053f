"""What readers take along of lists and keep of them: exports of exactly what is shown, and saved views."""

import io
import re
from datetime import UTC, datetime
from html import unescape

import openpyxl
import pytest
from sqlalchemy import Engine, text

from store import people
from store.audit import AuditFilter, audit_page
from store.campaigns import Campaign
from tests.cast import HERE
from tests.web.conftest import OFFICE, Seat
from tests.web.lists_read import exported, heads, hits, keep, listed, plain_cell, seen, shown_cells

INSPECTOR, SUPERVISOR = f"inspector:张三@{HERE}", f"supervisor:王局长@{HERE}"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_is_the_list_as_it_is_shown_over_all_pages(
    engine: Engine, seat: Seat, town: Campaign, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.lists.export._PAGE", 7)
    client, asked = seat(), "/cases?source=inspection&columns=stage,subject,due,next_role"
    names, address, turns = list[str](), asked, set[tuple[str, str]]()
    turn = r'data-label="Whose turn" class="quiet"><span>([^<]+?) <small>Due: <span[^>]*>([^<]+)<'
    while address:
        told = client.get(address).text
        turns |= set(re.findall(turn, told))
        names += re.findall(r'class="main"><a [^>]+>([^<]+)</a>', told)
        onward = re.search(r'class="btn btn-next" href="([^"]+)"', told)
        address = unescape(onward.group(1)) if onward else ""
    rows = exported(client, f"/cases/export?{asked.partition('?')[2]}&file={kind}")
    assert rows[0] == ["Case", "Stage", "Subject", "Earliest due", "Whose date it is", "Whose turn", "Due"]
    assert [row[2] for row in rows[1:]] == names and len(names) > 50
    assert {bool(row[3]) for row in rows[1:] if row[4]} == {True}
    assert all(row[4] for row in rows[1:] if row[3]), "every date is somebody's"
    assert turns and turns <= {(row[5], row[6]) for row in rows}, "until when it is whose turn"
    line = audit_page(engine, AuditFilter(kind="exported"), 1)[0]
    assert line.outcome == "done" and line.facts["source"] == "inspection" and line.facts["file"] == kind
    assert line.by.role == "office" and re.fullmatch(rf"Cases \d{{4}}-\d\d-\d\d\.{kind}", line.file or "")


@pytest.mark.parametrize(
    ("asked", "who"),
    [
        ("/?columns=urgency,subject,what,turn,level,due,street,kind,grade", OFFICE),
        (f"/?due=soon&kind=duty&district={HERE}&columns=due,subject,officer,sector", SUPERVISOR),
        ("/work?columns=urgency,subject,what,turn,due,stage", OFFICE),
        ("/work?list=supervised&columns=subject,due,district", SUPERVISOR),
        ("/work?mine=true", "inspector:检查员2@650202"),
    ],
)
def test_board_and_workbench_are_exported_as_they_are_shown(
    engine: Engine, seat: Seat, town: Campaign, asked: str, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.lists.export._PAGE", 7)
    client, cells, address, told = seat(who), list[list[str]](), asked, ""
    while address:
        told = client.get(address).text
        cells += shown_cells(told)
        onward = re.search(r'class="btn btn-next" href="([^"]+)"', told)
        address = unescape(onward.group(1)) if onward else ""
    path, _, filters = asked.partition("?")
    rows = exported(client, f"{path if path != '/' else '/board'}/export?{filters}&file=csv")
    assert rows[0] == ["Case", *heads(listed(told))]
    assert [[plain_cell(cell) for cell in row[1:]] for row in rows[1:]] == cells and len(cells) > 2
    line = audit_page(engine, AuditFilter(kind="exported"), 1)[0]
    assert line.outcome == "done" and line.facts["what"] == ("board" if path == "/" else "work")


def test_board_and_workbench_have_columns_views_and_ticks(seat: Seat, town: Campaign) -> None:
    client = seat()
    for path in ("/", "/?due=soon", "/work", "/work?list=supervised"):
        asked = f"{path}{'&' if '?' in path else '?'}columns=street,subject,due"
        told = client.get(asked).text
        assert heads(told)[:3] == ["Street or town", "Subject", "Due"], path
        assert re.search(r'name="case" value="case/[^"]+" form="ticked"', told) and "/orders/new/remind" in told, path
        wrong = client.get(asked.replace("street", "listed"))
        assert wrong.status_code == 422 and "columns" in wrong.text, "a column of another list"
        assert keep(client, asked, f"view of {path}", "district").status_code == 303, path
    views = seen(client, "/") | seen(client, "/work")
    assert len(seen(client, "/")) == len(seen(client, "/work")) == 2 and not seen(client), "each at its own list"
    page = client.get("/views").text
    counts = dict(re.findall(r"<b>(view of [^<]+)</b></a>\s*<small>[^·]+ · ([\d,]+) found", page))
    for name, address in views.items():
        told = client.get(address).text
        assert heads(told)[:3] == ["Street or town", "Subject", "Due"], name
        assert int(counts[name]) == len(shown_cells(told)) or 'class="btn btn-next"' in told, name
    assert len(seen(seat("office:吴科长@650200"), "/work")) == 2, "shared with the territory"
    assert 'data-count="all"' in client.get("/work?list=done").text
    for wrong in ("list=done", "list=nothing"):
        assert keep(client, "/work", "x", asked=wrong).status_code == 422
    assert client.get("/work/export?list=done").status_code == 422
    assert keep(client, "/work", "x", list="nothing").status_code == 422


def test_an_export_holds_what_the_post_may_read_and_no_formula(
    engine: Engine, seat: Seat, town: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE cases SET subject_name = :name, officers = '[\"@SUM(1)\"]' WHERE case_id = :id"),
            {"name": "=HYPERLINK(1)", "id": "case/karamay-2013-2027/demo-157"},
        )
        there = connection.execute(text("SELECT district FROM cases WHERE subject_name = '=HYPERLINK(1)'")).scalar()
    rows = exported(seat(f"supervisor:某局长@{there}"), "/cases/export?columns=subject,officer,district&file=csv")
    assert len({row[3] for row in rows[1:]}) == 1, "no other district"
    assert ["'=HYPERLINK(1)", "'@SUM(1)"] in [row[1:3] for row in rows]
    book = seat().get("/cases/export?columns=subject&file=xlsx")
    cells = [c for row in openpyxl.load_workbook(io.BytesIO(book.content)).worksheets[0].iter_rows() for c in row]
    assert [c.data_type for c in cells if c.value == "=HYPERLINK(1)"] == ["s"] or all(c.data_type != "f" for c in cells)
    monkeypatch.setattr("web.lists.export.EXPORTED_TO", 5)
    refused = seat().get("/cases/export")
    assert refused.status_code == 422 and "narrow it" in refused.text


def test_a_view_is_kept_counted_shared_renamed_and_deleted(engine: Engine, seat: Seat, town: Campaign) -> None:
    mine, colleague, boss, elsewhere = seat(INSPECTOR), seat(INSPECTOR), seat(SUPERVISOR), seat("inspector:李四@650202")
    asked = "/cases?stage=escalation&columns=subject,due"
    kept = keep(mine, asked, " 四个一律 ").headers["location"]
    assert kept == "/cases?stage=escalation&columns=subject%2Cdue&done=view_saved"
    assert "The view is saved" in mine.get(kept).text
    again = keep(mine, "/cases?stage=registration", "四个一律").headers["location"]
    assert again == "/cases?stage=registration&done=view_exists" and "Not saved" in mine.get(again).text
    [(name, address)] = seen(mine).items()
    assert name == "四个一律" and heads(mine.get(address).text) == ["Subject", "Earliest due"]
    listed = mine.get("/views").text
    assert f"{hits(mine.get(address).text)} cases" in listed
    assert [seen(other) for other in (colleague, boss, elsewhere)] == [{}] * 3, "nobody else's"
    [view_id] = re.findall(r'action="/views/([^"]+)"', listed)[:1]
    for share, sees in (("office", [1, 0, 0]), ("district", [1, 1, 0])):
        told = mine.post(f"/views/{view_id}", data={"do": "change", "name": "重点", "share": share})
        assert told.status_code == 303
        assert [len(seen(other)) for other in (colleague, boss, elsewhere)] == sees
    assert "张三" in boss.get("/views").text and f"/views/{view_id}" not in boss.get("/views").text
    for deed in ({"do": "delete"}, {"do": "change", "name": "x", "share": ""}):
        assert boss.post(f"/views/{view_id}", data=deed).status_code == 404, "another's answers like a missing one"
    assert list(seen(mine)) == ["重点"]
    mine.post(f"/views/{view_id}", data={"do": "delete"})
    assert seen(mine) == seen(boss) == {}
    assert keep(mine, asked, "重点", "district").status_code == 303 and list(seen(boss)) == ["重点"]
    with engine.begin() as connection:
        owner = connection.execute(text("SELECT owner FROM saved_views")).scalar_one()
        people.leave(connection, owner, datetime.now(UTC))
    assert seen(boss) == {}, "nobody is left who could delete it"


def test_what_is_kept_are_parameters_of_the_list_and_nothing_else(
    engine: Engine, seat: Seat, town: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = seat(INSPECTOR)
    for asked in ("stage=nothing", "columns=salary", "after=x&stage=escalation&next=//evil.example&overdue=maybe"):
        assert keep(client, "/cases", "x", asked=asked).status_code == 422, asked
    assert keep(client, "/cases", "x", asked="stage=escalation&after=abc&to=https://evil.example").status_code == 303
    with engine.connect() as connection:
        assert connection.execute(text("SELECT asked FROM saved_views")).scalars().all() == [{"stage": "escalation"}]
    for name in ("", " ", "x" * 61):
        assert keep(client, "/cases", name).status_code == 422, name
    assert keep(client, "/cases", "x", share="everybody").status_code == 422
    twice = {"view_id": "00000000-0000-4000-8000-000000000001"}
    assert [keep(client, "/cases", "twice", **twice).status_code for _ in range(2)] == [303, 303]
    assert sorted(seen(client)) == ["twice", "x"], "sent twice it is kept once"
    monkeypatch.setattr("store.saved_views.VIEWS_A_PERSON", 2)
    assert keep(client, "/cases", "one too many").status_code == 409
    with engine.begin() as connection:
        connection.execute(text("UPDATE saved_views SET name = 'older' WHERE name = 'x'"))
    assert "older" in client.get("/views").text
