"""A refusal: a stable code, the clause or rule it rests on, a sentence in Chinese and in English."""

from models.base import Frozen


class Refused(Frozen):
    """Why a command was not accepted; nothing of it was applied."""

    code: str
    rule: str
    zh: str
    en: str


def refusal_in(answer: object) -> Refused | None:
    """The answer, if it is a refusal."""
    return answer if isinstance(answer, Refused) else None
