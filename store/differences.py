"""What a verification finds: where log, read model, signed heads and running workflows do not agree."""

from pydantic import Field

from models.base import Frozen

# code: what it is in Chinese and English, what to do about it in Chinese and English
_RESTART = ("运行 rectify workflow restart {case_id}", "run rectify workflow restart {case_id}")
_ASK = (
    "保全数据库现状，不要重建；与备份和签名链首比对后由记录责任人处理",
    "keep the database as it is and rebuild nothing; compare with a backup and the signed heads, and have whoever "
    "answers for the record decide",
)
_WHAT: dict[str, tuple[str, str, str, str]] = {
    "line_unreadable": ("日志第 {line} 行无法读取", "line {line} of the log cannot be read", *_ASK),
    "line_newer": (
        "日志第 {line} 行由较新的版本写入，本版本无法读取",
        "line {line} of the log was written by a newer version, which this one does not understand",
        "换回较新的版本；从未使用过较新版本的，按日志被改动处理",
        "go back to the newer version; where none was ever used here, treat the log as changed",
    ),
    "line_does_not_follow": (
        "日志第 {line} 行与前文不衔接",
        "line {line} of the log does not follow from those before it",
        *_ASK,
    ),
    "chain_broken": ("哈希链在第 {line} 行断开", "the hash chain breaks at line {line}", *_ASK),
    "claim_wrong": (
        "第 {line} 行的签名声明与该行内容不符",
        "the signed claim of line {line} is not that of the line",
        *_ASK,
    ),
    "claim_gone": (
        "第 {line} 行没有签名声明，而此前各行有",
        "line {line} carries no signed claim, though one before it does",
        *_ASK,
    ),
    "plan_altered": (
        "行动 {campaign_id} 的方案与案件所依据的不同",
        "the plan of {campaign_id} is not the one that its cases follow",
        *_ASK,
    ),
    "line_missing": ("日志缺第 {line} 行", "line {line} of the log is missing", *_ASK),
    "line_of_another_case": (
        "日志第 {line} 行属于另一案件（{other}）",
        "line {line} of the log is of another case ({other})",
        *_ASK,
    ),
    "log_shorter": (
        "日志被截短：读模型已到第 {known} 行，日志止于第 {line} 行",
        "the log was cut: the read model knows line {known}, the log ends at line {line}",
        *_ASK,
    ),
    "log_gone": ("读模型中有此案，日志中没有", "the read model has it, the log has not", *_ASK),
    "log_cut": (
        "日志被截短：{signed_at} 签名时有第 {line} 行，现已没有",
        "the log was cut: line {line} was there when its head was signed at {signed_at}",
        *_ASK,
    ),
    "log_rewritten": (
        "日志被改写：第 {line} 行与 {signed_at} 签名的不同",
        "the log was rewritten: line {line} is not the one that was signed at {signed_at}",
        *_ASK,
    ),
    "erased_early": (
        "案卷于 {at} 销毁，当时保存期限未满（止于第 {line} 行）",
        "the record was erased on {at}, before its retention was over (it ended at line {line})",
        *_ASK,
    ),
    "erased_unnoted": (
        "案卷于 {at} 销毁（止于第 {line} 行），审计日志中没有记载",
        "the record was erased on {at} (it ended at line {line}), and the audit log does not tell of it",
        *_ASK,
    ),
    "erased_yet_there": (
        "案卷记为 {at} 已销毁（止于第 {line} 行），但日志中仍有其行",
        "the record is said to be erased on {at} (it ended at line {line}), and lines of it are there",
        *_ASK,
    ),
    "tombstone_gone": (
        "审计日志记载案卷已销毁（止于第 {line} 行），但没有销毁记录",
        "the audit log tells that the record was erased (it ended at line {line}), and no tombstone is there",
        *_ASK,
    ),
    "campaign_line_missing": (
        "行动 {campaign_id} 的日志缺第 {line} 行",
        "line {line} of the log of the campaign {campaign_id} is missing",
        *_ASK,
    ),
    "campaign_chain_broken": (
        "行动 {campaign_id} 的日志哈希链在第 {line} 行断开",
        "the hash chain of the campaign {campaign_id} breaks at line {line}",
        *_ASK,
    ),
    "campaign_before_changed": (
        "行动 {campaign_id} 建立哈希链之前的记录与第 {line} 行所载不符",
        "what the campaign {campaign_id} had before its log was chained is not what line {line} says of it",
        *_ASK,
    ),
    "campaign_differs": (
        "行动 {campaign_id} 的日程或行动结束证明与其日志第 {line} 行不符",
        "calendar or certificate of the campaign {campaign_id} are not what line {line} of its log says",
        *_ASK,
    ),
    "campaign_cut": (
        "行动 {campaign_id} 的日志被截短：{signed_at} 签名时有第 {line} 行，现已没有",
        "the log of the campaign {campaign_id} was cut: line {line} was there when its head was signed at {signed_at}",
        *_ASK,
    ),
    "campaign_rewritten": (
        "行动 {campaign_id} 的日志被改写：第 {line} 行与 {signed_at} 签名的不同",
        "the log of the campaign {campaign_id} was rewritten: line {line} is not the one signed at {signed_at}",
        *_ASK,
    ),
    "audit_line_unreadable": ("审计日志第 {line} 行无法读取", "line {line} of the audit log cannot be read", *_ASK),
    "audit_line_missing": ("审计日志缺第 {line} 行", "line {line} of the audit log is missing", *_ASK),
    "audit_chain_broken": (
        "审计日志的哈希链在第 {line} 行断开",
        "the hash chain of the audit log breaks at line {line}",
        *_ASK,
    ),
    "audit_cut": (
        "审计日志被截短：{signed_at} 签名时有第 {line} 行，现已没有",
        "the audit log was cut: line {line} was there when its head was signed at {signed_at}",
        *_ASK,
    ),
    "audit_rewritten": (
        "审计日志被改写：第 {line} 行与 {signed_at} 签名的不同",
        "the audit log was rewritten: line {line} is not the one that was signed at {signed_at}",
        *_ASK,
    ),
    "register_rewritten": (
        "登记簿变更记录中 {subject_id} 的第 {version} 版与审计日志所载不符",
        "version {version} of {subject_id} in the register's log is not the one that the audit log tells of",
        *_ASK,
    ),
    "register_change_untold": (
        "登记簿变更记录中有 {subject_id} 的第 {version} 版，审计日志没有记载",
        "the register's log has version {version} of {subject_id}, of which the audit log does not tell",
        *_ASK,
    ),
    "register_change_gone": (
        "审计日志载有 {subject_id} 的第 {version} 版，登记簿变更记录中没有",
        "the audit log tells of version {version} of {subject_id}, and the register's log has none",
        *_ASK,
    ),
    "register_differs": (
        "登记簿中 {subject_id} 的现有登记与其最后一次变更不符",
        "what the register says of {subject_id} is not what its last change said",
        *_ASK,
    ),
    "record_older": (
        "数据库比签名链首旧：最后一行记于 {newest}，而 {signed_at} 签名时已有更新的行",
        "the database is older than its signed heads: its last line is of {newest}, and later lines were there when "
        "they were signed at {signed_at}",
        "若刚恢复过备份，请改用更新的备份；否则保全现状，由记录责任人处理",
        "if a backup was put back, take a newer one; else keep all as it is, and have whoever answers for the record "
        "decide",
    ),
    "file_row_gone": (
        "案件日志所载证据文件 {sha256} 没有相应的登记",
        "the log names the file {sha256}, and its row is gone or another",
        *_ASK,
    ),
    "file_missing": (
        "证据文件 {sha256} 的原件缺失",
        "the file {sha256} is missing",
        "从备份取回文件夹 files 中的该文件（在存储桶中则取回其旧版本），并查明何时、由谁删除",
        "bring it back into the folder `files` from a backup, or its older version in the bucket, and find out when "
        "and by whom it was removed",
    ),
    "files_away": (
        "未能核对证据文件：{zh}",
        "the files of cases could not be looked at: {en}",
        "运行 rectify doctor，排除故障后再次核对",
        "run rectify doctor, mend what it names, and verify again",
    ),
    "file_changed": (
        "证据文件 {sha256} 已被改动",
        "the file {sha256} was changed",
        "保全现状，从备份取回原件，并查明何时、由谁改动",
        "keep it as it is, bring the original back from a backup, and find out when and by whom it was changed",
    ),
    "rows_differ": (
        "表 {table} 的内容不是日志的折叠",
        "the rows of {table} are not the fold of the log",
        "运行 rectify readmodel rebuild",
        "run rectify readmodel rebuild",
    ),
    "workflow_ahead": (
        "日志被截短：运行中的工作流已到第 {workflow} 步，日志只有 {log} 行",
        "the log was cut: the running workflow has taken {workflow} steps, the log has {log}",
        *_ASK,
    ),
    "workflow_differs": (
        "运行中的工作流与记录不一致",
        "the running workflow is not what the record says",
        *_ASK,
    ),
    "workflow_behind": (
        "运行中的工作流少了记录中的步骤（工作流 {workflow} 步，日志 {log} 行）",
        "the running workflow has not heard of all steps of the record ({workflow} of {log})",
        "夜间核对会唤醒它；也可向其提交任一命令",
        "the nightly verification wakes it, as any command does",
    ),
    "workflow_gone": ("记录中在办，但没有工作流在运行", "open in the record, but no workflow runs", *_RESTART),
    "workflow_ended": ("记录中在办，但其工作流已被终止", "open in the record, but its workflow was ended", *_RESTART),
    "workflow_silent": (
        "运行中的工作流没有应答：{why}",
        "the running workflow does not answer: {why}",
        *_RESTART,
    ),
    "case_has_ended": ("案件已结案，无须重启", "the case has ended: nothing is to be restarted", "", ""),
    "heads_gone": (
        "签名链首文件不见了：{signed_at} 曾经签名",
        "the signed heads are gone: they were signed at {signed_at}",
        "从另存处取回文件夹 heads",
        "bring the folder `heads` back from where it is kept",
    ),
    "heads_older": (
        "签名链首少了最新的文件：最后一次签名是 {signed_at}",
        "the newest signed heads are gone: they were signed last at {signed_at}",
        "从另存处取回文件夹 heads",
        "bring the folder `heads` back from where it is kept",
    ),
    "heads_broken": (
        "签名链首 {file} 与前一份不衔接，其间的文件不见了",
        "the heads {file} do not follow the ones before them: a file between them is gone",
        "从另存处取回缺少的文件，并查明谁删除过",
        "bring the missing file back from where it is kept, and find out who removed it",
    ),
    "stamp_wrong": (
        "签名链首 {file} 的时间戳不属于该链首，或不是所设时间戳机构出具",
        "the time stamp of the heads {file} is not of these heads, or not by the authority that is set",
        "从另存处取回该文件及其时间戳，并核对 RECTIFY_TIME_STAMP_CA",
        "bring the file and its time stamp back from where they are kept; see whether RECTIFY_TIME_STAMP_CA is right",
    ),
    "heads_of_another_key": (
        "链首 {file} 由另一把密钥签名",
        "the heads {file} were signed by another key",
        "核对该文件夹是否属于本系统，并查明密钥 heads.key 何时、由谁更换",
        "see whether the folder is of this installation, and find out when and by whom heads.key was replaced",
    ),
    "heads_forged": (
        "签名链首 {file} 的签名不符",
        "the signature of the heads {file} does not hold",
        "从另存处取回该文件，并查明谁改动过",
        "bring the file back from where it is kept, and find out who changed it",
    ),
}
# found of a log, they forbid to build anything from it
OF_THE_LOG = frozenset(
    {"line_unreadable", "line_newer", "line_does_not_follow", "chain_broken", "log_gone", "log_cut", "log_rewritten"}
    | {"line_missing", "line_of_another_case", "log_shorter", "claim_wrong", "claim_gone"}
    | {"workflow_ahead", "workflow_differs"}
)


def _unset(value: object) -> bool:
    return value is None


class Difference(Frozen):
    """Where they do not agree, and what to do; `case_id` is empty for what concerns no single case.

    `line`: the number of the line of the log, where it is one line; `campaign_id`: of a campaign's own log.
    """

    case_id: str
    campaign_id: str | None = Field(default=None, exclude_if=_unset)
    line: int | None = Field(default=None, exclude_if=_unset)
    what: str
    code: str = ""
    zh: str = ""
    remedy_zh: str = ""
    remedy_en: str = ""


def difference(code: str, case_id: str, **facts: object) -> Difference:
    """The difference of that code; KeyError for an unknown code."""
    told = (text.format(case_id=case_id, **facts) for text in _WHAT[code])
    zh, en, remedy_zh, remedy_en = told
    line, campaign_id = facts.get("line"), facts.get("campaign_id")
    return Difference(
        case_id=case_id,
        campaign_id=str(campaign_id) if campaign_id else None,
        line=line if isinstance(line, int) else None,
        what=en,
        code=code,
        zh=zh,
        remedy_zh=remedy_zh,
        remedy_en=remedy_en,
    )


class BrokenLog(Exception):
    """A case cannot be told from its log: somebody changed it. `found` says what is wrong with it."""

    def __init__(self, found: Difference) -> None:
        super().__init__(found.what)
        self.found = found


class NewerLog(BrokenLog):
    """Nobody changed it: a newer version wrote in it what this one does not understand."""
