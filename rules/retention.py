"""What is kept how long, and why: one table for the chore, the handbook and whoever asks (all A)."""

from typing import NamedTuple

CASE_YEARS = 10
"""Years that the record of a case is kept after its last line, at least; `RECTIFY_CASE_YEARS` may say more."""


class Kept(NamedTuple):
    """For how many days, counted from what, and why; 0 days: goes at once."""

    days: int
    since: tuple[str, str]
    why: tuple[str, str]


EXPIRES: dict[str, Kept] = {
    "sessions": Kept(
        90,
        ("会话结束", "the session's end"),
        ("查明谁从哪台设备登录；登录本身另在审计日志", "who signed in from which device; the audit log keeps sign-ins"),
    ),
    "failed_sign_ins": Kept(30, ("登录失败", "the failure"), ("识别猜测密码", "to see passwords being guessed")),
    "invitations": Kept(30, ("邀请失效", "its expiry"), ("说明链接为何失效", "to say why a link no longer works")),
    "tokens": Kept(365, ("令牌收回或到期", "its end"), ("核对令牌清单", "to compare the list of tokens")),
    "receipts": Kept(365, ("提交", "it was handed in"), ("设备查询办理结果", "devices ask what became of it")),
    "read_inbox": Kept(
        365, ("已读", "it was read"), ("本人查阅；事实另在案卷", "for its reader; the case has the fact")
    ),
    "sent_outbox": Kept(90, ("送达", "its delivery"), ("查明是否送达", "to see whether it was delivered")),
    "job_rows": Kept(
        730,
        ("任务结束且行动已办结", "the job's end, once its campaign is certified"),
        ("撤销导入、核对台账", "to undo an import, to compare a ledger"),
    ),
    "unnamed_files": Kept(
        30,
        ("收到文件", "it was taken in"),
        ("提交表单前已上传、未随命令附卷的文件", "sent along with a form that was never given"),
    ),
    "secrets_of_closed_accounts": Kept(
        0,
        ("账号停用", "the account is closed"),
        ("密码、动态口令、通行密钥不再需要", "nobody signs in with them again"),
    ),
}
