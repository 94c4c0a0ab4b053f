"""A campaign that is to end before its day: what becomes of its open cases is looked at first."""

from dataclasses import replace
from typing import NamedTuple

from rules.words.naming import Both
from serving.backing import Backing
from store.campaigns import Campaign
from store.counts import case_counts
from web.deeds.form import DeedForm, HandedIn
from web.deeds.looked_at import LOOKED_AT


class Ending(NamedTuple):
    """How many open cases end as rectified, since they are in consolidation; how many are carried over (domain §4)."""

    rectified: int
    carried_over: int

    @property
    def mark(self) -> str:
        """Another one where other cases would end, or otherwise."""
        return f"{self.rectified} {self.carried_over}"


def ending_to_look_at(behind: Backing, campaign: Campaign, handed: HandedIn) -> Ending | None:
    """What would end, and how; None once just that was looked at, and where no reason is written, told first."""
    open_cases = [one for one in case_counts(behind.records, campaign.campaign_id) if one.outcome is None]
    rectified = sum(one.cases for one in open_cases if one.stage == "consolidation")
    ending = Ending(rectified, sum(one.cases for one in open_cases) - rectified)
    reads = handed.facts.get("looked_at") == ending.mark or not str(handed.facts.get("reason") or "").strip()
    return None if reads else ending


def ending_asked(asked: DeedForm, ending: Ending) -> DeedForm:
    """The form once more, filled in, with the numbers of what cannot be taken back."""
    every = ending.rectified + ending.carried_over
    zh = f"将立即办结全部 {every} 件在办案件：处于巩固提高状态的 {ending.rectified} 件按整改合格办结，"
    zh += f"不再开展“回头看”；其余 {ending.carried_over} 件结转下期。本操作不能撤回，请核对后再次点击办理。"
    en = f"All {every} open cases end now: {ending.rectified} in consolidation as rectified, without a look-back; "
    en += f"{ending.carried_over} are carried over. This cannot be taken back. Check it, then press the button again."
    return asked.with_fields(replace(LOOKED_AT, value=(ending.mark,)), effect=Both(zh, en))
