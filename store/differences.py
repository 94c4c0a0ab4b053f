"""What a verification finds: where log, read model, signed heads and running workflows do not agree."""

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
    "line_does_not_follow": (
        "日志第 {line} 行与前文不衔接",
        "line {line} of the log does not follow from those before it",
        *_ASK,
    ),
    "chain_broken": ("哈希链在第 {line} 行断开", "the hash chain breaks at line {line}", *_ASK),
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
    "heads_forged": (
        "签名链首 {file} 的签名不符",
        "the signature of the heads {file} does not hold",
        "从另存处取回该文件，并查明谁改动过",
        "bring the file back from where it is kept, and find out who changed it",
    ),
}
# found of a log, they forbid to build anything from it
OF_THE_LOG = frozenset(
    {"line_unreadable", "line_does_not_follow", "chain_broken", "log_gone", "log_cut", "log_rewritten"}
    | {"workflow_ahead", "workflow_differs"}
)


class Difference(Frozen):
    """Where they do not agree, and what to do; `case_id` is empty for what concerns no single case."""

    case_id: str
    what: str
    code: str = ""
    zh: str = ""
    remedy_zh: str = ""
    remedy_en: str = ""


def difference(code: str, case_id: str, **facts: object) -> Difference:
    """The difference of that code; KeyError for an unknown code."""
    told = (text.format(case_id=case_id, **facts) for text in _WHAT[code])
    zh, en, remedy_zh, remedy_en = told
    return Difference(case_id=case_id, what=en, code=code, zh=zh, remedy_zh=remedy_zh, remedy_en=remedy_en)
