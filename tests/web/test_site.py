"""On site: what an inspector writes down by telephone arrives whole and once, whatever happens in between."""

from playwright.async_api import Browser

from tests.durable.office import CaseFile, Office
from tests.pictures import jpeg
from tests.web.conftest import As
from tests.web.on_site import begin, opened, queue, sent, telephone, write_down


async def recorded(case: CaseFile) -> list[tuple[str, str, tuple[str, ...]]]:
    """Each finding in the record: its number, what was written, and the hashes of its photos."""
    return [
        (found.ref, found.description, tuple(f.sha256 for f in case.files if found.ref in f.refs))
        for case in [(await folded(case))]
        for found in case.findings
    ]


async def test_a_finding_with_its_photo_goes_from_the_form_into_the_case(
    visitor: As, site: str, office: Office, browser: Browser
) -> None:
    case = await office.open("06-03", subject="s-shop")
    async with telephone(browser, office.services, site) as phone:
        page = await opened(phone, site)
        await begin(page, "A factory")
        await write_down(page, "H01", "消防通道堵塞", [jpeg(mark="red"), jpeg(mark="green")])
        await write_down(page, "V04", "特种作业人员无证", [jpeg(mark="blue")])
        await queue(page)
        await sent(page, 1)
        print(await page.inner_text("#site"))
    for line in await case.log():
        print(line)
