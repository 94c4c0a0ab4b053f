"""What keeps the system running, in Chinese and in English: jobs, what is done by the clock, tokens."""

from models.housekeeping import Chore

JOB_KINDS: dict[str, tuple[str, str]] = {
    "commands": ("批量办理", "order"),
    "import": ("导入", "import"),
    "undo": ("撤销导入", "undo"),
}
JOB_STATES: dict[str, tuple[str, str]] = {
    "running": ("进行中", "running"),
    "done": ("完成", "done"),
    "stopped": ("已停止", "stopped"),
}
ITEM_STATES: dict[str, tuple[str, str]] = {
    "waiting": ("待处理", "waiting"),
    "done": ("已办理", "done"),
    "failed": ("未办成", "failed"),
    "skipped": ("略过", "skipped"),
}
CHORE_NAMES: dict[str, tuple[str, str]] = {
    "remind": ("逾期提醒", "reminder ladder"),
    "digest": ("每周汇总", "weekly digest"),
    "verify": ("每夜核对记录", "nightly verification"),
    "seal": ("日志签名", "seal of the logs"),
    "expire": ("到期清理", "deletion of what is past its time"),
}
CHORE_TIMES: dict[Chore, tuple[str, str]] = {
    "remind": ("每日 07:30", "daily 07:30"),
    "digest": ("周一 08:00", "Monday 08:00"),
    "verify": ("每日 02:30", "daily 02:30"),
    "seal": ("每小时", "hourly"),
    "expire": ("每日 03:30", "daily 03:30"),
}
TOKEN_STATES: dict[str, tuple[str, str]] = {
    "valid": ("有效", "valid"),
    "expired": ("已过期", "expired"),
    "revoked": ("已收回", "revoked"),
    "post_ended": ("岗位已免去", "post ended"),
}
