"""The command that a form asks for: what was filled in, and what follows from case and plan."""

from decimal import Decimal, InvalidOperation
from typing import Any

from rules.case.measures import fine_at_the_limit, responsible_persons
from rules.words.clauses import cited
from rules.words.naming import Both
from rules.words.refusals import refuse
from serving.problems import one_field, refused
from web.acting.fields import Asked


def command_facts(asked: Asked, facts: dict[str, Any], command_id: str) -> dict[str, Any]:
    """The command as it is handed in. Trouble for a base that is no number, or is missing."""
    facts = {**facts, "do": asked.do, "command_id": command_id}
    if asked.do == "record_findings":
        facts.setdefault("findings", [])
    if asked.do == "propose_measure" and asked.about == "fine":
        facts["fine"] = _fine(asked, facts.get("fine") or {})
    if post := facts.get("with"):
        facts["with"] = next((i.actor for i in asked.inspectors if i.post.post_id == post), None)
    return facts


def _fine(asked: Asked, given: dict[str, Any]) -> Any:
    """Exactly the upper limit of the article, for the unit and everybody responsible (3.2.must3)."""
    article = asked.plan.article(str(given.get("article", "")))
    owed = next((m for m in asked.case.musts_in("owed") if m.must == "fine"), None)
    if article is None or owed is None:
        return None  # the rules say so
    base = _yuan(given.get("base"))
    if base is None and (article.unit.factor is not None or article.person.factor is not None):
        raise refused(cited(asked.plan, refuse("base_missing", article=Both(article.zh, article.en))))
    return fine_at_the_limit(article, base, responsible_persons(asked.case, owed)).model_dump(mode="json")


def _yuan(given: str | None) -> Decimal | None:
    if given is None:
        return None
    try:
        base = Decimal(given.replace(",", "").replace("，", ""))
    except InvalidOperation:
        base = Decimal("NaN")
    if not (base.is_finite() and 0 < base < Decimal(10) ** 14):
        raise one_field("fine.base", "须为大于 0 的金额", "is to be an amount above 0", "如 30000", "as 30000")
    return base
