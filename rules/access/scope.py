"""What a token may be used for: deeds of the table of deeds, or groups of them. A scope narrows, it gives nothing."""

from collections.abc import Iterable

from models.actors import Role
from models.refusals import Refused
from rules.access.deeds import DEEDS, OFFICIALS
from rules.words.naming import Both
from rules.words.refusals import refuse
from rules.words.terms import EVERY_DEED

Scope = tuple[str, ...]
ALL: Scope = ("all",)
"""Whatever the role may: also of tokens that were issued before there were scopes."""
GROUPS: dict[str, tuple[str, str]] = {
    "all": ("角色的全部权限", "whatever the role may"),
    "read": EVERY_DEED["read"],
    "import": ("导入台账", "importing ledgers"),
}
WHOLE_UNDERTAKINGS: dict[str, tuple[str, str]] = {"undo": ("撤销导入", "undoing an import")}
"""Made of several deeds, and asked for as one."""
WORDS: tuple[str, ...] = tuple(dict.fromkeys((*GROUPS, *DEEDS)))
"""Of what a scope is made: groups, and deeds by their own names."""
OF_PAGES: tuple[str, ...] = (
    *("read", "import", "open", "record_findings", "register"),
    *("request_extension", "declare_rectified", "add_note", "attach"),
)
"""For what a token is issued on a page: what programs bring in (A). What somebody decides, proposes, signs or judges is
done by the person: an administrator, who issues tokens to others' posts, is no second pair of eyes.
"""
_AS_A_USE = {
    **{"read": "reading cases", "open": "opening cases", "record_findings": "recording findings"},
    **{"register": "registering findings, with persons and deadlines", "request_extension": "asking for extensions"},
    **{"declare_rectified": "declaring rectification", "add_note": "adding notes", "attach": "attaching evidence"},
}
"""What a token is for, where the deed's English name tells what has happened."""
_READING = ("read", "read_own")


def unknown_words(scope: Iterable[str]) -> list[str]:
    """What of it is neither a deed nor a group of deeds."""
    return [word for word in scope if word not in WORDS]


def of_no_use(scope: Iterable[str], role: Role) -> tuple[str, ...]:
    """What of it the role can never do, in no campaign and nowhere: a token that is for it would be for nothing."""
    return tuple(word for word in scope if word != "all" and role not in _users_of(word))


def _users_of(word: str) -> frozenset[str]:
    """The roles that may do the deed, or one of the group."""
    if word == "import":
        return frozenset(DEEDS["record_findings"].roles)
    words = _READING if word == "read" else (word,)
    deeds = [DEEDS[one] for one in words]
    roles = {role for deed in deeds for of in (deed.roles, *deed.instead.values()) for role in of}
    return frozenset(roles | (set(OFFICIALS) if any(deed.by_plan for deed in deeds) else set()))


def out_of_scope(scope: Scope, do: str) -> Refused | None:
    """None where a token of that scope may be used for the deed; whether its role may is another question."""
    if "all" in scope or do in scope or (do in _READING and "read" in scope):
        return None
    return refuse("out_of_scope", do=Both(_in_chinese(do), do), scope=Both(scope_in_chinese(scope), ", ".join(scope)))


def scope_in_chinese(scope: Scope) -> str:
    """By the names of deeds and groups."""
    return "、".join(_in_chinese(word) for word in scope)


def named(word: str) -> Both:
    """A deed or a group, as a person says for what a token is."""
    zh, en = GROUPS.get(word) or EVERY_DEED.get(word) or WHOLE_UNDERTAKINGS.get(word) or (word, word)
    return Both(zh, _AS_A_USE.get(word, en))


def _in_chinese(word: str) -> str:
    return named(word).zh
