"""The sandbox of workflows, in which histories are replayed: what another run would do otherwise is found there.

Working processes run without it. It imports the workflow's file anew for each case and guards each call, which took
half of their time; what it could find in so small a file is found by the replays (ADR 0018).
"""

from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

# Our own pure rooms, and what they stand on, are shared with the sandbox; only the workflow file is imported anew.
_SHARED = ("models", "rules", "pydantic", "pydantic_core", "chinese_calendar", "annotated_types")


def sandbox() -> SandboxedWorkflowRunner:
    """A runner that refuses what is not deterministic."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*_SHARED)
    return SandboxedWorkflowRunner(restrictions=restrictions)
