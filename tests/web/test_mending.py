"""What was filled in wrongly is told at its field, in words, and nothing that was typed is cut or lost."""

import re
from html import unescape
from pathlib import Path

import pytest

from rules.words.naming import Both
from serving.problems import WrongField
from store.campaigns import Campaign
from tests.web.conftest import Reading, Seat
from tests.web.test_pages import CASE, follow
from views.forms.kinds import FormField, Kind
from web.mending import mending

INSPECTOR, SUPERVISOR, ENTERPRISE = "inspector:检查员2@650202", "supervisor:王五@650202", "enterprise:孙七@650202"
GOVERNMENT, ADMIN = "government:区政府@650202", "admin:管理员@650200"
FORM = f"{CASE}/do/record_findings"
TEMPLATES = Path(__file__).parents[2] / "web" / "templates"
NAMED = Both("某项", "a field")


def field(name: str, kind: Kind, *parts: FormField, required: bool = True) -> FormField:
    return FormField(name, kind, NAMED, required, parts=parts)


def missing(place: str, zh: str = "缺少该项") -> WrongField:
    return WrongField(field=place, zh=zh, en="Field required", remedy_zh="补上该项", remedy_en="add it")


@pytest.mark.parametrize(
    ("kind", "said"),
    [("ticks", "请勾选"), ("tick", "请勾选"), ("choice", "请选择"), ("yes_no", "请选择"), ("line", "请填写")],
)
def test_what_is_missing_is_asked_for_as_it_is_given(kind: Kind, said: str) -> None:
    wrong, elsewhere = mending([field("x", kind)], [("x", missing("x"))])
    assert (wrong["x"].zh, wrong["x"].remedy_zh, elsewhere) == (said, "", [])


def test_an_empty_group_is_told_at_each_part_that_is_needed() -> None:
    checks, remark = field("details.checks", "ticks"), field("details.remark", "line", required=False)
    wrong, _ = mending([field("details", "group", checks, remark)], [("details", missing("details"))])
    assert {name: error.zh for name, error in wrong.items()} == {"details.checks": "请勾选"}


def test_a_mistake_in_a_line_is_told_at_the_whole_field_and_a_strange_one_above_the_form() -> None:
    told = [("evidence.3", missing("evidence.3", "超过 4000 个字符")), ("strange", missing("strange"))]
    wrong, elsewhere = mending([field("evidence", "lines")], told)
    assert wrong["evidence"].zh == "超过 4000 个字符" and [one.field for one in elsewhere] == ["strange"]


def test_a_text_that_is_too_long_comes_back_whole_with_its_limit_and_fields_by_name(seat: Seat, town: Campaign) -> None:
    client, text = seat(INSPECTOR), "长" * 4001
    shown = client.get(FORM, params={"lang": "zh"}).text
    assert 'name="findings.0.grade"' in shown and 'value="general" selected' not in shown, "the inspector judges"
    sent = {"findings.0.ref": "F9", "findings.0.category": "H05", "findings.0.description": text}
    told = client.post(FORM, data=sent, headers={"Origin": str(client.base_url)})
    assert told.status_code == 422 and f">{text}</textarea>" in told.text
    words = re.sub(r"<[^>]+>", "", unescape(told.text))
    assert "超过 4000 个字符（现有 4001 个）；删减内容" in words and "有 2 处须改正，未受理" in words
    assert "等级：请选择" in words and "findings.0" not in words


def test_no_text_is_cut_at_its_limit_without_a_word() -> None:
    found = [
        (path.name, area)
        for path in TEMPLATES.glob("*.html")
        for area in re.findall("<textarea[^>]*>", path.read_text())
    ]
    assert found and not [where for where in found if "maxlength" in where[1]]


async def test_what_is_pasted_stays_and_is_counted_and_the_way_back_leads_to_the_form(
    reading: Reading, town: Campaign, site: str
) -> None:
    reader = await reading(who=INSPECTOR)
    page = reader.page
    await page.goto(f"{site}{FORM}")
    area = page.locator('textarea[name="findings.0.description"]')
    await area.fill("长" * 9900)
    assert await area.evaluate("e => [e.value.length, e.validity.customError]") == [9900, True]
    assert await page.locator(".counter").inner_text() == "已填 9,900 字，超过 4,000 字，请删减"
    await area.fill("短")
    assert await page.locator(".counter").is_hidden() and await area.evaluate("e => e.validity.valid")
    await page.evaluate("document.querySelector('form.act').noValidate = true")
    async with page.expect_navigation():
        await page.click("form.act .btn-main")
    assert await page.locator(".refused").is_visible()
    await follow(page, "header a[href='/work']")
    await page.go_back()
    assert await area.input_value() == "短", "the form, with what was typed into it"
    assert [c for c in reader.complaints if "422" not in c] == []
    reader.complaints.clear()


@pytest.mark.parametrize(
    ("who", "path", "home"),
    [
        (ENTERPRISE, "/nothing", "/work"),
        (INSPECTOR, "/admin", "/"),
        (ADMIN, "/cases", "/admin"),
        (SUPERVISOR, "/cases/case/karamay-2013-2027/demo-1170", "/"),
    ],
)
def test_what_is_not_there_leads_where_one_may_be(seat: Seat, town: Campaign, who: str, path: str, home: str) -> None:
    client = seat(who, subject="demo-157" if who == ENTERPRISE else None)
    told = client.get(path, params={"lang": "zh"}, headers={"Accept": "text/html"})
    shown = told.text.partition("<main")[2].partition("</main>")[0]
    assert told.status_code in (403, 404)
    assert re.findall(r'<a class="btn" href="([^"]+)"', shown) == [home]
    assert client.get(home).status_code < 400


def test_each_date_in_the_list_of_cases_says_whose_it_is(seat: Seat, town: Campaign) -> None:
    told = seat(INSPECTOR).get("/cases?q=demo-157&lang=zh").text
    row = " ".join(re.sub(r"<[^>]+>", " ", re.findall(r"<tr>.*?</tr>", told, re.DOTALL)[1]).split())
    assert re.search(r"2027-07-03 24:00 逾期 \d+ 天 企业的期限 区政府 期限： ?2027-07-23 24:00 逾期 \d+ 天", row), row


def test_whoever_has_one_case_is_shown_no_filters_of_a_city_and_no_list_that_is_never_its_own(
    seat: Seat, town: Campaign
) -> None:
    own, other = seat(ENTERPRISE, subject="demo-157"), seat(SUPERVISOR)
    assert 'class="filters"' not in own.get("/cases").text and "/cases/case" in own.get("/cases").text
    assert 'class="filters"' in other.get("/cases").text
    assert 'data-count="decisions"' not in own.get("/work").text
    assert 'data-count="decisions"' in other.get("/work").text


def test_beside_an_execution_stand_who_approved_it_and_until_when_it_is_due(seat: Seat, town: Campaign) -> None:
    told = seat(INSPECTOR).get(f"{CASE}/do/record_execution?about=fine&lang=zh").text
    facts = dict(re.findall(r"<div><dt>([^<]+)</dt><dd>(.*?)</dd>", told, re.DOTALL))
    assert (
        "区安监局负责人" in facts["批准人"] and "2027-07-26 24:00" in facts["执行时限"] and "逾期" in facts["执行时限"]
    )
    assert "提请和审批时限" not in facts


def test_the_desk_shows_why_a_finding_failed_and_what_is_late(seat: Seat, town: Campaign) -> None:
    told = re.sub(r"<[^>]+>", " ", seat(SUPERVISOR).get("/measures?lang=zh").text)
    assert re.search(r"上次复查不合格\s+现场复查", told) and re.search(
        r"提请和审批时限\s+2027-08-09 24:00\s+暂定\s+逾期 \d+ 天", told
    )
