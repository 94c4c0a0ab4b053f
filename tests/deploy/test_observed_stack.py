"""A running stack tells what rules and dashboards ask for; and who dies is named within ten seconds."""

import gzip
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple, cast

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from embedded.children import Children
from embedded.ports import is_free
from tests.cli.homes import Home, home_up
from tests.cli.run import rectify
from tests.deploy.observed import RECORDED, asked, exported, names

INSPECTOR = "inspector:王@650203"
SUBJECT = {"id": "s-1", "name": "某某加工厂", "district": "650203"}
PROCESSES = ("web", "worker-cases", "worker-campaigns", "worker-imports", "worker-notices")
DEATHS = (("worker-cases", "worker_cases"), ("temporal", "temporal"), ("postgres", "database"))
pytestmark = pytest.mark.needs_postgres_engine(reason="every part of the stack is killed")


def first_of(first: int) -> int:
    """That one, or the next with four free ones behind it."""
    while not all(is_free(first + n) for n in range(5)):
        first += 5
    return first


class Sent(NamedTuple):
    """A span as it was sent."""

    name: str
    parent: bytes
    trace: bytes
    service: str


class Watched:
    """A stack without a keeper, so that the dead stay dead; what it has told so far."""

    def __init__(self, home: Home, first: int) -> None:
        self.home, self.first = home, first
        self.children = Children(Path(home.env["RECTIFY_HOME"]))
        self.client = httpx.Client(trust_env=False, timeout=30)
        self.told: dict[str, str] = {}

    def scrape(self) -> str:
        """Every page, as Prometheus comes by; those that answer."""
        for place, process in enumerate(PROCESSES):
            try:
                page = self.client.get(f"http://127.0.0.1:{self.first + place}/metrics")
            except httpx.TransportError:
                continue
            assert page.status_code == 200, page.text
            self.told[process] = self.told.get(process, "") + page.text
        return "".join(self.told.values())

    def missing(self, address: str) -> set[str]:
        """What `/readyz` names."""
        return {name for name, there in self.client.get(f"{address}/readyz").json()["checks"].items() if not there}


class Collector(ThreadingHTTPServer):
    """Takes spans as an OpenTelemetry collector does: name, parent, trace and service of each, by id."""

    def __init__(self) -> None:
        self.spans: dict[bytes, Sent] = {}
        self.raw = b""
        super().__init__(("127.0.0.1", 0), _Taking)

    def lineage(self, span: Sent) -> list[str]:
        """From the span up to where its trace began, each with its service."""
        names = [f"{span.service}: {span.name}"]
        while span.parent:
            span = self.spans[span.parent]
            names.append(f"{span.service}: {span.name}")
        return names


class _Taking(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body, collector = self.rfile.read(int(self.headers["Content-Length"])), cast(Collector, self.server)
        body = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
        collector.raw += body
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            about = {one.key: one.value.string_value for one in group.resource.attributes}
            for scope in group.scope_spans:
                for span in scope.spans:
                    sent = Sent(span.name, span.parent_span_id, span.trace_id, about["service.name"])
                    collector.spans[span.span_id] = sent
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    """Listens from before the stack begins."""
    with Collector() as found:
        serving = threading.Thread(target=found.serve_forever)
        serving.start()
        yield found
        found.shutdown()
        serving.join()


@pytest.fixture(scope="module")
def watched(collector: Collector) -> Iterator[Watched]:
    """All of it, with metrics at five ports, and traced."""
    first = first_of(random.randint(20_000, 31_000))
    told = {"METRICS_LISTEN": f"127.0.0.1:{first}", "OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}"}
    with home_up(durable=True, UI="false", SUPERVISE="false", LANG="en", **told) as home:
        found = Watched(home, first)
        yield found
        found.client.close()


@pytest.fixture(scope="module")
def address(watched: Watched) -> str:
    """Where the pages are, after an inspector has opened a case, was refused, and a stranger has tried to come in."""
    env = watched.home.env
    campaign = watched.home.started_campaign("trial")
    address: str = rectify("up", "--json", env=env, within=200).json["web"]
    token = rectify("user", "token", INSPECTOR, "--json", env=env).json["token"]
    head, here = {"Authorization": f"Bearer {token}"}, f"{address}/api/v1/cases"
    opening = {"campaign": campaign, "subject": SUBJECT}
    opened = watched.client.post(here, json=opening, headers=head)
    assert opened.status_code == 200, opened.text
    commands = f"{here}/{opened.json()['case_id']}/commands"
    noted = watched.client.post(commands, json={"do": "add_note", "text": "已到现场"}, headers=head)
    assert noted.status_code == 200, noted.text
    refused = watched.client.post(
        commands, json={"do": "declare_rectified", "refs": ["F9"], "evidence": ["x"]}, headers=head
    )
    assert refused.status_code in (403, 409), refused.text
    form = {"login": "no-such-login", "password": "not this one"}
    watched.client.post(f"{address}/sign-in", data=form, headers={"Origin": address})
    return address


def test_every_process_lives_and_tells_its_own_numbers_and_the_sdks(watched: Watched, address: str) -> None:
    for place, process in enumerate(PROCESSES):
        there = f"http://127.0.0.1:{watched.first + place}"
        assert watched.client.get(f"{there}/livez").text == "alive\n"
        assert watched.client.get(f"{there}/anything").status_code == 404
        assert watched.client.post(f"{there}/metrics").status_code == 405
        page = watched.client.get(f"{there}/metrics").text
        assert f'rectify_build_info{{process="{process}"' in page and "temporal_request_total{" in page
    web = watched.client.get(f"http://127.0.0.1:{watched.first}/metrics").text
    assert 'rectify_commands_total{code="",do="open",outcome="accepted"} 1.0' in web
    assert 'rectify_commands_total{code="",do="add_note",outcome="accepted"} 1.0' in web
    assert 'do="declare_rectified",outcome="refused"} 1.0' in web
    assert 'rectify_sign_ins_total{code="wrong_password",outcome="refused"} 1.0' in web
    assert 'rectify_component_up{component="worker_cases"} 1.0' in web and "rectify_stuck_cases 0.0" in web
    assert 'rectify_task_backlog{queue="cases"}' in web and "rectify_schema_current 1.0" in web
    watched.scrape()
    cases, notices = watched.told["worker-cases"], watched.told["worker-notices"]
    assert 'rectify_record_seconds_count{outcome="recorded"} 2.0' in cases
    for le in ("60.0", "300.0"):
        assert f'rectify_clock_late_seconds_bucket{{le="{le}"}}' in cases
    assert "rectify_backup_timestamp_seconds 0.0" in notices and "rectify_backup_every_seconds 86400.0" in notices


def test_a_command_is_one_trace_from_the_request_to_the_statements(collector: Collector, address: str) -> None:
    expected = [
        *(
            "rectify-worker-cases: SQL INSERT",
            "rectify-worker-cases: step record",
            "rectify-worker-cases: handle submit",
        ),
        *("rectify-web: update submit", "rectify-web: command add_note"),
        "rectify-web: POST /api/v1/cases/{case_id}/commands",
    ]
    deadline, found = time.monotonic() + 30, list[list[str]]()
    while expected not in found:
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
        with suppress(KeyError):  # the parent is still on its way
            found = [collector.lineage(one) for one in collector.spans.values() if one.name == "SQL INSERT"]
    told = collector.raw
    assert not [
        one for one in ("s-1", SUBJECT["name"], "王", "650203", "已到现场", "url.", "http://") if one.encode() in told
    ]


@pytest.mark.clause("contracts §3")
def test_who_dies_is_named_within_ten_seconds(watched: Watched, address: str) -> None:
    assert watched.missing(address) == set()
    for victim, component in DEATHS:
        pid = watched.children.alive(victim)
        assert pid is not None, victim
        os.kill(pid, signal.SIGKILL)
        died = time.monotonic()
        while component not in watched.missing(address):
            assert time.monotonic() - died < 60, f"{victim} is never missed"
        assert time.monotonic() - died < 10, victim
        while f'rectify_component_up{{component="{component}"}} 0.0' not in watched.scrape():
            assert time.monotonic() - died < 20, f"{component} is told to be up"
    assert "rectify_database_up 0.0" in watched.told["web"]


def test_every_metric_that_rules_and_dashboards_name_is_told(watched: Watched, address: str) -> None:
    """Last, for some series begin with the first failure."""
    named = {name for expr in asked() for name in names(expr)} - RECORDED
    assert len(named) > 30 and named <= exported(watched.scrape()), sorted(named - exported(watched.scrape()))


def test_no_page_tells_of_a_case_or_a_person(watched: Watched, address: str) -> None:
    whole = watched.scrape()
    assert not [told for told in ("s-1", SUBJECT["name"], "王", "650203", "no-such-login", "case/") if told in whole]
