"""Whether the service that was installed is what this version would install, starts with the machine, and runs."""

import subprocess
from pathlib import Path

from embedded.doctor import Check, check
from embedded.service_manager import systemd_lives
from embedded.settings import StackSettings
from embedded.systemd_units import Plan, planned

_UNIT, _BACKUP = "rectify.service", "rectify-backup.service"


def examine_service(settings: StackSettings, plan: Plan | None = None) -> list[Check]:
    """Nothing where no service was installed here."""
    plan = plan or Plan(settings, settings.service_account, Path("/var/backups/rectify"))
    for member, first in ((False, _UNIT), (True, "rectify-web.service")):
        if (plan.units / first).exists():
            plan = plan._replace(member=member)
            break
    else:
        return []
    if not plan.member:
        plan = plan._replace(backups=_backups(plan.units / _BACKUP) or plan.backups)
    return [_files(plan), *(_unit(name) for name in plan.enabled if systemd_lives())]


def _backups(unit: Path) -> Path | None:
    """The folder that the installed timer fills."""
    words = unit.read_text().split("db backup ") if unit.exists() else []
    return Path(words[1].split()[0]) if len(words) > 1 else None


def _files(plan: Plan) -> Check:
    old = [f.path for f in planned(plan) if not f.path.exists() or (not f.keep and f.path.read_text() != f.text)]
    names = ", ".join(str(path) for path in old)
    command = "rectify install --member" if plan.member else f"rectify install --backups {plan.backups}"
    return check(
        "service_files",
        not old,
        f"missing, changed, or of another version: {names}" if old else "the service is installed as this version does",
        f"缺少、被改动或属于其他版本：{names}" if old else "系统服务文件与本版本一致",
        f"Run {command}; put changes of your own into drop-ins (systemctl edit).",
        f"请运行 {command}；自行修改请放入 drop-in（systemctl edit）。",
    )


def _unit(name: str) -> Check:
    enabled, active = _asked("is-enabled", name), _asked("is-active", name)
    ok = enabled == "enabled" and active == "active"
    return check(
        name.partition("@")[0].partition(".")[0].replace("-", "_") + "_unit",
        ok,
        f"{name} is {enabled}, {active}",
        f"{name}：{enabled}，{active}",
        f"Run systemctl enable --now {name}; journalctl -u {name} says why it does not start.",
        f"请运行 systemctl enable --now {name}；无法启动的原因见 journalctl -u {name}。",
    )


def _asked(what: str, name: str) -> str:
    answer = subprocess.run(["systemctl", what, name], capture_output=True, text=True, check=False, timeout=30)
    return answer.stdout.strip() or "unknown"
