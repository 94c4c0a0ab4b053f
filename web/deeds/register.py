"""`/subjects/new`, `/subjects/{id}/do/{deed}`: changes of the register of subjects, and a case opened of one."""

import secrets
from datetime import date
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from desk.register import Registrar
from engine.hand_in import open_case
from models.actors import Actor
from models.commands import Open
from models.instants import day_of, parse_day
from models.refusals import Refused
from models.register import Licence, Registered, ResponsiblePerson, SubjectFacts
from rules.access.deeds import DEEDS, Place, may
from rules.subjects.register import too_long
from rules.words.clauses import clause_for
from rules.words.naming import Both
from rules.words.refusals import refuse
from serving.actors import Official, officials_only
from serving.backing import Backing, Behind
from serving.problems import Trouble, needed, nothing_here, one_field, refused, refused_at
from store.campaigns import Campaign
from store.case_ids import case_to_open
from store.subject_search import find_subject, lineage, streets_of
from views.forms.fields import FormField
from views.forms.posted import Posted
from web.deeds.choosing import choosing, words_for
from web.deeds.form import DeedForm, Done, HandedIn, Moved, ask_again, carry_out, deed_page, form_handed_in
from web.deeds.looked_at import (
    CERTAIN,
    Hints,
    asking_whether,
    beside,
    hints,
    merge_candidates,
)
from web.deeds.moved import subject_moved
from web.deeds.register_fields import FIELDS, About, fields_of, only_district
from web.render import case_url, link, subject_url

router = APIRouter(include_in_schema=False)
NAMES = {
    "open": Both("纳入排查", "Open a case"),
    "change": Both("更正登记事项", "Change its facts"),
    "licence": Both("登记证照", "Add a licence"),
    "person": Both("登记责任人", "Add a responsible person"),
    "cease": Both("停止经营", "Record that it ceased operating"),
    "resume": Both("恢复经营", "Record that it resumed"),
    "move": Both("迁移辖区", "Move to another district"),
    "merge": Both("并入另一对象", "Merge into another"),
}
_ADD = Both("登记对象", "Register a subject")
_EFFECTS = {
    "change": Both(
        "在办案件沿用纳入排查时的名称、街道和行业领域，卷宗中注明现登记的名称。须按新行业领域办理的，由区安监局负责人将该案作废"
        "（未曾应当采取四个一律措施的方可作废；仅暂缓适用的不影响）后重新纳入排查。",
        "Open cases keep the name, street and sector with which they were opened; the case says what the name is now."
        " To have it in another sector, the"
        " supervisor makes the case void, where no must was ever owed (a pending one does not matter), and it is opened"
        " anew.",
    ),
    "cease": Both("在办案件继续办理，并在卷宗中注明。", "Its open cases go on, with a note in each."),
    "move": Both("在办案件随之移交新辖区。", "Its open cases are transferred to the other district."),
    "merge": Both(
        "本对象的案件和决定从此归入另一对象，双方的企业人员可办理双方的案件。本操作不能撤回。",
        "From now on its cases, and the orders in them, are the other's, and the people of both act in the cases"
        " of both. This cannot be taken back.",
    ),
}
_AT = {"ceased_ahead": "on", "merge_with_itself": "into", "no_phone_number": "phone"}
"""Refusals that one field is to be mended for."""
_COMPARE = Both("查看并核对", "Compare the two")
"""What the button of a merger says before both were looked at."""


def offered(campaign: Campaign, subject: Registered, who: Actor) -> tuple[tuple[str, Both], ...]:
    """The deeds that this official may do with the subject as it stands, with their names."""
    if subject.state == "merged":
        return ()
    out = {"resume"} if subject.state == "active" else {"cease", "open"}
    place = Place(subject.district, subject.sector)
    return tuple((do, names) for do, names in NAMES.items() if do not in out and not may(campaign.plan, who, do, place))


def may_add(campaign: Campaign, who: Actor) -> bool:
    """Whether this official may register subjects."""
    return may(campaign.plan, who, "add", Place(only_district(campaign, who), who.sector)) is None


def may_read_phones(campaign: Campaign, who: Actor, subject: Registered) -> bool:
    """Whether this official may read the phone numbers of the subject's responsible persons."""
    return may(campaign.plan, who, "read_sealed", Place(subject.district, subject.sector)) is None


@router.get("/subjects/new")
def add_form(request: Request, who: Official, behind: Behind) -> Response:
    """The form of a new subject."""
    campaign = behind.campaign(None)
    return deed_page(request, campaign, _add_form(behind, campaign, who))


@router.post("/subjects/new")
async def add(request: Request, who: Official, behind: Behind) -> Response:
    """The subject's page, once it is in the register; sent again it is there once."""
    campaign = await run_in_threadpool(behind.campaign, None)
    form = await form_handed_in(request, behind, who, "add", lambda: _add_form(behind, campaign, who))

    async def deed(handed: HandedIn) -> Done:
        given = dict(handed.facts)
        needed(given, "subject_id")
        subject_id, certain = str(given.pop("subject_id")), given.pop("certain", None) == "true"
        facts = _in_lines(SubjectFacts.model_validate(given))
        if (
            not certain
            and (
                found := await run_in_threadpool(partial(_hints, behind, campaign, who, facts, subject_id, names=True))
            ).said
        ):
            return await run_in_threadpool(ask_again, request, campaign, asking_whether(form, found), handed)
        answer = await run_in_threadpool(_registrar(behind, campaign).add, subject_id, facts, who)
        if isinstance(answer, Refused):
            known = await run_in_threadpool(find_subject, behind.records, subject_id)
            if known is None or known.facts != facts:
                raise refused(answer, is_noted=True)
        return link(subject_url(subject_id), done="add")

    return await carry_out(request, behind, who, campaign, form, deed)


@router.get("/subjects/{subject_id}/do/{do}")
def form(request: Request, who: Official, behind: Behind, subject_id: str, do: str) -> Response:
    """The form of the deed; 403 for whom it is not."""
    about = readable_subject(behind, who, subject_id)
    asked = _form(about, who, do)
    if do == "open" and (running := _running_case(behind, about)):
        return RedirectResponse(case_url(running), 303)
    return deed_page(request, about.campaign, asked)


@router.post("/subjects/{subject_id}/do/{do}")
async def hand_in(request: Request, who: Official, behind: Behind, subject_id: str, do: str) -> Response:
    """The register takes it, and the subject's page says so; of a case that was opened, the case's page."""
    about = await run_in_threadpool(readable_subject, behind, who, subject_id)
    asked = await form_handed_in(request, behind, who, do, lambda: _form(about, who, do))

    async def deed(handed: HandedIn) -> Done:
        if do == "open":
            return await _opened(behind, about, who, handed)
        if looked := await run_in_threadpool(_to_look_at, behind, about, who, asked, do, handed):
            return await run_in_threadpool(ask_again, request, about.campaign, looked, handed)
        answer = await _done(behind, about, who, do, handed.facts)
        if isinstance(answer, Refused):
            field = _AT.get(answer.code)
            raise refused_at(field, answer, is_noted=True) if field else refused(answer, is_noted=True)
        return link(asked.back, done=do)

    def moving(posted: Posted, _: str) -> Moved | None:
        return subject_moved(behind, about.campaign.plan, about.subject, who, do, posted)

    return await carry_out(request, behind, who, about.campaign, asked, deed, moving)


def _running_case(behind: Backing, about: About) -> str | None:
    """Its open case in the campaign, which is the one to work on: there is no second one."""
    subject_id, of = about.subject.subject_id, about.campaign.campaign_id
    newest, _ = case_to_open(behind.records, of, subject_id, lineage(behind.records, subject_id))
    return newest.case_id if newest is not None and not newest.closed else None


def _hints(
    behind: Backing, campaign: Campaign, who: Actor, facts: SubjectFacts, subject_id: str, *, names: bool
) -> Hints:
    """Among what the official reads: a subject beyond that is not told of."""
    officials_only(campaign, who, Place())
    return hints(behind, campaign.plan, facts, subject_id, names=names)


def _to_look_at(
    behind: Backing, about: About, who: Actor, asked: DeedForm, do: str, handed: HandedIn
) -> DeedForm | None:
    """The form with what is to be looked at before the deed is done; None where there is nothing, or it was."""
    plan, one, facts = about.campaign.plan, about.subject, handed.facts
    if do == "change" and facts.pop("certain", None) != "true" and facts.get("code") != one.code:
        changed = SubjectFacts(name=str(facts.get("name") or one.name), district=one.district, code=facts.get("code"))
        found = _hints(behind, about.campaign, who, changed, one.subject_id, names=False)
        return asking_whether(asked, found) if found.said else None
    if do != "merge":
        return None
    words = facts["into"] = words_for(facts, "into")
    if not words:
        raise one_field("into", "须填写或选择并入哪一对象", "say or choose into which it is merged")
    if facts.pop("looked_at", None) == words:
        return None
    officials_only(about.campaign, who, Place())
    found = merge_candidates(behind, words, one)
    if not (others := found.subjects):
        if words in (one.subject_id, one.name, one.code):
            raise refused_at("into", refuse("merge_with_itself", subject=one.name))
        zh, en = f"登记簿中没有对象 {words}", f"there is no subject {words}"
        raise one_field("into", zh, en, "核对编号、名称或代码", "check the id, the name or the code")
    if [other.subject_id for other in others] != [words]:
        return choosing(asked, "into", plan, words, found)._replace(button=_COMPARE)
    return beside(asked, behind, plan, one, others[0])


def readable_subject(behind: Backing, who: Actor, subject_id: str) -> About:
    """The subject; 404 for one that is not there, or lies beyond the reader."""
    campaign = behind.campaign(None)
    officials_only(campaign, who, Place())
    subject = find_subject(behind.engine, subject_id)
    if subject is None:
        zh, en = f"登记簿中没有对象 {subject_id}", f"there is no subject {subject_id} in the register"
        raise Trouble(404, "unknown_subject", zh, en)
    return About(campaign, subject)


async def _opened(behind: Backing, about: About, who: Actor, handed: HandedIn) -> str:
    subject = about.subject
    command = Open(by=who, command_id=handed.command_id, subject=subject.subject)
    answer = await open_case(await behind.temporal(), behind.records, about.campaign, subject.subject_id, command)
    if isinstance(answer, Refused):
        raise refused(answer)
    return link(case_url(answer.case_id), done="open")


async def _done(behind: Backing, about: About, who: Actor, do: str, facts: dict[str, Any]) -> object:
    """What the register answers to the deed."""
    registrar, one = _registrar(behind, about.campaign), about.subject
    today = day_of(about.campaign.now())
    reason, version = str(facts.pop("reason", "")), _version(facts)
    match do:
        case "change":
            kept = {n: getattr(one, n) for n in ("longitude", "latitude")}
            changed = _in_lines(SubjectFacts.model_validate({**kept, "district": one.district, **facts}), one)
            if version < one.version and changed == one.facts:  # the button was pressed twice
                return one
            return await run_in_threadpool(registrar.change, one.subject_id, version, changed, who, reason)
        case "move":
            moved = SubjectFacts.model_validate({**one.facts.model_dump(), "street": None, "community": None, **facts})
            return await registrar.move(one.subject_id, version, _in_lines(moved, one), who, reason)
        case "cease":
            return await registrar.cease(one.subject_id, version, _day(facts), who, reason, today=today)
        case "resume":
            return await run_in_threadpool(registrar.resume, one.subject_id, version, who, reason)
        case "merge":
            return await _merged(behind, registrar, one, who, str(facts.get("into", "")), reason)
        case "licence":
            return await run_in_threadpool(registrar.licence, one.subject_id, Licence.model_validate(facts), who)
        case _:
            person = ResponsiblePerson.model_validate(facts)
            return await run_in_threadpool(registrar.person, one.subject_id, person, who)


def _in_lines(facts: SubjectFacts, before: SubjectFacts | None = None) -> SubjectFacts:
    """The facts; 409 at the one that is longer than a line of the register."""
    if found := too_long(facts, before):
        raise refused_at(*found)
    return facts


async def _merged(behind: Backing, registrar: Registrar, one: Registered, who: Actor, into: str, reason: str) -> object:
    if await run_in_threadpool(find_subject, behind.records, into) is None:
        raise one_field("into", f"登记簿中没有对象 {into}", f"there is no subject {into}", "核对编号", "check the id")
    return await registrar.merge(one.subject_id, into, who, reason)


def _form(about: About, who: Actor, do: str) -> DeedForm:
    plan, one = about.campaign.plan, about.subject
    if do not in NAMES:
        raise nothing_here()
    if no := may(plan, who, do, Place(one.district, one.sector)):
        raise refused(no)
    if one.state == "merged":
        raise refused(refuse("subject_merged", subject=one.subject_id, into=one.merged_into or ""))
    address = subject_url(one.subject_id)
    clause = clause_for(plan, DEEDS[do].clause)
    fields = FIELDS[do](about)
    names, seen = NAMES[do], str(one.version)
    asked = DeedForm(do, names, f"{address}/do/{do}", address, one.name, fields, clause, _EFFECTS.get(do), seen)
    asked = asked._replace(subject_id=one.subject_id)
    return asked._replace(button=_COMPARE) if do == "merge" else asked


def _add_form(behind: Backing, campaign: Campaign, who: Actor) -> DeedForm:
    if not may_add(campaign, who) and (no := may(campaign.plan, who, "add", Place())):
        raise refused(no)
    streets = streets_of(behind.records, only_district(campaign, who))
    new = FormField("subject_id", "hidden", Both("", ""), value=(f"s-{secrets.token_hex(5)}",))
    fields = (new, *fields_of(campaign, None, who, streets, with_district=True), CERTAIN)
    clause = clause_for(campaign.plan, DEEDS["add"].clause)
    return DeedForm("add", _ADD, "/subjects/new", "/subjects", "", fields, clause)


def _version(facts: dict[str, Any]) -> int:
    text = str(facts.pop("version", "0"))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _day(facts: dict[str, Any]) -> date:
    try:
        return parse_day(facts.get("on"))
    except ValueError:
        raise one_field("on", "须为日期", "is to be a day", "如 2013-06-30", "as 2013-06-30") from None


def _registrar(behind: Backing, campaign: Campaign) -> Registrar:
    return Registrar(behind.records, campaign.plan, behind.temporal, behind.services.sealing)
