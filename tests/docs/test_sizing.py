"""The page on sizing says what was measured, and what it gives each step is enough for what it counts."""

import json
import re

import pytest

from docs.generate import HANDBOOK, LANGUAGES
from docs.sizing import RECORD, STEPS, Figures, Needs, Step, figures
from docs.sizing_tables import PAGE, with_tables
from tests.docs.documents import text_of

STEP = pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name.en)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_is_as_the_record_of_the_benchmark_has_it(language: str) -> None:
    text = text_of(HANDBOOK / language / PAGE)
    assert len(re.findall("^<!-- sizing: ", text, re.MULTILINE)) == 6
    assert text == with_tables(text, language, figures()), "renew it: .venv/bin/python -m docs.generate"


def test_another_record_is_another_page() -> None:
    record = json.loads(text_of(RECORD))
    largest = record["cases"][max(record["cases"], key=int)]
    largest["opened"]["cpu_ms_of_all"] *= 3
    text = text_of(HANDBOOK / "en" / PAGE)
    assert text != with_tables(text, "en", Figures(record))


def test_it_was_measured_at_two_sizes_or_more() -> None:
    found = figures()
    assert found.sizes[-1] >= 4 * found.sizes[0] and found.rows[-1] >= 10 * found.rows[0]


@STEP
def test_connections_fit(step: Step) -> None:
    assert Needs(figures(), step).connections <= 0.9 * step.postgres_connections


@STEP
def test_there_is_a_web_process_for_what_officials_open(step: Step) -> None:
    assert Needs(figures(), step).webs <= step.webs


@STEP
def test_officials_leave_half_of_the_cores_to_everything_else(step: Step) -> None:
    assert Needs(figures(), step).cores_of_officials <= step.cores / 2


@STEP
def test_a_campaign_is_opened_and_its_cases_are_verified_within_a_night(step: Step) -> None:
    needs = Needs(figures(), step)
    assert needs.opening_minutes <= 480 and needs.verify_minutes <= 300 and needs.due_minutes <= 60


@STEP
def test_the_memory_holds_what_lies_in_it(step: Step) -> None:
    found, needs = figures().most["memory_in_use"], Needs(figures(), step)
    buffers = int(step.postgres_memory[:-2]) * (1.0 if step.postgres_memory.endswith("GB") else 0.001)
    ours = (found["web"] * step.webs + 3 * found["imports"] + found["temporal"]) / 1000
    workers = needs.worker_gigabytes * step.workers_of_cases
    assert buffers + ours + workers + needs.seal_gigabytes <= 0.7 * step.gigabytes
