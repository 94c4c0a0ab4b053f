"""The command that a form asks for: what was filled in, and what follows from case and plan."""

from decimal import Decimal, InvalidOperation
from typing import Any

from models.files import AttachedFile
from models.refusals import Refused
from rules.case.measures import fine_at_the_limit, responsible_persons
from rules.words.clauses import cited
from rules.words.naming import Both
from rules.words.refusals import refuse
from views.forms.fields import NEEDED, WITHOUT_ACCOUNT, Asked


class FormRefused(Exception):
    """What is filled in makes no command that the rules would take; `refusal` says why."""

    def __init__(self, refusal: Refused) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


class NotFilledIn(Exception):
    """A field that no command can be made of, and how it is to be filled in."""

    def __init__(self, field: str, said: Both, remedy: Both) -> None:
        super().__init__(field)
        self.field, self.said, self.remedy = field, said, remedy


def command_facts(asked: Asked, facts: dict[str, Any], command_id: str) -> dict[str, Any]:
    """The command as it is handed in. FormRefused for a base missing or of no use, NotFilledIn for one that is none."""
    facts = {**facts, "do": asked.do, "command_id": command_id}
    if missing := next((name for do, name in NEEDED if do == asked.do and not facts.get(name)), None):
        raise NotFilledIn(missing, Both("缺少该项", "it is missing"), Both("请填写", "fill it in"))
    if asked.do == "assign_officers" and asked.by_account:
        require_confirmed(facts.pop(WITHOUT_ACCOUNT.name, None), has_accounts=bool(asked.officers))
    if asked.do == "record_findings":
        facts.setdefault("findings", [])
    if asked.do == "propose_measure" and asked.about == "fine":
        facts["fine"] = _fine(asked, facts.get("fine") or {})
    if post := facts.get("with"):
        facts["with"] = next((i.actor for i in asked.inspectors if i.post.post_id == post), None)
    return facts


def require_confirmed(confirmed: object, *, has_accounts: bool) -> None:
    """NotFilledIn where an officer without an account is named and nobody confirmed the name."""
    if not has_accounts and not confirmed:
        said = Both(
            "本区该行业没有检查员账号，无法核对姓名",
            "no inspector there has an account for the sector, so the name cannot be checked",
        )
        raise NotFilledIn(WITHOUT_ACCOUNT.name, said, Both("核对姓名后勾选确认", "check the name, then tick the box"))


def with_files(do: str, facts: dict[str, Any], files: tuple[AttachedFile, ...]) -> dict[str, Any]:
    """The command with its files; of a declaration they are the evidence where none is written."""
    if not files:
        return facts
    named: dict[str, Any] = {"files": [file.model_dump() for file in files]}
    if do == "declare_rectified" and not facts.get("evidence"):
        named["evidence"] = [file.name for file in files]
    return facts | named


def _fine(asked: Asked, given: dict[str, Any]) -> Any:
    """Exactly the upper limit of the article, for the unit and everybody responsible (3.2.must3)."""
    article = asked.plan.article(str(given.get("article", "")))
    owed = next((m for m in asked.case.musts_in("owed") if m.must == "fine"), None)
    if article is None or owed is None:
        return None  # the rules say so
    base = _yuan(given.get("base"))
    if base is None and (article.unit.factor is not None or article.person.factor is not None):
        raise FormRefused(cited(asked.plan, refuse("base_missing", article=Both(article.zh, article.en))))
    if base is not None and article.unit.factor is None and article.person.factor is None:
        raise FormRefused(cited(asked.plan, refuse("base_foreign", article=Both(article.zh, article.en))))
    return fine_at_the_limit(article, base, responsible_persons(asked.case, owed)).model_dump(mode="json")


def _yuan(given: str | None) -> Decimal | None:
    if given is None:
        return None
    try:
        base = Decimal(given.replace(",", "").replace("，", ""))
    except InvalidOperation:
        base = Decimal("NaN")
    if not (base.is_finite() and 0 < base < Decimal(10) ** 14):
        above = Both("须为大于 0 的金额", "is to be an amount above 0")
        raise NotFilledIn("fine.base", above, Both("如 30000", "as 30000"))
    return base
