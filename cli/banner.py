"""The banner of a campaign whose clock is not the wall's."""

from cli.output import err, say
from models.instants import say_instant
from store.campaigns import Campaign


def banner(campaign: Campaign) -> None:
    """One line on stderr where the campaign's clock is offset; nothing for a real one."""
    if campaign.clock_offset:
        now = say_instant(campaign.now())
        zh = f"⏱ 演示时钟：{now}（{campaign.campaign_id}，非真实日期）"
        en = f"⏱ demonstration clock: {now} ({campaign.campaign_id}; not the real date)"
        err().print(f"[reverse]{say(zh, en)}[/]", soft_wrap=True)
