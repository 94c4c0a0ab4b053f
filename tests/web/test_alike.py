"""Like names in the register: told before somebody is registered twice, and found under what they are called now."""

import re

import pytest

from models.register import SubjectFacts
from store.subject_search import find_subject
from store.subjects import add_subject, merge_subjects
from tests.cast import ELSEWHERE, HERE, actor
from tests.durable.office import Office
from tests.web.conftest import As

INSPECTOR, CLERK = f"inspector:张三@{HERE}", "office:王@650200"


@pytest.mark.clause("domain §2")
async def test_a_like_name_and_a_code_that_cannot_be_are_told_before_a_subject_is_registered(
    visitor: As, office: Office
) -> None:
    facts = SubjectFacts(name="东湖加油站", district=HERE, street="昆仑路街道")
    add_subject(office.services.engine, "s-lake", facts, actor(CLERK))
    inspector = visitor(INSPECTOR)
    form = await inspector.see("/subjects/new")
    assert '<option value="昆仑路街道">' in form, "streets of the register are offered"
    typed = {"name": "克拉玛依东湖加油站有限公司", "kind": "enterprise", "district": HERE, "code": "1234"}
    typed |= await inspector.hidden("/subjects/new")
    told = await inspector.client.post("/subjects/new", data=typed)
    assert told.status_code == 200 and 'href="/subjects/s-lake"' in told.text
    assert "should have 18 characters" in told.text and 'value="克拉玛依东湖加油站有限公司"' in told.text
    assert find_subject(office.services.engine, typed["subject_id"]) is None, "nothing is written yet"
    told = await inspector.client.post("/subjects/new", data={**typed, "certain": "true"})
    assert told.status_code == 303, "a wrong check digit warns, it does not refuse"
    case = await inspector.act("/subjects/s-lake/do/open")
    again = await inspector.client.get("/subjects/s-lake/do/open")
    assert again.status_code == 303 and again.headers["location"] == case, "the running case is the one"


@pytest.mark.clause("domain §2")
@pytest.mark.parametrize(
    "new",
    [
        "克拉玛依区餐馆120号（演示）二店",
        "餐馆120号演示第3分店",
        "克拉玛依区餐馆120号",
        "克拉玛依市餐馆120号有限公司第二分公司",
    ],
)
async def test_a_branch_is_held_against_its_house_and_a_house_against_its_branch(
    visitor: As, office: Office, new: str
) -> None:
    for subject_id, name in (
        ("s-house", "克拉玛依区餐馆120号（演示）"),
        ("s-place", "克拉玛依区"),
        ("s-not", "餐馆12号"),
    ):
        add_subject(office.services.engine, subject_id, SubjectFacts(name=name, district=HERE), actor(CLERK))
    told = await visitor(INSPECTOR).send("/subjects/new", {"name": new, "kind": "site", "district": HERE})
    assert told.status_code == 200 and re.findall(r'href="/subjects/(s-[a-z]+)"', told.text) == ["s-house"]


@pytest.mark.clause("domain §2")
async def test_its_whole_name_in_another_district_or_of_a_merged_duplicate_is_told(visitor: As, office: Office) -> None:
    engine = office.services.engine
    for subject_id, name, district in (
        ("s-far", "白碱滩区采石场002号（演示）", ELSEWHERE),
        ("s-stays", "老采石场", ELSEWHERE),
        ("s-gone", "白碱滩区采石场002号", ELSEWHERE),
    ):
        add_subject(engine, subject_id, SubjectFacts(name=name, district=district), actor(CLERK))
    merge_subjects(engine, "s-gone", "s-stays", actor(CLERK), "重复登记")
    new = {"name": "白碱滩区采石场002号", "kind": "site", "district": HERE}
    told = await visitor(CLERK).send("/subjects/new", new)
    assert told.status_code == 200
    assert set(re.findall(r'href="/subjects/(s-[a-z]+)"', told.text)) == {"s-far", "s-gone"}


@pytest.mark.clause("domain §2")
async def test_a_case_is_found_by_the_name_of_now_and_says_it(visitor: As, office: Office) -> None:
    case, clerk = await office.open("06-03"), visitor(CLERK)
    subject_id = case.case_id.rpartition("/")[2]
    before = find_subject(office.services.engine, subject_id)
    assert before is not None
    page = f"/subjects/{subject_id}"
    assert "keep the name, street and sector" in await clerk.see(f"{page}/do/change")
    renamed = {"name": "新区修理厂（东区）", "kind": "enterprise", "sector": "fire_safety", "reason": "更名"}
    told = await clerk.send(f"{page}/do/change", {**renamed, "version": str(before.version)})
    assert told.status_code == 303, told.text
    for words in ("新区修理厂", "xqxlc", before.name):
        assert f'href="/cases/{case.case_id}' in await clerk.see(f"/cases?q={words}"), words
    assert "Now in the register as 新区修理厂（东区）" in await clerk.see(f"/cases/{case.case_id}")
