"""The values that filters take, as types: whatever else is asked for is a slip of the pen."""

from typing import Annotated, Literal

from fastapi import Path
from starlette.convertors import Convertor, register_url_convertor

from models.actors import Role
from models.case import Outcome, Stage
from models.commands import CaseSource
from models.plan import MustKind
from rules.case.announce_table import Topic

StageWord = Stage
RoleWord = Role
OutcomeWord = Literal["open"] | Outcome
SourceWord = CaseSource
ListedWord = Literal["district", "city"]
KindWord = Literal["rectification", "duty"]
TopicWord = Topic
MustWord = MustKind


class CaseIdConvertor(Convertor[str]):
    """`case/{campaign}/{subject}`: an id with its slashes, bare or percent-encoded."""

    regex = "case/[^/]+/[^/]+"

    def convert(self, value: str) -> str:
        """As it stands."""
        return value

    def to_string(self, value: str) -> str:
        """As it stands."""
        return value


register_url_convertor("case_id", CaseIdConvertor())
CaseId = Annotated[
    str,
    Path(description="case/{campaign}/{subject}, its slashes bare or as %2F", examples=["case/karamay-2013-2027/s1"]),
]
