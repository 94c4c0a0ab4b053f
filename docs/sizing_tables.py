"""The tables of `handbook/*/sizing.md`, in both languages, below the marks that name them."""

import re
from collections.abc import Callable, Iterator, Sequence

from docs.markdown import table
from docs.sizing import DOORS, OF_TEMPORAL, POSTGRES, STEPS, WORKERS, Figures, Needs, Step
from rules.words.naming import Both

PAGE = "sizing.md"
_NOTHING = 0.01
_MARKED = re.compile(r"(<!-- sizing: (?P<name>\w+) -->\n)(?:\|.*\n)*")


def with_tables(text: str, language: str, found: Figures) -> str:
    """The text of the page, with each table below its mark as the record has it."""
    return _MARKED.sub(lambda mark: f"{mark[1]}{_TABLES[mark['name']](found, language)}\n", text)


def _say(said: Both, language: str) -> str:
    return said.zh if language == "zh" else said.en


def _headed(language: str, heads: Sequence[Both], rows: Iterator[Sequence[str]]) -> str:
    return table([_say(head, language) for head in heads], rows)


def short(number: float) -> str:
    """Three digits that mean something, thousands apart; what is next to nothing as such."""
    if number == int(number) < 1000:
        return str(int(number))
    if number < _NOTHING:
        return f"<{_NOTHING}"
    if number >= 1000:
        kept = 10 ** (len(str(int(number))) - 3)
        return f"{round(number / kept) * kept:,}"
    return f"{number:.0f}" if number >= 100 else f"{number:.1f}" if number >= 10 else f"{number:.2g}"


_KINDS = {
    "raw start": Both("Temporal 空启动一个工作流（参照）", "Temporal starts a workflow of nothing (the reference)"),
    "opened": Both("纳入排查一家", "a case is opened by the campaign"),
    "command": Both("一次办理", "a command, as the courses of the benchmark have them"),
    "note": Both("经接口添加一条备注", "a note through the API"),
    "note, replayed": Both("同上，工作进程须先重放历史", "the same, where the worker replays the history first"),
    "told": Both("调整阶段时间，通知一家", "a case is told of a moved boundary"),
    "told and settled": Both("提前结束：通知并办结一家", "completion: told, and closed by its clock"),
    "verified": Both("每夜核对一家", "a case is verified at night"),
    "backup": Both("备份一家", "a case is saved"),
}
"""In the order of the page."""
_ASLEEP = Both("一家在办而无事，一个月", "a case that sleeps, a month: verified each night, signed each hour")
_RESTS = {
    "rest, empty": Both("全套系统空闲一分钟，没有案件", "the whole stack, a quiet minute without a case"),
    "rest, open": Both("全套系统空闲一分钟，案件全部在办", "the whole stack, a quiet minute with all cases open"),
}


def _cpu(found: Figures, language: str) -> str:
    heads = (
        *(Both("事项", "what"), Both("合计", "all"), Both("网页、接口或发起方", "pages, API or who asks")),
        *(Both("工作进程", "workers"), Both("Temporal", "Temporal"), Both("PostgreSQL", "PostgreSQL")),
        Both(f"{found.sizes[0]:,} 家时合计", f"all, at {found.sizes[0]:,} cases"),
    )

    def rows() -> Iterator[Sequence[str]]:
        for what, said in _KINDS.items():
            parts = [found.cpu(what, whose) for whose in (DOORS, WORKERS, ("temporal",), POSTGRES)]
            whole = found.cpu(what) + (found.most[what].get("program_cpu_ms", 0.0))
            first = found.cpu(what, size=found.sizes[0]) + found.of(found.sizes[0])[what].get("program_cpu_ms", 0.0)
            yield _say(said, language), *map(short, (whole, *parts, first))
        slept = [found.asleep(size) for size in (found.sizes[-1], found.sizes[0])]
        yield _say(_ASLEEP, language), short(slept[0]), "–", "–", "–", "–", short(slept[1])
        for rest, said in _RESTS.items():
            parts = [sum(found.most[rest][one] for one in whose) for whose in (DOORS, WORKERS, ("temporal",), POSTGRES)]
            first = sum(found.of(found.sizes[0])[rest].values())
            yield _say(said, language), *map(short, (sum(parts), *parts, first))

    return _headed(language, heads, rows())


def _bytes(found: Figures, language: str) -> str:
    heads = (Both("内容", "what"), Both("字节", "bytes"))
    told, rows = found.most, found.sealed["bytes"]
    facts = (
        (Both("登记簿一家", "a subject of the register"), found.bytes("subject", "rectify")),
        (Both("一家，刚纳入排查：业务库", "a case just opened: the record"), found.bytes("opened", "rectify")),
        (Both("同上：Temporal 两个库", "the same: Temporal's two databases"), found.bytes("opened", *OF_TEMPORAL)),
        (Both("一家，办理后：业务库", "a case worked on: the record"), found.bytes("worked", "rectify")),
        (Both("同上：Temporal 两个库", "the same: Temporal's two databases"), found.bytes("worked", *OF_TEMPORAL)),
        (Both("一家，办结后：业务库", "a case closed: the record"), found.bytes("settled", "rectify")),
        (Both("同上：Temporal 两个库", "the same: Temporal's two databases"), found.bytes("settled", *OF_TEMPORAL)),
        (Both("一家的工作流历史（已加密）", "the history of a case, sealed"), told["history"]["bytes"]),
        (Both("日志一行，含索引", "a line of a log, with its indexes"), told["log_line"]["with_indexes"]),
        (Both("台账一行", "a row of a ledger"), rows["ledger_row"]),
        (Both("附件一个，不含文件本身", "a file of a case, without its content"), rows["file_row"]),
        (Both("签名链首文件中的一家", "a case in a file of signed heads"), found.sealed["heads_bytes"]),
        (Both("纳入排查一家的预写日志", "write-ahead log of an opening"), told["opened"]["log_bytes"]),
        (Both("一次办理的预写日志", "write-ahead log of a command"), told["command"]["log_bytes"]),
        (Both("备份中每多一家", "what one more case adds to a backup"), found.saved("bytes")),
    )
    return _headed(language, heads, ((_say(said, language), short(size)) for said, size in facts))


_PAGES = {
    "board": Both("总览", "the board"),
    "cases": Both("案件列表", "the list of cases"),
    "cases, part of a name": Both("按名称查找", "a search by name"),
    "cases, overdue": Both("逾期列表", "the list of what is overdue"),
    "work": Both("工作台", "the workbench"),
    "case": Both("案件", "a case"),
    "campaign": Both("行动", "the campaign"),
    "figures": Both("统计", "figures"),
    "weeks": Both("周报", "weeks"),
    "board, counted anew": Both("总览，重新计数", "the board, counted anew"),
    "campaign, counted anew": Both("行动，重新计数", "the campaign, counted anew"),
    "figures, counted anew": Both("统计，重新计数", "figures, counted anew"),
    "weeks, counted anew": Both("周报，重新计数", "weeks, counted anew"),
}


def _pages(found: Figures, language: str) -> str:
    heads = [Both("页面", "page")]
    for rows in found.rows:
        heads += [Both(f"{rows:,} 家：网页", f"{rows:,}: web"), Both("PostgreSQL", "PostgreSQL")]
    heads += [Both("语句数", "statements"), Both("千字节", "kB")]

    def lines() -> Iterator[Sequence[str]]:
        for name, said in _PAGES.items():
            who = "office" if "anew" in name else "district"
            cells = [found.page(name, who, rows) for rows in found.rows]
            used = [short(one[part]) for one in cells for part in ("web_ms", "postgres_ms")]
            yield _say(said, language), *used, str(cells[-1]["statements"]), short(cells[-1]["bytes"] / 1000)

    return _headed(language, heads, lines())


_PROCESSES = {
    "web": Both("网页与接口", "pages and API"),
    "cases": Both("案件工作进程", "worker of cases"),
    "campaigns": Both("行动工作进程", "worker of campaigns"),
    "imports": Both("导入工作进程", "worker of imports"),
    "notices": Both("通知工作进程", "worker of notices"),
    "temporal": Both("Temporal", "Temporal"),
    "postgres": Both("PostgreSQL", "PostgreSQL"),
}


def _processes(found: Figures, language: str) -> str:
    heads = (
        *(Both("进程", "process"), Both("空闲（MB）", "at rest, MB"), Both("使用中（MB）", "in use, MB")),
        *(
            Both("至 PostgreSQL 的连接", "connections to PostgreSQL"),
            Both("空闲时每分钟 CPU（毫秒）", "CPU ms a minute, at rest"),
        ),
    )
    told = found.most

    def rows() -> Iterator[Sequence[str]]:
        for name, said in _PROCESSES.items():
            rest, names = told["rest, open"], POSTGRES if name == "postgres" else (name,)
            spent = sum(rest.get(one, 0) for one in names)
            used = (
                max(one["memory"][name] for one in found.pages.values())
                if name == "web"
                else told["memory_in_use"][name]
            )
            opened = str(told["connections"][name]) if name in told["connections"] else "–"
            yield _say(said, language), str(told["memory_at_rest"][name]), str(used), opened, short(spent)

    return _headed(language, heads, rows())


def _shards(found: Figures, language: str) -> str:
    heads = (
        *(Both("分片数", "shards"), Both("空闲时每分钟 CPU（毫秒）", "CPU ms a minute, at rest")),
        Both("Temporal 内存（MB）", "memory of Temporal, MB"),
    )
    rows = ((number, short(told["cpu_ms"]), short(told["megabytes"])) for number, told in found.shards.items())
    return _headed(language, heads, rows)


def _steps(found: Figures, language: str) -> str:
    given: dict[Both, Callable[[Step], str]] = {
        Both("监管对象", "subjects"): lambda s: f"{s.subjects:,}",
        Both("服务器", "machines"): lambda s: _say(s.machines, language),
        Both("CPU 核数合计", "cores in all"): lambda s: str(s.cores),
        Both("内存合计（GB）", "memory in all, GB"): lambda s: str(s.gigabytes),
        Both("`RECTIFY_TEMPORAL_SHARDS`", "`RECTIFY_TEMPORAL_SHARDS`"): lambda s: str(s.shards),
        Both("`RECTIFY_POSTGRES_MEMORY`", "`RECTIFY_POSTGRES_MEMORY`"): lambda s: s.postgres_memory,
        Both("`RECTIFY_POSTGRES_CONNECTIONS`", "`RECTIFY_POSTGRES_CONNECTIONS`"): lambda s: str(s.postgres_connections),
        Both("案件工作进程", "workers of cases"): lambda s: str(s.workers_of_cases),
        Both("`RECTIFY_REMEMBERED_CASES`", "`RECTIFY_REMEMBERED_CASES`"): lambda s: str(s.remembered),
        Both("网页进程", "web processes"): lambda s: str(s.webs),
    }
    counted: dict[Both, Callable[[Needs], float]] = {
        Both("一个案件工作进程的内存（GB）", "memory of a worker of cases, GB"): lambda n: n.worker_gigabytes,
        Both("占用连接", "connections in use"): lambda n: n.connections,
        Both("每秒纳入排查", "openings a second"): lambda n: n.openings_a_second,
        Both("全部纳入排查需（分钟）", "opening all takes, minutes"): lambda n: n.opening_minutes,
        Both("全程办理 CPU（核·小时）", "CPU of all commands, core hours"): lambda n: n.commands_core_hours,
        Both("同日到期 CPU（核·分钟）", "CPU of deadlines of one day, core minutes"): lambda n: n.due_core_minutes,
        Both("同一时刻到期，全部入库需（分钟）", "if at one instant: recorded in, minutes"): lambda n: n.due_minutes,
        Both("行动结束后全部办结需（分钟）", "completion takes, minutes"): lambda n: n.completion_minutes,
        Both("同时在线人员", "officials at once"): lambda n: n.officials,
        Both("其所占核数", "cores that they keep busy"): lambda n: n.cores_of_officials,
        Both("其所需网页进程", "web processes that they need"): lambda n: n.webs,
        Both("每夜核对（分钟）", "verification a night, minutes"): lambda n: n.verify_minutes,
        Both("每小时签名（秒）", "signing every hour, seconds"): lambda n: n.seal_seconds,
        Both("签名所需内存（GB）", "memory for it, GB"): lambda n: n.seal_gigabytes,
        Both("业务库（GB）", "the record, GB"): lambda n: n.record_gigabytes,
        Both("Temporal 两个库（GB）", "Temporal's databases, GB"): lambda n: n.temporal_gigabytes,
        Both("行动全程预写日志（GB）", "write-ahead log of a campaign, GB"): lambda n: n.log_gigabytes,
        Both("每月增长（GB）", "growth a month, GB"): lambda n: n.gigabytes_a_month,
        Both("附件（GB）", "photos and papers, GB"): lambda n: n.evidence_gigabytes,
        Both("一次备份（GB）", "a backup, GB"): lambda n: n.backup_gigabytes,
        Both("备份需（分钟）", "it takes, minutes"): lambda n: n.backup_minutes,
        Both("推算倍数", "extrapolated by"): lambda n: n.subjects / found.sizes[-1],
    }
    heads = (Both("项目", "what"), *(step.name for step in STEPS))

    def rows() -> Iterator[Sequence[str]]:
        for said, tell in given.items():
            yield _say(said, language), *map(tell, STEPS)
        for said, count in counted.items():
            yield _say(said, language), *(short(count(Needs(found, step))) for step in STEPS)

    return _headed(language, heads, rows())


_TABLES: dict[str, Callable[[Figures, str], str]] = {
    "cpu": _cpu,
    "bytes": _bytes,
    "pages": _pages,
    "processes": _processes,
    "shards": _shards,
    "steps": _steps,
}
