"""Every verb that acts for somebody asks who may: with somebody who may not, it is refused (ADR 0038)."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from docs.commands import leaves, options, root
from models.instants import BEIJING
from tests.cli.run import Ran, invoke

pytestmark = [pytest.mark.usefixtures("here"), pytest.mark.clause("§7")]
AUDITOR, OFFICE = "auditor:Gu@650200", "office:王@650200"
ASKS = {("job", "list"), ("case", "steps"), ("work",)}
"""They take somebody's name to look, and do nothing."""
ACTS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("campaign", "start"): ("campaigns/karamay-2013.toml", "--year", "2100"),
    ("campaign", "open"): (),
    ("campaign", "move"): ("--phase", "consolidation", "--to", "2126-01-01", "--reason", "x"),
    ("campaign", "complete"): ("--reason", "x"),
    ("case", "do"): ("door-2", "--step", "add_note", "--set", "text=x"),
    ("subject", "add"): ("--name", "某厂", "--district", "650203"),
    ("subject", "change"): ("door-1", "--name", "另一厂"),
    ("subject", "move"): ("door-1", "--district", "650204", "--reason", "x"),
    ("subject", "cease"): ("door-1", "--on", "2026-01-01", "--reason", "x"),
    ("subject", "resume"): ("door-1", "--reason", "x"),
    ("subject", "merge"): ("door-1", "door-2", "--reason", "x"),
    ("subject", "licence"): ("door-1", "--kind", "x"),
    ("subject", "person"): ("door-1", "--name", "x"),
    ("case", "open"): ("--name", "某厂", "--district", "650203"),
    ("ledger", "import"): ("{folder}/ledger.csv",),
    ("ledger", "undo"): ("{job}", "--reason", "x"),
    ("bulk", "assign"): ("--officers", "x"),
    ("bulk", "reassign"): ("--from", "x", "--to", "y"),
    ("bulk", "remind"): (),
    ("bulk", "note"): ("--text", "x"),
    ("workdays", "publish"): ("{folder}/2099.toml", "--reason", "x"),
    ("db", "live"): (),
    ("case", "erase"): ("door-2", "--reason", "x"),
}
"""Every verb with `--by`, and what it is told beside. `case do` names its actor in the command."""
LEDGER = f"""企业名称,所属区,检查发现的问题,隐患类别,等级,整改责任人,检查日期
门前厂,克拉玛依区,超许可范围生产,V04,一般,孙,{datetime.now(BEIJING):%Y-%m-%d}
"""


def test_every_verb_that_takes_a_name_is_listed_here() -> None:
    assert {names for names, verb in leaves(root()) if "--by" in options(verb)} == ASKS | set(ACTS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A ledger and a calendar."""
    (tmp_path / "ledger.csv").write_text(LEDGER, encoding="utf-8")
    (tmp_path / "2099.toml").write_text('year = 2099\nsource = "x"\noff = [2099-06-01]\non = []\n', encoding="utf-8")
    return tmp_path


def test_whoever_may_not_is_refused_by_every_verb(folder: Path) -> None:
    for subject, name in (("door-1", "门前饭庄"), ("door-2", "临街车行")):
        of = ("--id", subject, "--name", name, "--district", "650203")
        assert invoke("subject", "add", "--by", OFFICE, *of).code == 0
    assert invoke("case", "open", "--by", OFFICE, *of, "--json").code == 0
    imported = invoke("ledger", "import", str(folder / "ledger.csv"), "--json")
    assert imported.code == 0, imported.said
    job = imported.json["job"]["job_id"] if isinstance(imported.json["job"], dict) else imported.json["job"]
    for verb, words in ACTS.items():
        told = invoke(*verb, *(word.format(folder=folder, job=job) for word in words), "--by", AUDITOR, "--json")
        assert (told.code, told.problem["code"]) == (1, "role_not_permitted"), (verb, told.said)
    told = given("add_note", AUDITOR, text="x")
    assert (told.code, told.problem["code"]) == (1, "role_not_permitted")
    assert "另一厂" not in invoke("subject", "show", "door-1", "--json").out
    # nothing of it is overdue in other tests
    assert given("void", "supervisor:李@650203", reason="误录").json["outcome"] == "void"
    assert invoke("ledger", "undo", job, "--reason", "误录", "--json").code == 0


def given(do: str, by: str, **facts: str) -> Ran:
    """A command to the case of `door-2`."""
    return invoke("case", "do", "door-2", "-", "--json", stdin=json.dumps({"do": do, "by": by, **facts}))
