"""What an enterprise is told of a declaration that nobody looks at yet, or that came late."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text

from store.campaigns import Campaign
from tests.cast import ENTERPRISE, INSPECTOR
from tests.durable.office import command, finding, instant
from tests.store.paper import Log, on_paper, write
from tests.web.conftest import Seat

CLOSURE = "F1: grounds of the closure."
SUSPENSION = "F2: grounds of the suspension."
ANEW = "is to be declared again"


def declared(engine: Engine, campaign: Campaign, seat: Seat, *more: Any) -> httpx.Client:
    """An enterprise on 25 June that declared its finding late, in the face of a closure; `more` of what it did."""
    found = [finding("F1", "V01"), finding("F2", "V04"), finding("F3", "H01")]
    register = [{"ref": ref, "responsible": "Sun"} for ref in ("F1", "F2", "F3")]
    given = [
        ("06-03", command("record_findings", INSPECTOR, findings=found)),
        ("06-03", command("register", INSPECTOR, assignments=register)),
        ("06-04", command("propose_measure", INSPECTOR, must="close")),
        ("06-20", command("declare_rectified", ENTERPRISE, refs=["F1"], evidence=["photo"])),
        *more,
    ]
    log: Log = on_paper(campaign, f"case/{campaign.campaign_id}/one", given, "06-25")
    write(engine, campaign.plan, log)
    offset = round((instant("06-25") - datetime.now(UTC)).total_seconds())
    with engine.begin() as connection:
        connection.execute(text("UPDATE campaigns SET clock_offset = :offset"), {"offset": offset})
    return seat(ENTERPRISE, subject="one")


@pytest.fixture
def enterprise(engine: Engine, campaign: Campaign, seat: Seat) -> httpx.Client:
    """Another finding is not declared."""
    return declared(engine, campaign, seat)


@pytest.mark.clause("3.2")
def test_the_answer_to_a_declaration_says_nothing_of_what_was_declared_before(
    engine: Engine, campaign: Campaign, seat: Seat
) -> None:
    later = ("06-21", command("declare_rectified", ENTERPRISE, refs=["F3"], evidence=["photo"]))
    enterprise = declared(engine, campaign, seat, later)
    assert CLOSURE not in enterprise.get(f"/work?done=declare_rectified&about=case/{campaign.campaign_id}/one").text


@pytest.mark.clause("3.2")
def test_the_form_and_the_answer_say_that_the_measure_comes_before_the_verdict(
    enterprise: httpx.Client, campaign: Campaign
) -> None:
    case = f"/cases/case/{campaign.campaign_id}/one"
    form = enterprise.get(f"{case}/do/declare_rectified").text
    assert SUSPENSION in form and ANEW in form and CLOSURE not in form, "of what may be declared now"
    answers = [
        enterprise.get(f"{case}?done=declare_rectified").text,
        enterprise.get(f"/work?done=declare_rectified&about=case/{campaign.campaign_id}/one").text,
    ]
    after = f"done=declare_rectified&done_in=case/{campaign.campaign_id}/one"
    answers.append(enterprise.get(f"{case}/do/attach?{after}").text)
    for answer in answers:
        assert CLOSURE in answer and "executed all the same" in answer and SUSPENSION not in answer
    assert CLOSURE not in enterprise.get(case).text + enterprise.get("/work").text, "once, after the declaration"
    for about in ("case/nowhere/one", "x"):
        assert enterprise.get(f"/work?done=declare_rectified&about={about}").status_code == 200


@pytest.mark.clause("domain §5")
def test_what_was_declared_late_is_overdue_on_the_workbench_too(enterprise: httpx.Client) -> None:
    """Nothing can be done about it before the re-inspection; it is late all the same, as the case says."""
    work = enterprise.get("/work").text
    assert "2 things overdue" in work and "1 more declared after their date" in work


@pytest.mark.clause("domain §5")
def test_a_line_says_that_its_extension_is_asked_for_and_not_decided(
    engine: Engine, campaign: Campaign, seat: Seat
) -> None:
    until = instant("06-29").isoformat()
    asked = command("request_extension", ENTERPRISE, ref="F3", due=until, reason="winter")
    lines = declared(engine, campaign, seat, ("06-05", asked)).get("/work").text.split("<tr>")
    (line,) = (line for line in lines if "F3" in line)
    assert "extension asked for 2027-06-05" in line
    assert sum("not decided" in line for line in lines) == 1, "that of the one finding"
