"""Writes the generated files of docs, outcomes and figures in the handbook: `python -m docs.generate`.

What can happen is not described but observed: every script in docs/courses is played by the real rules, and the
changes of state that they show make the tables and diagrams. tests/docs fails when a committed file is not as written.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, get_args

from docs.access import access
from docs.api import api, document
from docs.commands import commands
from docs.markdown import table
from docs.orders import orders
from docs.sizing import figures
from docs.sizing_tables import PAGE, with_tables
from models.actors import ROLES
from models.case import OWED, SETTLED, Case, FindingState, MustState
from models.case import Stage as StageName
from models.commands import Open
from models.events import Transition
from models.plan import Period, Plan
from models.wire import CaseStart
from rules.access.cedar import policies, schema
from rules.case.announce import announce
from rules.case.announce_table import KINDS
from rules.case.clock_actor import clock_steps
from rules.case.decide import already_handled, decide, decide_opening
from rules.case.evolve import apply, evolve
from rules.case.explain import GroundExplained, explain
from rules.case.guard_table import GUARDS
from rules.case.stage import NAMES, next_actor, stage
from rules.clocks.table import CLOCKS
from rules.files.plan_check import PlanFile, read_plan
from rules.files.script import Script, Step, read_script
from rules.words import terms as words
from rules.words.announced import announced_said
from rules.words.naming import Both
from rules.words.refusals import REFUSALS
from rules.words.refusals_campaign import BEYOND_THE_CASE

ROOT = Path(__file__).resolve().parents[1]
ACCESS = ROOT / "docs" / "access.md"
CEDAR, CEDAR_SCHEMA = ROOT / "docs" / "access.cedar", ROOT / "docs" / "access.cedarschema"
STATES = ROOT / "docs" / "states.md"
COMMANDS = ROOT / "docs" / "commands.md"
ORDERS = ROOT / "docs" / "orders.md"
API = ROOT / "docs" / "api.md"
COURSES = ROOT / "docs" / "courses"
HANDBOOK = ROOT / "docs" / "handbook"
LANGUAGES = ("en", "zh")
PLAN = ROOT / "campaigns" / "karamay-2013.toml"
COMMAND = "python -m docs.generate"

APPLIES: dict[StageName, str] = {
    "closed": "an outcome is set",
    "escalation": "a must is owed, proposed or decided",
    "reinspection": "a finding awaits a verdict (declared, or its due date passed since registration or the last"
    " verdict), or a restart is awaited",
    "registration": "a finding is recorded and not registered",
    "rectification": "a finding is registered and unsettled",
    "consolidation": "all findings are settled; the case waits for its look-back or for completion",
    "investigation": "there is no finding yet",
}
NOBODY, BEGIN, MERGED = "nobody", "[*]", "joined"
Changes = dict[tuple[str, str], set[str]]


class Seen:
    """What the courses showed: changes of state by event, who acts next in each stage, why each must was owed."""

    def __init__(self) -> None:
        self.findings: Changes = defaultdict(set)
        self.musts: Changes = defaultdict(set)
        self.actors: dict[str, set[str]] = defaultdict(set)
        self.grounds: dict[tuple[str, str], GroundExplained] = {}
        self.told: dict[str, set[str]] = defaultdict(set)

    def play(self, plan: Plan, case: Case | None, transition: Transition) -> Case:
        """The case after a transition, each of its events noted."""
        before = case
        for event in transition.events:
            after = evolve(before, event, transition.at, transition.by)
            self._note(before, event.kind, after)
            before = after
        played = apply(case, transition)
        self.actors[stage(played, transition.at)].add(next_actor(plan, played, transition.at) or NOBODY)
        for told in announce(plan, case, transition, played):
            self.told[told.what].add(told.role)
        self.grounds |= {(told.must, g.reason): g for told in explain(plan, played) for g in told.grounds}
        return played

    def _note(self, before: Case | None, event: str, after: Case) -> None:
        was: dict[str, str] = {f.ref: f.state for f in before.findings} if before else {}
        again = {f.ref for f in after.findings if event == "verdict_given" and f not in (before or after).findings}
        for finding in after.findings:
            old = was.get(finding.ref, BEGIN)
            if old != finding.state or finding.ref in again:
                self.findings[old, finding.state].add(event)
        musts: dict[str, str] = {m.id: m.state for m in before.musts} if before else {}
        for must in after.musts:
            old = musts.pop(must.id, BEGIN)
            if old != must.state:
                self.musts[old, must.state].add(event)
        for old in musts.values():
            self.musts[old, MERGED].add(event)


@cache
def plan_file() -> PlanFile:
    """The plan of the notice."""
    read = read_plan(PLAN.read_text(encoding="utf-8"), PLAN.name)
    if not isinstance(read, PlanFile):
        raise ValueError(read)
    return read


def observe() -> Seen:
    """Every course, played by the rules."""
    seen = Seen()
    for file in sorted(COURSES.glob("*.yaml")):
        script = read_script(file.read_text(encoding="utf-8"), file.name)
        if not isinstance(script, Script):
            raise ValueError(script)
        _play(seen, script)
    return seen


def _play(seen: Seen, script: Script) -> None:
    read, head = plan_file(), script.head
    plan, first = read.plan, script.steps[0]
    phases = plan.calendar(head.year or first.at.year)
    by: Any = {"role": "office", "name": "office", "territory": plan.city}
    opening = Open(by=by, command_id="open", subject=head.subject)
    orders = tuple(given.order() for given in head.earlier_orders)
    start = CaseStart(case_id="case/docs/course", digest=read.digest, phases=phases, earlier_orders=orders)
    opened = decide_opening(plan, start, opening, first.at)
    if not isinstance(opened, Transition):
        raise ValueError(opened)
    case = seen.play(plan, None, opened)
    for step in (*script.steps, Step(at=head.until or script.steps[-1].at, do="until", command=None)):
        for fallen, after in clock_steps(plan, case, step.at):
            seen.play(plan, case, fallen)
            case = after
        if step.command and already_handled(case, step.command) is False:
            judged = decide(plan, case, step.command, step.at)
            case = seen.play(plan, case, judged) if isinstance(judged, Transition) else case


def states() -> str:
    """The text of docs/states.md."""
    seen = observe()
    parts = (
        "# Stages, states, musts, roles, refusals, clocks",
        f"<!-- Written by `{COMMAND}`; do not edit. -->",
        "Everything here is read from the code, or observed by playing the scripts in [courses](courses) with the real"
        " rules. Each of them runs by itself: `rectify try docs/courses/stayed.yaml`.",
        "## Stages",
        "The stage says whose turn it is. It is derived and shown; no rule looks at it. The first row that applies is"
        " the stage (`rules/case/stage.py`).",
        table(("stage", "中文", "English", "applies while", "acts next"), _stages(seen)),
        "## States of a finding",
        f"Settled: {_codes(_sorted(SETTLED, get_args(FindingState)))}.",
        table(("state", "中文"), ((f"`{s}`", words.STATES[s][0]) for s in get_args(FindingState))),
        _diagram(seen.findings, get_args(FindingState)),
        table(("from", "to", "by"), _changes(seen.findings, get_args(FindingState))),
        "## States of a must",
        f"In lists, owed means {_codes(_sorted(OWED, get_args(MustState)))}. Beside its state a must may be stayed, and"
        " an executed suspension may be lifted. A pending must whose grounds join an owed one at the start of phase 2"
        " ends in it (`joined`).",
        table(("state", "中文"), ((f"`{s}`", words.STATES[s][0]) for s in get_args(MustState))),
        _diagram(seen.musts, (*get_args(MustState), MERGED)),
        table(("from", "to", "by"), _changes(seen.musts, (*get_args(MustState), MERGED))),
        "## Guard table of the four musts",
        "For each must the first row that an unsettled finding meets makes it a ground (`rules/case/guard_table.py`). A"
        " row that is not at once waits in phase 1 as pending.",
        table(("must", "中文", "ground", "依据", "clause", "in phase 1", "decided by"), _guards(seen)),
        "## Who is told what",
        "Every step tells those who need to know of it (`rules/case/announce_table.py`): a line in the inbox of a role"
        " in the case's district, or of the officers by name. In the sentences `…` stands for findings and musts.",
        table(("announcement", "topic", "中文", "English", "clause", "told to"), _announcements(seen)),
        "## Commands and roles",
        "Who may give which command, and every other deed: [access.md](access.md).",
        "## Refusals",
        "A refusal leaves the case as it was. Its code is stable; facts stand in braces (`rules/words/refusals.py`)."
        " What each rule says: [plan.md](plan.md#where-a-rule-comes-from-规则出处).",
        _refusals(REFUSALS),
        "Those of the campaign, its calendar, the register and work over many rows"
        " (`rules/words/refusals_campaign.py`):",
        _refusals(BEYOND_THE_CASE),
        "## Clocks",
        f"From the plan `{plan_file().plan.id}`: N the notice, L law or a national rule, A our assumption. n days are"
        " counted after the day of the event and end at 24:00 of the last one.",
        table(("clock", "中文", "value", "source", "clause", "late after it"), _clocks(plan_file().plan)),
    )
    return "\n\n".join(parts) + "\n"


def _stages(seen: Seen) -> Iterator[Sequence[str]]:
    for name, (zh, en) in NAMES.items():
        yield f"`{name}`", zh, en, APPLIES[name], ", ".join(_sorted(seen.actors[name], (*ROLES, NOBODY)))


def _sorted(names: set[str] | frozenset[str], order: Sequence[str]) -> list[str]:
    return sorted(names, key=order.index)


def _codes(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _changes(changes: Changes, order: Sequence[str]) -> Iterator[Sequence[str]]:
    for (old, new), events in _in_order(changes, order):
        by = "; ".join(f"`{e}`" for e in sorted(events))
        yield "–" if old == BEGIN else f"`{old}`", f"`{new}`", by


def _in_order(changes: Changes, order: Sequence[str]) -> list[tuple[tuple[str, str], set[str]]]:
    places = {name: place for place, name in enumerate((BEGIN, *order))}
    return sorted(changes.items(), key=lambda change: (places[change[0][0]], places[change[0][1]]))


def _diagram(changes: Changes, order: Sequence[str]) -> str:
    lines = [f"    {old} --> {new}: {' / '.join(sorted(by))}" for (old, new), by in _in_order(changes, order)]
    return "\n".join(("```mermaid", "stateDiagram-v2", *lines, "```"))


def _guards(seen: Seen) -> Iterator[Sequence[str]]:
    plan = plan_file().plan
    for guard in GUARDS:
        ground = seen.grounds[guard.must, guard.reason]
        when = "at once" if guard.at_once else "pending"
        name, decided_by = words.MUSTS[guard.must][0], plan.must(guard.must).decided_by
        yield f"`{guard.must}`", name, ground.en, ground.zh, ground.clause, when, decided_by


def _announcements(seen: Seen) -> Iterator[Sequence[str]]:
    clauses = {"turn": ("turn", "domain §3")} | {kind.what: (kind.topic, kind.clause) for kind in KINDS}
    for what, (topic, clause) in clauses.items():
        zh, en = announced_said(what, ("…",), Both("……", "…"))
        yield f"`{what}`", topic, zh, en, clause, ", ".join(_sorted(seen.told[what], ROLES))


def _refusals(refusals: dict[str, tuple[str, str, str]]) -> str:
    return table(("code", "rule", "中文", "English"), ((f"`{c}`", r, zh, en) for c, (r, zh, en) in refusals.items()))


def _clocks(plan: Plan) -> Iterator[Sequence[str]]:
    clocks = plan.clocks
    phases = {p.id: p for p in plan.phases}
    until = phases[clocks.investigation_phase]
    caps = " or ".join(f"{phases[c].ends} ({phases[c].source} {phases[c].clause})" for c in clocks.rectification_caps)

    counted = {
        "investigation": f"end of phase {until.id} ({until.source} {until.clause}); opened later: {{}}",
        "registration": "{}, for findings of phase 1 at most its end",
        "rectification": f"{{}}, at most {caps}",
        "extension": f"{{}}; by at most {_amount(clocks.extension)}",
        "reinspection": "{} from the declaration or the due date",
        "restart": "{} from the last passed verdict",
        "decision": "{} from when it became owed",
        "execution": "{} from approval",
        "look_back": f"{clocks.look_back_on}, or {{}} after entering consolidation if later",
    }
    deciders: dict[str, str] = {must.id: must.decided_by for must in plan.musts}
    for row in CLOCKS.values():
        zh, en = words.CLOCKS[row.clock]
        for kind, period in row.periods(plan).items():
            name = words.MUSTS[kind][1] if kind in words.MUSTS else kind
            value = f"{name}: " * bool(kind) + counted[row.clock].format(_amount(period))
            late = f"{row.role}, once proposed {deciders[kind]}" if row.clock == "decision" else row.role
            yield f"`{row.clock}` {en}", zh, value, period.source, period.clause, late
    for name, zh, about in (
        ("observed_before", "现场检查至录入的最长间隔", "how far `observed_at` may lie before acceptance"),
        ("overdue_level", "逾期升级督办间隔", "the level of what is overdue rises after each"),
        ("overdue_warning", "到期预警", "how long before a due instant it turns yellow"),
    ):
        period: Period = getattr(clocks, name)
        yield f"`{name}`", zh, f"{_amount(period)}: {about}", period.source, period.clause, "–"


def _amount(period: Period) -> str:
    unit, amount = next(iter(period.amounts.items()))
    most = f" (law: at most {period.at_most})" if period.at_most else ""
    return f"{amount} {unit.replace('_', ' ')}{most}"


_UP_TO_FENCE = r"(?:(?!```).)*"
_SCRIPT = re.compile(
    rf"(```yaml\n(?P<script>{_UP_TO_FENCE})```\n{_UP_TO_FENCE}```text\n)(?P<shown>{_UP_TO_FENCE})```", re.DOTALL
)


def pages(language: str) -> list[Path]:
    """The pages of the handbook in a language."""
    return sorted((HANDBOOK / language).glob("*.md"))


def scripts(text: str) -> list[str]:
    """The scripts of a page that show an outcome."""
    return [found["script"] for found in _SCRIPT.finditer(text)]


def with_outcomes(text: str, language: str) -> str:
    """The text of a page, with the outcome of each script as `rectify try` shows it now."""
    return _SCRIPT.sub(lambda found: f"{found[1]}{outcome(found['script'], language)}```", text)


def outcome(script: str, language: str) -> str:
    """What `rectify try` answers to a script, without trailing blanks."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "case.yaml"
        file.write_text(script, encoding="utf-8")
        argv = [sys.executable, "-m", "cli.main", "try", str(file), "--lang", language]
        env = {k: v for k, v in os.environ.items() if not k.startswith(("RECTIFY_", "COLUMNS", "FORCE_COLOR"))}
        said = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    return "".join(f"{line.rstrip()}\n" for line in said.stdout.splitlines())


def main() -> None:
    """Write what is generated."""
    STATES.write_text(states(), encoding="utf-8")
    ACCESS.write_text(access(plan_file().plan), encoding="utf-8")
    CEDAR.write_text(policies(plan_file().plan), encoding="utf-8")
    CEDAR_SCHEMA.write_text(schema(), encoding="utf-8")
    COMMANDS.write_text(commands(), encoding="utf-8")
    API.write_text(api(document()), encoding="utf-8")
    ORDERS.write_text(orders(plan_file().plan), encoding="utf-8")
    for language in LANGUAGES:
        for page in pages(language):
            text = with_outcomes(page.read_text(encoding="utf-8"), language)
            page.write_text(with_tables(text, language, figures()) if page.name == PAGE else text, encoding="utf-8")


if __name__ == "__main__":
    main()
