"""Whoever enlarges a page reads down, not sideways (WCAG 2.2, 1.4.4 and 1.4.10): 1280 px at 200 % and at 400 %."""

from store.campaigns import Campaign
from tests.web.conftest import OFFICE, Reading
from tests.web.test_pages import CASE, FORMS, OF_OTHERS, PAGES

INSPECTOR = "inspector:检查员1@650202"
ZOOMED = {"200 %": 640, "400 %": 320}
"""CSS pixels that are left of 1280."""
EVERYWHERE = [
    *((OFFICE, path) for path in (*PAGES, *FORMS, "/me", "/me/ways", "/prove", "/nothing")),
    *OF_OTHERS,
    *((INSPECTOR, f"{CASE}{path}") for path in ("/do/record_findings", "/do/add_note", "?tab=timeline")),
    (INSPECTOR, "/ledgers/new"),
    (None, "/sign-in"),
]
STICKS_OUT = """() => {
    document.querySelectorAll('details.twin').forEach(d => { d.open = true; });  // what is shut has no width
    const wide = document.documentElement.clientWidth;
    const cut = [...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth + 1);
    const out = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > wide + .5);
    const wrong = document.documentElement.scrollWidth > wide ? out : cut;
    const innermost = wrong.filter(e => !wrong.some(o => o !== e && e.contains(o)));
    return innermost.map(e => e.outerHTML.slice(0, 120)).slice(0, 5);
}"""


async def test_nothing_sticks_out_of_an_enlarged_page(town: Campaign, site: str, reading: Reading) -> None:
    """English, whose words are longer, at both; Chinese at the narrower."""
    readers = {who: await reading(who=who) for who in dict.fromkeys(who for who, _ in EVERYWHERE)}
    wrong: dict[str, list[str]] = {}
    for who, path in EVERYWHERE:
        page = readers[who].page
        for lang, zooms in (("en", ZOOMED), ("zh", ("400 %",))):
            await page.goto(f"{site}{path}{'&' if '?' in path else '?'}lang={lang}")
            for zoom in zooms:
                await page.set_viewport_size({"width": ZOOMED[zoom], "height": 400})
                if sticks_out := await page.evaluate(STICKS_OUT):
                    wrong[f"{path} in {lang} at {zoom}"] = sticks_out
    assert not wrong, repr(wrong).replace("\\n", " ")
    readers[OFFICE].complaints.clear()  # the browser itself notes the status of an address that is not there
