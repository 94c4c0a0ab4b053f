"""`rectify subject`: the register of subjects."""

import json
import uuid
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, NoReturn

import typer
from pydantic import TypeAdapter, ValidationError

from cli.filters import require_place
from cli.output import BAD_INPUT, REFUSED, AsJson, Lang, err, fail, filled, out, print_json, say, table
from cli.services import campaign_named, run, services
from cli.shapes import input_problem
from desk.connection import Services
from desk.register import Registrar
from models.actors import Actor, Person
from models.instants import Day, say_instant
from models.plan import Plan
from models.refusals import Refused
from models.register import Licence, Registered, ResponsiblePerson, SubjectFacts, SubjectId
from rules.credit_code import code_warning
from rules.stage import NAMES
from rules.words import DEEDS, OUTCOMES, REGISTER_STATES
from store.register_queries import find_subject, search_subjects, subject_history, suspicions, territory_tree

app = typer.Typer(help="The register of subjects. 对象登记簿。", no_args_is_help=True)
Subject = Annotated[str, typer.Argument(metavar="SUBJECT", help="The subject's id. 对象编号。")]
By = Annotated[str, typer.Option(help="role:name@territory. 经办人。")]
Reason = Annotated[str, typer.Option(help="Why. 理由。", callback=filled)]
Version = Annotated[
    int | None, typer.Option("--version", min=1, help="As you read it; the present one if left out. 版本。")
]
Name = Annotated[str | None, typer.Option(help="Name. 名称。")]
District = Annotated[str | None, typer.Option(help="District code. 区划代码。")]
Street = Annotated[str | None, typer.Option(help="Street or town. 街道（乡镇）。")]
Community = Annotated[str | None, typer.Option(help="Community or village. 社区（村）。")]
Sector = Annotated[str | None, typer.Option(help="Sector. 行业领域。")]
Kind = Annotated[str | None, typer.Option(help="enterprise, site, vehicle or person. 对象类型。")]
Code = Annotated[str | None, typer.Option(help="Unified social credit code. 统一社会信用代码。")]
Longitude = Annotated[float | None, typer.Option(help="Degrees, WGS 84. 经度。")]
Latitude = Annotated[float | None, typer.Option(help="Degrees, WGS 84. 纬度。")]


@app.command("search")
def search(
    words: Annotated[str, typer.Argument(help="Part of the name, pinyin initials, part of the code. 检索词。")] = "",
    district: District = None,
    street: Street = None,
    sector: Sector = None,
    state: Annotated[str | None, typer.Option(help="active, ceased or merged. 状态。")] = None,
    after: Annotated[str, typer.Option(help="Page: the id that `next` named. 翻页。")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many. 最多条数。")] = 20,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Find subjects. 检索对象。"""
    if state is not None and state not in REGISTER_STATES:
        known = ", ".join(REGISTER_STATES)
        zh, en = f"--state：没有 {state}；可选：{known}", f"--state: there is no {state}; known: {known}"
        fail(BAD_INPUT, {"code": "invalid_option", "zh": zh, "en": en}, as_json=as_json)
    with services(as_json=as_json) as found:
        if district is not None or sector is not None:
            of = [campaign_named(found, None, as_json=as_json)]
            require_place(of, as_json=as_json, district=district, sector=sector)
        subjects = search_subjects(
            found.engine,
            words,
            limit=limit + 1,
            after=after,
            district=district,
            street=street,
            sector=sector,
            state=state,
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
        ((s.subject_id, s.name, s.code, s.district, s.street, s.sector, _state(s)) for s in subjects),
    )
    if following:
        out().print(say(f"继续：--after {following}", f"more: --after {following}"), markup=False)


@app.command("show")
def show(subject: Subject, as_json: AsJson = False, lang: Lang = None) -> None:
    """A subject with licences, persons, cases over all campaigns, and every change. 查看对象。"""
    with services(as_json=as_json) as found:
        history = subject_history(found.engine, subject)
    if history is None:
        _no_subject(subject, as_json=as_json)
    if as_json:
        print_json(history.model_dump(mode="json"))
        return
    s = history.subject
    stands = f" → {s.merged_into}" if s.merged_into else ""
    out().print(
        f"{s.name}  {s.subject_id}  {s.code or '–'}  {_place(s)}  {_state(s)}{stands}",
        markup=False,
    )
    out().print(say(f"第 {s.version} 版", f"version {s.version}"), markup=False)
    licences = ((x.kind, x.number, x.expires_on) for x in history.licences)
    table(say("证照", "Licences"), [say("种类", "kind"), say("编号", "number"), say("有效期至", "until")], licences)
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
        ((c["version"], say(*DEEDS[c["do"]]), c["by"], _reason(c)) for c in history.changes),
    )


def _reason(change: dict[str, Any]) -> str | None:
    """Why; of a licence or a person, what was written."""
    if change["do"] not in ("licence", "person"):
        return change["reason"] or None
    return " ".join(str(value) for value in json.loads(change["reason"]).values() if value)


def _state(subject: Registered) -> str:
    return say(*REGISTER_STATES[subject.state])


def _place(subject: Registered) -> str:
    return " ".join(filter(None, (subject.district, subject.street, subject.community)))


@app.command("add")
def add(
    by: By,
    name: Annotated[str, typer.Option(help="Name. 名称。")],
    district: Annotated[str, typer.Option(help="District code. 区划代码。")],
    subject_id: Annotated[str | None, typer.Option("--id", help="Its id; made if left out. 编号。")] = None,
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
    facts = _facts(
        {"name": name, "district": district, "street": street, "community": community, "sector": sector}
        | {"kind": kind or "enterprise", "code": code, "longitude": longitude, "latitude": latitude},
        as_json=as_json,
    )
    who = actor_named(by, as_json=as_json)
    chosen = _checked(SubjectId, subject_id or f"s-{uuid.uuid4().hex[:12]}", "--id", as_json=as_json)
    _kept(lambda r: r.add(chosen, facts, who), as_json=as_json)


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
    given = {"name": name, "street": street, "community": community, "sector": sector, "kind": kind, "code": code}
    given |= {"longitude": longitude, "latitude": latitude}
    who = actor_named(by, as_json=as_json)

    def changed(registrar: Registrar) -> Registered | Refused:
        now = _present(registrar, subject)
        return registrar.change(subject, version or now.version, _with(now, given, as_json=as_json), who, reason)

    _kept(changed, as_json=as_json)


@app.command("move")
def move(
    subject: Subject,
    by: By,
    district: Annotated[str, typer.Option(help="District code. 区划代码。")],
    reason: Reason,
    street: Street = None,
    community: Community = None,
    version: Version = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """It moved to another place: its open cases go with it. 迁移辖区。"""
    who = actor_named(by, as_json=as_json)

    def moved(registrar: Registrar) -> Coroutine[Any, Any, Registered | Refused]:
        now = _present(registrar, subject)
        place: dict[str, Any] = {"district": district, "street": street, "community": community}
        facts = _facts({**now.facts.model_dump(), **place}, as_json=as_json)
        return registrar.move(subject, version or now.version, facts, who, reason)

    _kept(moved, as_json=as_json)


@app.command("cease")
def cease(
    subject: Subject,
    by: By,
    on: Annotated[str, typer.Option(help="Since which day. 停业日期。")],
    reason: Reason,
    version: Version = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """It no longer operates; its open cases go on. 停业。"""
    who, day = actor_named(by, as_json=as_json), _checked(Day, on, "--on", as_json=as_json)
    _kept(
        lambda r: r.cease(subject, version or _present(r, subject).version, day, who, reason),
        as_json=as_json,
    )


@app.command("resume")
def resume(
    subject: Subject, by: By, reason: Reason, version: Version = None, as_json: AsJson = False, lang: Lang = None
) -> None:
    """It operates again. 恢复经营。"""
    who = actor_named(by, as_json=as_json)
    _kept(lambda r: r.resume(subject, version or _present(r, subject).version, who, reason), as_json=as_json)


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
    who = actor_named(by, as_json=as_json)
    _kept(lambda r: r.merge(duplicate, into, who, reason), as_json=as_json)


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
    who = actor_named(by, as_json=as_json)
    _kept(lambda r: r.licence(subject, kept, who) or _present(r, subject), as_json=as_json)


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
    who = actor_named(by, as_json=as_json)
    _kept(lambda r: r.person(subject, kept, who) or _present(r, subject), as_json=as_json)


@app.command("suspicions")
def suspected(
    campaign: Annotated[str | None, typer.Option(help="The campaign; the newest if left out. 行动。")] = None,
    district: District = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many. 最多条数。")] = 50,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Licences that end within the campaign: look there; nothing is filed by itself. 证照到期线索。"""
    with services(as_json=as_json) as found:
        of = campaign_named(found, campaign, as_json=as_json)
        require_place([of], as_json=as_json, district=district)
        until = of.phases[-1].ends_at
        rows = suspicions(found.engine, of.campaign_id, until, district=district, limit=limit)
    if as_json:
        print_json({"campaign": of.campaign_id, "suspicions": [r.model_dump(mode="json") for r in rows]})
        return
    headers = (("对象", "subject"), ("名称", "name"), ("区", "district"), ("证照", "licence"))
    table(
        say("行动期内到期的证照（线索，不自动立项）", "Licences that end within the campaign (suspicions only)"),
        [say(*h) for h in (*headers, ("有效期至", "until"), ("案件", "case"))],
        ((r.subject_id, r.name, r.district, f"{r.licence} {r.number}", r.expires_on, r.case_id) for r in rows),
    )


@app.command("tree")
def tree(as_json: AsJson = False, lang: Lang = None) -> None:
    """How many subjects there are by district, street, community. 辖区统计。"""
    with services(as_json=as_json) as found:
        rows = territory_tree(found.engine)
    if as_json:
        print_json({"territories": rows})
        return
    headers = (("区", "district"), ("街道", "street"), ("社区", "community"), ("对象", "subjects"), ("停业", "ceased"))
    table(
        say("辖区", "Territories"),
        [say(*h) for h in headers],
        ((r["district"], r["street"], r["community"], r["subjects"], r["ceased"]) for r in rows),
    )


def _kept(
    what: Callable[[Registrar], Registered | Refused | Coroutine[Any, Any, Registered | Refused]], *, as_json: bool
) -> None:
    """Do it, and show the subject as it stands then."""
    with services(as_json=as_json) as found:
        plan = _plan(found, as_json=as_json)

        async def done() -> Registered | Refused:
            answer = what(Registrar(found.engine, plan, found.temporal))
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
    out().print(f"✓ {answer.subject_id}  {answer.name}  {_place(answer)}  {_state(answer)}  {version}", markup=False)


def _plan(found: Services, *, as_json: bool) -> Plan:
    return campaign_named(found, None, as_json=as_json).plan


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


def actor_named(by: str, *, as_json: bool) -> Actor:
    """The actor that was written, or exit 2."""
    return _checked(Person, by, "--by", as_json=as_json)


def _checked(shape: Any, value: Any, what: str, *, as_json: bool) -> Any:
    try:
        return TypeAdapter(shape).validate_python(value)
    except ValidationError as error:
        fail(BAD_INPUT, input_problem(what, error), as_json=as_json)


def _no_subject(subject_id: str, *, as_json: bool) -> NoReturn:
    zh, en = f"登记簿中没有对象 {subject_id}", f"the register has no subject {subject_id}"
    fail(REFUSED, {"code": "unknown_subject", "zh": zh, "en": en}, as_json=as_json)
