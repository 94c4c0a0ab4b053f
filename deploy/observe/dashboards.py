"""Writes the dashboards beside it, for Grafana: `python -m deploy.observe.dashboards`."""

import json
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent / "dashboards"
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_ACROSS, _HEIGHT = 24, 7


class Panel(NamedTuple):
    """A figure or a curve: its title, what Prometheus is asked by legend, its unit, how broad it is of 24."""

    title: str
    asked: dict[str, str]
    unit: str = "short"
    broad: int = 8
    kind: str = "timeseries"


def _p(part: str, of: str, by: str = "le") -> str:
    return f"histogram_quantile({part}, sum by ({by}) (rate({of}[5m])))"


_COMMANDS = "rectify_command_seconds_bucket"
_LATE = "max(rectify_outbox_oldest_seconds)"
_OPEN = "max by (campaign, stage) (rectify_open_cases)"
_FOREIGN = "sum by (code) (increase(rectify_foreign_requests_total[5m]))"
_SLOTS = "min by (instance, worker_type) (temporal_worker_task_slots_available)"
_REFUSED = "sum by (operation, status_code) (rate(temporal_request_failure_total[5m]))"
DASHBOARDS = {
    "rectify-overview": (
        "rectify 总览 · overview",
        (
            Panel("可受理命令 · ready", {"": "rectify:ready"}, broad=4, kind="stat"),
            Panel("在办案件 · open cases", {"": f"sum({_OPEN})"}, broad=4, kind="stat"),
            Panel("无法继续的案件 · stuck", {"": "max(rectify_stuck_cases)"}, broad=4, kind="stat"),
            Panel("未送达通知 · dead letters", {"": "max(rectify_outbox_dead)"}, broad=4, kind="stat"),
            Panel(
                "距上次备份 · since the backup",
                {"": "time() - max(rectify_backup_timestamp_seconds)"},
                "s",
                broad=4,
                kind="stat",
            ),
            Panel(
                "距链头签名 · since heads were signed",
                {"": "time() - max(rectify_head_signed_timestamp_seconds)"},
                "s",
                broad=4,
                kind="stat",
            ),
            Panel("各部件 · components", {"{{component}}": "min by (component) (rectify_component_up)"}),
            Panel("版本 · versions", {"{{version}}": "count by (version) (rectify_build_info)"}),
            Panel("结构 · schema", {"{{revision}}": "max by (revision) (rectify_schema_info)"}),
            Panel("正式系统 · live", {"": "max(rectify_installation_live)"}),
            Panel("案件按阶段 · cases by stage", {"{{stage}}": f"sum by (stage) ({_OPEN})"}),
            Panel("待送通知 · notices waiting", {"": "max(rectify_outbox_waiting)", "最久 · oldest, s": _LATE}),
        ),
    ),
    "rectify-commands": (
        "rectify 命令与网页 · commands and pages",
        (
            Panel("命令 · commands", {"{{outcome}}": "sum by (outcome) (rate(rectify_commands_total[5m]))"}, "ops"),
            Panel(
                "被拒原因 · refused, by code",
                {"{{code}}": 'topk(10, sum by (code) (rate(rectify_commands_total{outcome="refused"}[5m])))'},
                "ops",
            ),
            Panel("未得到处理 · failed", {"": "rectify:commands_failed:ratio"}, "percentunit"),
            Panel(
                "命令耗时 · seconds of commands",
                {"p50": _p("0.5", _COMMANDS), "p99": "rectify:command_seconds:p99"},
                "s",
            ),
            Panel(
                "最慢的命令 · slowest kinds", {"{{do}}": f"topk(5, {_p('0.99', _COMMANDS, 'le, do')})"}, "s"
            ),
            Panel("请求 · requests", {"{{status}}": "sum by (status) (rate(rectify_http_requests_total[5m]))"}, "ops"),
            Panel(
                "网页耗时 · seconds of pages",
                {"p99": "rectify:pages_seconds:p99", "逾期 · overdue p99": "rectify:overdue_seconds:p99"},
                "s",
            ),
            Panel("会话 · sessions", {"": "max(rectify_sessions_open)"}),
            Panel(
                "登录 · sign-ins",
                {"{{outcome}} {{code}}": "sum by (outcome, code) (increase(rectify_sign_ins_total[5m]))"},
            ),
            Panel("外来请求 · foreign requests", {"{{code}}": _FOREIGN}),
        ),
    ),
    "rectify-temporal": (
        "rectify 案件运行 · how cases run",
        (
            Panel(
                "记录步骤 · steps of the record",
                {"{{outcome}}": "sum by (outcome) (rate(rectify_record_seconds_count[5m]))"},
                "ops",
            ),
            Panel("步骤耗时 · seconds of a step", {"p99": "rectify:record_seconds:p99"}, "s"),
            Panel("重试 · retries", {"": "sum(increase(rectify_record_retries_total[5m]))"}),
            Panel("期限晚记 · deadlines, how late", {"p99": _p("0.99", "rectify_clock_late_seconds_bucket")}, "s"),
            Panel("等待的任务 · tasks waiting", {"{{queue}}": "max by (queue) (rectify_task_backlog)"}),
            Panel("最久等待 · the oldest", {"{{queue}}": "max by (queue) (rectify_task_backlog_age_seconds)"}, "s"),
            Panel(
                "工作流任务耗时 · workflow tasks",
                {
                    "{{task_queue}} p99": _p(
                        "0.99", "temporal_workflow_task_execution_latency_seconds_bucket", "le, task_queue"
                    )
                },
                "s",
            ),
            Panel(
                "任务取得前 · before a task is taken",
                {
                    "{{task_queue}} p99": _p(
                        "0.99", "temporal_workflow_task_schedule_to_start_latency_seconds_bucket", "le, task_queue"
                    )
                },
                "s",
            ),
            Panel(
                "空余处理位 · free slots",
                {"{{instance}} {{worker_type}}": _SLOTS},
            ),
            Panel("缓存的案件 · cached cases", {"{{instance}}": "sum by (instance) (temporal_sticky_cache_size)"}),
            Panel(
                "Temporal 报错 · refused by Temporal",
                {"{{operation}} {{status_code}}": _REFUSED},
                "ops",
            ),
            Panel("内存 · memory", {"{{instance}}": "process_resident_memory_bytes"}, "bytes"),
        ),
    ),
}  # fmt: skip


def dashboard(name: str) -> str:
    """The file of that name, as Grafana reads it."""
    title, panels = DASHBOARDS[name]
    told: dict[str, Any] = {
        "uid": name,
        "title": title,
        "tags": ["rectify"],
        "schemaVersion": 39,
        "timezone": "Asia/Shanghai",
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [{"name": "datasource", "type": "datasource", "query": "prometheus"}]},
        "panels": list(_laid_out(panels)),
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _laid_out(panels: tuple[Panel, ...]) -> list[dict[str, Any]]:
    laid: list[dict[str, Any]] = []
    x = y = 0
    for number, panel in enumerate(panels, start=1):
        if x + panel.broad > _ACROSS:
            x, y = 0, y + _HEIGHT
        told: dict[str, Any] = {
            "id": number,
            "type": panel.kind,
            "title": panel.title,
            "datasource": _SOURCE,
            "gridPos": {"x": x, "y": y, "w": panel.broad, "h": _HEIGHT},
            "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
            "targets": [
                {"refId": chr(65 + place), "datasource": _SOURCE, "expr": expr, "legendFormat": legend or panel.title}
                for place, (legend, expr) in enumerate(panel.asked.items())
            ],
        }
        laid.append(told)
        x += panel.broad
    return laid


if __name__ == "__main__":
    for one in DASHBOARDS:
        (HERE / f"{one}.json").write_text(dashboard(one), encoding="utf-8")
