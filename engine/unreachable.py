"""A service that does not answer, and how the errors of Temporal's client are told: here once."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import ClassVar

from temporalio.client import WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError, RPCStatusCode

_NO_SUCH = (RPCStatusCode.NOT_FOUND, RPCStatusCode.INVALID_ARGUMENT)  # an empty or endless id is none either


class Unreachable(Exception):
    """A service does not answer; the command may be sent again with the same command_id."""


class Unanswered(Unreachable):
    """Whoever took the command says nothing, for as long as somebody waits."""


class WithoutWorkflow(Unreachable):
    """The case is open in the record and no workflow watches over it; `rectify workflow restart` mends it."""

    def __init__(self, case_id: str) -> None:
        super().__init__(f"{case_id} is open in the record, but Temporal has no such workflow")
        self.case_id = case_id


class CaseStuck(Unreachable):
    """The case's workflow fails at each try and takes nothing; `rectify doctor` says why, and what lets it go on."""

    def __init__(self, case_id: str) -> None:
        super().__init__(f"{case_id} cannot go on: its workflow fails again and again")
        self.case_id = case_id


class OlderWorker(Unreachable):
    """While versions run side by side: the case lies with a worker of the older one, which cannot read the command."""

    problem: ClassVar[dict[str, str]] = {
        "code": "worker_older",
        "zh": "办理案件的工作进程是较旧的版本，无法读取此命令",
        "en": "the worker of cases is of an older version, which cannot read this command",
        "remedy_zh": "升级完成后重新提交",
        "remedy_en": "send it again when the upgrade is over",
    }

    def __init__(self) -> None:
        super().__init__(self.problem["en"])


@contextmanager
def asking_temporal(workflow_id: str | None = None) -> Generator[None]:
    """Errors of the client as ours: Unreachable; LookupError where Temporal has no workflow of the id that is given."""
    try:
        yield
    except RPCError as error:
        if workflow_id is not None and error.status in _NO_SUCH:
            raise LookupError(workflow_id) from None
        raise no_answer(error) from None


def no_answer(error: RPCError | WorkflowUpdateRPCTimeoutOrCancelledError) -> Unreachable:
    """Temporal does not answer."""
    kind = Unanswered if isinstance(error, WorkflowUpdateRPCTimeoutOrCancelledError) else Unreachable
    return kind(f"Temporal does not answer: {error}")
