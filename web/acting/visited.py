"""What the form of a visit says, as the commands that it becomes: verdicts, acceptance of a restart, a look-back."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from models.case import Case
from models.events import Transition
from models.files import FILES_A_COMMAND, AttachedFile
from models.plan import Plan
from rules.case.limits import FINDINGS_A_COMMAND
from serving.forms import Posted
from serving.problems import needed
from store.campaigns import Campaign
from views.forms.command import command_facts, with_files
from views.forms.fields import Asked, FormField, fields_of_every_command, own_fields
from views.forms.posted import read, rows_posted, with_kept
from views.forms.steps import Offer
from web.acting.taken import FILES, Taken

_SAYS = {"reinspect": "verdicts", "accept_restart": "conditions", "look_back": "recurred"}
"""The field of each part without which nothing is said in it."""
BESIDE = ("with", "observed_at", "note")


class Part(NamedTuple):
    """A part of the form: the command that it becomes."""

    asked: Asked
    offer: Offer
    command_id: str

    def fields(self, posted: Posted | None = None, rows: int = 0) -> tuple[FormField, ...]:
        """Its own fields; of a restart also why it is refused, and what proves it.

        `rows`: how many findings, where nothing is posted.
        """
        counted = rows_posted(posted, FINDINGS_A_COMMAND) if posted else {"findings": rows} if rows else None
        made = own_fields(self.asked, counted)
        if self.asked.do == "accept_restart":
            refusal = replace(self.asked, do="refuse_restart")
            made += tuple(field for field in own_fields(refusal) if field.name == "reason")
            made += tuple(field for field in fields_of_every_command(self.asked) if field.name == FILES)
        return tuple(_may_be_empty(field) for field in made)


class Visit(NamedTuple):
    """The form as the case stands: its parts, and why there is none."""

    campaign: Campaign
    case: Case
    log: tuple[Transition, ...]
    parts: tuple[Part, ...]
    refused: tuple[Offer, ...]


def require_conditions(plan: Plan, do: str, facts: Mapping[str, Any]) -> None:
    """422 naming each condition of a restart of which nothing is said: that is not one that is not met."""
    if do == "accept_restart":
        said = {f"conditions.{name}": met for name, met in dict(facts.get("conditions") or {}).items()}
        needed(said, *(f"conditions.{condition.id}" for condition in plan.restart_conditions))


def visit_commands(
    visit: Visit, posted: Posted, taken: Taken
) -> Iterator[tuple[str, str, dict[str, Any], Mapping[str, str]]]:
    """What is to be handed in, in order: kind, finding, facts, and where on the form its rows stand."""
    for part in visit.parts:
        beside = [f for f in fields_of_every_command(part.asked) if f.name in BESIDE]
        do = part.asked.do
        own = part.fields(posted) if do == "reinspect" else with_kept(part.fields(posted), taken.by_field)
        filled = read((*own, *beside), posted)
        facts = dict(filled.facts)
        files: dict[str, AttachedFile] = {}
        if do == "look_back":
            files = {file.sha256: file for file in taken.in_rows("findings")}
        if do == "accept_restart":
            files = {file.sha256: file for file in taken.by_field.get(FILES, ())}
        if do == "reinspect":
            verdicts = {verdict["ref"]: verdict for verdict in facts.get("verdicts") or ()}
            for n, finding in enumerate(part.asked.eligible):
                of_row = taken.by_field.get(f"verdicts.{n}.files", ())
                brought = files | {file.sha256: file for file in of_row}
                if of_row and finding.ref in verdicts and len(brought) <= FILES_A_COMMAND:
                    verdicts[finding.ref]["files"] = [file.sha256 for file in of_row]
                    files = brought
                elif fresh := _fresh(visit.case, finding.ref, of_row):
                    yield "attach", finding.ref, _attached(part, finding.ref, fresh), {}
        if not facts.get(_SAYS[do]) and facts.get(_SAYS[do]) is not False and not _is_begun(do, facts):
            continue
        asked = _decided(part.asked, facts)
        made = command_facts(asked, facts, part.command_id)
        yield asked.do, "", with_files(asked.do, made, tuple(files.values())), filled.places


def _is_begun(do: str, facts: Mapping[str, Any]) -> bool:
    """Something else is filled in, so that what is missing is told."""
    return do == "look_back" and bool(facts.get("findings"))


def _decided(asked: Asked, facts: dict[str, Any]) -> Asked:
    """A restart is refused where a condition is not met, else accepted; with the facts of the one or the other."""
    if asked.do != "accept_restart":
        return asked
    conditions: dict[str, bool] = facts.get("conditions") or {}
    is_refused = any(met is False for met in conditions.values())
    facts.pop("signatories" if is_refused else "reason", None)
    return replace(asked, do="refuse_restart") if is_refused else asked


def _attached(part: Part, ref: str, files: tuple[AttachedFile, ...]) -> dict[str, Any]:
    hashes = " ".join(sorted(file.sha256 for file in files))
    command_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"rectify/{part.command_id}/{ref}/{hashes}"))
    return with_files("attach", {"do": "attach", "refs": [ref], "command_id": command_id}, files)


def _fresh(case: Case, ref: str, files: tuple[AttachedFile, ...]) -> tuple[AttachedFile, ...]:
    """Those that the finding does not have yet."""
    known = {file.sha256 for file in case.files if ref in file.refs}
    return tuple(file for file in files if file.sha256 not in known)


def other_than(do: str) -> str:
    """The command that the part of a restart becomes where it is refused; of every other part its own."""
    return "refuse_restart" if do == "accept_restart" else do


def _may_be_empty(field: FormField) -> FormField:
    """A part of the form may be left out as a whole; what is missing in one that is not, the rules say."""
    return replace(field, required=False, parts=tuple(_may_be_empty(part) for part in field.parts))
