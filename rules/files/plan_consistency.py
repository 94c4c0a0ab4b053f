"""Whether a well-formed plan makes sense: phases that meet, known references, clocks within their caps."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from models.plan import MUSTS, Limit, Named, Period, PhaseDates, Plan, instant_of
from rules.access.deeds import OFFICIALS

CONDITIONS = ("measures", "licences", "safety")
QUESTIONS = ("licensed", "major_hazard", "lawful")
_ACTING = ("inspector", "supervisor", "enterprise", "office")  # whose turn it can be, whatever the plan decides


@dataclass(frozen=True)
class SenseError:
    """What does not fit, where, and what to do."""

    path: tuple[int | str, ...]
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str


def sense_errors(plan: Plan, year: int) -> Iterator[SenseError]:
    """Every error of sense; boundaries without a year are taken in `year`."""
    yield from _phases(plan, year)
    yield from _unique(plan)
    yield from _musts(plan)
    yield from _references(plan)
    yield from _periods(plan)
    yield from _look_back(plan, year)
    yield from _fixed_names(plan)
    yield from _limits(plan)


def _phases(plan: Plan, year: int) -> Iterator[SenseError]:
    calendar = plan.calendar(year)
    for index, dates in enumerate(calendar):
        if dates.ends_at <= dates.begins_at:
            yield SenseError(
                ("phases", index, "ends"),
                f"阶段 {dates.id} 的结束早于开始",
                f"the phase {dates.id} ends before it begins",
                "使结束晚于开始",
                "let it end after it begins",
            )
    for index, (earlier, later) in enumerate(pairwise(calendar), start=1):
        yield from _meeting(index, earlier, later)
    if not any(p.musts == "owed" for p in plan.phases):
        yield _missing_phase('一个 musts = "owed" 的阶段', 'a phase with musts = "owed"')
    if not any(p.look_back for p in plan.phases):
        yield _missing_phase("一个 look_back = true 的阶段", "a phase with look_back = true")


def _meeting(index: int, earlier: PhaseDates, later: PhaseDates) -> Iterator[SenseError]:
    path = ("phases", index, "begins")
    if later.begins_at < earlier.ends_at:
        yield SenseError(
            path,
            f"阶段 {later.id} 与 {earlier.id} 重叠",
            f"the phase {later.id} overlaps {earlier.id}",
            "从前一阶段结束的次日开始",
            "begin it on the day after the one before ends",
        )
    elif later.begins_at > earlier.ends_at:
        yield SenseError(
            path,
            f"阶段 {earlier.id} 与 {later.id} 之间有空档，缺一个阶段",
            f"a phase is missing between {earlier.id} and {later.id}",
            "从前一阶段结束的次日开始",
            "begin it on the day after the one before ends",
        )


def _missing_phase(zh: str, en: str) -> SenseError:
    return SenseError(("phases",), f"缺少{zh}", f"missing: {en}", "补上该阶段", "add the phase")


def _unique(plan: Plan) -> Iterator[SenseError]:
    for name in (
        "phases", "sectors", "districts", "musts", "closure_checks", "restart_conditions",
        "questions", "roles", "targets", "articles", "principles",
    ):  # fmt: skip
        yield from _repeated(name, getattr(plan, name), set())
    seen: set[str] = set()
    yield from _repeated("illegal_conduct", plan.illegal_conduct, seen)
    yield from _repeated("hazards", plan.hazards, seen)
    yield from _repeated("other", (plan.other,), seen)


def _repeated(name: str, items: Iterable[Named], seen: set[str]) -> Iterator[SenseError]:
    for index, item in enumerate(items):
        if item.id in seen:
            path = (name, "id") if name == "other" else (name, index, "id")
            yield SenseError(path, f"编号 {item.id} 重复", f"duplicate id {item.id}", "换一个编号", "choose another id")
        seen.add(item.id)


def _musts(plan: Plan) -> Iterator[SenseError]:
    for kind in MUSTS:
        if kind not in {m.id for m in plan.musts}:
            yield SenseError(
                ("musts",), f"四个一律缺 {kind}", f"of the four musts, {kind} is missing", "补上", "add it"
            )


def _references(plan: Plan) -> Iterator[SenseError]:
    phases = {p.id for p in plan.phases}
    clocks = plan.clocks
    named = [
        (("clocks", "investigation_phase"), clocks.investigation_phase),
        (("clocks", "registration_phase"), clocks.registration_phase),
        *((("clocks", "rectification_caps"), phase) for phase in clocks.rectification_caps),
    ]
    for path, phase in named:
        if phase not in phases:
            yield SenseError(
                path,
                f"没有阶段 {phase}",
                f"there is no phase {phase}",
                "补上该阶段或改正引用",
                "add the phase or mend the name",
            )
    order = [p.id for p in plan.phases if p.id in clocks.rectification_caps]
    if not clocks.rectification_caps or order != list(clocks.rectification_caps):
        yield SenseError(
            ("clocks", "rectification_caps"),
            "上限阶段须按时间顺序列出，至少一个",
            "the caps are phases in the order of time, at least one",
            "按阶段顺序填写",
            "list them in the order of the phases",
        )
    for reading in ("hazard_failed", "resurgence", "unlicensed"):
        category = getattr(plan.readings, reading)
        if not plan.is_illegal_conduct(category):
            yield SenseError(
                ("readings", reading),
                f"没有非法违法行为类别 {category}",
                f"there is no category of illegal conduct {category}",
                "改用 illegal_conduct 中的编号",
                "use an id of illegal_conduct",
            )
    if missing := [role for role in _ACTING if role not in {r.id for r in plan.roles}]:
        names = ", ".join(missing)
        yield SenseError(
            ("roles",), f"缺少角色 {names}", f"the roles {names} are missing", "补上这些角色", "add the roles"
        )
    for index, must in enumerate(plan.musts):
        if must.decided_by not in {r.id for r in plan.roles}:
            yield SenseError(
                ("musts", index, "decided_by"),
                f"方案未列角色 {must.decided_by}",
                f"the plan lists no role {must.decided_by}",
                "补上该角色",
                "add the role",
            )
        if must.decided_by not in OFFICIALS:  # nobody decides on himself, or where he only reads (domain §7)
            names = ", ".join(OFFICIALS)
            yield SenseError(
                ("musts", index, "decided_by"),
                f"角色 {must.decided_by} 不得审批措施",
                f"the role {must.decided_by} may not decide a must",
                f"改为其一：{names}",
                f"let one of these decide: {names}",
            )


def _periods(plan: Plan) -> Iterator[SenseError]:
    for path, period in _all_periods(plan):
        units = period.amounts
        if len(units) != 1:
            yield SenseError(
                path,
                "时限须恰有一个单位",
                "a period has exactly one unit",
                "只留 days、working_days、hours、seconds 之一",
                "keep one of days, working_days, hours, seconds",
            )
        elif period.at_most is not None and (amount := next(iter(units.values()))) > period.at_most:
            yield SenseError(
                (*path, next(iter(units))),
                f"时限 {amount} 超过上限 {period.at_most}",
                f"the clock of {amount} passes its cap of {period.at_most}",
                "缩短时限",
                "shorten it",
            )


def _all_periods(plan: Plan) -> Iterator[tuple[tuple[int | str, ...], Period]]:
    for name, value in plan.clocks:
        if isinstance(value, Period):
            yield ("clocks", name), value
    for index, must in enumerate(plan.musts):
        yield ("musts", index, "decided"), must.decided
        yield ("musts", index, "executed"), must.executed


def _look_back(plan: Plan, year: int) -> Iterator[SenseError]:
    calendar = plan.calendar(year)
    on = instant_of(plan.clocks.look_back_on, year, end=True)
    phase = next((d for d, p in zip(calendar, plan.phases, strict=True) if p.look_back), None)
    if phase and not phase.begins_at < on <= phase.ends_at:
        yield SenseError(
            ("clocks", "look_back_on"),
            f"“回头看”日期不在阶段 {phase.id} 之内",
            f"the look-back lies outside its phase {phase.id}",
            "改为该阶段内的日期",
            "choose a day within the phase",
        )
    whole = calendar[-1].ends_at - calendar[0].begins_at
    for name in ("rectification_general", "rectification_major", "extension"):
        days = getattr(plan.clocks, name).days
        if days and days > whole.days:
            yield SenseError(
                ("clocks", name, "days"),
                f"{days} 天长于整个行动期",
                f"{days} days pass the end of any campaign of {whole.days} days",
                "缩短时限",
                "shorten it",
            )


def _fixed_names(plan: Plan) -> Iterator[SenseError]:
    """The commands name these conditions and questions (contracts §1)."""
    for name, required in (("restart_conditions", CONDITIONS), ("questions", QUESTIONS)):
        given = {item.id for item in getattr(plan, name)}
        if given != set(required):
            wanted = ", ".join(required)
            yield SenseError((name,), f"须恰为 {wanted}", f"must be exactly {wanted}", "改正编号", "mend the ids")


def _limits(plan: Plan) -> Iterator[SenseError]:
    for index, article in enumerate(plan.articles):
        for who in ("unit", "person"):
            limit: Limit = getattr(article, who)
            if (limit.fixed is None) == (limit.factor is None):
                yield SenseError(
                    ("articles", index, who),
                    "上限须为 fixed 或 factor 之一",
                    "an upper limit is either fixed or a factor",
                    "只填其一",
                    "give one of them",
                )
        has_factor = article.unit.factor is not None or article.person.factor is not None
        if has_factor and not article.base:
            yield SenseError(
                ("articles", index, "base"),
                "倍数须说明基数",
                "a factor needs its base",
                "补上 base",
                "add base",
            )
