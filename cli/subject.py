"""`rectify subject`: the register of subjects."""

import json
import uuid
from collections.abc import Callable, Coroutine, Sequence
from typing import Annotated, Any, NoReturn

import typer
from pydantic import TypeAdapter, ValidationError

from cli.filters import SUBJECTS, By, District, Sector, actor_meant, actor_written, as_written, meant, place_meant
from cli.names import TypedActor, actor_said, districts, named, sectors
from cli.output import BAD_INPUT, REFUSED, AsJson, Lang, err, fail, filled, out, print_json, say, table
from cli.register_overview import suspected, today, tree
from cli.services import campaign_named, run, services
from cli.shapes import input_problem
from desk.register import Registrar
from engine.connection import Services
from models.actors import Actor
from models.instants import Day, say_instant
from models.plan import Plan
from models.refusals import Refused
from models.register import Licence, Registered, ResponsiblePerson, SubjectFacts, SubjectId
from rules.case.stage import NAMES
from rules.subjects.credit_code import code_warning
from rules.words.terms import DEEDS, OUTCOMES, REGISTER_STATES
from store.campaigns import campaigns
from store.subject_search import SubjectHistory, find_subject, search_subjects, subject_history

app = typer.Typer(help="The register of subjects. 对象登记簿。", no_args_is_help=True)
Subject = Annotated[str, typer.Argument(metavar="SUBJECT", help="The subject's id. 对象编号。")]
Reason = Annotated[str, typer.Option(help="Why. 理由。", callback=filled)]
Version = Annotated[
    int | None, typer.Option("--version", min=1, help="As you read it; the present one if left out. 版本。")
]
Name = Annotated[str | None, typer.Option(help="Name. 名称。")]
InDistrict = Annotated[str, typer.Option(help="District, by code or name. 区划，代码或名称。")]
Street = Annotated[str | None, typer.Option(help="Street or town. 街道（乡镇）。")]
Community = Annotated[str | None, typer.Option(help="Community or village. 社区（村）。")]
Kind = Annotated[str | None, typer.Option(help="enterprise, site, vehicle or person. 企业、场所（工地）、车辆或个人。")]
Code = Annotated[str | None, typer.Option(help="Unified social credit code. 统一社会信用代码。")]
Longitude = Annotated[float | None, typer.Option(help="Degrees, WGS 84. 经度。")]
Latitude = Annotated[float | None, typer.Option(help="Degrees, WGS 84. 纬度。")]


@app.command("search")
def search(
    words: Annotated[str, typer.Argument(help="Part of the name, pinyin initials, part of the code. 检索词。")] = "",
    district: District = None,
    street: Street = None,
    sector: Sector = None,
    state: Annotated[str | None, typer.Option(help="active, ceased or merged. 在营、已停止经营或已并入。")] = None,
    after: Annotated[str, typer.Option(help="Page: the id that `next` named. 翻页。")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many. 最多条数。")] = 20,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Find subjects. 检索对象。"""
    stands = meant("--state", state, REGISTER_STATES, as_json=as_json)
    with services(as_json=as_json) as found:
        plans = _plans(found)
        which = place_meant(plans, district=district, sector=sector, as_json=as_json)
        subjects = search_subjects(
            found.engine,
            words,
            limit=limit + 1,
            after=after,
            street=street,
            state=stands,
            **which,
        )
    subjects, more = subjects[:limit], subjects[limit:]
    following = subjects[-1].subject_id if not words and more else None
    if as_json:
        print_json({"subjects": [s.model_dump(mode="json") for s in subjects], "next": following})
        return
    headers = (("编号", "id"), ("名称", "name"), ("代码", "code"), ("区", "district"), ("街道", "street"))
    table(
        say("对象", "Subjects"),
        [say(*h) for h in (*headers, ("行业", "sector"), ("状态", "state"))],
        (
            (
                s.subject_id, s.name, s.code, named(districts(plans), s.district), s.street,
                named(sectors(plans), s.sector), _state(s),
            )
            for s in subjects
        ),
    )  # fmt: skip
    if following:
        out().print(say(f"继续：--after {following}", f"more: --after {following}"), markup=False)


@app.command("show")
def show(
    subject: Subject,
    phones_for: Annotated[
        str | None, typer.Option(metavar="ROLE:NAME@TERRITORY", help="Show phone numbers, to whom. 向谁显示电话。")
    ] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """A subject with licences, persons, cases over all campaigns, and every change. 查看对象。"""
    reader = actor_written(phones_for, as_json=as_json) if phones_for else None
    with services(as_json=as_json) as found:
        plans = _plans(found)
        history = _with_phones(found, subject, reader, as_json=as_json) if reader else None
        history = history or subject_history(found.engine, subject)
    if history is None:
        _no_subject(subject, as_json=as_json)
    if as_json:
        print_json(history.model_dump(mode="json"))
        return
    s = history.subject
    stands = f" → {s.merged_into}" if s.merged_into else ""
    out().print(
        f"{s.name}  {s.subject_id}  {s.code or '–'}  {_place(s, plans)}  {_state(s)}{stands}",
        markup=False,
    )
    out().print(say(f"第 {s.version} 版", f"version {s.version}"), markup=False)
    licences = ((x.kind, x.number, x.expires_on) for x in history.licences)
    table(say("证照", "Licences"), [say("种类", "kind"), say("编号", "number"), say("有效期至", "until")], licences)
    persons = ((x.name, x.post, x.phone) for x in history.persons)
    table(say("责任人", "Responsible"), [say("姓名", "name"), say("职务", "post"), say("电话", "phone")], persons)
    table(
        say("案件", "Cases"),
        [say("案件", "case"), say("状态", "stage"), say("纳入排查", "opened")],
        (
            (
                c["case_id"],
                say(*(OUTCOMES[c["outcome"]] if c["outcome"] else NAMES[c["stage"]])),
                say_instant(c["opened_at"]),
            )
            for c in history.cases
        ),
    )
    table(
        say("变更", "Changes"),
        [say("版本", "version"), say("事项", "what"), say("经办", "by"), say("理由", "reason")],
        ((c["version"], say(*DEEDS[c["do"]]), actor_said(c["by"], plans), _reason(c)) for c in history.changes),
    )


def _with_phones(found: Services, subject: str, reader: TypedActor, *, as_json: bool) -> SubjectHistory:
    plan = campaign_named(found, None, as_json=as_json).plan
    by = actor_meant(reader, [plan], as_json=as_json)
    try:
        answer = Registrar(found.engine, plan, found.temporal, found.sealing).with_phones(subject, by)
    except LookupError:
        _no_subject(subject, as_json=as_json)
    if isinstance(answer, Refused):
        fail(REFUSED, answer.model_dump(), as_json=as_json)
    return answer


def _reason(change: dict[str, Any]) -> str | None:
    """Why; of a licence or a person, what was written."""
    if change["do"] not in ("licence", "person"):
        return change["reason"] or None
    return " ".join(str(value) for value in json.loads(change["reason"]).values() if value)


def _state(subject: Registered) -> str:
    return say(*REGISTER_STATES[subject.state])


def _place(subject: Registered, plans: Sequence[Plan]) -> str:
    return " ".join(filter(None, (named(districts(plans), subject.district), subject.street, subject.community)))


@app.command("add")
def add(
    by: By,
    name: Annotated[str, typer.Option(help="Name. 名称。")],
    district: InDistrict,
    subject_id: Annotated[
        str | None, typer.Option("--id", help="Its id; made if left out. 编号，缺省自动生成。")
    ] = None,
    street: Street = None,
    community: Community = None,
    sector: Sector = None,
    kind: Kind = None,
    code: Code = None,
    longitude: Longitude = None,
    latitude: Latitude = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Register a subject. 登记对象。"""
    given = {"name": name, "district": district, "street": street, "community": community, "sector": sector}
    given |= {"kind": meant("--kind", kind or "enterprise", SUBJECTS, as_json=as_json), "code": code}
    facts = _facts({**given, "longitude": longitude, "latitude": latitude}, as_json=as_json)
    who = actor_written(by, as_json=as_json)
    chosen = _checked(SubjectId, subject_id or f"s-{uuid.uuid4().hex[:12]}", "--id", as_json=as_json)
    _kept(who, lambda r, by: r.add(chosen, _placed(facts, r.plan), by), as_json=as_json)


@app.command("change")
def change(
    subject: Subject,
    by: By,
    name: Name = None,
    street: Street = None,
    community: Community = None,
    sector: Sector = None,
    kind: Kind = None,
    code: Code = None,
    longitude: Longitude = None,
    latitude: Latitude = None,
    reason: Annotated[str, typer.Option(help="Why. 理由。")] = "",
    version: Version = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Change what the register says; what is left out stays. 变更登记事项。"""
    given = {"name": name, "street": street, "community": community, "sector": sector, "code": code}
    given |= {"kind": meant("--kind", kind, SUBJECTS, as_json=as_json)}
    given |= {"longitude": longitude, "latitude": latitude}
    who = actor_written(by, as_json=as_json)

    def changed(registrar: Registrar, by: Actor) -> Registered | Refused:
        now = _present(registrar, subject)
        facts = _placed(_with(now, given, as_json=as_json), registrar.plan)
        return registrar.change(subject, version or now.version, facts, by, reason)

    _kept(who, changed, as_json=as_json)


@app.command("move")
def move(
    subject: Subject,
    by: By,
    district: InDistrict,
    reason: Reason,
    street: Street = None,
    community: Community = None,
    version: Version = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """It moved to another place: its open cases go with it. 迁移辖区。"""
    who = actor_written(by, as_json=as_json)

    def moved(registrar: Registrar, by: Actor) -> Coroutine[Any, Any, Registered | Refused]:
        now = _present(registrar, subject)
        place: dict[str, Any] = {"district": district, "street": street, "community": community}
        facts = _placed(_facts({**now.facts.model_dump(), **place}, as_json=as_json), registrar.plan)
        return registrar.move(subject, version or now.version, facts, by, reason)

    _kept(who, moved, as_json=as_json)


@app.command("cease")
def cease(
    subject: Subject,
    by: By,
    on: Annotated[str, typer.Option(help="Since which day. 停止经营之日。")],
    reason: Reason,
    version: Version = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """It no longer operates; its open cases go on. 停止经营。"""
    who, day = actor_written(by, as_json=as_json), _checked(Day, on, "--on", as_json=as_json)
    _kept(
        who,
        lambda r, by: r.cease(subject, version or _present(r, subject).version, day, by, reason, today=today(r.engine)),
        as_json=as_json,
    )


@app.command("resume")
def resume(
    subject: Subject, by: By, reason: Reason, version: Version = None, as_json: AsJson = False, lang: Lang = None
) -> None:
    """It operates again. 恢复经营。"""
    who = actor_written(by, as_json=as_json)
    _kept(who, lambda r, by: r.resume(subject, version or _present(r, subject).version, by, reason), as_json=as_json)


@app.command("merge")
def merge(
    duplicate: Subject,
    into: Annotated[str, typer.Argument(metavar="INTO", help="Who stands for both. 并入对象。")],
    by: By,
    reason: Reason,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """A duplicate: its cases are the other's from now on. 合并重复对象。"""
    who = actor_written(by, as_json=as_json)
    _kept(who, lambda r, by: r.merge(duplicate, into, by, reason), as_json=as_json)


@app.command("licence")
def licence(
    subject: Subject,
    by: By,
    kind: Annotated[str, typer.Option(help="Which licence. 证照种类。")],
    number: Annotated[str, typer.Option(help="Its number. 编号。")] = "",
    expires: Annotated[str | None, typer.Option(help="Its last day. 有效期至。")] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Write a licence, or its new date. 登记证照。"""
    kept = _checked(Licence, {"kind": kind, "number": number, "expires_on": expires}, "licence", as_json=as_json)
    who = actor_written(by, as_json=as_json)
    _kept(who, lambda r, by: r.licence(subject, kept, by) or _present(r, subject), as_json=as_json)


@app.command("person")
def person(
    subject: Subject,
    by: By,
    name: Annotated[str, typer.Option(help="Name. 姓名。")],
    post: Annotated[str, typer.Option(help="Post. 职务。")] = "",
    phone: Annotated[str, typer.Option(help="Phone. 电话。")] = "",
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Write a responsible person. 登记责任人。"""
    kept = _checked(ResponsiblePerson, {"name": name, "post": post, "phone": phone}, "person", as_json=as_json)
    who = actor_written(by, as_json=as_json)
    _kept(who, lambda r, by: r.person(subject, kept, by) or _present(r, subject), as_json=as_json)


app.command("suspicions")(suspected)
app.command("tree")(tree)


def _kept(
    who: TypedActor,
    what: Callable[[Registrar, Actor], Registered | Refused | Coroutine[Any, Any, Registered | Refused]],
    *,
    as_json: bool,
) -> None:
    """Have them do it, and show the subject as it stands then."""
    with services(as_json=as_json) as found:
        plan = campaign_named(found, None, as_json=as_json).plan
        by = actor_meant(who, [plan], as_json=as_json)

        async def done() -> Registered | Refused:
            answer = what(Registrar(found.engine, plan, found.temporal, found.sealing), by)
            return await answer if isinstance(answer, Coroutine) else answer

        try:
            answer = run(done())
        except LookupError as error:
            _no_subject(str(error.args[0]), as_json=as_json)
    if isinstance(answer, Refused):
        fail(REFUSED, answer.model_dump(), as_json=as_json)
    if answer.code and (warning := code_warning(answer.code)):
        err().print(f"! {say(*warning)}", markup=False)
    if as_json:
        print_json(answer.model_dump(mode="json"))
        return
    version = say(f"第 {answer.version} 版", f"version {answer.version}")
    out().print(
        f"✓ {answer.subject_id}  {answer.name}  {_place(answer, [plan])}  {_state(answer)}  {version}", markup=False
    )


def _plans(found: Services) -> list[Plan]:
    """Those of all campaigns, newest first."""
    return [campaign.plan for campaign in campaigns(found.engine)]


def _placed(facts: SubjectFacts, plan: Plan) -> SubjectFacts:
    """District and sector by id, where they were typed by name."""
    district, sector = as_written(facts.district, districts([plan])), as_written(facts.sector, sectors([plan]))
    return facts.model_copy(update={"district": district, "sector": sector})


def _present(registrar: Registrar, subject_id: str) -> Registered:
    subject = find_subject(registrar.engine, subject_id)
    if subject is None:
        raise LookupError(subject_id)
    return subject


def _with(now: Registered, given: dict[str, Any], *, as_json: bool) -> SubjectFacts:
    change = {name: value for name, value in given.items() if value is not None}
    return _facts({**now.facts.model_dump(), **change}, as_json=as_json)


def _facts(given: dict[str, Any], *, as_json: bool) -> SubjectFacts:
    return _checked(SubjectFacts, given, "subject", as_json=as_json)


def _checked(shape: Any, value: Any, what: str, *, as_json: bool) -> Any:
    try:
        return TypeAdapter(shape).validate_python(value)
    except ValidationError as error:
        fail(BAD_INPUT, input_problem(what, error), as_json=as_json)


def _no_subject(subject_id: str, *, as_json: bool) -> NoReturn:
    zh, en = f"登记簿中没有对象 {subject_id}", f"the register has no subject {subject_id}"
    fail(REFUSED, {"code": "unknown_subject", "zh": zh, "en": en}, as_json=as_json)
