"""The pages' routes and files, and troubles told as a page where a page was asked for."""

from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from desk.sign_in import visit
from models.people import Visit
from rules.access.deeds import may_steer
from serving.actors import NO_POST, PROVE_AGAIN, SIGN_IN_NEEDED
from serving.backing import backing_of
from serving.cookies import SESSION_COOKIE, kept
from serving.problems import Trouble, problem_response
from serving.troubles import trouble_of
from store.campaigns import Campaign, campaigns
from web import (
    assets,
    board,
    campaign,
    case,
    cases,
    city,
    evidence,
    inbox,
    live,
    passkeys,
    people,
    proof,
    self_inspection,
    sign_in,
    subjects,
    work,
)
from web.acting import measure_desk
from web.acting import pages as acting
from web.acting import visit as visits
from web.admin import audit, health, schedules, tokens
from web.admin import jobs as admin_jobs
from web.deeds import campaign as campaign_deeds
from web.deeds import new_person, orders, start
from web.deeds import people as people_deeds
from web.deeds import register as register_deeds
from web.deeds.people import MANAGE
from web.figures import districts, weeks
from web.language import keep
from web.ledgers import jobs, lists, sending
from web.lists import export, views
from web.render import link, page
from web.site import pages as site
from web.without_post import without_post

_FOR_PROGRAMS = ("/api/", "/healthz", "/readyz", "/metrics", "/openapi.json")


def add_pages(app: FastAPI) -> None:
    """The routes for people."""
    of_cases = (board, live, work, export, cases, views, case, evidence, acting, visits, site, measure_desk, inbox)
    of_registers = (register_deeds, subjects, campaign_deeds, start, campaign, new_person, people_deeds, people, orders)
    of_figures = (districts, weeks)
    of_ledgers = (lists, sending, jobs, self_inspection)
    of_administration = (health, admin_jobs, schedules, tokens, audit)
    of_accounts = (sign_in, proof, passkeys, city)
    for part in (*of_accounts, *of_cases, *of_registers, *of_figures, *of_ledgers, *of_administration):
        app.include_router(part.router)
    assets.serve(app)


def tell_trouble(request: Request, trouble: Trouble) -> Response:
    """A page for people, a problem document for programs."""
    if request.url.path.startswith(_FOR_PROGRAMS) or request.headers.get("accept") == "application/json":
        return problem_response(trouble)
    if trouble.problem.status == 401 and request.method == "GET":
        return _led_to("/sign-in", request)
    if trouble.problem.code == PROVE_AGAIN and request.method == "GET":
        return _led_to("/prove", request, do=trouble.deed)
    if trouble.problem.code == "method_not_allowed" and request.method == "GET":
        return _led_above(request)
    if home := _home(request, trouble):
        led = RedirectResponse(home, 303)
        keep(request, led)
        return led
    if "hx-request" in request.headers:  # a part of a page cannot show it: the whole page is asked for
        query = f"?{request.url.query}" if request.url.query else ""
        return Response(headers={"HX-Redirect": request.url.path + query})
    campaign, problem = _known_reader(request, trouble), trouble.problem
    if problem.code == NO_POST and (reader := getattr(request.state, "visit", None)):
        return without_post(request, reader, campaign, problem)
    again = _form_again(request) if problem.code == SIGN_IN_NEEDED else None
    response = page(request, "error.html", campaign, status=problem.status, problem=problem, again=again)
    response.headers.update(trouble.headers)
    return response


def _known_reader(request: Request, trouble: Trouble) -> Campaign | None:
    """Have the page know whoever signed in, where no route asked yet; the campaign that its head is about.

    Nobody for another page's request, and while the database is away.
    """
    behind = backing_of(request)
    if trouble.problem.status >= 500 or trouble.problem.code == "foreign_page":
        return None
    try:
        if not hasattr(request.state, "visit") and (token := kept(request, SESSION_COOKIE)):
            request.state.visit = visit(behind.records, token, datetime.now(UTC))
        if getattr(request.state, "visit", None) is None:
            return None
        return behind.lately(("newest",), lambda: next(iter(campaigns(behind.records)), None))
    except Exception as error:
        trouble_of(error)  # logged there
        return None


def _form_again(request: Request) -> str:
    """By way of signing in back to the page that sent the form, with what was typed as the browser kept it."""
    came_from = urlsplit(request.headers.get("referer", ""))
    own = came_from.netloc == request.headers.get("host")
    query = f"?{came_from.query}" if came_from.query else ""
    return "/sign-in?" + urlencode({"next": came_from.path + query if own else request.url.path})


def _home(request: Request, trouble: Trouble) -> str | None:
    """Where somebody begins who reads no case: an administrator with the people."""
    visit: Visit | None = getattr(request.state, "visit", None)
    if request.url.path != "/" or trouble.problem.code != "role_not_permitted" or not (visit and visit.standing):
        return None
    return "/people" if may_steer(visit.standing.actor, MANAGE) is None else "/me"


def _led_above(request: Request) -> Response:
    """From an address that takes forms alone, opened anew or in the other language, to the page that has the form."""
    above = request.url.path.rpartition("/")[0] or "/"
    led = RedirectResponse(link(above, lang=request.query_params.get("lang")), 303)
    keep(request, led)
    return led


def _led_to(form: str, request: Request, **more: str | None) -> Response:
    """Whoever did not sign in, or prove anew who it is, does so first, and then is where the address led."""
    query = f"?{request.url.query}" if request.url.query else ""
    named = {name: value for name, value in more.items() if value}
    address = f"{form}?" + urlencode({"next": request.url.path + query, **named})
    if "hx-request" in request.headers:
        return Response(headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)
