"""Whoever signed in and holds no post: told as whom, whom to ask, and the way to the own account and out."""

from datetime import UTC, datetime, timedelta

from playwright.async_api import expect

from desk import sign_in
from engine.connection import Services
from models.people import Visit
from serving.cookies import SESSION_COOKIE
from store.campaigns import Campaign
from store.people import add_post, end_post, new_id, person_of
from tests.cast import INSPECTOR, SUPERVISOR
from tests.people import person, post, session
from tests.web.conftest import Reading, Seat
from tests.web.test_pages import sound

ADMIN = "admin:管理员@650200"


def ended(services: Services, token: str) -> Visit:
    """The session of that token, whose person has lost the post a moment ago."""
    visit = sign_in.visit(services.engine, token, datetime.now(UTC))
    assert visit is not None and visit.standing is not None
    with services.engine.begin() as connection:
        end_post(connection, visit.standing.post.post_id, datetime.now(UTC))
    return visit


def test_the_page_names_the_account_the_post_that_ended_and_whom_to_ask(
    seat: Seat, services: Services, campaign: Campaign
) -> None:
    person(services, ADMIN)
    client = seat(INSPECTOR)
    visit = ended(services, client.cookies[SESSION_COOKIE])
    for path in ("/", "/cases", "/people", "/admin/health"):
        told = client.get(path, headers={"Accept": "text/html"})
        assert told.status_code == 403
        for said in (visit.login, visit.name, "Ended 20", "inspector", "管理员", f'href="{path}"', 'href="/me"'):
            assert said in told.text, (path, said)
        assert 'action="/sign-out"' in told.text and 'class="btn" href="/"' not in told.text
    assert client.get("/me").status_code == 200
    problem = client.get("/api/v1/cases")
    assert problem.status_code == 403 and problem.json()["code"] == "no_post", "a program is told as before"


def test_who_holds_another_post_chooses_it_there(seat: Seat, services: Services, campaign: Campaign) -> None:
    client = seat(INSPECTOR)
    visit = ended(services, client.cookies[SESSION_COOKIE])
    told = client.get("/cases", headers={"Accept": "text/html"}).text
    assert "/me/post" not in told
    with services.engine.begin() as connection:
        facts = {
            "post_id": new_id("o"),
            "person_id": visit.person_id,
            "since_at": datetime.now(UTC) - timedelta(hours=1),
        }
        add_post(connection, post(SUPERVISOR).model_copy(update=facts))
    told = client.get("/cases", headers={"Accept": "text/html"}).text
    [held] = [one for one in person_of(services.engine, visit.person_id).posts if one.until_at is None]
    assert f'name="post" value="{held.post_id}"' in told and "ask an administrator" not in told.partition("</main>")[0]
    done = client.post("/me/post", data={"post": held.post_id, "delegation": ""})
    assert done.status_code == 303
    assert client.get("/cases").status_code == 200


async def test_the_page_reads_well_on_a_telephone(
    site: str, reading: Reading, services: Services, campaign: Campaign
) -> None:
    reader = await reading("phone", who=None)
    token = session(services, SUPERVISOR)
    ended(services, token)
    await reader.page.context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": "http://127.0.0.1"}])
    for lang, said in (("zh", "您目前没有岗位"), ("en", "You hold no post")):
        await reader.page.goto(f"{site}/work?lang={lang}")
        await expect(reader.page.locator("h1")).to_contain_text(said)
        await sound(reader.page)
    reader.complaints.clear()  # the browser itself notes the status
