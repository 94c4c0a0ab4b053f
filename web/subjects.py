"""`/subjects`: the register of subjects, and the file of each: licences, persons, cases over campaigns, changes."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from desk.register import Registrar
from models.actors import Actor
from models.instants import day_of
from models.refusals import Refused
from rules.access.deeds import Place
from rules.words.terms import DEEDS as DEED_NAMES
from rules.words.terms import REGISTER_STATES
from serving.actors import Official, officials_only, within_all
from serving.backing import Backing, Behind
from serving.problems import refused
from store.campaigns import campaigns
from store.subject_search import SubjectHistory, count_subjects, search_subjects, subject_history, subject_names
from web.deeds.moved import what_changed
from web.deeds.register import may_add, may_read_phones, offered, readable_subject
from web.deeds.register_fields import About
from web.entry import form_fields
from web.queries import SubjectsQuery
from web.render import link, listed_at, named_actor, page

router = APIRouter(include_in_schema=False)
_ROWS = 50


@router.get("/subjects")
def register(request: Request, who: Official, behind: Behind, query: Annotated[SubjectsQuery, Query()]) -> Response:
    """The subjects of the reader's territory and sector: by words the nearest first, without words by id."""
    if query.campaign is None and not campaigns(behind.records):
        return page(request, "empty.html", None)
    campaign = behind.campaign(query.campaign)
    place = officials_only(campaign, who, Place(query.district, query.sector))
    which: dict[str, Any] = {"district": place.district, "sector": place.sector, "state": query.state}
    after = (query.after or "") if not query.q else ""
    found = search_subjects(behind.engine, query.q or "", limit=_ROWS + 1, after=after, **which)
    rows, kept, following = found[:_ROWS], query.address, None
    if len(found) > _ROWS and not query.q:
        following = link("/subjects", **kept, after=rows[-1].subject_id)
    response = page(
        request,
        "subjects.html",
        campaign,
        rows=rows,
        count=count_subjects(behind.engine, query.q or "", **which) if rows else 0,
        query=query,
        states=REGISTER_STATES,
        may_add=may_add(campaign, who),
        cut=bool(query.q) and len(found) > _ROWS,
        following=following,
        first=link("/subjects", **kept) if query.after else None,
    )
    return listed_at(request, response, link("/subjects", **kept, after=query.after))


@router.get("/subjects/{subject_id}")
def subject_file(request: Request, who: Official, behind: Behind, subject_id: str, done: str = "") -> Response:
    """Everything that the register keeps of a subject; of its cases those that the reader may read."""
    about = readable_subject(behind, who, subject_id)
    history = subject_history(behind.records, subject_id, reader=behind.engine)
    assert history is not None
    return _file(request, who, behind, about, history, done=done if done in DEED_NAMES else None)


@router.post("/subjects/{subject_id}/phones", dependencies=[Depends(form_fields)])
def with_phones(request: Request, who: Official, behind: Behind, subject_id: str) -> Response:
    """The same with the phone numbers of responsible persons; that they were read is noted first."""
    about = readable_subject(behind, who, subject_id)
    registrar = Registrar(behind.records, about.campaign.plan, behind.temporal, behind.services.sealing)
    history = registrar.with_phones(subject_id, who, reader=behind.engine)
    if isinstance(history, Refused):
        raise refused(history, is_noted=True)
    return _file(request, who, behind, about, history, has_phones=True)


def _file(
    request: Request,
    who: Actor,
    behind: Backing,
    about: About,
    history: SubjectHistory,
    *,
    done: str | None = None,
    has_phones: bool = False,
) -> Response:
    campaign, subject = about
    within_all(campaigns(behind.records), who, Place())
    beside = (*history.duplicates, *((subject.merged_into,) if subject.merged_into else ()))
    is_open = any(c["outcome"] is None and c["campaign_id"] == campaign.campaign_id for c in history.cases)
    return page(
        request,
        "subject.html",
        campaign,
        subject=subject,
        history=history,
        has_phones=has_phones,
        may_read_phones=may_read_phones(campaign, who, subject),
        today=day_of(campaign.now()),
        named=subject_names(behind.engine, beside) if beside else {},
        states=REGISTER_STATES,
        deed_names=DEED_NAMES,
        offers=[(do, names) for do, names in offered(campaign, subject, who) if not (is_open and do == "open")],
        done=done,
        changes=[
            {**one, "by": named_actor(one["by"]), "changed": what_changed(campaign.plan, one)}
            for one in reversed(history.changes)
        ],
    )
