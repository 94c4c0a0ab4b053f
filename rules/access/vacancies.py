"""Which posts a campaign needs held, and which of them nobody holds (domain §7; A)."""

from collections.abc import Iterable
from typing import NamedTuple

from models.actors import Role
from models.people import Post
from models.plan import Plan

OF_A_DISTRICT: tuple[Role, ...] = ("inspector", "supervisor", "government")
OF_THE_CITY: tuple[Role, ...] = ("office",)


class Vacancy(NamedTuple):
    """A post that the campaign needs and nobody holds. Of inspectors two sign, so one alone is one too few."""

    role: Role
    territory: str
    held: int
    needed: int


def vacancies(plan: Plan, held: Iterable[Post]) -> tuple[Vacancy, ...]:
    """Each district needs two inspectors, a supervisor and its government, the city its office.

    A post of one sector alone does not fill it for the others. Two inspectors sign what was found on site (L).
    """
    whole = [post for post in held if post.sector is None]
    wanted: list[tuple[Role, str]] = [(role, d.id) for d in plan.districts for role in OF_A_DISTRICT]
    wanted.extend((role, plan.city) for role in OF_THE_CITY)
    found: list[Vacancy] = []
    for role, territory in wanted:
        holders = {post.person_id for post in whole if (post.role, post.territory) == (role, territory)}
        needed = 2 if role == "inspector" else 1
        if len(holders) < needed:
            found.append(Vacancy(role, territory, len(holders), needed))
    return tuple(found)
