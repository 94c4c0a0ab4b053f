"""How a case's workflow is started: the one place that knows, for a single opening and for a whole register."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)

from models.case import Case, EarlierOrder
from models.commands import Open
from models.events import CaseOpened, Transition
from models.refusals import Refused
from models.wire import (
    CAMPAIGN_ATTRIBUTE,
    CASE_WORKFLOW,
    CASES_QUEUE,
    DISTRICT_ATTRIBUTE,
    DUE_ATTRIBUTE,
    STAGE_ATTRIBUTE,
    CaseStart,
)
from rules.case.decide import decide_opening
from store.campaigns import Campaign

# 31 December 24:00 comes for all cases at once: their workflows wake over ten minutes, more in a large city
SPREAD_SECONDS = 600
_COMPLETED_A_SECOND = 25
_TAKEN_OVER = timedelta(seconds=5)
"""After which a task of a case that a worker has begun is another's: that one may be dead. Temporal: 10 s.

A record step that takes longer says so before, and goes on.
"""


def spread_of(cases: int) -> int:
    """Seconds over which so many cases complete, so that one machine keeps up and officials' commands still answer."""
    return max(SPREAD_SECONDS, cases // _COMPLETED_A_SECOND)


class Beginning:
    """A case's workflow about to be started: what it starts with, and how its opening will be decided."""

    def __init__(
        self,
        campaign: Campaign,
        case_id: str,
        opening: Open,
        orders: Sequence[EarlierOrder],
        spread_within: int = SPREAD_SECONDS,
    ) -> None:
        self.campaign, self.opening = campaign, opening
        start = campaign.case_start(case_id, tuple(orders))
        self.start = start.model_copy(update={"opening": opening, "spread_within": spread_within})
        self.expected: Transition | Refused = decide_opening(campaign.plan, start, opening, campaign.now())

    @property
    def subject_id(self) -> str:
        """Whose case it is."""
        return self.opening.subject.id or ""

    def options(self) -> dict[str, Any]:
        """As keyword arguments of a start, with or without an update.

        Raises ValueError for an opening that would be refused.
        """
        if isinstance(self.expected, Refused):
            raise ValueError(f"{self.start.case_id} would not be opened: {self.expected.code}")
        return {
            "id": self.start.case_id,
            "task_queue": CASES_QUEUE,
            "id_conflict_policy": WorkflowIDConflictPolicy.USE_EXISTING,
            # a run under the id of a case that has ended finds that in the log, and ends
            "id_reuse_policy": WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            "task_timeout": _TAKEN_OVER,
            "search_attributes": _attributes(self.campaign, self.expected),
            "static_summary": _summary(self.opening.subject.district, self.opening.source),
        }

    def with_update(self) -> WithStartWorkflowOperation[Any, Any]:
        """The start as part of an update with start."""
        return WithStartWorkflowOperation(CASE_WORKFLOW, self.start, **self.options())


def _attributes(campaign: Campaign, opening: Transition) -> TypedSearchAttributes:
    """As the opening leaves the case, so that the workflow need not upsert them itself."""
    opened = next(e for e in opening.events if isinstance(e, CaseOpened))
    return TypedSearchAttributes(
        [
            SearchAttributePair(SearchAttributeKey.for_keyword(STAGE_ATTRIBUTE), "investigation"),
            SearchAttributePair(SearchAttributeKey.for_datetime(DUE_ATTRIBUTE), opened.investigation_due_at),
            SearchAttributePair(SearchAttributeKey.for_keyword(CAMPAIGN_ATTRIBUTE), campaign.campaign_id),
            SearchAttributePair(SearchAttributeKey.for_keyword(DISTRICT_ATTRIBUTE), opened.subject.district),
        ]
    )


async def revive(client: Client, campaign: Campaign, case: Case) -> None:
    """A workflow for an open case that has none: it goes on from what the log says."""
    start = CaseStart(
        case_id=case.case_id,
        digest=campaign.digest,
        phases=case.phases,
        calendar=case.calendar,
        clock_offset=campaign.clock_offset,
        spread_within=SPREAD_SECONDS,
        case=case,
    )
    await client.start_workflow(
        CASE_WORKFLOW,
        start,
        id=case.case_id,
        task_queue=CASES_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        task_timeout=_TAKEN_OVER,
        search_attributes=TypedSearchAttributes(
            [
                SearchAttributePair(SearchAttributeKey.for_keyword(CAMPAIGN_ATTRIBUTE), campaign.campaign_id),
                SearchAttributePair(SearchAttributeKey.for_keyword(DISTRICT_ATTRIBUTE), case.district),
            ]
        ),
        static_summary=_summary(case.district, case.source),
    )


def _summary(district: str, source: str) -> str:
    """What the list of workflows says of a case beside its columns; it stays as it was at the start."""
    return f"{district} · {source}"
