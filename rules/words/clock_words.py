"""What a deadline asks for, and what was not done by it, in both languages: the clocks of domain §5 as sentences.

The clock of a must's decision is two duties: first an inspector proposes the measure, then somebody decides it.
"""

from collections.abc import Sequence

from models.case import Unmet
from rules.words.naming import Both, finding_named, ordinal
from rules.words.terms import MUSTS

# clock -> what is to be done; what was not. {about}: a finding's ref, or a must by name
_DUTIES: dict[str, tuple[Both, Both]] = {
    "investigation": (Both("开展排查", "investigate"), Both("逾期未排查", "not investigated in time")),
    "registration": (
        Both("{about} 登记建档", "register {about}"),
        Both("{about} 逾期未登记建档", "{about} not registered in time"),
    ),
    "rectification": (
        Both("{about} 整改到位", "rectify {about}"),
        Both("{about} 逾期未整改到位", "{about} not rectified in time"),
    ),
    "extension": (
        Both("审批 {about} 延期申请", "decide the extension of {about}"),
        Both("{about} 延期申请逾期未审批", "extension of {about} not decided in time"),
    ),
    "reinspection": (
        Both("复查 {about}", "re-inspect {about}"),
        Both("{about} 逾期未复查", "{about} not re-inspected in time"),
    ),
    "restart": (
        Both("复工复产验收", "restart acceptance"),
        Both("复工复产逾期未验收", "restart not examined in time"),
    ),
    "proposal": (Both("提请{about}", "propose the {about}"), Both("{about}逾期未提请", "{about} not proposed in time")),
    "decision": (Both("审批{about}", "decide the {about}"), Both("{about}逾期未审批", "{about} not decided in time")),
    "execution": (
        Both("执行{about}", "execute the {about}"),
        Both("{about}逾期未执行", "{about} not executed in time"),
    ),
    "look_back": (
        Both("开展“回头看”", "look back"),
        Both("逾期未开展“回头看”", "not looked back on in time"),
    ),
}
DUTIES: tuple[str, ...] = tuple(_DUTIES)
_NAMED = 4


def duty(clock: str, role: str) -> str:
    """The clock, but `proposal` where the measure is still to be proposed: an inspector proposes, others decide."""
    return "proposal" if clock == "decision" and role == "inspector" else clock


def duty_said(of: str, *about: str) -> Both:
    """What is to be done: `F1、F2 整改到位`, `提请停产整顿`. `of` is a clock, or `proposal`."""
    return _filled(_DUTIES[of][0], *about)


def missed_said(of: str, *about: str) -> Both:
    """What was not done in time: `F1 逾期未整改到位`, `关闭取缔逾期未审批`."""
    return _filled(_DUTIES[of][1], *about)


def about_words(about: str) -> Both:
    """A finding's ref, `问题 1` where it is a bare figure; `close-1` by the must's name, from the second on by number.

    Of a case as a whole there are none.
    """
    must, _, number = about.rpartition("-")
    if must not in MUSTS or not number.isdigit():
        return Both("", "") if about == "case" else finding_named(about)
    zh, en = MUSTS[must]
    return Both(zh, en) if number == "1" else Both(ordinal(int(number)) + zh, f"{en} {number}")


def unmet_said(unmet: Unmet) -> Both:
    """What a case leaves behind at completion: `关闭取缔未执行；F1 逾期未整改到位`; empty where it leaves nothing."""
    said = [Both(f"{zh}未执行", f"{en} not executed") for zh, en in map(about_words, unmet.musts)]
    said += [Both(f"{zh}未解除", f"{en} not lifted") for zh, en in map(about_words, unmet.suspensions)]
    said += [missed_said("rectification", ref) for ref in unmet.overdue_findings]
    said += [missed_said("look_back")] if unmet.look_back_missed else []
    return Both("；".join(one.zh for one in said), "; ".join(one.en for one in said))


def _filled(sentence: Both, *about: str) -> Both:
    zh, en = several_said(about)
    return Both(sentence.zh.format(about=zh).strip(), sentence.en.format(about=en).strip())


def several_said(about: Sequence[str]) -> Both:
    """The first few by name, the others counted."""
    named = [about_words(one) for one in about[:_NAMED]]
    zh, en = "、".join(one.zh for one in named), ", ".join(one.en for one in named)
    more = len(about) - _NAMED
    return Both(f"{zh} 等 {len(about)} 项", f"{en} and {more} more") if more > 0 else Both(zh, en)
