"""A case told in a few lines, run on paper by the real rules; its end reads like the rule that it shows.

`Story().at("05-10").record(v("a")).register("a").end().musts == ["suspend pending a"]`: instants are
month-days of the story's year, at 09:00 where no time is given; a due instant at midnight reads as 24:00 of
the day that it ends.
"""

from datetime import datetime, timedelta
from typing import Any

import yaml

from models.case import Case
from models.instants import BEIJING
from rules.files.script import Script, ScriptError, read_script
from rules.on_paper import Paper
from tests.cast import (
    ALL_MET,
    ENTERPRISE,
    GOVERNMENT,
    HERE,
    INSPECTOR,
    PLAN_PATH,
    PROOF,
    SUPERVISOR,
    UPPER_LIMIT,
    plan,
    plan_file,
)

Fine = dict[str, Any]
NOTHING_AGAINST = {"licensed": True, "major_hazard": False, "lawful": True}


def finding(ref: str, category: str, grade: str = "general", **flags: bool) -> dict[str, Any]:
    """A finding as an inspector writes it down."""
    return {"ref": ref, "category": category, "grade": grade, "description": f"seen at {ref}", **flags}


def v(ref: str, category: str = "V04", grade: str = "general", **flags: bool) -> dict[str, Any]:
    """Unlawful conduct that is no illegal operation, unless another category is given."""
    return finding(ref, category, grade, **flags)


def h(ref: str, category: str = "H01", grade: str = "general", **flags: bool) -> dict[str, Any]:
    """A hazard."""
    return finding(ref, category, grade, **flags)


def illegal(ref: str, category: str = "V01", grade: str = "general", **flags: bool) -> dict[str, Any]:
    """An illegal operation."""
    return finding(ref, category, grade, **flags)


def instant(text: str, year: int = 2013) -> datetime:
    """`05-10`, `05-10 24:00` or `05-10 09:30` of the year, Beijing time; a whole date is understood too."""
    day, _, clock = text.replace("T", " ").partition(" ")
    full = day if day.count("-") == 2 else f"{year}-{day}"
    hours, minutes, seconds = ([int(p) for p in (clock or "09:00").split(":")] + [0])[:3]
    start = datetime.fromisoformat(full).replace(tzinfo=BEIJING)
    return start + timedelta(hours=hours, minutes=minutes, seconds=seconds)


def shown(text: str | None) -> str | None:
    """An instant of the answer as the stories write it: `05-25 24:00`."""
    if text is None:
        return None
    at = datetime.fromisoformat(text)
    midnight = (at.hour, at.minute, at.second) == (0, 0, 0)
    day = at - timedelta(days=1) if midnight else at
    year = "" if day.year == 2013 else f"{day.year}-"
    clock = "24:00" if midnight else at.strftime("%H:%M:%S" if at.second else "%H:%M")
    return f"{year}{day.strftime('%m-%d')} {clock}"


class End:
    """How a story ended."""

    def __init__(self, answer: dict[str, Any], case: Case | None, official: list[dict[str, Any]]) -> None:
        self.answer, self.case, self.official = answer, case, official
        self.lines: list[dict[str, Any]] = answer["steps"]

    def __getattr__(self, name: str) -> Any:
        if name in ("stage", "outcome", "overdue", "unmet"):
            return self.answer["case"][name]
        raise AttributeError(name)

    @property
    def due(self) -> str | None:
        """The case's due instant."""
        return shown(self.answer["case"]["due"])

    @property
    def owed(self) -> list[str]:
        """The musts owed, proposed or decided."""
        return self.answer["case"]["owed"]

    @property
    def pending(self) -> list[str]:
        """The musts pending."""
        return self.answer["case"]["pending"]

    @property
    def executed(self) -> list[str]:
        """The musts executed."""
        return self.answer["case"]["executed"]

    @property
    def musts(self) -> list[str]:
        """Every must as `suspend owed a b`, sorted; the ones that came to nothing are left out."""
        listed = [m for m in self.answer["case"]["musts"] if m["state"] != "withdrawn"]
        return sorted(" ".join([m["must"], m["state"], *sorted(m["grounds"])]) for m in listed)

    def must(self, kind: str, state: str | None = None) -> dict[str, Any]:
        """The one must of that kind (and state), its instants as the stories write them."""
        listed = self.answer["case"]["musts"]
        one = [m for m in listed if m["must"] == kind and state in (None, m["state"])]
        assert len(one) == 1, listed
        return one[0] | {k: shown(one[0][k]) for k in ("arose_at", "decide_by", "execute_by")}

    def _finding(self, ref: str) -> dict[str, Any]:
        return next(f for f in self.answer["case"]["findings"] if f["ref"] == ref)

    def state(self, ref: str) -> str:
        """The state of a finding."""
        return self._finding(ref)["state"]

    def due_of(self, ref: str) -> str | None:
        """The due date of a finding."""
        return shown(self._finding(ref)["due"])

    @property
    def clock(self) -> list[str]:
        """The clock's own steps, as `05-31 24:00 phase_began`."""
        kinds = ("deadline_passed", "phase_began", "campaign_completed")
        return [f"{shown(line['at'])} {line['do']}" for line in self.lines if line["do"] in kinds]

    @property
    def stages(self) -> list[str]:
        """The stage after each official step."""
        return [line["stage"] for line in self.official]


class Story:
    """A builder: each method is one official step at the story's present instant."""

    def __init__(self, year: int = 2013, earlier: tuple[tuple[str, str], ...] = (), **subject: str) -> None:
        self.year = year
        self.now = instant("05-06", year)
        self.ends: datetime | None = None
        self.steps: list[dict[str, Any]] = []
        self.subject = {"name": "A factory", "kind": "enterprise", "district": HERE} | subject
        self.earlier = [{"category": c, "ordered_at": instant(at, year).isoformat()} for c, at in earlier]

    def at(self, when: str) -> "Story":
        """The steps that follow happen at this instant."""
        self.now = instant(when, self.year)
        return self

    def until(self, when: str) -> "Story":
        """The clock runs on to this instant."""
        self.ends = instant(when, self.year)
        return self

    def do(self, kind: str, by: str = INSPECTOR, **fields: Any) -> "Story":
        """Any command."""
        given = {k: value for k, value in fields.items() if value is not None}
        self.steps.append({"at": self.now.isoformat(), "do": kind, "by": by, **given})
        return self

    def note(self) -> "Story":
        """An official's note: it changes nothing, but lets the clock catch up."""
        return self.do("add_note", text="noted")

    def record(self, *findings: dict[str, Any], by: str = INSPECTOR, **answers: bool) -> "Story":
        """Findings, with answers to the three questions where given."""
        return self.do("record_findings", by, findings=list(findings), answers=answers or None)

    def register(self, *refs: str, due: str | None = None, responsible: str = "Sun") -> "Story":
        """Register findings, by default with the plan's due date."""
        until = {"due": instant(due, self.year).isoformat()} if due else {}
        return self.do("register", assignments=[{"ref": r, "responsible": responsible} | until for r in refs])

    def declare(self, *refs: str, by: str = ENTERPRISE) -> "Story":
        """Declare findings rectified."""
        return self.do("declare_rectified", by, refs=list(refs), evidence=["photo 1"])

    def verdict(self, **passed: bool) -> "Story":
        """Re-inspect: `verdict(a=True, b=False)`."""
        return self.do("reinspect", verdicts=[{"ref": r, "passed": p, "note": ""} for r, p in passed.items()])

    def settle(self, *refs: str) -> "Story":
        """Declared and passed at once."""
        return self.declare(*refs).verdict(**dict.fromkeys(refs, True))

    def extend(self, ref: str, due: str) -> "Story":
        """Ask for an extension."""
        until = instant(due, self.year).isoformat()
        return self.do("request_extension", ENTERPRISE, ref=ref, due=until, reason="parts")

    def decide_extension(self, ref: str, granted: bool = True, by: str = SUPERVISOR) -> "Story":
        """Decide on an extension."""
        return self.do("decide_extension", by, ref=ref, granted=granted, reason="seen")

    def propose(self, must: str, *grounds: str, fine: Fine | None = None, by: str = INSPECTOR) -> "Story":
        """Propose a measure, on all its grounds unless some are named; a fine at the upper limit for Sun."""
        amounts = fine or (UPPER_LIMIT if must == "fine" else None)
        return self.do("propose_measure", by, must=must, grounds=list(grounds) or None, fine=amounts)

    def approve(self, must: str, by: str | None = None) -> "Story":
        """Approve it, in the office that decides it."""
        return self.do("approve_measure", by or decider(must), must=must)

    def send_back(self, must: str, *reclassify: str, by: str | None = None) -> "Story":
        """Return it, with grounds that are no illegal operation where named."""
        found = {"must": must, "reason": "seen", "reclassify": list(reclassify)}
        return self.do("return_measure", by or decider(must), **found)

    def execute(self, must: str, date: str | None = None, **details: Any) -> "Story":
        """Record its execution, today and complete unless said otherwise."""
        day = instant(date, self.year) if date else self.now
        told = {k: value for k, value in (PROOF[must] | details).items() if value is not None}
        return self.do("record_execution", must=must, date=day.date().isoformat(), details=told)

    def carry_out(self, must: str) -> "Story":
        """Proposed, approved and executed at once."""
        return self.propose(must).approve(must).execute(must)

    def stay(self, must: str) -> "Story":
        """A court stays the measure."""
        return self.do("stay_measure", SUPERVISOR, must=must, authority="the court", reason="suit")

    def lift(self, must: str) -> "Story":
        """The court lifts the stay."""
        return self.do("lift_stay", SUPERVISOR, must=must, authority="the court", reason="done")

    def rescind(self, ref: str, by: str = SUPERVISOR) -> "Story":
        """Rescind a finding."""
        return self.do("rescind_finding", by, ref=ref, reason="in error")

    def accept_restart(self, signatories: tuple[str, ...] = ("Li", "Ma"), **conditions: bool) -> "Story":
        """Accept the restart, all conditions met unless said otherwise."""
        met = ALL_MET | conditions
        return self.do("accept_restart", conditions=met, signatories=list(signatories))

    def refuse_restart(self, **conditions: bool) -> "Story":
        """Refuse the restart."""
        return self.do("refuse_restart", conditions=ALL_MET | conditions, reason="not yet")

    def look_back(self, *findings: dict[str, Any], recurred: bool = False) -> "Story":
        """The look-back."""
        return self.do("look_back", recurred=recurred, findings=list(findings))

    # ------------------------------------------------------------------ how it ends

    def text(self) -> str:
        """The script in YAML."""
        script = {"plan": PLAN_PATH.name, "year": self.year, "subject": self.subject, "steps": self.steps}
        if self.earlier:
            script["earlier_orders"] = self.earlier
        if self.ends:
            script["until"] = self.ends.isoformat()
        return yaml.safe_dump(script, allow_unicode=True, sort_keys=False)

    def errors(self) -> tuple[ScriptError, ...]:
        """What cannot even be read in it."""
        read = read_script(self.text(), "story.yaml")
        return () if isinstance(read, Script) else read

    def run(self) -> End:
        """Run it, whatever is refused."""
        script = read_script(self.text(), "story.yaml")
        assert isinstance(script, Script), script
        paper = Paper(plan(), plan_file().digest, script)
        answer = paper.run()
        left, official = list(self.steps), []
        for line in answer["steps"]:
            if left and line["do"] == left[0]["do"]:
                official.append(line)
                left.pop(0)
        return End(answer, paper.case, official)

    def end(self) -> End:
        """Run it; every official step is accepted."""
        told = self.run()
        assert refused(told.official) == []
        return told

    def refusal(self) -> str:
        """Run it; every official step but the last is accepted, and the last is refused: with which code."""
        told = self.run()
        *before, last = told.official
        assert refused(before) == []
        assert not last["accepted"], f"{last['do']} was accepted"
        return last["code"]


def refused(lines: list[dict[str, Any]]) -> list[tuple[int, str, str]]:
    """The official steps that were refused, with their codes."""
    return [(i, line["do"], line["code"]) for i, line in enumerate(lines) if not line["accepted"]]


def decider(must: str) -> str:
    """Who decides a must."""
    return GOVERNMENT if must == "close" else SUPERVISOR
