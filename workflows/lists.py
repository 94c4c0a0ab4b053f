"""How a case shows itself in Temporal: search attributes and the text of its page. No personal data."""

# upsert is partly untyped in temporalio
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

with workflow.unsafe.imports_passed_through():
    from models.case import Case
    from models.instants import show_instant
    from models.plan import Plan
    from models.wire import DUE_ATTRIBUTE, STAGE_ATTRIBUTE
    from rules.deadlines import due
    from rules.stage import stage

_STAGE = SearchAttributeKey.for_keyword(STAGE_ATTRIBUTE)
_DUE = SearchAttributeKey.for_datetime(DUE_ATTRIBUTE)


class Lists:
    """The search attributes as last shown; each upsert is dear to the visibility store, so only what changed."""

    def __init__(self) -> None:
        self.shown: tuple[Any, Any] | None = None

    def show(self, plan: Plan, case: Case | None) -> None:
        """Upsert stage and due instant where they changed."""
        if case is None:
            return
        if self.shown is None:
            started = workflow.info().typed_search_attributes
            self.shown = (started.get(_STAGE), started.get(_DUE))
        reached, due_at = stage(case, case.clock_at), due(plan, case)
        updates: list[SearchAttributeUpdate[Any]] = []
        if reached != self.shown[0]:
            updates.append(_STAGE.value_set(reached))
        if due_at != self.shown[1]:
            updates.append(_DUE.value_set(due_at) if due_at else _DUE.value_unset())
        if updates:
            workflow.upsert_search_attributes(updates)
        self.shown = (reached, due_at)


def describe(plan: Plan, case: Case, now: datetime, wake_at: datetime) -> None:
    """What the page of the workflow says in the Temporal UI."""
    owed = ", ".join(f"{m.must} ({m.state})" for m in case.owed) or "–"
    lines = [
        f"**{stage(case, now)}** · {case.district} · {case.phase}",
        f"findings {len(case.findings)} · musts owed: {owed}",
        f"due {show_instant(due(plan, case)) or '–'} · wakes {show_instant(wake_at)}",
    ]
    workflow.set_current_details("\n\n".join(lines))
