"""What is typed into a form is kept by the browser until it was taken, and by nobody else, and not for ever."""

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect
from sqlalchemy import text

from desk import sign_in
from models.case_ids import subject_in
from serving.cookies import SESSION_COOKIE
from tests.cast import HERE
from tests.durable.office import CaseFile, Office, eventually, finding
from tests.people import PASSWORD, member
from tests.web.conftest import As
from tests.web.test_pages import sound
from tests.web.visitor import moved_to

INSPECTOR, COLLEAGUE = f"inspector:张三@{HERE}", f"inspector:吴九@{HERE}"
KEPT = "() => Object.fromEntries(Object.entries(localStorage).filter(([key]) => key.startsWith('rectify-draft:')))"
LINE = ".restored"


class Desk:
    """A browser at a desk, with whatever it keeps."""

    def __init__(self, context: BrowserContext, page: Page, site: str) -> None:
        self.context, self.page, self.site = context, page, site

    async def see(self, address: str) -> None:
        """A page at the address, in a tab of its own: the one before is closed."""
        old, self.page = self.page, await self.context.new_page()
        await old.close(run_before_unload=False)
        await self.page.goto(self.site + address)

    async def enter(self, login: str) -> None:
        """By login and password on the page that is shown."""
        await self.page.fill("[name=login]", login)
        await self.page.fill("[name=password]", PASSWORD)
        async with self.page.expect_navigation():
            await self.page.press("[name=password]", "Enter")

    async def send(self, button: str = "main form .btn-main") -> None:
        """Press it, and be on the page that answers."""
        async with self.page.expect_navigation():
            await self.page.click(button)

    async def kept(self, count: int) -> str:
        """So many drafts are kept, as soon as typing has come to rest; all that is in them."""

        async def are_kept() -> bool:
            return len(await self.page.evaluate(KEPT)) == count

        assert await eventually(are_kept), await self.page.evaluate(KEPT)
        return json.dumps(await self.page.evaluate(KEPT), ensure_ascii=False)

    async def typed(self, name: str, value: str) -> None:
        """Write into a field, and leave it time to be kept."""
        await self.page.fill(f'[name="{name}"]', value)

        async def is_kept() -> bool:
            return value in json.dumps(await self.page.evaluate(KEPT), ensure_ascii=False)

        assert await eventually(is_kept), await self.page.evaluate(KEPT)


@pytest.fixture
async def desk(browser: Browser, site: str, office: Office) -> AsyncIterator[Desk]:
    moved_to(office, "06-03")
    context = await browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    yield Desk(context, await context.new_page(), site)
    await context.close()


@pytest.fixture
async def case(office: Office) -> CaseFile:
    return await office.open("06-03")


async def test_what_was_typed_survives_until_it_was_taken(desk: Desk, office: Office, case: CaseFile) -> None:
    """A reload, a closed tab, a session that ended in the middle, a refusal, a server that does not answer."""
    who = member(office.services, INSPECTOR)
    form = f"/cases/{case.case_id}/do/record_findings"
    await desk.page.goto(f"{desk.site}/sign-in?lang=zh&next={form}")
    await desk.enter(who.login)
    await desk.page.fill('[name="findings.0.description"]', "通道堵塞")
    await desk.page.click("button[name=more]")
    await desk.typed("findings.1.description", "灭火器过期")
    await desk.page.check('[name="answers.licensed"][value=true]')
    await desk.see(form)  # the tab was closed
    await expect(desk.page.locator('[name="findings.0.description"]')).to_have_value("通道堵塞")
    await expect(desk.page.locator('[name="findings.1.description"]')).to_have_value("灭火器过期")
    assert (
        await desk.page.locator(LINE).inner_text()
        == f"已恢复您 {await _clock(desk)}（实际时间） 填写的内容。照片和文件须重新选择。 放弃"
    )
    await sound(desk.page)
    await desk.page.select_option('[name="findings.0.category"]', "H05")
    for n in (0, 1):
        await desk.page.select_option(f'[name="findings.{n}.grade"]', "general")
    with office.services.engine.begin() as connection:
        connection.execute(text("UPDATE sessions SET ended_at = now()"))
    await desk.send()
    assert "登录已失效" in await desk.page.inner_text("main")
    await sound(desk.page)
    await desk.page.click("main .btn-main")
    await desk.enter(who.login)
    await expect(desk.page.locator('[name="findings.0.category"]')).to_have_value("H05")
    await expect(desk.page.locator('[name="findings.1.description"]')).to_have_value("灭火器过期")
    await expect(desk.page.locator('[name="answers.licensed"][value=true]')).to_be_checked()
    await desk.send()  # the second finding has no category
    assert await desk.page.evaluate("document.activeElement.matches('.refused[role=alert]')"), (
        "focus is on what is wrong"
    )
    assert await desk.page.locator(LINE).count() == 0, "the page itself gave it back"
    await desk.page.click(".refused a[href='#field-findings.1.category']")
    assert await desk.page.evaluate("document.activeElement.name") == "findings.1.category"
    await desk.page.keyboard.type("H07")
    await desk.context.route(
        "**/do/**", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )
    await desk.page.click("main form .btn-main")  # nobody answers
    await desk.context.unroute("**/do/**")
    await desk.see(form)
    assert await desk.page.input_value('[name="findings.1.category"]') == "H07"
    await desk.send()
    assert re.search("done=record_findings", desk.page.url) and (await case.steps()) == ["open", "record_findings"]
    await desk.kept(0)
    assert await desk.page.evaluate("document.activeElement.matches('.done')"), "focus is on what was done"


async def _clock(desk: Desk) -> str:
    at = "new Date().toLocaleTimeString('en-GB', {timeZone: 'Asia/Shanghai', hour: '2-digit', minute: '2-digit'})"
    return await desk.page.evaluate(at)


async def test_an_answer_that_nobody_saw_makes_no_second_effect(desk: Desk, office: Office, case: CaseFile) -> None:
    """The command was taken and the answer lost; what is restored is sent again under the same id."""
    await _signed_in(desk, office, INSPECTOR)
    form = f"/cases/{case.case_id}/do/add_note"
    await desk.see(form)
    await desk.typed("text", "已电话联系")
    sent = await desk.page.evaluate("Object.fromEntries(new FormData(document.querySelector('form.act')))")
    told = await desk.context.request.post(
        f"{desk.site}{form}", form=sent, headers={"Origin": desk.site}, max_redirects=0
    )
    assert told.status == 303
    await desk.context.clear_cookies(name="rectify_taken")
    await desk.see(form)
    assert await desk.page.input_value("[name=text]") == "已电话联系"
    assert "此后情况已有变动" in await desk.page.inner_text(LINE)
    await desk.send()
    assert "done=add_note" in desk.page.url and (await case.steps()) == ["open", "add_note"]
    await desk.kept(0)


async def test_a_row_is_restored_to_what_it_was_about(desk: Desk, office: Office, case: CaseFile) -> None:
    """Finding 1 went meanwhile: what was written about 2 stands at 2, in another row."""
    await case.record(finding("1", "H01"), finding("2", "H02"))
    await _signed_in(desk, office, INSPECTOR)
    form = f"/cases/{case.case_id}/do/register"
    await desk.see(form)
    await desk.typed("assignments.0.responsible", "孙七")
    await desk.typed("assignments.1.responsible", "周八")
    await case.register("1")
    await desk.see(form)
    assert await desk.page.input_value('[name="assignments.0.ref"]') == "2"
    assert await desk.page.input_value('[name="assignments.0.responsible"]') == "周八"
    await desk.send(f"{LINE} button")
    assert await desk.page.input_value('[name="assignments.0.responsible"]') == ""
    assert await desk.page.locator(LINE).count() == 0
    await desk.kept(0)


async def test_nobody_else_finds_it_and_no_secret_is_kept(desk: Desk, office: Office, case: CaseFile) -> None:
    """Gone when the person signs out, when somebody else signs in, and after some days."""
    who = member(office.services, INSPECTOR)
    await desk.page.goto(f"{desk.site}/sign-in?next=/cases/{case.case_id}/do/add_note")
    await desk.enter(who.login)
    await desk.typed("text", "孙七说明情况")
    assert PASSWORD not in (kept := await desk.kept(1)) and case.case_id not in kept, "not even what it is of"
    await desk.see("/me")
    await desk.kept(1)
    await desk.send("form[action='/sign-out'] button")
    await desk.kept(0)

    await _signed_in(desk, office, INSPECTOR)
    await desk.see(f"/cases/{case.case_id}/do/add_note")
    await desk.typed("text", "孙七说明情况")
    await _signed_in(desk, office, COLLEAGUE)
    await desk.see("/work")
    await desk.kept(0)

    await desk.see(f"/cases/{case.case_id}/do/add_note")
    await desk.typed("text", "八天前")
    await desk.see("/work")
    older = """() => { for (const key of Object.keys(localStorage)) {
        const draft = JSON.parse(localStorage[key]);
        localStorage[key] = JSON.stringify({...draft, at: draft.at - 8 * 86400000});
    } }"""
    await desk.page.evaluate(older)
    await desk.context.clear_cookies()
    await desk.see("/sign-in")  # also where nobody is signed in
    await desk.kept(0)


async def test_rows_that_are_kept_leave_no_draft_behind(
    desk: Desk, office: Office, case: CaseFile, visitor: As
) -> None:
    """Of the self-inspection ledger: neither the rows nor the day on which one was put right come back."""
    enterprise = visitor(f"enterprise:孙七@{HERE}", subject_in(case.case_id))
    await desk.context.add_cookies([{"name": SESSION_COOKIE, "value": enterprise.token, "url": desk.site}])
    at = "/self-inspection"
    await desk.see(at)
    await desk.page.fill('[name="rows.0.found_on"]', "2027-06-01")
    await desk.typed("rows.0.description", "灭火器过期")
    await desk.send("#own-rows .btn-main")
    await desk.kept(0)
    await desk.page.fill("[name^='on.']", "2027-06-02")
    await desk.send("button[formaction$=rectified]:visible")
    await desk.send("[role=alert] .btn-main")
    assert "righted=1" in desk.page.url
    await desk.see(at)
    await desk.kept(0)
    assert await desk.page.locator(LINE).count() == 0
    left = {
        "at": 0,
        "base": {},
        "written": {"on.gone#0": ["2027-06-02"], "rows.0.measure#0": [""]},
        "ids": {},
        "seen": {},
    }
    await desk.page.evaluate(
        """left => localStorage.setItem(`rectify-draft:${document.querySelector("meta[name=person]").content}:`
        + document.querySelector("#own-rows").dataset.draft, JSON.stringify({...left, at: Date.now()}))""",
        left,
    )
    await desk.see(at)
    assert await desk.page.locator(LINE).count() == 0, "what shows nothing is not restored"


async def _signed_in(desk: Desk, office: Office, post: str) -> None:
    """From now on the browser is theirs."""
    who = member(office.services, post)
    token = sign_in.begin(office.services.engine, who.account_id, who.person_id, "tests", datetime.now(UTC)).token
    await desk.context.add_cookies([{"name": "rectify_session", "value": token, "url": desk.site}])


async def test_a_reason_comes_back_for_its_own_proposal_alone(desk: Desk, office: Office, case: CaseFile) -> None:
    """For the approval and the return of one proposal; for none that was made anew, and never on the measure desk."""
    await case.record(finding("1", "V01"))
    await case.register("1")
    await case.do("propose_measure", must="close")
    government = f"government:赵六@{HERE}"
    await _signed_in(desk, office, government)
    approval, return_ = (f"/cases/{case.case_id}/do/{do}_measure?about=close" for do in ("approve", "return"))
    await desk.see(approval)
    await desk.typed("reason", "证据不足")
    await desk.see(return_)
    await expect(desk.page.locator("[name=reason]")).to_have_value("证据不足")
    await case.do("return_measure", f"government:钱七@{HERE}", must="close", reason="补证")
    await case.do("propose_measure", must="close")
    for form in (approval, return_, "/measures"):
        await desk.see(form)
        await expect(desk.page.locator("[name=reason]")).to_have_value("")
        assert await desk.page.locator(LINE).count() == 0
    await desk.page.fill("[name=reason]", "同意取缔")
    await desk.see("/measures")
    await expect(desk.page.locator("[name=reason]")).to_have_value("")


async def test_pinyin_sends_no_form_and_a_form_is_sent_once(desk: Desk, office: Office, case: CaseFile) -> None:
    await _signed_in(desk, office, INSPECTOR)
    await desk.see(f"/cases/{case.case_id}/do/record_findings")
    asked: list[str] = []
    desk.page.on("request", lambda r: asked.append(r.method) if r.is_navigation_request() else None)
    await desk.page.select_option('[name="findings.0.category"]', "H05")
    await desk.page.select_option('[name="findings.0.grade"]', "general")
    await desk.page.fill('[name="findings.0.description"]', "通道堵塞")
    keyboard = await desk.context.new_cdp_session(desk.page)
    line = desk.page.locator('input[name="findings.0.ref"]')
    await line.focus()
    await keyboard.send("Input.imeSetComposition", {"text": "yi", "selectionStart": 2, "selectionEnd": 2})
    key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
    for kind in ("keyDown", "keyUp"):
        await keyboard.send("Input.dispatchKeyEvent", {"type": kind, **key})
    await desk.page.evaluate("document.querySelector('form.act').requestSubmit(document.querySelector('.btn-main'))")
    taken = """() => document.activeElement.dispatchEvent(
        new KeyboardEvent('keydown', {key: 'Enter', keyCode: 229, bubbles: true, cancelable: true}))"""
    assert not await desk.page.evaluate(taken), "also where the key comes late"
    assert asked == [] and await line.input_value() != ""
    await keyboard.send("Input.insertText", {"text": "一"})
    await line.fill("1")
    twice = "() => { const b = document.querySelector('form.act .btn-main'); b.click(); b.click(); }"
    async with desk.page.expect_navigation():
        await desk.page.evaluate(twice)
    assert asked.count("POST") == 1 and (await case.steps()) == ["open", "record_findings"]
