"""Names beside codes, without a stack: what is understood, what is refused, what is shown."""

import pytest

from cli.filters import FINDING_STATES, KINDS, OUTCOMES_OR_OPEN, REMINDED, STAGES, SUBJECTS
from cli.names import TypedActor, Words, actor_said, actor_typed, districts, id_meant, listed, phases, roles, sectors
from cli.output import speak
from models.plan import Plan
from rules.files.plan_check import PlanFile, read_plan
from rules.words.terms import REGISTER_STATES, SOURCES
from tests.cli.run import PLAN, invoke


def karamay() -> Plan:
    """The shipped plan."""
    read = read_plan(PLAN.read_text(encoding="utf-8"), str(PLAN))
    assert isinstance(read, PlanFile)
    return read.plan


HERE = [karamay()]


@pytest.mark.parametrize(
    ("typed", "known", "one"),
    [
        ("650202", districts(HERE), "650202"),
        ("独山子区", districts(HERE), "650202"),
        ("独山子", districts(HERE), "650202"),
        (" 独山子 区", districts(HERE), "650202"),
        ("dushanzi", districts(HERE), "650202"),
        ("ＤＵＳＨＡＮＺＩ", districts(HERE), "650202"),
        ("烟花爆竹", sectors(HERE), "fireworks"),
        ("Road Transport", sectors(HERE), "road_transport"),
        ("road_transport", sectors(HERE), "road_transport"),
        ("限期整改", STAGES, "rectification"),
        ("re-inspection", STAGES, "reinspection"),
        ("Four Musts", STAGES, "escalation"),
        ("检查员", roles(HERE), "inspector"),
        ("区安监局负责人", roles(HERE), "supervisor"),
        ("Head of the district safety bureau", roles(HERE), "supervisor"),
        ("安委会办公室", REMINDED, "office"),
        ("整改逾期", KINDS, "rectification"),
        ("Overdue duty", KINDS, "duty"),
        ("在办", OUTCOMES_OR_OPEN, "open"),
        ("未发现问题", OUTCOMES_OR_OPEN, "compliant"),
        ("已销号", FINDING_STATES, "verified"),
        ("已停止经营", REGISTER_STATES, "ceased"),
        ("自查自纠", SOURCES, "self_inspection"),
        ("企业", SUBJECTS, "enterprise"),
        ("工地", SUBJECTS, "site"),
        ("集中整治阶段", phases(HERE), "rectification"),
    ],
)
def test_an_id_is_understood_by_its_names(typed: str, known: Words, one: str) -> None:
    assert id_meant(typed, known) == one


@pytest.mark.parametrize("typed", ["", " ", "区", "独", "喀什市", "65020", "山子区"])
def test_what_names_nothing_is_nothing(typed: str) -> None:
    assert id_meant(typed, districts(HERE)) is None


def test_a_name_of_two_is_neither_and_a_whole_name_goes_before_a_shortened_one() -> None:
    known: Words = {"1": ("城区", "Town"), "2": ("城县", "Town"), "3": ("城", "Castle")}
    assert id_meant("Town", known) is None
    assert id_meant("城", known) == "3"
    assert id_meant("城", {one: names for one, names in known.items() if one != "3"}) is None
    assert id_meant("城县", known) == "2"


def test_every_name_that_is_listed_is_understood() -> None:
    """Whatever a refusal or a table shows can be typed."""
    for known in (districts(HERE), sectors(HERE), roles(HERE), STAGES, KINDS, OUTCOMES_OR_OPEN, FINDING_STATES):
        for one, names in known.items():
            assert {id_meant(name, known) for name in (one, *names)} == {one}
    assert listed(districts(HERE))[0].startswith("650203 克拉玛依区、650202 独山子区")
    assert listed(roles(HERE))[1].startswith("inspector, supervisor")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("inspector:王@650203", ("inspector", "王", "650203")),
        ("检查员:李明@克拉玛依区", ("检查员", "李明", "克拉玛依区")),
        ("检查员：李明＠克拉玛依区", ("检查员", "李明", "克拉玛依区")),
        (" 检查员: 李明 @克拉玛依区 ", ("检查员", " 李明 ", "克拉玛依区")),
    ],
)
def test_an_actor_is_read_by_ids_and_names(typed: str, read: tuple[str, ...]) -> None:
    assert actor_typed(typed) == TypedActor(*read)


@pytest.mark.parametrize("typed", ["", "王", "检查员:李明", "李明@克拉玛依区", "boss:x@650203", "检查员:@独山子区"])
def test_what_is_no_actor_is_told(typed: str) -> None:
    with pytest.raises(ValueError, match=r"actor|role"):
        actor_typed(typed)


def test_an_actor_is_shown_by_names_that_can_be_typed() -> None:
    for lang, said in (("zh", "区安监局负责人:李@独山子区"), ("en", "supervisor:李@Dushanzi")):
        speak(lang)
        assert actor_said("supervisor:李@650202", HERE) == said
        read = actor_typed(said)
        assert (id_meant(read.role, roles(HERE)), id_meant(read.territory, districts(HERE))) == ("supervisor", "650202")
    assert actor_said("ledger", HERE) == "ledger"


@pytest.mark.usefixtures("empty_home")
@pytest.mark.parametrize(
    ("args", "known"),
    [
        (("overdue", "--kind", "拖延"), "整改逾期"),
        (("overdue", "--stage", "睡觉"), "限期整改"),
        (("case", "list", "--outcome", "失踪"), "未发现问题"),
        (("subject", "search", "--state", "失踪"), "已停止经营"),
        (("ledger", "export", "x.csv", "--state", "失踪"), "已销号"),
        (("ledger", "import", str(PLAN), "--source", "传闻"), "自查自纠"),
        (("schedule", "run", "扫地"), "每夜核对"),
        (("schedule", "reminders", "--level", "市长"), "检查员"),
        (("job", "list", "--kind", "杂务"), "批量办理"),
        (("job", "list", "--state", "睡觉"), "进行中"),
    ],
)
def test_what_nothing_is_called_is_refused_and_all_names_are_told(args: tuple[str, ...], known: str) -> None:
    told = invoke(*args, "--lang", "zh")
    assert (told.code, told.out) == (2, "")
    assert args[-1] in told.said and known in told.said
