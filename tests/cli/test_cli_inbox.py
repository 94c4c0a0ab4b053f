"""The inbox on a real stack: what a command tells, and what could not be delivered and is sent again."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from embedded.stack import Endpoints
from store.engine import connect
from tests.cli.conftest import Installation
from tests.cli.run import invoke

pytestmark = pytest.mark.usefixtures("here")

BY = "inspector:王@650203"
DEAD = """INSERT INTO outbox (case_id, seq, topic, attempts, last_error, dead_at, payload)
    VALUES (:case_id, 99, 'measure', 12, '22007', now(),
    '{"what": "measure_returned", "about": ["close-1"], "role": "inspector", "stage": "escalation",
    "district": "650203", "officers": ["王"], "due_at": null, "at": "2027-06-03T09:00:00+08:00"}')"""


@pytest.fixture
def case_id() -> str:
    """A case that was just opened."""
    opened = ("--by", BY, "--name", "通知厂", "--district", "650203", "--sector", "fireworks", "--json")
    return invoke("case", "open", *opened).json["case_id"]


def told(*options: str) -> list[dict[str, Any]]:
    """The inbox."""
    return invoke("inbox", "--json", *options).json["inbox"]


def soon(what: Callable[[], list[Any]]) -> list[Any]:
    """Ask until there is something, for twenty seconds at most."""
    end = time.monotonic() + 20
    while not (found := what()):
        assert time.monotonic() < end, "nobody was told"
    return found


def test_an_opening_tells_the_inspectors_of_the_district(case_id: str) -> None:
    def of_the_case() -> list[dict[str, Any]]:
        rows = told("--role", "检查员", "--district", "克拉玛依区", "--topic", "待办", "--limit", "1000")
        return [row for row in rows if row["case_id"] == case_id]

    [row] = soon(of_the_case)
    assert (row["what"], row["role"], row["person"], row["zh"]) == (
        *("turn", "inspector", None, "案件进入排查摸底环节，待办理"),
    )
    assert told("--district", "650205", "--sector", "fireworks") == []
    shown = invoke("inbox", "--limit", "5", "--lang", "en")
    assert shown.code == 0 and "dealt" in shown.out and "Karamay" in shown.out


def test_a_dead_letter_is_told_and_sent_again(cli_home: Installation, case_id: str) -> None:
    home = Endpoints.model_validate_json((cli_home.folder / "home" / "endpoints.json").read_text(encoding="utf-8"))
    engine = connect(home.app_database_url, pool=1)
    with engine.begin() as connection:
        connection.execute(text(DEAD), {"case_id": case_id})
    engine.dispose()
    [dead] = invoke("inbox", "dead", "--json").json["dead"]
    assert (dead["case_id"], dead["topic"], dead["attempts"], dead["error"]) == (case_id, "measure", 12, "22007")
    doctor = {c["name"]: c for c in invoke("doctor", "--json").json["checks"]}
    assert not doctor["dead_letters"]["ok"] and "--retry" in doctor["dead_letters"]["remedy_en"]
    assert "--retry" in invoke("inbox", "dead", "--lang", "zh").out
    assert invoke("inbox", "dead", "--retry", "--json").json["retried"] == 1
    [row] = soon(lambda: told("--officer", "王", "--topic", "measures"))
    assert (row["case_id"], row["en"]) == (case_id, "proposal of closure returned")
    assert invoke("inbox", "dead", "--json").json == {"dead": [], "retried": 0}
