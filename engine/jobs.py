"""Starting jobs. The list is frozen in the record before: a start that is lost is made again."""

# calls by name are partly untyped in temporalio
# pyright: reportUnknownMemberType=false

from datetime import timedelta

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from engine.unreachable import asking_temporal
from models.jobs import IMPORTS_QUEUE, JOB_WORKFLOW, WORK_SIGNAL, JobRun, work_of

_WITHIN = timedelta(seconds=30)


async def run_job(client: Client, job_id: str) -> None:
    """Have the job's workflow run; one that runs already goes on."""
    with asking_temporal():
        await _start(client, job_id, WorkflowIDConflictPolicy.USE_EXISTING, WORK_SIGNAL)


async def run_if_lost(client: Client, job_id: str) -> bool:
    """Have the job's workflow run if there is none; one that runs hears nothing of it. Whether there was none."""
    with asking_temporal():
        try:
            await _start(client, job_id, WorkflowIDConflictPolicy.FAIL)
        except WorkflowAlreadyStartedError:
            return False
    return True


async def _start(client: Client, job_id: str, runs: WorkflowIDConflictPolicy, signal: str | None = None) -> None:
    """`runs`: what becomes of one that runs already; `signal`: what it hears."""
    await client.start_workflow(
        JOB_WORKFLOW,
        JobRun(job_id=job_id),
        id=work_of(job_id),
        task_queue=IMPORTS_QUEUE,
        start_signal=signal,
        id_conflict_policy=runs,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        rpc_timeout=_WITHIN,
    )
