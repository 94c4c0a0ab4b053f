"""Cases whose workflow fails again and again: the server says which, whatever else goes on."""

from temporalio.client import Client

from models.base import Frozen
from models.wire import CASE_WORKFLOW

_QUERY = f"WorkflowType = '{CASE_WORKFLOW}' AND ExecutionStatus = 'Running' AND TemporalReportedProblems IS NOT NULL"
_MOST_NAMED = 20


class StuckCase(Frozen):
    """A case that takes no step, and the server's word for why."""

    case_id: str
    why: str

    @property
    def remedy(self) -> str:
        """What lets it go on from its record."""
        return f"rectify workflow restart {self.case_id}"


async def stuck_cases(client: Client) -> tuple[StuckCase, ...]:
    """Up to twenty cases whose workflow task failed several times in a row; the server knows about a minute later.

    Raises RPCError if the server does not answer.
    """
    found: list[StuckCase] = []
    async for run in client.list_workflows(_QUERY, limit=_MOST_NAMED):
        words = (str(word).partition("=")[2] for word in run.search_attributes.get("TemporalReportedProblems", ()))
        found.append(StuckCase(case_id=run.id, why=", ".join(words)))
    return tuple(found)
