"""The fields of the forms about the register of subjects."""

from collections.abc import Callable
from typing import NamedTuple, get_args

from models.actors import Actor
from models.commands import SubjectKind
from models.instants import day_of
from models.register import Registered
from rules.words.naming import Both
from store.campaigns import Campaign
from views.forms.fields import FormField, Option
from web.deeds.choosing import SEARCH
from web.deeds.looked_at import CERTAIN, LOOKED_AT
from web.words import WORDS

_PHONE = Both(
    "如 0990-6881234；加密保存，办理人员在对象页面点“显示电话”查看，查看留有记录",
    "As 0990-6881234. It is kept sealed; acting officials read it on the subject's page, and each reading is noted",
)
_REASON = FormField("reason", "line", Both("理由", "Reason"), required=True)


class About(NamedTuple):
    """The subject that a deed is about, in the campaign by whose plan it is judged."""

    campaign: Campaign
    subject: Registered


def only_district(campaign: Campaign, who: Actor) -> str | None:
    """The one district of the post; None for one of the whole city."""
    return who.territory if who.territory != campaign.plan.city else None


def fields_of(
    campaign: Campaign,
    one: Registered | None,
    who: Actor | None,
    streets: tuple[str, ...] = (),
    *,
    with_district: bool,
) -> tuple[FormField, ...]:
    """The facts of the register, as `one` has them; `who` registers a new one, in the own district and sector."""

    def value(name: str) -> tuple[str, ...]:
        known = getattr(one, name) if one else None
        return (str(known),) if known is not None else ()

    plan, known = campaign.plan, tuple(Option(street, street, street) for street in streets)
    only = only_district(campaign, who) if who else None
    there = tuple(Option(d.id, d.zh, d.en) for d in plan.districts if only in (None, d.id))
    sectors = tuple(Option(s.id, s.zh, s.en) for s in plan.sectors if who is None or who.sector in (None, s.id))
    kinds = tuple(Option(kind, *WORDS[f"kind_{kind}"]) for kind in get_args(SubjectKind))
    district = FormField("district", "choice", Both("辖区", "District"), True, there, value=(only,) if only else ())
    return (
        FormField("name", "line", Both("名称", "Name"), True, value=value("name")),
        FormField("code", "line", Both("统一社会信用代码（无证经营的不填）", "Credit code; none if unlicensed"),
                  value=value("code")),
        FormField("kind", "choice", Both("类别", "Kind"), True, kinds, value=value("kind") or ("enterprise",)),
        *((district,) if with_district else ()),
        FormField("street", "line", Both("街道（乡镇）", "Street or town"), options=known, value=value("street")),
        FormField("community", "line", Both("社区（村）", "Community or village"), value=value("community")),
        FormField("sector", "choice", Both("行业领域", "Sector"), False, sectors, value=value("sector")),
    )  # fmt: skip


def _version_field(one: Registered) -> FormField:
    return FormField("version", "hidden", Both("", ""), value=(str(one.version),))


def _changes(about: About) -> tuple[FormField, ...]:
    return (
        *fields_of(about.campaign, about.subject, None, with_district=False),
        _REASON,
        CERTAIN,
        _version_field(about.subject),
    )


def _moves(about: About) -> tuple[FormField, ...]:
    there = tuple(Option(d.id, d.zh, d.en) for d in about.campaign.plan.districts if d.id != about.subject.district)
    return (
        FormField("district", "choice", Both("迁往", "To the district"), True, there),
        FormField("street", "line", Both("街道（乡镇）", "Street or town")),
        _REASON,
        _version_field(about.subject),
    )


def _ceases(about: About) -> tuple[FormField, ...]:
    today = (day_of(about.campaign.now()).isoformat(),)
    day = FormField("on", "day", Both("停止经营之日", "Since"), True, value=today)
    return (day, _REASON, _version_field(about.subject))


def _merges(about: About) -> tuple[FormField, ...]:
    hint = Both(
        "另一对象的名称、拼音首字母、统一社会信用代码或编号；核对双方登记事项后再次提交",
        "Name, initials, credit code or id of the other one; both files are shown before anything is merged",
    )
    return (FormField("into", "line", Both("并入", "Into"), True, hint=hint), *SEARCH, _REASON, LOOKED_AT)


FIELDS: dict[str, Callable[[About], tuple[FormField, ...]]] = {
    "open": lambda _: (),
    "change": _changes,
    "move": _moves,
    "cease": _ceases,
    "resume": lambda about: (_REASON, _version_field(about.subject)),
    "merge": _merges,
    "licence": lambda _: (
        FormField("kind", "line", Both("证照种类", "Kind of licence"), True),
        FormField("number", "line", Both("编号", "Number")),
        FormField("expires_on", "day", Both("有效期至（长期的不填）", "Until, if it expires")),
    ),
    "person": lambda _: (
        FormField("name", "line", Both("姓名", "Name"), True),
        FormField("post", "line", Both("职务", "Post")),
        FormField("phone", "line", Both("电话", "Phone"), hint=_PHONE),
    ),
}
"""The fields of each deed."""
