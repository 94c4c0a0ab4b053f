"""Whoever goes through a page by keyboard sees where he is (WCAG 2.2, 1.4.11, 2.4.7 and 2.4.13).

The ring has two colours, a dark and a white one, so that one of them stands out from whatever lies beside it.
"""

from base64 import b64encode
from typing import Any

import pytest
from playwright.async_api import Page

from store.campaigns import Campaign
from tests.web.conftest import Reading
from tests.web.test_pages import PAGES

AT_LEAST = 3.0
"""Contrast of a ring with what is beside it."""
THICK = 2.0
"""CSS pixels of each of the two colours."""

FOCUSED = """async () => {
    const e = document.activeElement;
    if (!e || e === document.body) return null;
    await Promise.all(e.getAnimations().map(a => a.finished));
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
    const rgba = colour => {
        canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = colour => {
        const [r, g, b] = colour.map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b;
    };
    const contrast = (one, other) => {
        const [a, b] = [light(one), light(other)].sort((x, y) => y - x);
        return (a + .05) / (b + .05);
    };
    const behind = start => {
        const layers = [];
        for (let at = start; at; at = at.parentElement) {
            const layer = rgba(getComputedStyle(at).backgroundColor);
            layers.push(layer);
            if (layer[3] === 255) break;
        }
        return layers.reduceRight((under, over) =>
            under.map((v, i) => v + (over[i] - v) * over[3] / 255), [255, 255, 255]);
    };
    const style = getComputedStyle(e), px = text => parseFloat(text) || 0;
    const width = style.outlineStyle === 'none' ? 0 : px(style.outlineWidth), offset = px(style.outlineOffset);
    const shadow = /^(rgba?\\([^)]*\\)) 0px 0px 0px ([\\d.]+)px( inset)?$/.exec(style.boxShadow);
    const spread = shadow ? px(shadow[2]) : 0, isInset = Boolean(shadow?.[3]);
    // the shadow starts at the edge of the box, inwards or outwards; the outline lies over it
    const hidden = isInset ? Math.max(0, -offset) : Math.max(0, spread - offset);
    const reach = Math.max(0, offset + width, isInset ? 0 : spread);
    const dark = rgba(style.outlineColor), white = shadow ? rgba(shadow[1]) : dark;
    const grounds = [behind(isInset ? e : e.parentElement), behind(e)];
    const clipped = [];
    for (const box of e.getClientRects()) {
        const inside = (name, left, top, right, bottom) => {
            const room = [box.left - left, box.top - top, right - box.right, bottom - box.bottom];
            if (Math.min(...room) < reach - .5) clipped.push(`${name}: ${room}`);
        };
        for (let at = e.parentElement; at; at = at.parentElement) {
            const own = getComputedStyle(at);
            if (at === document.documentElement || at === document.body || own.display === 'inline') continue;
            if (own.overflowX === 'visible' && own.overflowY === 'visible') continue;
            const frame = at.getBoundingClientRect(), left = frame.left + at.clientLeft, top = frame.top + at.clientTop;
            inside(at.className, left, top, left + at.clientWidth, top + at.clientHeight);
        }
        inside('the page', -scrollX, -scrollY, document.documentElement.clientWidth, 1e9);
    }
    return {
        what: e.outerHTML.slice(0, 120), outline: width, shadow: Math.max(0, spread - hidden), clipped,
        apart: contrast(dark, white),
        stands_out: Math.min(...grounds.map(g => Math.max(contrast(dark, g), contrast(white, g)))),
    };
}"""


async def rings(page: Page) -> list[dict[str, Any]]:
    """The ring of each thing that Tab comes by, in their order."""
    all_of_them = "[...document.querySelectorAll('a[href], input, select, button, summary, [tabindex]')]"
    shown = await page.evaluate(f"{all_of_them}.filter(e => e.checkVisibility() && e.type !== 'hidden').length")
    found: list[dict[str, Any]] = []
    for _ in range(shown):
        await page.keyboard.press("Tab")
        ring = await page.evaluate(FOCUSED)
        assert ring is not None, (page.url, len(found), shown)
        found.append(ring)
    return found


KIND = """() => {
    const e = document.activeElement, box = e.getBoundingClientRect(), cell = e.parentElement;
    if (e.getClientRects().length > 1) return null; // a link broken over lines has no four sides
    const sides = {x: box.left - 6, y: box.top - 6, width: box.width + 12, height: box.height + 12};
    const isSeen = box.left >= 0 && box.top >= 0 && box.right <= innerWidth && box.bottom <= innerHeight;
    return isSeen ? {kind: [e.tagName, e.className, cell.tagName, cell.className].join(' '), sides,
        around: 2 * (box.width + box.height)} : null;
}"""
CHANGED = """async shots => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
    const seen = await Promise.all(shots.map(async text => {
        const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
        const image = await createImageBitmap(new Blob([bytes], {type: 'image/png'}));
        canvas.canvas.width = image.width; canvas.canvas.height = image.height;
        canvas.drawImage(image, 0, 0);
        return canvas.getImageData(0, 0, image.width, image.height).data;
    }));
    const light = (data, at) => {
        const [r, g, b] = [...data.slice(at, at + 3)].map(v => v / 255)
            .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b + .05;
    };
    let changed = 0;
    for (let at = 0; at < seen[0].length; at += 4) {
        const [one, other] = seen.map(data => light(data, at));
        if (Math.max(one, other) / Math.min(one, other) >= 3) changed += 1;
    }
    return changed;
}"""


async def test_the_pixels_of_a_ring_change_enough(town: Campaign, site: str, reading: Reading) -> None:
    """By 3:1, and as many as a line of two pixels around the thing has (2.4.13): what the eye gets, not the style."""
    page, scales = (await reading()).page, (await reading()).page
    await page.emulate_media(reduced_motion="reduce")  # a page that still scrolls cannot be compared
    seen: set[str] = set()
    for path in PAGES:
        await page.goto(site + path)
        await page.keyboard.press("Tab")
        while await page.evaluate("document.activeElement !== document.body"):
            kind = await page.evaluate(KIND)
            if kind and kind["kind"] not in seen:
                seen.add(kind["kind"])
                await page.evaluate("Promise.all(document.activeElement.getAnimations().map(a => a.finished))")
                shots = [await _shot(page, kind["sides"])]
                await page.evaluate("document.activeElement.blur()")
                shots.append(await _shot(page, kind["sides"]))
                assert await scales.evaluate(CHANGED, shots) >= 2 * kind["around"], kind
            await page.keyboard.press("Tab")
    assert len(seen) > 12 and {"warm-5", "late-5"} <= {word for kind in seen for word in kind.split()}, seen


async def _shot(page: Page, sides: Any) -> str:
    return b64encode(await page.screenshot(clip=sides)).decode()


@pytest.mark.parametrize("width", ["desktop", "phone"])
@pytest.mark.parametrize("path", [*PAGES, "/nothing"])
async def test_everything_that_takes_focus_shows_it(
    town: Campaign, site: str, reading: Reading, width: str, path: str
) -> None:
    reader = await reading(width)
    await reader.page.goto(site + path)
    found = await rings(reader.page)
    assert len({ring["what"] for ring in found}) > (3 if path == "/nothing" else 4)  # which has no way to the lists
    assert [ring for ring in found if min(ring["outline"], ring["shadow"]) < THICK] == []
    assert [ring for ring in found if min(ring["apart"], ring["stands_out"]) < AT_LEAST] == []
    assert [ring for ring in found if ring["clipped"]] == []
    reader.complaints.clear()  # the browser itself notes the status of an address that is not there
