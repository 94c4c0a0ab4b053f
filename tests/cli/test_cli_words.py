"""Words for codes on a real stack: short ids of cases, names of places, stages, roles, kinds; tables by name."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from docs.commands import leaves, options, root
from models.instants import BEIJING
from tests.cli.conftest import Installation
from tests.cli.homes import work_in
from tests.cli.run import Ran, invoke

pytestmark = pytest.mark.usefixtures("here")

BY = "inspector:王@650203"


def opened(subject: str, *options: str, name: str = "") -> Ran:
    """`case open` of that subject by the inspector of 650203."""
    of = ("--id", subject, "--name", name or f"{subject}厂", "--district", "650203", "--json")
    return invoke("case", "open", "--by", BY, *of, *options)


def handed_in(case: str, what: str, *options: str, **fields: Any) -> Ran:
    """`case do` from stdin."""
    command = {"do": what, "by": BY, **fields}
    return invoke("case", "do", case, "-", "--json", *options, stdin=json.dumps(command))


# ---------------------------------------------------------------- short ids


@pytest.fixture(scope="session")
def twice(cli_home: Installation) -> dict[str, str]:
    """Full ids by what a person types: `both-1` has a case in either campaign, two in the newest, one of them open."""
    newest, other = cli_home.campaign, cli_home.other_campaign
    with pytest.MonkeyPatch.context() as patch:
        work_in(cli_home.env, patch)
        for campaign, subject in ((other, "both-1"), (other, "old-1"), (newest, "both-1")):
            assert opened(subject, "--campaign", campaign).code == 0
            void = {"by": "supervisor:李@650203", "reason": "误录"}  # nothing of it is overdue in other tests
            assert handed_in(f"case/{campaign}/{subject}", "void", **void).json["outcome"] == "void"
        assert opened("both-1").code == 0
    return {
        "both-1": f"case/{newest}/both-1",
        "both-1-2": f"case/{newest}/both-1-2",
        "old-1": f"case/{other}/old-1",
        f"{other}/both-1": f"case/{other}/both-1",
        f"case/{other}/both-1": f"case/{other}/both-1",
    }


def test_the_id_of_the_subject_names_its_case_of_the_newest_campaign(twice: dict[str, str]) -> None:
    for typed, full in twice.items():
        assert invoke("case", "show", typed, "--json").json["case_id"] == full
        for verb in ("timeline", "explain"):
            assert invoke("case", verb, typed, "--json").json["case_id"] == full
        assert full in invoke("case", "timeline", typed, "--lang", "zh").out
        assert invoke("workflow", "replay", typed, "--json").json == {"failures": []}


def test_commands_go_to_the_case_of_the_short_id(twice: dict[str, str]) -> None:
    given = handed_in("both-1-2", "add_note", text="短编号")
    assert (given.code, given.json["case_id"]) == (0, twice["both-1-2"])
    assert handed_in("both-1-2", "add_note", "--signal", text="短编号").json["sent"] is True
    for option in ((), ("--leave-signals",)):
        restarted = invoke("workflow", "restart", "both-1-2", *option, "--json").json
        assert restarted == {"case_id": twice["both-1-2"], "restarted": True}


@pytest.mark.usefixtures("twice")
@pytest.mark.parametrize("typed", ["nobody-1", "nowhere-2027/both-1", "case/nowhere-2027/both-1"])
def test_an_unknown_case_is_refused_and_the_short_form_is_named(typed: str) -> None:
    for verb in (("case", "show"), ("case", "timeline"), ("workflow", "replay"), ("workflow", "restart")):
        told = invoke(*verb, typed, "--json")
        assert (told.code, told.problem["code"]) == (1, "unknown_case"), verb
        assert typed in told.problem["zh"] and typed in told.problem["en"]
    assert "demo-157" in told.problem["remedy_zh"] and "case/{campaign}/" in told.problem["remedy_en"]
    assert handed_in(typed, "add_note", text="x").problem["code"] == "unknown_case"


# ---------------------------------------------------------------- names beside codes

INSPECTOR = (BY, "检查员:王@克拉玛依区", "Inspector:王@karamay")
SUPERVISOR = ("supervisor:李@650203", "区安监局负责人：李＠克拉玛依", "Head of the district safety bureau:李@Karamay")
ADMIN = ("admin:王@650200", "系统管理员:王@本市", "administrator:王@the city")
OFFICE = ("office:王@650200", "市安委会办公室:王@本市", "city office:王@the city")
DISTRICT, SECTOR = ("650204", "白碱滩区", "baijiantan"), ("fireworks", "烟花爆竹", "Fireworks")
STAGE, PHASE = ("investigation", "排查摸底", "Investigation"), ("consolidation", "巩固提高阶段", "Consolidation")
KIND, SOURCE = ("vehicle", "车辆", "Vehicle"), ("tip_off", "举报", "tip-off")
LEDGER = f"""企业名称,所属区,检查发现的问题,隐患类别,等级,整改责任人,检查日期
台账厂,克拉玛依区,超许可范围生产,V04,一般,孙,{datetime.now(BEIJING):%Y-%m-%d}"""
YEAR = 'year = 2099\nsource = "x"\noff = [2099-06-01]\non = []\n'

# verb, its words, then each option with what may be typed for one id: the id, the Chinese and the English name
Typed = dict[str, tuple[str, str, str]]
NAMED: dict[tuple[str, ...], tuple[tuple[str, ...], Typed]] = {
    ("case", "open"): (
        ("--name", "此名仅此一厂", "--id", "named-1", "--command-id", "named-1"),  # a like name would warn, once
        {"--by": INSPECTOR, "--district": ("650203", "克拉玛依", "Karamay"), "--sector": SECTOR, "--kind": KIND}
        | {"--source": SOURCE},
    ),
    ("case", "list"): (
        (),
        {"--district": DISTRICT, "--sector": SECTOR, "--stage": STAGE, "--outcome": ("open", "在办", "Open")},
    ),
    ("case", "steps"): (("nobody",), {"--by": INSPECTOR}),
    ("case", "do"): (("nobody", "--step", "add_note", "--set", "text=x"), {"--by": INSPECTOR}),
    ("work",): (("--limit", "1"), {"--by": INSPECTOR}),
    ("case", "erase"): (("nobody", "--reason", "x"), {"--by": ADMIN}),
    ("overdue",): (
        ("--as-of", "2126-01-01"),
        {"--district": DISTRICT, "--sector": SECTOR, "--stage": STAGE, "--role": ("enterprise", "企业", "Enterprise")}
        | {"--kind": ("duty", "履职逾期", "Overdue duty")},
    ),
    ("inbox",): (
        (),
        {"--topic": ("turn", "待办", "Whose turn"), "--role": ("enterprise", "企业", "Enterprise")}
        | {"--district": DISTRICT, "--sector": SECTOR},
    ),
    ("audit", "list"): ((), {"--kind": ("key_changed", "密钥变更", "Key changed")}),
    ("campaign", "start"): (("campaigns/karamay-2013.toml", "--year", "2100"), {"--by": INSPECTOR}),
    ("campaign", "open"): ((), {"--by": INSPECTOR}),
    ("campaign", "move"): (
        ("--to", "2126-01-01", "--reason", "x"),
        {"--by": INSPECTOR, "--phase": PHASE, "--edge": ("begins", "开始", "Begins")},
    ),
    ("campaign", "complete"): (("--reason", "x"), {"--by": INSPECTOR}),
    ("subject", "search"): (
        (),
        {"--district": DISTRICT, "--sector": SECTOR, "--state": ("active", "在营", "Active")},
    ),
    ("subject", "add"): (
        ("--name", "某厂", "--id", "named-2"),
        {"--by": SUPERVISOR, "--district": DISTRICT, "--sector": SECTOR, "--kind": KIND},
    ),
    ("subject", "change"): (("nobody",), {"--by": SUPERVISOR, "--sector": SECTOR, "--kind": KIND}),
    ("subject", "move"): (("nobody", "--reason", "x"), {"--by": OFFICE, "--district": DISTRICT}),
    ("subject", "cease"): (("nobody", "--on", "2026-01-01", "--reason", "x"), {"--by": SUPERVISOR}),
    ("subject", "resume"): (("nobody", "--reason", "x"), {"--by": SUPERVISOR}),
    ("subject", "merge"): (("nobody", "nobody-else", "--reason", "x"), {"--by": OFFICE}),
    ("subject", "licence"): (("nobody", "--kind", "x"), {"--by": SUPERVISOR}),
    ("subject", "person"): (("nobody", "--name", "x"), {"--by": SUPERVISOR}),
    ("subject", "suspicions"): ((), {"--district": DISTRICT}),
    ("bulk", "assign"): (
        ("--officers", "x", "--dry-run"),
        {"--by": SUPERVISOR, "--district": ("650203", "克拉玛依区", "Karamay"), "--sector": SECTOR, "--stage": STAGE},
    ),
    ("bulk", "reassign"): (
        ("--from", "x", "--to", "y", "--dry-run"),
        {"--by": SUPERVISOR, "--district": DISTRICT},
    ),
    ("bulk", "remind"): (
        ("--dry-run",),
        {"--by": OFFICE, "--district": DISTRICT, "--sector": SECTOR, "--stage": STAGE},
    ),
    ("bulk", "note"): (
        ("--text", "x", "--dry-run"),
        {"--by": OFFICE, "--district": DISTRICT, "--sector": SECTOR, "--stage": STAGE},
    ),
    ("bulk", "export"): (("{folder}/cases.xlsx",), {"--district": DISTRICT, "--sector": SECTOR, "--stage": STAGE}),
    ("ledger", "import"): (
        ("{folder}/ledger.csv", "--dry-run"),
        {"--by": INSPECTOR, "--source": ("inspection", "检查", "Inspection"), "--closed": ("import", "导入", "Import")}
        | {"--past-due": ("plan", "按方案计算", "Plan")},
    ),
    ("ledger", "export"): (
        ("{folder}/export.csv",),
        {"--district": DISTRICT, "--sector": SECTOR, "--state": ("verified", "已销号", "Verified")},
    ),
    ("ledger", "undo"): (("nothing", "--reason", "x"), {"--by": SUPERVISOR}),
    ("job", "list"): (
        (),
        {"--by": OFFICE, "--kind": ("commands", "批量办理", "Order"), "--state": ("done", "完成", "Done")},
    ),
    ("schedule", "reminders"): ((), {"--level": ("office", "安委会办公室", "City office"), "--district": DISTRICT}),
    ("db", "live"): ((), {"--by": INSPECTOR}),
    ("workdays", "publish"): (("{folder}/2027.toml", "--reason", "x"), {"--by": INSPECTOR}),
}
CODED = {
    *("--by", "--district", "--sector", "--stage", "--role", "--kind", "--outcome", "--level", "--state"),
    *("--source", "--phase", "--edge", "--topic"),
}
AS_OF = re.compile(r'"as_of": "[^"]*"')
FREE: dict[tuple[str, ...], set[str]] = {("subject", "licence"): {"--kind"}}  # which licence: not a word of ours


def test_every_option_that_takes_a_code_is_in_the_table() -> None:
    there = {names: options(command) & CODED - FREE.get(names, set()) for names, command in leaves(root())}
    assert {names: set(typed) & CODED for names, (_, typed) in NAMED.items()} == {n: o for n, o in there.items() if o}


@pytest.mark.parametrize("verb", NAMED, ids=" ".join)
def test_a_name_in_either_language_is_as_good_as_the_id(verb: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "ledger.csv").write_text(f"{LEDGER}\n", encoding="utf-8")
    (tmp_path / "2027.toml").write_text(YEAR, encoding="utf-8")
    words, typed = NAMED[verb]
    given = [word.replace("{folder}", str(tmp_path)) for word in words]

    def told(place: int) -> Ran:
        return invoke(*verb, *given, *(part for one in typed.items() for part in (one[0], one[1][place])), "--json")

    def timeless(ran: Ran) -> tuple[int, str]:
        """What was answered, but for the second in which it was asked."""
        return ran.code, AS_OF.sub("", ran.out)

    by_id = told(0)
    assert by_id.code in (0, 1), by_id
    for place in (1, 2):
        assert timeless(told(place)) == timeless(by_id), told(place)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_is_typed_by_name_is_kept_by_id(place: int) -> None:
    place_of, sector = ("650203", "克拉玛依区", "Karamay")[place], SECTOR[place]
    given = ("--id", f"kept-{place}", "--name", f"登记{place}厂", "--district", place_of, "--sector", sector)
    kept = invoke("subject", "add", *given, "--by", INSPECTOR[place], "--kind", KIND[place], "--json")
    assert kept.code == 0, kept
    assert (kept.json["district"], kept.json["sector"], kept.json["kind"]) == ("650203", "fireworks", "vehicle")
    (change,) = invoke("subject", "show", f"kept-{place}", "--json").json["changes"]
    assert change["by"] == BY


@pytest.mark.parametrize(
    ("by", "known"),
    [("检察员:李@独山子区", "检查员"), ("检查员:李@喀什市", "独山子区"), ("检查员:李@Kashgar", "650202 Dushanzi")],
)
def test_an_actor_of_no_role_or_place_is_refused_and_all_are_named(by: str, known: str) -> None:
    for lang in ("zh", "en"):
        told = invoke("subject", "resume", "nobody", "--by", by, "--reason", "x", "--lang", lang)
        assert (told.code, told.out) == (2, "")
        assert known in told.said or lang == ("zh" if known.isascii() else "en")


# ---------------------------------------------------------------- tables


@pytest.fixture(scope="session")
def shown(cli_home: Installation) -> str:
    """A case with a finding and a must, of a subject with a sector, which was ordered about; its id."""
    with pytest.MonkeyPatch.context() as patch:
        work_in(cli_home.env, patch)
        assert opened("shown-1", "--sector", "fireworks").code == 0
        finding = {"ref": "a", "category": "V04", "grade": "general", "description": "超许可范围"}
        assert handed_in("shown-1", "record_findings", findings=[finding]).code == 0
        assert handed_in("shown-1", "register", assignments=[{"ref": "a", "responsible": "孙"}]).code == 0
        for order in (("note", "--text", "注意"), ("remind", "--words", "请办理")):
            assert invoke("bulk", *order, "--by", OFFICE[0], "--sector", "fireworks", "--json").code == 0
        licence = ("--kind", "许可证", "--number", "1", "--expires", "2020-01-01", "--by", BY)
        assert invoke("subject", "licence", "shown-1", *licence).code == 0
        assert invoke("user", "token", BY).code == 0
    return "shown-1"


TABLES: list[tuple[str, ...]] = [
    ("case", "list", "--sector", "fireworks"),
    ("case", "show", "shown-1"),
    ("case", "timeline", "shown-1"),
    ("case", "explain", "shown-1"),
    ("overdue", "--as-of", "2126-01-01"),
    ("inbox", "--limit", "50"),
    ("subject", "search"),
    ("subject", "show", "shown-1"),
    ("subject", "tree"),
    ("subject", "suspicions"),
    ("job", "list"),
    ("schedule", "reminders"),
    ("user", "tokens"),
]
CODES = re.compile(r"65020\d|fireworks|fire_safety|self_inspection|tip_off")
IN_CHINESE = re.compile(r"inspector|office|supervisor|registered|owed|escalation|rectification|duty|commands|running")


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("verb", TABLES, ids=lambda v: " ".join(v[:2]))
def test_tables_show_names_and_no_bare_codes(verb: tuple[str, ...], lang: str) -> None:
    told = invoke(*verb, "--lang", lang)
    assert told.code == 0 and ("│" in told.out or verb[1] == "explain")
    assert not CODES.search(told.out), told.out
    if lang == "zh" and verb[1] != "timeline":  # which is told in both languages
        assert not IN_CHINESE.search(told.out), told.out


def test_a_finding_is_shown_with_the_name_of_its_category(shown: str) -> None:
    for lang, place, category in (
        ("zh", "克拉玛依区", "V04 超许可和资质范围进行非法生产经营建设"),
        ("en", "Karamay", "V04 Operating beyond the scope of permit"),
    ):
        told = re.sub(r"[\s│]+", " ", invoke("case", "show", shown, "--lang", lang).out)
        assert place in told and category.replace(" ", "") in told.replace(" ", "")


def test_what_is_written_for_people_has_names(shown: str, tmp_path: Path) -> None:
    file = tmp_path / "cases.xlsx"
    assert invoke("bulk", "export", str(file), "--sector", "烟花爆竹", "--lang", "zh").code == 0
    sheet = openpyxl.load_workbook(file).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert any(str(row[0]).endswith(f"/{shown}") for row in rows)
    assert {(row[2], row[4]) for row in rows[1:]} == {("克拉玛依区", "烟花爆竹")}
