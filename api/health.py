"""Is the process alive, and can commands be taken?"""

from fastapi import APIRouter, Response
from pydantic import BaseModel

from serving.answers import answer
from serving.backing import Behind
from serving.health import condition
from serving.problems import PROBLEM, Problem, Trouble, a_copy, keys_in_trouble, problem_response

router = APIRouter(tags=["operations"])


class Health(BaseModel):
    """The process is alive."""

    alive: bool


class Ready(BaseModel):
    """Each thing that is needed, by name; with it the ones that are missing."""

    ready: bool
    checks: dict[str, bool]
    stuck_cases: list[str] = []
    """Cases that take no step, by id; the others go on. `rectify doctor` says what to do about them."""
    files: bool = True
    """Whether photos and papers can be kept and shown; commands without are taken all the same."""
    dead_letters: int = 0
    """Notices that could not be delivered; commands are taken all the same. `rectify inbox dead` names them."""


@router.get("/healthz", summary="Tell that the process is alive. 进程存活。")
async def healthz() -> Health:
    """The process answers."""
    return Health(alive=True)


@router.get(
    "/readyz",
    summary="Tell whether commands can be taken. 能否受理命令。",
    response_model=Ready,
    responses={503: {"model": Problem, "content": {PROBLEM: {}}}},
)
async def readyz(behind: Behind) -> Response:
    """Database, Temporal, workers, the keys of payloads and claims; 503 naming who does not answer, or the key.

    503 too in a copy that was restored from a backup, until it is declared live.
    """
    found = await condition(behind)
    checks, troubles = found.by_name, (*found.payload, *found.claim)
    if found.is_copy:
        return problem_response(a_copy(checks=checks))
    if all(checks.values()):
        stuck = [case.case_id for case in found.stuck]
        told = {"stuck_cases": stuck, "files": found.files is None, "dead_letters": found.dead}
        return answer({"ready": True, "checks": checks, **told})
    if troubles and not found.missing:
        raise keys_in_trouble(troubles[0], checks=checks)
    trouble = Trouble(
        503,
        "not_ready",
        "；".join((f"没有应答：{'、'.join(found.missing)}", *(trouble.zh for trouble in troubles))),
        "; ".join((f"no answer from: {', '.join(found.missing)}", *(trouble.en for trouble in troubles))),
        remedy_zh="运行 rectify up，再以 rectify doctor 检查",
        remedy_en="run rectify up; rectify doctor says what is missing",
        checks=checks,
    )
    return problem_response(trouble)
