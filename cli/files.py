"""Reading what a person names on the command line: plans, scripts, command files."""

import sys
from pathlib import Path

from cli.output import BAD_INPUT, fail
from rules.files.plan_check import PlanError, PlanFile, read_plan
from rules.files.script import Script, ScriptError, read_script

_MOST_BYTES = 5_000_000
CAMPAIGNS = Path(__file__).resolve().parent.parent / "campaigns"


def read_text(path: Path, *, as_json: bool) -> str:
    """The UTF-8 text of a file, or of stdin for `-`; exit 2 with a sentence if there is none."""
    try:
        with sys.stdin.buffer if str(path) == "-" else path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)  # a file may have no end
        if len(content) > _MOST_BYTES:
            size = f"{_MOST_BYTES // 1_000_000} MB"
            problem = {"code": "file_too_large", "zh": f"{path} 大于 {size}", "en": f"{path} is larger than {size}"}
        else:
            return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        problem = {
            "code": "not_utf8",
            "zh": f"{path} 不是 UTF-8 文本",
            "en": f"{path} is not UTF-8 text",
            "remedy_zh": "请另存为 UTF-8",
            "remedy_en": "save it as UTF-8",
        }
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problem = {
            "code": "file_unreadable",
            "zh": f"无法读取 {path}：{reason}",
            "en": f"cannot read {path}: {reason}",
        }
    fail(BAD_INPUT, problem, as_json=as_json)


def load_plan(path: Path, *, as_json: bool) -> PlanFile:
    """A valid plan, or exit 2 with every error by file, line, field and remedy."""
    answer = read_plan(read_text(path, as_json=as_json), str(path))
    if isinstance(answer, PlanFile):
        return answer
    fail(BAD_INPUT, plan_problem(path, answer), as_json=as_json)


def plan_problem(path: Path, errors: tuple[PlanError, ...]) -> dict[str, object]:
    """A wrong plan as one problem with a line for each error."""
    return file_problem("plan_invalid", f"方案 {path}", f"the plan {path}", errors)


def file_problem(code: str, zh: str, en: str, errors: tuple[PlanError, ...]) -> dict[str, object]:
    """A wrong TOML file as one problem with a line for each error."""
    lines = [
        {
            **e.model_dump(exclude={"zh", "en"}),
            "zh": f"{e.file}:{e.line}: {e.field}: {e.zh} —— {e.remedy_zh}",
            "en": f"{e.file}:{e.line}: {e.field}: {e.en} — {e.remedy_en}",
        }
        for e in errors
    ]
    return {
        "code": code,
        "zh": f"{zh} 有 {len(errors)} 处错误",
        "en": f"{en} has {len(errors)} error(s)",
        "errors": lines,
    }


def find_plan(name: str, beside: Path) -> Path:
    """The plan that a script names: beside the script, from here, from the project root, or by its id."""
    places = [
        beside / name,
        Path(name),
        CAMPAIGNS.parent / name,
        CAMPAIGNS / name,
        CAMPAIGNS / f"{name}.toml",
    ]
    return next((p for p in places if p.is_file()), places[0])


def load_script(path: Path, *, as_json: bool) -> tuple[Script, PlanFile]:
    """A readable script with its plan, or exit 2 with every error by file, line and field."""
    answer = read_script(read_text(path, as_json=as_json), str(path))
    if isinstance(answer, Script):
        return answer, load_plan(find_plan(answer.head.plan, path.parent), as_json=as_json)
    fail(BAD_INPUT, _script_problem(path, answer), as_json=as_json)


def _script_problem(path: Path, errors: tuple[ScriptError, ...]) -> dict[str, object]:
    lines = [
        {
            "file": e.file,
            "line": e.line,
            "field": e.field,
            "zh": f"{e.file}:{e.line}: {e.field}: {e.zh}",
            "en": f"{e.file}:{e.line}: {e.field}: {e.en}",
        }
        for e in errors
    ]
    return {
        "code": "script_invalid",
        "zh": f"脚本 {path} 有 {len(errors)} 处错误，未执行任何步骤",
        "en": f"the script {path} has {len(errors)} error(s); no step was run",
        "errors": lines,
    }
