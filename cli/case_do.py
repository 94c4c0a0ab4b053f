"""`rectify case do`: a command for a case, from a file, field by field at the terminal, or by `--set`."""

import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple, NoReturn

import typer

from cli.asking import Posted, Terminal, by_value, preset, refuse_unknown, set_by_options
from cli.banner import banner
from cli.case_screen import show_case
from cli.commands import case_folded, command_of, note_answer, show_answer
from cli.files import read_text
from cli.filters import actor_meant, actor_written
from cli.names import TypedActor, id_meant
from cli.output import BAD_INPUT, REFUSED, AsJson, Lang, err, fail, out, print_json, say
from cli.services import CaseId, case_named, no_case, run, services
from desk.evidence import NotTakenIn, take_in
from engine.connection import Services
from engine.hand_in import signal_result, submit
from models.actors import Actor
from models.case import Case
from models.commands import AnyCommand
from models.files import AttachedFile
from models.refusals import Refused
from models.wire import Receipt
from rules.access.deeds import Place, may
from rules.case.limits import FINDINGS_A_COMMAND
from rules.case.next_steps import next_steps
from rules.files.json_objects import NoObject, read_object
from rules.words.clauses import cited
from rules.words.refusals import refuse
from rules.words.terms import COMMANDS
from store.campaigns import Campaign
from store.people import other_inspectors
from views.forms.command import FormRefused, NotFilledIn, command_facts, with_files
from views.forms.fields import Asked, FormField, fields_of
from views.forms.posted import read, rows_posted
from views.forms.steps import Offer, offer_of, offers

_FILE = AttachedFile(sha256=f"sha256:{0:064x}", name="—", media="image/jpeg", size=1)


class Form(NamedTuple):
    """How a form was asked for and filled in: whose it is, which step about what, `--set`."""

    by: TypedActor
    step: str | None
    about: str
    filled: Sequence[str]
    as_json: bool

    @property
    def is_asked(self) -> bool:
        """Whether somebody sits at a terminal who is to be asked."""
        return not self.filled and sys.stdin.isatty() and not self.as_json


def do(
    case: CaseId,
    file: Annotated[
        Path | None,
        typer.Argument(
            readable=False, metavar="[COMMAND.json]", help="A command (contracts §1); - reads stdin. 命令文件。"
        ),
    ] = None,
    by: Annotated[
        str | None, typer.Option(help="Without a file: who, role:name@territory. 不用文件时：经办人。")
    ] = None,
    step: Annotated[str | None, typer.Option(help="Which step, as `case steps` names it. 办理事项。")] = None,
    about: Annotated[str, typer.Option(help="Of which measure, level or finding. 涉及的措施、级别或问题。")] = "",
    fields: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="A field of the step; again for more. 填写一个字段。"),
    ] = None,
    files: Annotated[
        list[Path] | None, typer.Option("--file", help="A photo or paper to go with it. 随附的照片、材料。")
    ] = None,
    command_id: Annotated[str | None, typer.Option(help="To send the same step again. 命令编号。")] = None,
    by_signal: Annotated[
        bool, typer.Option("--signal", help="Send as inspection_result; no answer is awaited. 以信号发送。")
    ] = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Hand a command to a case: from a file, asked field by field, or by --set. 办理案件。"""
    form, facts = None, dict[str, Any]()
    if file is None:
        form = Form(_actor(by, as_json=as_json), step, about, fields or (), as_json)
    else:
        if by or step or about or fields or command_id:
            zh = "使用命令文件时，不能再用 --by、--step、--about、--set、--command-id"
            _usage(zh, "a command file goes without --by, --step, --about, --set, --command-id", as_json=as_json)
        facts = _object(read_text(file, as_json=as_json), str(file), as_json=as_json)
        _judged(facts, str(file), files or (), as_json=as_json)  # before anything is reached
    with services(as_json=as_json) as found:
        if form is None:
            case_id = case_named(found, case, as_json=as_json)
        else:
            campaign, folded = case_folded(found, case, as_json=as_json)
            case_id, facts = folded.case_id, _asked_facts(found, campaign, folded, form, command_id)
        facts.setdefault("command_id", str(uuid.uuid4()))
        command = _judged(facts, str(file or "--set"), files or (), as_json=as_json)
        if files:
            taken = _taken(found, case_id, command.by, files, as_json=as_json)
            command = command_of(with_files(command.do, facts, taken), "--file", as_json=as_json)
        if form is not None and form.is_asked and not Terminal().confirm(say("提交？", "hand in?")):
            fail(REFUSED, {"code": "not_handed_in", "zh": "未提交", "en": "not handed in"}, as_json=as_json)
        answer = _handed_in(found, case_id, command, by_signal=by_signal, as_json=as_json)
        note_answer(found, answer, command, case_id=case_id)
    if answer is not None:
        show_answer(answer, command, [], as_json=as_json)
    elif as_json:
        print_json({"sent": True, "command_id": command.command_id, "receipt": command.command_id})
    else:
        ask = f"rectify case receipt {command.command_id}"
        out().print(say(f"已发送；{ask} 查询办理结果", f"sent; {ask} says what became of it"), markup=False)


def _judged(facts: dict[str, Any], where: str, files: Sequence[Path], *, as_json: bool) -> AnyCommand:
    """The command as it will be, with its files still to be taken in; exit 2 naming each wrong field."""
    to_come = tuple(_FILE.model_copy(update={"sha256": f"sha256:{n:064x}"}) for n, _ in enumerate(files))
    return command_of(with_files(str(facts.get("do")), facts, to_come), where, as_json=as_json)


def _handed_in(
    found: Services, case_id: str, command: AnyCommand, *, by_signal: bool, as_json: bool
) -> Receipt | Refused | None:
    async def hand_in() -> Receipt | Refused | None:
        client = await found.temporal()
        if by_signal:
            return await signal_result(client, found.engine, case_id, command)
        return await submit(client, found.engine, case_id, command)

    try:
        return run(hand_in())
    except LookupError:
        no_case(case_id, as_json=as_json)


def _actor(by: str | None, *, as_json: bool) -> TypedActor:
    if by is None:
        _usage("请给出命令文件，或用 --by 说明经办人", "name a command file, or who acts by --by", as_json=as_json)
    return actor_written(by, as_json=as_json)


def _asked_facts(found: Services, campaign: Campaign, case: Case, form: Form, command_id: str | None) -> dict[str, Any]:
    """The command's facts: what was asked for at the terminal, or set by options."""
    who = actor_meant(form.by, [campaign.plan], as_json=form.as_json)
    offer = _offer(campaign, case, who, form)
    if offer.refused:
        fail(REFUSED, offer.refused[0].model_dump(), as_json=form.as_json)
    others = other_inspectors(found.engine, who, case.district)
    asked = Asked(campaign.plan, case, offer.do, offer.about or form.about, offer.refs, offer.shown, others)
    fields, posted = _filled(campaign, asked, offer, form)
    try:
        facts = command_facts(asked, read(fields, posted).facts, command_id or str(uuid.uuid4()))
    except FormRefused as wrong:
        fail(REFUSED, wrong.refusal.model_dump(), as_json=form.as_json)
    except NotFilledIn as wrong:
        _usage(f"{wrong.field}：{wrong.said.zh}，{wrong.remedy.zh}",
               f"{wrong.field}: {wrong.said.en}, {wrong.remedy.en}", as_json=form.as_json)  # fmt: skip
    return {**facts, "by": who}


def _offer(campaign: Campaign, case: Case, who: Actor, form: Form) -> Offer:
    """The step that was meant; of several, the one that is chosen at the terminal."""
    plan, now, as_json = campaign.plan, campaign.now(), form.as_json
    steps = next_steps(plan, case, who, now)
    if case.closed:
        fail(REFUSED, refuse("case_closed", outcome=case.outcome).model_dump(), as_json=as_json)
    if form.step is None:
        free = [offer for offer in offers(steps) if not offer.refused]
        if not free or not form.is_asked:
            _usage("请用 --step 说明办理事项；rectify case steps 列出可办理的事项",
                   "name the step by --step; rectify case steps lists what may be done", as_json=as_json)  # fmt: skip
        banner(campaign)
        show_case(plan, case, now)
        keyed = {f"{offer.do} {offer.about}".strip(): offer for offer in free}
        chosen = Terminal().choose(say("办理事项", "step"), [(key, say(*o.names)) for key, o in keyed.items()])
        return keyed[chosen]
    do = id_meant(form.step, COMMANDS) or form.step
    offer = offer_of(steps, do, form.about)
    if offer is not None:
        return offer
    known = [o for o in offers(steps) if o.do == do]
    if not known:
        where = Place(case.district, case.subject.sector, case.subject_id)
        not_theirs = may(plan, who, do, where, form.about) if do in COMMANDS else None
        if not_theirs:
            fail(REFUSED, cited(plan, not_theirs).model_dump(), as_json=as_json)
        if do in COMMANDS:
            zh, en = f"当前没有可办理的“{COMMANDS[do][0]}”", f"there is nothing now for {COMMANDS[do][1]}"
            fail(REFUSED, {"code": "nothing_to_do", "zh": zh, "en": en}, as_json=as_json)
        _usage(f"--step：没有 {form.step}", f"--step: there is no {form.step}", as_json=as_json)
    about = say("、", ", ").join(one.about for one in known if one.about)
    _usage(f"--about：{do} 须说明涉及：{about}", f"--about: {do} is about one of {about}", as_json=as_json)


def _filled(campaign: Campaign, asked: Asked, offer: Offer, form: Form) -> tuple[tuple[FormField, ...], Posted]:
    """The fields, and what stands in them."""
    if not form.is_asked:
        posted = set_by_options(form.filled, as_json=form.as_json)
        fields = fields_of(asked, rows_posted(posted, FINDINGS_A_COMMAND))
        refuse_unknown(fields, posted, as_json=form.as_json)
        if asked.shown and "shown" not in posted:  # an approval signs what was seen (ADR 0041)
            _usage("决定须注明所依据的提请：--set shown=…（case steps --json 给出，审阅后填写）",
                   "a decision says which proposal was seen: --set shown=… (case steps --json has it)",
                   as_json=form.as_json)  # fmt: skip
        return fields, preset(fields) | by_value(fields, posted, as_json=form.as_json)
    err().print(f"· {say(*offer.names)}  [{offer.clause}]", markup=False)
    if asked.shown:
        _show_proposal(asked)
    terminal, rows = Terminal(), dict[str, int]()
    fields = fields_of(asked)

    def more(of: str) -> Sequence[FormField]:
        rows[of] = rows.get(of, 1) + 1
        return next(one.parts for one in fields_of(asked, rows) if one.name == of)

    terminal.fill(fields, more)
    fields = fields_of(asked, rows)
    return fields, preset(fields) | terminal.posted


def _show_proposal(asked: Asked) -> None:
    """What an approval or a return signs: measure, grounds, amounts."""
    must = next(m for m in asked.case.musts_in("proposed") if m.must == asked.about)
    for ground in must.grounds:
        finding = asked.case.finding(ground.ref)
        err().print(f"  {ground.ref}  {finding.description if finding else ''}", markup=False)
    if must.fine:
        amounts = [(say("单位", "unit"), must.fine.unit), *((p.name, p.amount) for p in must.fine.persons)]
        for name, amount in amounts:
            err().print(f"  {name}  {amount} {say('元', 'yuan')}", markup=False)


def _taken(
    found: Services, case_id: str, who: Actor, files: Sequence[Path], *, as_json: bool
) -> tuple[AttachedFile, ...]:
    """The files, taken in for the case; exit 2 for what is no file that a case takes."""
    taken: list[AttachedFile] = []
    for path in files:
        try:
            with path.open("rb") as content:
                taken.append(take_in(found.engine, found.files, case_id, who, path.name, content))
        except OSError as error:
            reason = error.strerror or str(error)
            _usage(f"无法读取 {path}：{reason}", f"cannot read {path}: {reason}", as_json=as_json)
        except NotTakenIn as refused:
            remedies = {"remedy_zh": refused.remedy.zh, "remedy_en": refused.remedy.en}
            problem = {"code": refused.code, "zh": refused.said.zh, "en": refused.said.en, **remedies}
            fail(BAD_INPUT, problem, as_json=as_json)
    return tuple(taken)


def _object(text: str, file: str, *, as_json: bool) -> dict[str, Any]:
    found = read_object(text)
    if isinstance(found, NoObject):
        zh, en = f"{file}:{found.line}: {found.zh}", f"{file}:{found.line}: {found.en}"
        fail(BAD_INPUT, {"code": "invalid_json", "zh": zh, "en": en}, as_json=as_json)
    return found


def _usage(zh: str, en: str, *, as_json: bool) -> NoReturn:
    """Exit 2 with how it is to be asked for."""
    fail(BAD_INPUT, {"code": "invalid_option", "zh": zh, "en": en}, as_json=as_json)
