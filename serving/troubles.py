"""Whatever goes wrong, as a Trouble: HTTP's own errors, wrong input, services that do not answer, the unforeseen."""

from http import HTTPStatus

import structlog
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from temporalio.service import RPCError

from engine.keys import KeyTrouble
from engine.unreachable import CaseStuck, OlderWorker, Unreachable, WithoutWorkflow
from serving.evidence import not_kept
from serving.problems import Trouble, a_copy, keys_in_trouble, misshapen, one_field, unreachable
from store.campaigns import UnreadablePlan
from store.differences import NewerLog
from store.files_trouble import FilesTrouble
from store.installation import IsCopy, is_refused_to_copies
from store.verify import BrokenLog

_log = structlog.stdlib.get_logger("api")
_HTTP: dict[int, tuple[str, str, str]] = {
    404: ("not_found", "页面不存在", "there is nothing at this address"),
    405: ("method_not_allowed", "该地址不接受此方法", "this address does not take that method"),
}


def trouble_of(error: Exception) -> Trouble:
    """The trouble that an exception is; what nobody foresaw is logged and told in one sentence, without a trace."""
    match error:
        case Trouble():
            return error
        case RequestValidationError():
            return misshapen(error.errors())
        case HTTPException():
            return _of_http(error)
        case DataError():
            return one_field(
                "input", "所填内容含有不能保存的字符或数值", "holds a character or number that cannot be kept"
            )
        case UnreadablePlan():
            zh, en = "有行动的方案与本版本不兼容，无法读取", "a campaign has a plan that this version cannot read"
            remedy = ("请系统管理员换用相应版本", "have an administrator change to the version that can")
            return Trouble(503, "plan_unreadable", zh, en, remedy_zh=remedy[0], remedy_en=remedy[1])
        case IsCopy():
            return a_copy()
        case InternalError() if is_refused_to_copies(error):
            return a_copy()
        case OperationalError() | InterfaceError() | PoolTimeout():
            _log.warning("the database did not answer", kind=type(error).__name__)
            return unreachable("database_unreachable", "数据库没有应答", "the database does not answer")
        case WithoutWorkflow():
            _log.error("a case without a workflow", case_id=error.case_id)
            restart = f"rectify workflow restart {error.case_id}"
            zh, en = "本案的系统流程未在运行，暂不能办理", "the workflow of the case does not run: it cannot go on now"
            remedy_zh, remedy_en = f"请管理员运行 {restart}", f"have an administrator run {restart}"
            return Trouble(503, "case_without_workflow", zh, en, remedy_zh=remedy_zh, remedy_en=remedy_en)
        case CaseStuck():
            _log.error("a case that cannot go on", case_id=error.case_id)
            zh, en = (
                "本案的系统流程反复出错，暂不能办理",
                "the workflow of the case fails again and again: it cannot go on now",
            )
            remedy = ("请管理员运行 rectify doctor", "have an administrator run rectify doctor")
            return Trouble(503, "case_stuck", zh, en, remedy_zh=remedy[0], remedy_en=remedy[1])
        case OlderWorker():
            return Trouble(503, **error.problem)
        case Unreachable() | RPCError():
            _log.warning("temporal did not answer", kind=type(error).__name__)
            return unreachable(
                "temporal_unreachable", "案件服务没有应答", "the service of running cases does not answer"
            )
        case KeyTrouble():
            _log.error("payload keys", code=error.code, key=error.key_id)
            return keys_in_trouble(error)
        case FilesTrouble():
            _log.error("the files of cases", why=error.why)
            return not_kept(error)
        case NewerLog():
            _log.error("a line of a newer version", case_id=error.found.case_id, line=error.found.line)
            zh, en = (
                "此案由较新的版本办理过，本版本无法读取",
                "a newer version worked on the case, and this one cannot read it",
            )
            remedy = ("请管理员换回较新的版本", "have an administrator go back to the newer version")
            return Trouble(503, "newer_record", zh, en, remedy_zh=remedy[0], remedy_en=remedy[1])
        case BrokenLog():
            zh, en = "案件日志已被改动，无法读取", "the log of the case was changed and cannot be read"
            verify = "rectify readmodel verify"
            return Trouble(500, "broken_log", zh, en, remedy_zh=f"运行 {verify}", remedy_en=f"run {verify}")
        case _:
            _log.error("unforeseen", exc_info=error)
            zh, en = "系统出现意外错误，已记入日志", "an unforeseen error; the log of the web process says where"
            remedy_zh = "请稍后重试；仍不行的，告知系统管理员出错时间"
            remedy_en = "try again later; if it fails again, tell an administrator when it happened"
            return Trouble(500, "unexpected", zh, en, remedy_zh=remedy_zh, remedy_en=remedy_en)


def _of_http(error: HTTPException) -> Trouble:
    phrase = HTTPStatus(error.status_code).phrase
    fallback = (phrase.lower().replace(" ", "_"), phrase, phrase)
    code, zh, en = _HTTP.get(error.status_code, fallback)
    return Trouble(error.status_code, code, zh, en, headers=dict(error.headers or {}))
