"""Every error as an RFC 9457 problem document: a stable code, a sentence in both languages, what to do."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import Response
from pydantic import BaseModel, ValidationError

from engine.keys import KeyTrouble
from models.refusals import Refused
from rules.access.deeds import NOT_YOURS
from rules.files.shapes import shape_remedy, shape_sentence
from rules.words.clauses import clause_said
from serving.answers import encoded
from store.installation import IsCopy

PROBLEM = "application/problem+json"


class WrongField(BaseModel):
    """One field of the wrong shape."""

    field: str
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str


class Problem(BaseModel):
    """RFC 9457, with the code of the refusal, the rule it rests on by id and name, the sentence in both languages."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    zh: str
    en: str
    rule: str | None = None
    rule_zh: str | None = None
    rule_en: str | None = None
    remedy_zh: str | None = None
    remedy_en: str | None = None
    errors: list[WrongField] | None = None
    checks: dict[str, bool] | None = None
    check: dict[str, Any] | None = None


class Trouble(Exception):
    """An error that is told as a problem document."""

    def __init__(self, status: int, code: str, zh: str, en: str, **more: Any) -> None:
        super().__init__(code)
        self.headers: dict[str, str] = more.pop("headers", {})
        self.deed: str | None = more.pop("deed", None)  # what a proof anew is asked for
        self.is_noted: bool = more.pop("is_noted", False)  # by whoever refused it
        self.noted: str | None = more.pop("noted", None)  # the code in the audit log, where the answer hides it
        named = clause_said(more["rule"]) if more.get("rule") else None
        self.problem = Problem(
            rule_zh=named.zh if named else None,
            rule_en=named.en if named else None,
            type=f"urn:rectify:problem:{code}",
            title=HTTPStatus(status).phrase,
            status=status,
            detail=en,
            code=code,
            zh=zh,
            en=en,
            **more,
        )


def keys_in_trouble(trouble: KeyTrouble, **more: Any) -> Trouble:
    """503: payloads cannot be sealed or opened."""
    remedies = {"remedy_zh": trouble.remedy_zh, "remedy_en": trouble.remedy_en}
    return Trouble(503, trouble.code, trouble.zh, trouble.en, **remedies, **more)


def refused(refusal: Refused, *, is_noted: bool = False) -> Trouble:
    """What the rules refused: 403 for a role, a territory or a sector, else 409. `is_noted`: in the audit log."""
    status = 403 if refusal.code in NOT_YOURS else 409
    return Trouble(status, refusal.code, refusal.zh, refusal.en, rule=refusal.rule, is_noted=is_noted)


def refused_at(field: str, refusal: Refused, *, is_noted: bool = False) -> Trouble:
    """The same, told at the field that is to be mended."""
    return told_at(field, refused(refusal, is_noted=is_noted))


def told_at(field: str, trouble: Trouble, *remedy: str) -> Trouble:
    """The trouble as that of one field, if it names none; `remedy` in Chinese and in English."""
    problem = trouble.problem
    if not problem.errors:
        problem.errors = [_wrong_field(field, problem.zh, problem.en, *remedy)]
    return trouble


def wrong_shape(error: ValidationError) -> Trouble:
    """A command of the wrong shape."""
    return misshapen(error.errors(include_url=False), skip_kind=True)


def misshapen(errors: Sequence[Any], *, skip_kind: bool = False) -> Trouble:
    """422, naming each wrong field in both languages; `skip_kind` leaves the command's kind out of the names."""
    told = [error for error in errors if not _only_seems_short(error, errors)]
    return _some_fields([_wrong(error, skip_kind=skip_kind) for error in told])


def _only_seems_short(error: Mapping[str, Any], errors: Sequence[Any]) -> bool:
    """Of a list that is too short only without the items that are wrong themselves, and told at their places."""
    if error["type"] != "too_short" or len(error.get("input") or ()) < error.get("ctx", {}).get("min_length", 0):
        return False
    place = tuple(error["loc"])
    return any(len(other["loc"]) > len(place) and tuple(other["loc"][: len(place)]) == place for other in errors)


def _some_fields(wrong: Sequence[WrongField]) -> Trouble:
    zh, en = f"有 {len(wrong)} 处填写有误，未受理", f"{len(wrong)} field(s) are wrong; nothing was done"
    return Trouble(422, "invalid_input", zh, en, rule="contracts §1", errors=list(wrong))


def _wrong(error: Mapping[str, Any], *, skip_kind: bool) -> WrongField:
    place = [str(part) for part in error["loc"]]
    if (skip_kind and len(place) > 1) or (place and place[0] in ("query", "path", "header", "body")):
        place = place[1:]
    zh, en = shape_sentence(error)
    remedy_zh, remedy_en = shape_remedy(error)
    return WrongField(field=".".join(place) or "do", zh=zh, en=en, remedy_zh=remedy_zh, remedy_en=remedy_en)


def _wrong_field(field: str, zh: str, en: str, remedy_zh: str = "请改正", remedy_en: str = "mend it") -> WrongField:
    return WrongField(field=field, zh=zh, en=en, remedy_zh=remedy_zh, remedy_en=remedy_en)


def one_field(field: str, zh: str, en: str, *remedy: str) -> Trouble:
    """422 for one field that we looked at ourselves; `remedy` in Chinese and in English."""
    wrong = _wrong_field(field, zh, en, *remedy)
    return Trouble(422, "invalid_input", f"{field}：{zh}", f"{field}: {en}", rule="contracts §3", errors=[wrong])


def needed(facts: Mapping[str, Any], *names: str) -> None:
    """422 naming each of these fields that is left empty."""
    empty = [name for name in names if facts.get(name) in (None, "", (), [])]
    if empty:
        raise _some_fields([_wrong_field(name, "不得为空", "is needed") for name in empty])


def all_checked(*checks: Callable[[], object]) -> None:
    """422 naming what each of the checks found wrong, so that everything can be mended at once."""
    wrong: list[WrongField] = []
    noted: str | None = None
    for check in checks:
        try:
            check()
        except Trouble as trouble:
            if not trouble.problem.errors:
                raise
            wrong += trouble.problem.errors
            noted = noted or trouble.noted
    if wrong:
        found = _some_fields(wrong)
        found.noted = noted
        raise found


def nothing_here() -> Trouble:
    """404: there is no such page, or none for whoever asks."""
    return Trouble(404, "not_found", "页面不存在", "there is nothing at this address")


def no_case(case_id: str, noted: str | None = None) -> Trouble:
    """404: there is no case of that id, or none that the reader may read; `noted`: which of them, for the audit."""
    return Trouble(
        404,
        "unknown_case",
        f"没有案件 {case_id}",
        f"there is no case {case_id}",
        remedy_zh="核对编号 case/{行动}/{对象}，或在案件列表中查找",
        remedy_en="check the id, case/{campaign}/{subject}, or look in the list of cases",
        noted=noted,
    )


def no_campaign(name: str | None) -> Trouble:
    """404: there is no campaign of that id, or none at all."""
    if name is not None:
        return Trouble(404, "unknown_campaign", f"没有行动 {name}", f"there is no campaign {name}")
    return Trouble(
        404,
        "no_campaign",
        "还没有启动任何行动",
        "no campaign was started yet",
        remedy_zh="运行 rectify campaign start campaigns/karamay-2013.toml --year <年>",
        remedy_en="run rectify campaign start campaigns/karamay-2013.toml --year <year>",
    )


def unreachable(code: str, zh: str, en: str) -> Trouble:
    """503: a service does not answer; a command may be sent again with its command_id."""
    return Trouble(
        503,
        code,
        zh,
        en,
        remedy_zh="运行 rectify up，再以 rectify doctor 检查；稍后可用同一 command_id 重发",
        remedy_en="run rectify up; rectify doctor says what is missing; send again later with the same command_id",
        headers={"Retry-After": "5"},
    )


def a_copy(**more: Any) -> Trouble:
    """503: this is a copy of an installation, which takes no command."""
    told = IsCopy.problem
    remedies = {"remedy_zh": told["remedy_zh"], "remedy_en": told["remedy_en"]}
    return Trouble(503, told["code"], told["zh"], told["en"], **remedies, **more)


def problem_response(trouble: Trouble) -> Response:
    """The problem document."""
    body = encoded(trouble.problem.model_dump(exclude_none=True))
    return Response(body, trouble.problem.status, trouble.headers, PROBLEM)
