"""The values that filters take, as types: whatever else is asked for is a slip of the pen."""

import re
from typing import Annotated, Literal

from fastapi import Path
from pydantic import AfterValidator
from starlette.convertors import Convertor, register_url_convertor

from models.actors import Role
from models.case import Outcome, Stage
from models.commands import CaseSource, Grade
from models.instants import parse_day
from models.plan import MustKind
from rules.case.announce_table import Topic
from rules.case.stage import NAMES

StageWord = Stage
RoleWord = Role
OutcomeWord = Literal["open"] | Outcome
SourceWord = CaseSource
ListedWord = Literal["district", "city"]
KindWord = Literal["rectification", "duty"]
TopicWord = Topic
MustWord = MustKind
GradeWord = Grade


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NO_STOOD = "write a stage and a day, as rectification.2027-06-30 (写作阶段加日期，如 rectification.2027-06-30)"


def _stood(value: str) -> str:
    """A stage and a day."""
    in_stage, _, day = value.partition(".")
    if in_stage not in NAMES or not _DAY.fullmatch(day):
        raise ValueError(_NO_STOOD)
    parse_day(day)
    return value


StoodWord = Annotated[str, AfterValidator(_stood)]


class CaseIdConvertor(Convertor[str]):
    """`case/{campaign}/{subject}`: an id with its slashes, bare or percent-encoded."""

    regex = "case/[^/]+/[^/]+"

    def convert(self, value: str) -> str:
        """As it stands."""
        return value

    def to_string(self, value: str) -> str:
        """As it stands."""
        return value


def names_a_case(written: str) -> bool:
    """Whether the text is shaped as the id of a case is in an address."""
    return re.fullmatch(CaseIdConvertor.regex, written) is not None


register_url_convertor("case_id", CaseIdConvertor())
CaseId = Annotated[
    str,
    Path(description="case/{campaign}/{subject}, its slashes bare or as %2F", examples=["case/karamay-2013-2027/s1"]),
]
