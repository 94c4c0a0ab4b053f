"""What the audit log tells, in Chinese and in English."""

AUDIT_KINDS: dict[str, tuple[str, str]] = {
    "command_refused": ("命令被拒", "command refused"),
    "sign_in": ("登录", "sign-in"),
    "sign_in_failed": ("登录失败", "sign-in failed"),
    "sign_out": ("退出登录", "sign-out"),
    "permission_given": ("授予权限", "permission given"),
    "permission_revoked": ("收回权限", "permission revoked"),
    "exported": ("导出", "exported"),
    "order_given": ("批量任务下达", "order given"),
    "order_ended": ("批量任务结束", "order ended"),
    "register_changed": ("对象库变更", "register changed"),
    "working_days_published": ("公布工作日安排", "working days published"),
    "sealed_data_read": ("查阅封存资料", "sealed data read"),
    "key_changed": ("密钥变更", "key changed"),
    "declared_live": ("副本启用为正式系统", "copy declared live"),
    "expired": ("到期清理", "expired data deleted"),
    "case_erased": ("案卷到期销毁", "case erased"),
}
AUDIT_OUTCOMES: dict[str, tuple[str, str]] = {
    "done": ("完成", "done"),
    "refused": ("拒绝", "refused"),
    "failed": ("失败", "failed"),
}
EXPIRED: dict[str, tuple[str, str]] = {
    "sessions": ("登录会话", "sessions"),
    "failed_sign_ins": ("登录失败记录", "failed sign-ins"),
    "invitations": ("邀请链接", "invitations"),
    "tokens": ("失效令牌", "tokens that ended"),
    "receipts": ("信号回执", "receipts of signals"),
    "read_inbox": ("已读消息", "read lines of the inbox"),
    "sent_outbox": ("已送达的待发消息", "delivered lines of the outbox"),
    "job_rows": ("批量任务明细", "rows of jobs"),
    "unnamed_files": ("未附卷的上传文件", "files that no step names"),
    "secrets_of_closed_accounts": ("已注销账户的登录凭据", "what closed accounts signed in with"),
}
