"""Who is told of a measure: said on the form before it is approved, then on the case; or that nobody can be."""

import re
from html import unescape

from rules.case.announce_table import TOPICS
from store.notices import deliver
from store.reminders import remind
from tests.cast import HERE
from tests.durable.office import CaseFile, Office, finding, instant
from tests.web.conftest import As
from tests.web.test_measure_desk import GOVERNMENT, INSPECTOR, propose

STRANGER = "无账号甲"
UNREAD = "nobody there has an account: serve it by other means"


def words(page: str) -> str:
    """What the page says, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.partition("<main")[2])).split())


def tell_all(office: Office) -> None:
    for topic in TOPICS:
        deliver(office.services.engine, topic, 1000)


async def proposed(office: Office, visitor: As, *officers: str) -> CaseFile:
    """A closure that waits for its decision, with these officers in charge."""
    case = await office.open("06-03")
    await case.do("assign_officers", f"supervisor:王五@{HERE}", officers=list(officers))
    await propose(visitor(INSPECTOR), case)
    return case


async def test_the_form_says_who_will_be_told_and_the_case_who_was(office: Office, visitor: As) -> None:
    case = await proposed(office, visitor, "张三")
    government = visitor(GOVERNMENT)
    form = f"/cases/{case.case_id}/do/approve_measure?about=close"
    for address in (form, "/measures"):
        said = words(await government.see(address))
        assert "Told on approval inspector 张三 at once, under Notices" in said and UNREAD not in said, address
        assert "The enterprise not told by the system: the inspector serves the papers" in said
    await government.act(form)
    tell_all(office)
    said = words(await government.see(f"/cases/{case.case_id}?done=approve_measure"))
    receipt = said[said.index("Done: ") : said.index("What you can do")]
    assert "Whose turn it is now inspector 张三: execute the closure" in receipt, receipt
    assert "Told: inspector 张三" in receipt
    must = said[said.index("The four musts") :]
    assert re.search(r"Told inspector 张三 20\d\d-06-03 \d\d:\d\d", must), must[:600]
    assert "measure approved 赵六 · district government closure approved" in said
    assert UNREAD not in receipt


async def test_that_nobody_can_be_told_is_said_with_the_way_out(office: Office, visitor: As) -> None:
    case = await proposed(office, visitor, STRANGER)
    government = visitor(GOVERNMENT)
    form = f"/cases/{case.case_id}/do/approve_measure?about=close"
    said = words(await government.see(form))
    assert f"Told on approval inspector {STRANGER} {UNREAD} Have an administrator open an account" in said
    await government.act(form)
    tell_all(office)
    said = words(await government.see(f"/cases/{case.case_id}?tab=timeline"))
    assert f"inspector {STRANGER} {UNREAD}" in said


async def test_an_enterprise_reads_of_its_case_what_it_was_told_itself(office: Office, visitor: As) -> None:
    case = await office.open("06-03")
    await case.record(finding("1", "H01"))
    await case.register("1")
    tell_all(office)
    subject = (await case.case()).subject_id
    official = words(await visitor(INSPECTOR).see(f"/cases/{case.case_id}?tab=timeline"))
    assert "Told: inspector" in official and f"Told: enterprise {UNREAD}" in official
    own = words(await visitor(f"enterprise:孙七@{HERE}", subject).see(f"/cases/{case.case_id}?tab=timeline"))
    assert "Told: inspector" not in own and "Told: enterprise" in own and UNREAD not in own


async def test_what_was_missed_is_reminded_of_in_an_entry_of_its_own(office: Office, visitor: As) -> None:
    """Not under whatever step came last before it."""
    case = await office.open("05-10")
    await case.record(finding("F1", "H01"))
    await case.register("F1")
    await case.to("06-20 08:00")
    campaign, engine = office.campaign, office.services.engine
    assert remind(engine, campaign.plan, campaign.campaign_id, instant("06-20 08:00")) > 0
    await case.do("add_note", text="the last step")
    page = words(await visitor(INSPECTOR).see(f"/cases/{case.case_id}?tab=timeline"))
    timeline = page.partition("Timeline")[2]
    assert "Reminder the clock Told: city office F1 not rectified in time" in timeline
    assert "Told" not in timeline.partition("the last step")[2].partition("Reminder")[0]
