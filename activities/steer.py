"""The campaign's own steps in the record: its log, a moved boundary, the certificate. Each is one transaction."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine

from activities.on_a_thread import on_a_thread
from models.campaign import CERTIFY_ACTIVITY, LOG_ACTIVITY, MOVE_ACTIVITY, CampaignLine, MoveRequest, RecordedMove
from store.campaign_log import log_line, record_move
from store.certificate import certify


def steering_steps(engine: Engine) -> list[Callable[..., Any]]:
    """The activities `log_campaign`, `record_move` and `certify`; tried again, each has one effect."""

    @on_a_thread(LOG_ACTIVITY)
    def log_campaign(line: CampaignLine) -> None:
        log_line(engine, line)

    @on_a_thread(MOVE_ACTIVITY)
    def move(asked: MoveRequest) -> RecordedMove:
        return record_move(engine, asked)

    @on_a_thread(CERTIFY_ACTIVITY)
    def issue_certificate(line: CampaignLine) -> None:
        certify(engine, line.campaign_id, line.at)

    return [log_campaign, move, issue_certificate]
