"""Who acts: a role, a name and a territory (domain §7)."""

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field

from models.base import Frozen, is_none
from models.typed import folded, same_text

Role = Literal[
    "inspector",
    "supervisor",
    "government",
    "regulator",
    "office",
    "enterprise",
    "auditor",
    "admin",
    "public",
]
ROLES: tuple[Role, ...] = get_args(Role)
Mandate = Literal["ledger_import", "ledger_undo"]
"""What the system does on order, in nobody's name."""
ROLE_NAMES: dict[Role | Literal["system"], tuple[str, str]] = {
    "inspector": ("检查员", "inspector"),
    "supervisor": ("区安监局负责人", "supervisor"),
    "government": ("政府", "district government"),
    "regulator": ("行业主管部门", "sector regulator"),
    "office": ("安委会办公室", "city office"),
    "enterprise": ("企业", "enterprise"),
    "public": ("公众", "public"),
    "auditor": ("审计员", "auditor"),
    "admin": ("系统管理员", "administrator"),
    "system": ("系统", "system"),
}
MANDATE_NAMES: dict[Mandate, str] = {"ledger_import": "台账导入", "ledger_undo": "台账撤销"}
_SHAPE = re.compile(r"(?P<role>[a-z_]+):(?P<name>[^@:\s][^@:]*)@(?P<territory>[^@:/\s]+)(?:/(?P<sector>[^@:/\s]+))?")


class Actor(Frozen):
    """A person in office, whatever role and territory (domain §4, four eyes: `same_person`).

    `sector`: the only one that the person acts in; None for an official of all sectors. `person`: the id of whoever
    signed in; `principal`, `principal_name`: for whom a delegate acts (AB角). `subject`: the only one that somebody of
    an enterprise speaks for. The system acts under a `mandate`, which somebody gave: `ordered_by`. Fields that are
    None are not written: what older records and digests hold stays as it is.
    """

    role: Role | Literal["system"]
    name: str = Field(min_length=1)
    territory: str = Field(min_length=1)
    sector: str | None = Field(default=None, exclude_if=is_none)
    mandate: Mandate | None = Field(default=None, exclude_if=is_none)
    ordered_by: str | None = Field(default=None, exclude_if=is_none)
    person: str | None = Field(default=None, exclude_if=is_none)
    principal: str | None = Field(default=None, exclude_if=is_none)
    principal_name: str | None = Field(default=None, exclude_if=is_none)
    subject: str | None = Field(default=None, exclude_if=is_none)

    def __str__(self) -> str:
        sector = f"/{self.sector}" if self.sector else ""
        return f"{self.role}:{self.name}@{self.territory}{sector}"

    def same_person(self, other: "Actor") -> bool:
        """Four eyes are counted by person; by name where either did not sign in. A delegate counts as the principal."""
        return self._shares(other, str.strip)

    def seems_same_person(self, other: "Actor") -> bool:
        """The same, however the names are written: asked at the door, since older histories hold such names."""
        return self._shares(other, same_text)

    def _shares(self, other: "Actor", spelt: Callable[[str], str]) -> bool:
        if self.person and other.person:
            return not {self.person, self.principal or self.person}.isdisjoint({other.person, other.principal})
        mine, theirs = ({spelt(n) for n in (a.name, a.principal_name) if n} for a in (self, other))
        return not mine.isdisjoint(theirs)


def system(mandate: Mandate, territory: str, ordered_by: str) -> Actor:
    """The system, which does in a district what somebody ordered without naming an official."""
    name = MANDATE_NAMES[mandate]
    return Actor(role="system", name=name, territory=territory, mandate=mandate, ordered_by=ordered_by)


def parse_actor(value: Any) -> Any:
    """`role:name@territory` or `role:name@territory/sector` becomes an Actor's fields; ValueError naming the shape.

    The system's role is nobody's: it cannot be written.
    """
    if not isinstance(value, str):
        return value
    shape = _SHAPE.fullmatch(value.strip())
    if shape is None:
        raise ValueError(f"'{value}' is no actor; write role:name@territory (“{value}”须写作 角色:姓名@辖区代码)")
    if not value.isprintable():
        raise ValueError("control characters are not allowed (不得含有控制字符)")
    if shape["role"] not in ROLES:
        role, known = shape["role"], ", ".join(ROLES)
        names = "、".join(f"{zh} {one}" for one, (zh, _) in ROLE_NAMES.items() if one in ROLES)
        raise ValueError(f"unknown role '{role}'; one of {known} (没有角色“{role}”；可选：{names})")
    name = folded(shape["name"]).strip()
    if not name:
        raise ValueError("a name that can be seen is needed (姓名不得只含看不见的符号)")
    return {"role": shape["role"], "name": name, "territory": shape["territory"], "sector": shape["sector"]}


def name_in(text: str) -> str:
    """The name where a person is written `role:name@territory`, else the text: a signature may be either."""
    shape = _SHAPE.fullmatch(text.strip())
    return (shape["name"] if shape else text).strip()


Person = Annotated[Actor, BeforeValidator(parse_actor)]
