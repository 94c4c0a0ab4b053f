"""`rectify job list`: its options, on a real stack."""

import pytest

from tests.cli.conftest import Installation
from tests.cli.homes import work_in
from tests.cli.run import invoke

pytestmark = pytest.mark.usefixtures("here")

OFFICE, BOSS = "office:王@650200", "supervisor:李@650203"


@pytest.fixture(scope="session")
def ordered(cli_home: Installation) -> tuple[str, ...]:
    """Jobs by their ids, oldest first: two by the office, one by a supervisor in the other campaign."""
    made: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        work_in(cli_home.env, patch)
        orders = ((OFFICE, cli_home.campaign), (OFFICE, cli_home.campaign), (BOSS, cli_home.other_campaign))
        for by, campaign in orders:
            order = ("--text", "任务", "--by", by, "--campaign", campaign, "--sector", "special_equipment")
            told = invoke("bulk", "note", *order, "--json")
            assert told.code == 0, told
            made.append(told.json["job"])
    return tuple(made)


def listed(*options: str) -> list[str]:
    """Ids of the jobs that are listed, in their order."""
    told = invoke("job", "list", "--limit", "1000", *options, "--json")
    assert (told.code, told.err) == (0, ""), told
    return [job["job"] for job in told.json["jobs"]]


def test_jobs_are_listed_newest_first_and_by_every_option(ordered: tuple[str, ...], cli_home: Installation) -> None:
    first, second, other = ordered
    assert [job for job in listed() if job in ordered] == [other, second, first]
    for options, mine in (
        (("--by", OFFICE), [second, first]),
        (("--by", "市安委会办公室:王@本市"), [second, first]),
        (("--by", BOSS), [other]),
        (("--by", "office:别人@650200"), []),
        (("--by", "台账"), []),
        (("--kind", "commands"), [other, second, first]),
        (("--kind", "导入"), []),
        (("--state", "done"), [other, second, first]),
        (("--state", "进行中"), []),
        (("--campaign", cli_home.other_campaign), [other]),
        (("--campaign", cli_home.campaign, "--kind", "commands", "--by", OFFICE), [second, first]),
        (("--after", other), [second, first]),
        (("--after", second), [first]),
    ):
        assert [job for job in listed(*options) if job in ordered] == mine, options


def test_jobs_are_listed_page_by_page(ordered: tuple[str, ...]) -> None:
    seen: list[str] = []
    after: tuple[str, ...] = ()
    while True:
        page = invoke("job", "list", "--limit", "1", *after, "--json").json
        seen += [job["job"] for job in page["jobs"]]
        if page["next"] is None:
            break
        assert page["next"] == seen[-1]
        after = ("--after", page["next"])
    assert seen == listed() and set(ordered) <= set(seen)
    assert f"--after {seen[0]}" in invoke("job", "list", "--limit", "1", "--lang", "en").out


@pytest.mark.parametrize(
    ("options", "code", "known"),
    [
        (("--kind", "chore"), "invalid_option", "undo"),
        (("--state", "asleep"), "invalid_option", "stopped"),
        (("--by", "nobody"), "invalid_command", "role:name@territory"),
        (("--by", "检察员:王@本市"), "invalid_option", "office"),
        (("--campaign", "nowhere"), "unknown_campaign", "trial"),
        (("--after", "nothing"), "unknown_job", "rectify job list"),
    ],
)
def test_an_option_that_names_nothing_is_refused(options: tuple[str, ...], code: str, known: str) -> None:
    told = invoke("job", "list", *options, "--json")
    assert (told.code in (1, 2), told.problem["code"]) == (True, code)
    assert known in told.problem["en"] + told.problem.get("remedy_en", "")
