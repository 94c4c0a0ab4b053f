"""Starting jobs. The list is frozen in the record before, so that a start that is lost can be made again."""

# calls by name are partly untyped in temporalio
# pyright: reportUnknownMemberType=false

from datetime import timedelta

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from engine.unreachable import asking_temporal
from models.jobs import IMPORTS_QUEUE, JOB_WORKFLOW, WORK_SIGNAL, JobRun, work_of

_WITHIN = timedelta(seconds=30)


async def run_job(client: Client, job_id: str) -> None:
    """Have the job's workflow run; one that runs already goes on."""
    with asking_temporal():
        await client.start_workflow(
            JOB_WORKFLOW,
            JobRun(job_id=job_id),
            id=work_of(job_id),
            task_queue=IMPORTS_QUEUE,
            start_signal=WORK_SIGNAL,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            rpc_timeout=_WITHIN,
        )
