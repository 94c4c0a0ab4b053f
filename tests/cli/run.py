"""Running `rectify`: as a process, for true exit codes; or in this process, where many runs are cheap."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from cli.program import program
from workers.logs import log_on_stderr

ROOT = Path(__file__).parents[2]
PLAN = ROOT / "campaigns" / "karamay-2013.toml"
ANSI = re.compile("\x1b\\[")
CHINESE = re.compile("[一-鿿]")
SCRIPT = """\
plan: karamay-2013
year: 2013
subject: {name: 某厂, district: 650203}
steps:
  - {at: 2013-06-03T09:00, do: record_findings, by: "inspector:王@650203",
     findings: [{ref: a, category: V04, grade: general, description: 超许可范围}]}
  - {at: 2013-06-03T10:00, do: register, by: "inspector:王@650203", assignments: [{ref: a, responsible: 孙}]}
  - {at: 2013-06-03T11:00, do: approve_measure, by: "supervisor:李@650203", must: suspend}
until: 2013-07-01
"""


@dataclass(frozen=True)
class Ran:
    """What a run left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout; whatever else stands there is an error."""
        return json.loads(self.out)

    @property
    def problem(self) -> dict[str, Any]:
        """The problem told as JSON."""
        return self.json["error"]

    @property
    def said(self) -> str:
        """Both streams, without line breaks: what was said, however it was broken."""
        return re.sub(r"\s+", " ", self.out + self.err)


def rectify(
    *args: str, env: dict[str, str], stdin: bytes = b"", within: float = 60, python: str | Path = sys.executable
) -> Ran:
    """One process; of the caller's own settings only the engine reaches it, and no traceback may leave it."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("RECTIFY_", "LANG", "LC_", "PYTHON"))}
    inherited |= {k: v for k, v in os.environ.items() if k == "RECTIFY_ENGINE"}
    done = subprocess.run(
        [python, "-P", "-m", "cli.main", *args],
        input=stdin,
        capture_output=True,
        timeout=within,
        check=False,
        cwd=ROOT,
        env={**inherited, "LANG": "C.UTF-8", **env},
    )
    ran = Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in ran.err, ran.err
    assert "Unexpected:" not in ran.err, ran.err
    return ran


def invoke(*args: str, stdin: str | bytes | None = None) -> Ran:
    """In this process: an exception that the program did not foresee fails the test."""
    log_on_stderr()
    result = CliRunner().invoke(program(), list(args), input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)
