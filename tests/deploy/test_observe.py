"""Alerts, dashboards and runbook: sound by Prometheus's own judgement, and each tells of the others."""

import re
import subprocess
from pathlib import Path

import pytest
from pydantic import ValidationError

from deploy.observe.dashboards import dashboard
from docs import generate
from embedded.settings import StackSettings
from tests.deploy.observed import ALERTS, DASHBOARDS, OBSERVE, RECORDED, asked, names
from tests.deploy.tools import PROMTOOL, tool
from tests.docs.documents import FENCE, ROOT, anchor, headings, text_of

by_promtool = pytest.mark.needs_go(reason="promtool judges the rules")
RUNBOOKS = {language: text_of(generate.HANDBOOK / language / "runbook.md") for language in generate.LANGUAGES}


def promtool(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """What it says."""
    return subprocess.run([tool(PROMTOOL), *words], capture_output=True, text=True, check=False, timeout=120)


@by_promtool
def test_prometheus_finds_nothing_wrong_with_its_settings_and_the_rules() -> None:
    told = promtool("check", "config", "--lint=all", "--lint-fatal", OBSERVE / "prometheus.yaml")
    assert told.returncode == 0, told.stdout + told.stderr


@by_promtool
def test_no_alert_fires_while_all_is_well_and_every_one_does_when_all_is_wrong() -> None:
    file = ROOT / "tests" / "deploy" / "rules_test.yaml"
    told = promtool("test", "rules", file)
    assert told.returncode == 0, told.stdout + told.stderr
    assert set(re.findall(r'alertname="(\w+)"', file.read_text())) == set(ALERTS)


def test_the_dashboards_are_as_their_script_writes_them() -> None:
    assert len(DASHBOARDS) >= 3
    for name in DASHBOARDS:
        assert dashboard(name) == (OBSERVE / "dashboards" / f"{name}.json").read_text(), "run deploy.observe.dashboards"
    for board in DASHBOARDS.values():
        places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in board["panels"]]
        assert len(set(places)) == len(places) and all(panel["targets"] for panel in board["panels"])


@pytest.mark.parametrize("language", generate.LANGUAGES)
def test_every_alert_has_a_section_in_the_runbook_and_every_section_its_alert(language: str) -> None:
    sections = {line.split()[1] for line in headings(RUNBOOKS[language]) if line.startswith("### ")}
    assert sections == set(ALERTS)
    for name, alert in ALERTS.items():
        assert alert["labels"]["severity"] in ("page", "ticket")
        assert alert["annotations"]["runbook"] == f"docs/handbook/zh/runbook.md#{anchor(name)}"
        section = RUNBOOKS[language].partition(f"### {name}\n")[2].partition("\n#")[0]
        assert re.findall(r"^(\d)\. ", section, re.MULTILINE)[:2] == ["1", "2"], f"{name}: what to do, in order"


@pytest.mark.parametrize("language", generate.LANGUAGES)
def test_each_service_level_is_measured_by_what_the_rules_record(language: str) -> None:
    shown = {name for block in FENCE.findall(RUNBOOKS[language]) for name in names(block[1])}
    levels = RUNBOOKS[language].partition("\n## ")[2].partition("\n## ")[0]
    queries = [name for row in levels.splitlines() if row.startswith("|") for name in names(row)]
    assert len(queries) >= 6 and set(queries) | shown <= {n for expr in asked() for n in names(expr)} | RECORDED


def test_what_is_recorded_is_asked_for() -> None:
    assert {name for expr in asked() for name in names(expr) if ":" in name} <= RECORDED


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("9464", "127.0.0.1:9464"),
        (":9464", "127.0.0.1:9464"),
        ("0.0.0.0:9464", "0.0.0.0:9464"),
        ("[::1]:9464", "[::1]:9464"),
    ],
)
def test_metrics_are_told_on_loopback_unless_somebody_says_otherwise(written: str, meant: str) -> None:
    assert StackSettings(metrics_listen=written).metrics_listen == meant


@pytest.mark.parametrize("written", ["", "0", "65001", "host", "http://host:1", "host:1:2", "two words:1", "host:-1"])
def test_what_is_no_host_and_port_is_refused_with_what_to_write(written: str) -> None:
    with pytest.raises(ValidationError, match=r"write 127\.0\.0\.1:9464.*请写作"):
        StackSettings(metrics_listen=written)
