"""Cases whose workflow fails again and again: the server says which, whatever else goes on."""

from datetime import timedelta

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from models.base import Frozen
from models.wire import CASE_WORKFLOW

_QUERY = f"WorkflowType = '{CASE_WORKFLOW}' AND ExecutionStatus = 'Running' AND TemporalReportedProblems IS NOT NULL"
_MOST_NAMED = 20
_MOST_LOOKED_THROUGH = 1_000
_WITHIN = timedelta(seconds=10)
_TIMED_OUT = "WorkflowTaskTimedOut"


class StuckCase(Frozen):
    """A case that takes no step, and the server's word for why."""

    case_id: str
    why: str

    @property
    def remedy(self) -> str:
        """What lets it go on from its record."""
        return f"rectify workflow restart {self.case_id}"


async def stuck_cases(client: Client, most: int = _MOST_NAMED) -> tuple[StuckCase, ...]:
    """Some of the cases whose workflow task failed several times in a row; the server knows about a minute later.

    Raises RPCError if the server does not answer.
    """
    found: list[StuckCase] = []
    async for run in client.list_workflows(_QUERY, limit=most, rpc_timeout=_WITHIN):
        words = (str(word).partition("=")[2] for word in run.search_attributes.get("TemporalReportedProblems", ()))
        found.append(StuckCase(case_id=run.id, why=", ".join(words)))
    return tuple(found)


async def unanswered_by(client: Client, identity: str) -> tuple[str, ...]:
    """Some of the stuck cases whose tasks a worker took and never answered, and this worker the last one.

    Raises RPCError likewise.
    """
    stuck = await stuck_cases(client, _MOST_LOOKED_THROUGH)  # most may be stuck for another reason
    timed_out = [one.case_id for one in stuck if _TIMED_OUT in one.why][:_MOST_NAMED]
    return tuple([case_id for case_id in timed_out if await _last_taken_by(client, case_id) == identity])


async def _last_taken_by(client: Client, case_id: str) -> str | None:
    history = await client.get_workflow_handle(case_id).fetch_history(rpc_timeout=_WITHIN)
    started = EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED
    last = next((event for event in reversed(history.events) if event.event_type == started), None)
    return last.workflow_task_started_event_attributes.identity if last else None
