"""The id of a case, `case/{campaign}/{subject}`, spelled and parsed here alone (domain §2)."""

_MARK = "case/"


def first_case_id(campaign_id: str, subject_id: str) -> str:
    """The id of the subject's first case in the campaign."""
    return f"{ids_of(campaign_id)}{subject_id}"


def numbered(first: str, number: int) -> str:
    """The id of the case of that number, of whose subject `first` is the first one: `-2`, `-3`…"""
    return f"{first}-{number}" if number > 1 else first


def ids_of(campaign_id: str) -> str:
    """How the ids of all cases of the campaign begin."""
    return f"{_MARK}{campaign_id}/"


def is_case(workflow_id: str) -> bool:
    """Whether the workflow is that of a case."""
    return workflow_id.startswith(_MARK)


def campaign_in(case_id: str) -> str:
    """The campaign that the id names."""
    return case_id.split("/")[1]


def subject_in(case_id: str) -> str:
    """The subject that the id names, with the number of a later case: `s1`, `s1-2`."""
    return case_id.split("/")[2]


def whole(typed: str) -> str:
    """The id of what was typed as `{campaign}/{subject}` or in full."""
    return typed if typed.startswith(_MARK) else f"{_MARK}{typed}"
