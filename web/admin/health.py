"""`/admin/health`: how each part does, which workers live, how much waits; asked again by the page itself."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from engine.backlog import Backlog
from engine.keys import KeyTrouble
from engine.schedules import Planned
from models.actors import Actor
from rules.words.naming import Both
from rules.words.running import CHORE_NAMES
from serving.backing import Backing, Behind
from serving.health import QUEUES, Condition, backlog_of, condition
from store.counts import outbox_waiting
from store.files_trouble import FilesTrouble
from store.worker_beats import SeenBeat, living_workers
from web.admin.door import Watching, reads_all, tabs
from web.admin.record import record_of
from web.admin.schedules import HERE as SCHEDULES
from web.admin.schedules import schedules_now
from web.entry import newest
from web.queries import HealthQuery
from web.render import link, page
from workers.version import code_version

router = APIRouter(include_in_schema=False)
_UP = Both("运行 rectify up", "run rectify up")
_NAMES = {
    "database": Both("数据库", "Database"),
    "temporal": Both("案件服务（Temporal）", "Service of running cases (Temporal)"),
    "worker_cases": Both("工作进程：案件", "Worker: cases"),
    "worker_campaigns": Both("工作进程：行动", "Worker: campaigns"),
    "worker_imports": Both("工作进程：批量任务", "Worker: imports and orders"),
    "worker_notices": Both("工作进程：通知和定时任务", "Worker: notices and schedules"),
}


class Part(NamedTuple):
    """A part as the page shows it: how it is, what is said of it; what to do where it is not well, on which page."""

    names: Both
    state: str
    said: Both
    remedy: Both | None = None
    where: str | None = None


@router.get("/admin")
def administration(who: Watching) -> Response:
    """The first page that somebody has here."""
    return RedirectResponse(tabs(who)[0], 303)


@router.get("/admin/health")
async def health(request: Request, who: Watching, behind: Behind, query: Annotated[HealthQuery, Query()]) -> Response:
    """Every part that is needed; the page asks for itself again for some minutes, and then offers to go on."""
    found = await condition(behind)
    backlog, plans = dict[str, Backlog](), None
    if "temporal" not in found.missing:
        backlog, plans = await asyncio.gather(backlog_of(behind), schedules_now(behind))
    waiting = {queue: one.tasks for queue, one in backlog.items()}
    return await run_in_threadpool(_page, request, behind, who, found, plans, waiting, query.again)


def _page(
    request: Request,
    behind: Backing,
    who: Actor,
    found: Condition,
    plans: Sequence[Planned] | None,
    backlog: dict[str, int],
    again: int,
) -> Response:
    workers = living_workers(behind.records, QUEUES)
    record = record_of(behind)
    all_parts = worst_first([*parts(found), _schedules(plans), _backup(record.backup is not None)])
    facts: dict[str, Any] = {"parts": all_parts, "workers": _of_queues(workers), "backlog": backlog}
    facts |= {"stuck": found.stuck, "reads_cases": reads_all(), "record": record}
    facts |= {"queues": {queue: _NAMES[f"worker_{queue}"] for queue in QUEUES}}
    facts |= {"outbox": outbox_waiting(behind.records), "version": code_version(), "again": again}
    asks_again = link("/admin/health", again=again - 1) if again > 0 else None
    return page(request, "admin_health.html", newest(behind), tabs=tabs(who), asks_again=asks_again, **facts)


def parts(found: Condition) -> list[Part]:
    """Each part in a line, those that are not well first."""
    lines = [_there(name, name not in found.missing) for name in (check.name for check in found.checks)]
    lines += [
        _keys(Both("加密密钥", "Keys that seal"), found.payload),
        _keys(Both("签名密钥", "Keys that sign commands"), found.claim),
        _stuck(found),
        _dead(found.dead),
        _files(found.files),
    ]
    if found.is_copy:
        said = Both("本系统是副本，只供查阅", "this is a copy, to be read only")
        lines.append(Part(Both("系统状态", "Installation"), "warn", said))
    return worst_first(lines)


def worst_first(lines: list[Part]) -> list[Part]:
    """Those that are not well first."""
    return sorted(lines, key=lambda part: ("bad", "warn", "well").index(part.state))


def _backup(is_there: bool) -> Part:
    names = Both("本机备份", "Backup made here")
    if is_there:
        return Part(names, "well", Both("有", "there is one"))
    nightly = Both(
        "运行 rectify db backup 目录，并由 cron 每夜运行；在其他机器上备份的可不理会",
        "run rectify db backup DIRECTORY, nightly by cron; nothing is to be done where another machine makes them",
    )
    return Part(names, "warn", Both("尚未备份", "none was made yet"), nightly)


def _there(name: str, ready: bool) -> Part:
    if ready:
        return Part(_NAMES[name], "well", Both("正常", "answers"))
    return Part(_NAMES[name], "bad", Both("没有应答", "does not answer"), _UP)


def _keys(names: Both, troubles: Any) -> Part:
    first: KeyTrouble | None = next(iter(troubles), None)
    if first is None:
        return Part(names, "well", Both("齐全", "all are there"))
    return Part(names, "bad", Both(first.zh, first.en), Both(first.remedy_zh, first.remedy_en))


def _stuck(found: Condition) -> Part:
    names, count = Both("无法继续办理的案件", "Cases that cannot go on"), len(found.stuck)
    if "temporal" in found.missing:
        return Part(names, "warn", Both("无法得知", "not known"))
    if not count:
        return Part(names, "well", Both("没有", "none"))
    doctor = Both("rectify doctor 列出案件和办法", "rectify doctor names them and what to do")
    return Part(names, "bad", Both(f"{count} 件", f"{count}"), doctor)


def _dead(count: int) -> Part:
    names = Both("未能送达的通知", "Notices that could not be delivered")
    if not count:
        return Part(names, "well", Both("没有", "none"))
    look = Both("rectify inbox dead 查看，--retry 重新投递", "rectify inbox dead names them, --retry tries anew")
    return Part(names, "warn", Both(f"{count} 条", f"{count}"), look)


def _schedules(plans: Sequence[Planned] | None) -> Part:
    """One that was paused and forgotten reminds nobody, and nothing else says so."""
    names, look = Both("定时任务", "Schedules"), Both("见“定时任务”页", "the page of schedules names why, and resumes")
    if plans is None:
        return Part(names, "warn", Both("无法得知", "not known"))
    if late := [one for one in plans if one.missed_at or one.failing_since]:
        return Part(names, "bad", _listed("未能按时执行：", "did not run on time: ", late), look, SCHEDULES)
    if paused := [one for one in plans if one.paused or not one.is_there]:
        return Part(names, "warn", _listed("已暂停或未登记：", "paused or not registered: ", paused), look, SCHEDULES)
    return Part(names, "well", Both("按时执行", "run on time"))


def _listed(zh: str, en: str, plans: Sequence[Planned]) -> Both:
    named = [CHORE_NAMES[one.chore] for one in plans]
    return Both(zh + "、".join(name[0] for name in named), en + ", ".join(name[1] for name in named))


def _files(trouble: FilesTrouble | None) -> Part:
    names = Both("照片和材料的存放", "Where photos and papers are kept")
    if trouble is None:
        return Part(names, "well", Both("正常", "answers"))
    return Part(names, "bad", Both(trouble.zh, trouble.en), Both(trouble.remedy_zh, trouble.remedy_en))


def _of_queues(workers: list[SeenBeat]) -> list[tuple[str, list[SeenBeat]]]:
    return [(queue, [one for one in workers if one.queue == queue]) for queue in QUEUES]
