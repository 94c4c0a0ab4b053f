"""A campaign as a whole: what the committee may do with it, and what its workflow knows (domain §4, §5)."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from models.actors import Actor
from models.base import Frozen, is_none
from models.claims import Claim, OrderClaim
from models.commands import Command, Text
from models.instants import Instant
from models.plan import CalendarMove, PhaseDates
from models.working_days import WorkingYear

CAMPAIGN_WORKFLOW = "Campaign"
CAMPAIGNS_QUEUE = "campaigns"
OPEN_ACTIVITY = "open_cases"
TELL_ACTIVITY = "tell_calendar"
LOG_ACTIVITY = "log_campaign"
MOVE_ACTIVITY = "record_move"
SETTLE_ACTIVITY = "settle_cases"
CERTIFY_ACTIVITY = "certify"
Edge = Literal["begins", "ends"]
# phase and edge of a move that moved no boundary, but published a year
WORKING_DAYS: Literal["working_days"] = "working_days"
PUBLISHED: Literal["published"] = "published"


def workflow_id(campaign_id: str) -> str:
    """`campaign/{id}`."""
    return f"campaign/{campaign_id}"


class OpenCases(Command):
    """Open a case of every subject of the register that has none in this campaign."""

    do: Literal["open_cases"] = "open_cases"


class MoveBoundary(Command):
    """Move a boundary that lies ahead; a day alone means 00:00 where a phase begins, 24:00 where it ends."""

    do: Literal["move_boundary"] = "move_boundary"
    phase: Text
    edge: Edge
    to: Instant
    reason: Text


class CompleteNow(Command):
    """Every phase ends now, and with the last one the campaign."""

    do: Literal["complete_now"] = "complete_now"
    reason: Text


class PublishWorkingDays(Command):
    """The official calendar of a year is published: what lies ahead and is counted in working days is counted anew."""

    do: Literal["publish_working_days"] = "publish_working_days"
    days: WorkingYear
    reason: Text


AnyCampaignCommand = OpenCases | MoveBoundary | CompleteNow | PublishWorkingDays
CampaignCommand = Annotated[AnyCampaignCommand, Field(discriminator="do")]
CAMPAIGN_COMMAND: TypeAdapter[AnyCampaignCommand] = TypeAdapter(CampaignCommand)


class CampaignSubmission(Frozen):
    """An update's argument: a command with the claim of whoever asks for it, and where cases are opened, the order."""

    command: CampaignCommand
    claim: Claim | None = Field(default=None, exclude_if=is_none)
    order: OrderClaim | None = Field(default=None, exclude_if=is_none)


class CampaignStart(Frozen):
    """How a campaign's workflow begins, and (continued as new) how far it is.

    `opening` is who asked for cases to be opened, None when there is nothing to open, `order` the claim that proves it;
    `asked` is how often that was, `opened_after` the last subject seen to since; `moved_at` is the instant of the last
    move, `published` the year that it published, if it was none of a boundary; `told` is the last one of which every
    open case knows, `telling_after` the last case told of the next; `begun` counts the phases whose beginning was
    logged; `settle_within` are the seconds over which cases complete.
    """

    campaign_id: str
    digest: str
    phases: tuple[PhaseDates, ...]
    calendar: int = 0
    moved_at: datetime | None = None
    published: WorkingYear | None = None
    clock_offset: int = 0
    settle_within: int = 600
    opening: Actor | None = None
    order: OrderClaim | None = Field(default=None, exclude_if=is_none)
    asked: int = 0
    opened_after: str = ""
    opened: int = 0
    told: int = 0
    telling_after: str = ""
    begun: int = 0
    handled: dict[str, str] = Field(default_factory=dict[str, str])


class Batch(Frozen):
    """A batch activity's argument: what comes after this place, at most so many; `order` proves by whom."""

    campaign_id: str
    after: str = ""
    limit: int = 200
    by: Actor | None = None
    order: OrderClaim | None = Field(default=None, exclude_if=is_none)
    move: CalendarMove | None = None


class BatchDone(Frozen):
    """Its answer: the last place seen to (None: there was nothing after), and how many took effect."""

    last: str | None
    done: int = 0


class CampaignLine(Frozen):
    """A line for the campaign's own log; `key` makes it one line however often it is written."""

    campaign_id: str
    key: str
    at: datetime
    do: str
    by: str | None = None
    reason: str | None = None
    body: dict[str, str | int] = Field(default_factory=dict[str, "str | int"])


class MoveRequest(Frozen):
    """The argument of the step that records a move."""

    campaign_id: str
    command_id: str
    by: str
    reason: str
    phase: str
    edge: Edge | Literal["published"]
    old_at: datetime
    move: CalendarMove


class RecordedMove(CalendarMove):
    """The answer of that step: the move as the record has it; `is_another`: one that another command made before."""

    is_another: bool = Field(default=False, exclude_if=lambda is_another: not is_another)


class CampaignView(Frozen):
    """The answer of the query `current`."""

    state: CampaignStart
    now: datetime
    ended: bool
