"""The services behind a verb: reached, or exit 3 with a sentence and a remedy."""

import asyncio
import os
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from pydantic import ValidationError
from sqlalchemy.exc import InternalError, OperationalError
from temporalio.service import RPCError

from cli.names import named, roles
from cli.output import BAD_INPUT, REFUSED, UNREACHABLE, err, fail, language
from embedded.errors import StackError
from embedded.progress import Voice
from embedded.settings import StackSettings
from engine.claims import console, speaking
from engine.connection import NotRunning, Services
from engine.keys import KeyTrouble
from engine.unreachable import CaseStuck, OlderWorker, Unreachable, WithoutWorkflow
from models.case_ids import whole
from models.plan import Plan
from rules.files.shapes import shape_sentence
from store.campaigns import Campaign, UnknownCampaign, UnreadablePlan, campaign_of, campaigns
from store.case_ids import newest_case_called
from store.differences import NewerLog
from store.files_trouble import FilesTrouble
from store.installation import IsCopy, is_refused_to_copies
from store.migrate import SchemaTrouble
from store.reading import RoleMissing
from store.verify import BrokenLog

T = TypeVar("T")
CaseId = Annotated[
    str,
    typer.Argument(
        metavar="CASE",
        help="The subject's id (demo-157), or case/{campaign}/{subject}. 对象编号（如 demo-157），或案件编号。",
    ),
]
_UP = {
    "remedy_zh": "先运行 rectify up（或 make demo），再以 rectify doctor 检查",
    "remedy_en": "run rectify up (or make demo) first; rectify doctor says what is missing",
}


@contextmanager
def services(*, as_json: bool, serves: bool = False) -> Generator[Services]:
    """The services of this installation; whatever does not answer becomes exit 3.

    Commands are said by whoever sits at this console; in a process that `serves` others, by nobody of itself.
    """
    found: Services | None = None
    settings = stack_settings(as_json=as_json)
    try:
        found = Services.here(settings)
        with speaking(None if serves else console()):
            yield found
    except typer.Exit:  # a RuntimeError by birth, but it is an answer
        raise
    except NotRunning:
        problem = {"code": "not_running", "zh": "系统未启动", "en": "the stack is not running", **_UP}
        fail(UNREACHABLE, problem, as_json=as_json)
    except IsCopy as copy:
        fail(REFUSED, copy.problem, as_json=as_json)
    except InternalError as error:
        if not is_refused_to_copies(error):
            raise
        fail(REFUSED, IsCopy.problem, as_json=as_json)
    except OperationalError:
        problem = {"code": "database_unreachable", "zh": "数据库没有应答", "en": "the database does not answer", **_UP}
        fail(UNREACHABLE, problem, as_json=as_json)
    except UnreadablePlan as error:
        problem = {
            "code": "plan_unreadable",
            "zh": f"有行动的方案与本版本不兼容，无法读取（{error}）",
            "en": f"a campaign has a plan that this version cannot read ({error})",
            "remedy_zh": "请用启动该行动的版本，或升级到能读取它的版本",
            "remedy_en": "use the version that started the campaign, or a newer one that reads its plan",
        }
        fail(UNREACHABLE, problem, as_json=as_json)
    except WithoutWorkflow as error:
        restart = f"rectify workflow restart {error.case_id}"
        problem = {
            "code": "case_without_workflow",
            "zh": f"{error.case_id} 的系统流程未在运行，暂不能办理",
            "en": str(error),
            "remedy_zh": f"运行 {restart}",
            "remedy_en": f"run {restart}",
        }
        fail(UNREACHABLE, problem, as_json=as_json)
    except CaseStuck as error:
        problem = {
            "code": "case_stuck",
            "zh": f"{error.case_id} 的系统流程反复出错，暂不能办理",
            "en": str(error),
            "remedy_zh": "运行 rectify doctor 查看原因和办法，并以 rectify readmodel verify 核对记录",
            "remedy_en": "rectify doctor says why and what to do; rectify readmodel verify checks the record",
        }
        fail(UNREACHABLE, problem, as_json=as_json)
    except OlderWorker as error:
        fail(UNREACHABLE, error.problem, as_json=as_json)
    except BrokenLog as broken:
        d = broken.found
        code = "newer_record" if isinstance(broken, NewerLog) else "broken_log"
        problem = {"code": code, "zh": f"{d.case_id}：{d.zh}", "en": f"{d.case_id}: {d.what}"}
        fail(REFUSED, {**problem, "remedy_zh": d.remedy_zh, "remedy_en": d.remedy_en}, as_json=as_json)
    except SchemaTrouble as trouble:
        fail(REFUSED, trouble.problem, as_json=as_json)
    except (KeyTrouble, FilesTrouble) as trouble:
        fail(UNREACHABLE, trouble.problem, as_json=as_json)
    except (Unreachable, RPCError, RuntimeError, ConnectionError) as error:
        problem = {"code": "temporal_unreachable", "zh": f"Temporal 没有应答：{error}", "en": str(error), **_UP}
        fail(UNREACHABLE, problem, as_json=as_json)
    except RoleMissing as missing:
        fail(UNREACHABLE, _role_missing(missing), as_json=as_json)
    except StackError as error:
        fail(UNREACHABLE, stack_problem(error), as_json=as_json)
    finally:
        if found is not None:
            found.close()


def stack_settings(*, as_json: bool) -> StackSettings:
    """The settings of the environment; exit 2 naming the one that is wrong."""
    try:
        settings = StackSettings(lang=language())
    except ValidationError as error:
        lines = [
            {"zh": f"{name}：{zh}", "en": f"{name}: {en}"}
            for e in error.errors(include_url=False)
            for name, (zh, en) in [("RECTIFY_" + str(e["loc"][0]).upper(), shape_sentence(e))]
        ]
        zh, en = f"有 {len(lines)} 项设置不对", f"{len(lines)} setting(s) are wrong"
        fail(BAD_INPUT, {"code": "invalid_setting", "zh": zh, "en": en, "errors": lines}, as_json=as_json)
    if settings.home.exists() and not settings.home.is_dir():
        where = settings.home
        zh, en = f"RECTIFY_HOME：{where} 不是目录", f"RECTIFY_HOME: {where} is no folder"
        fail(BAD_INPUT, {"code": "invalid_setting", "zh": zh, "en": en}, as_json=as_json)
    if settings.home.exists() and not os.access(settings.home, os.R_OK | os.X_OK):
        where, owner = settings.home, settings.home.owner()
        problem = {
            "code": "home_closed",
            "zh": f"{where} 属于账户 {owner}，本账户无权进入",
            "en": f"{where} belongs to the account {owner} and is closed to you",
            "remedy_zh": "请以启动系统的账户运行（多为 root：sudo）",
            "remedy_en": "run as whoever started the stack (root, most likely: sudo)",
        }
        fail(UNREACHABLE, problem, as_json=as_json)
    return settings


def tell_progress(line: str) -> None:
    """A line of what is under way, beside the answer."""
    err().print(f"· {line}", markup=False, soft_wrap=True)


def voice_of(settings: StackSettings) -> Voice:
    """The same, in the language of the settings."""
    return Voice(settings, tell_progress)


def _role_missing(missing: RoleMissing) -> dict[str, Any]:
    return {
        "code": "reader_role_missing",
        "zh": "数据库中没有供人员查阅使用的角色，数据库账号也无权建立",
        "en": "the database has no roles for officials to read under, and its account may not make them",
        "remedy_zh": f"请运行 rectify up；数据库由他人管理的，请其执行：{missing.statements}",
        "remedy_en": f"run rectify up; where somebody else keeps the database, have them run: {missing.statements}",
    }


def stack_problem(error: StackError) -> dict[str, Any]:
    """A trouble of the one-machine stack as a problem."""
    return {
        "code": error.code,
        "zh": error.sentence_zh,
        "en": error.sentence_en,
        "remedy_zh": error.remedy_zh,
        "remedy_en": error.remedy_en,
    }


def run(what: Coroutine[Any, Any, T]) -> T:
    """Run one asynchronous piece of work."""
    return asyncio.run(what)


def campaign_named(found: Services, name: str | None, *, as_json: bool) -> Campaign:
    """The campaign of that id, or the newest; exit 1 if there is none, 2 if the name is needed."""
    if name is not None:
        try:
            return campaign_of(found.engine, name)
        except UnknownCampaign:
            known = ", ".join(c.campaign_id for c in campaigns(found.engine))
            problem = {
                "code": "unknown_campaign",
                "zh": f"没有行动 {name}",
                "en": f"there is no campaign {name}",
                "remedy_zh": f"已有的行动：{known or '无'}",
                "remedy_en": f"known: {known or 'none'}",
            }
            fail(REFUSED, problem, as_json=as_json)
    known = campaigns(found.engine)
    if not known:
        problem = {
            "code": "no_campaign",
            "zh": "还没有启动任何行动",
            "en": "no campaign was started yet",
            "remedy_zh": "运行 rectify campaign start campaigns/karamay-2013.toml --year <年>",
            "remedy_en": "run rectify campaign start campaigns/karamay-2013.toml --year <year>",
        }
        fail(REFUSED, problem, as_json=as_json)
    return known[0]


def role_name(plan: Plan, role: str | None) -> str | None:
    """In Chinese what the plan calls the role; in English its id."""
    return named(roles([plan]), role)


def case_named(found: Services, typed: str, *, as_json: bool) -> str:
    """The full id of a case: `demo-157` is that of the newest campaign that has it, `{campaign}/demo-157` of that one.

    A full id stays as it is. Exit 1 for a short one that no campaign has.
    """
    if "/" in typed:
        return whole(typed)
    case_id = newest_case_called(found.engine, typed)
    if case_id is None:
        no_case(typed, as_json=as_json)
    return case_id


def no_case(case_id: str, *, as_json: bool) -> NoReturn:
    """Exit 1: there is no case of that id."""
    problem = {
        "code": "unknown_case",
        "zh": f"没有案件 {case_id}",
        "en": f"there is no case {case_id}",
        "remedy_zh": "写对象编号（如 demo-157，其第二件为 demo-157-2），或 case/{行动}/{对象}；"
        "rectify case list 列出全部",
        "remedy_en": "write the subject's id (demo-157; its second case is demo-157-2), or "
        "case/{campaign}/{subject}; rectify case list names them all",
    }
    fail(REFUSED, problem, as_json=as_json)
