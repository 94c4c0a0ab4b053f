"""The words of a campaign's weeks."""

FIGURE_WORDS: dict[str, tuple[str, str]] = {
    "weeks": ("每周进展", "Week by week"),
    "weeks_as_of": ("截至{day}（北京时间）", "as of {day}, Beijing time"),
    "weeks_now": ("截至 {now}（北京时间）", "as of {now}, Beijing time"),
    "weeks_how": (
        "每周自周一至周日，末周至截止日。案件按现辖区统计。案件数可打开当时的案件清单；问题、期限、措施按项统计，以前各周的不能打开。",
        "Weeks run from Monday to Sunday, the last one to that day. Cases count where they are now. A number of cases "
        "opens the list of those cases, of past weeks too; findings, deadlines and measures of past weeks open none.",
    ),
    "weeks_cut": ("只显示最近 {n} 周", "The last {n} weeks alone are shown"),
    "weeks_none": ("行动于{day}开始，此前没有数据", "The campaign begins on {day}: nothing was before"),
    "weeks_untold": (
        "另有 {n} 个案件的历程尚未编入本页，本页数字不全；请系统管理员运行 rectify readmodel rebuild",
        "The course of {n} more cases is not in these numbers yet, until an administrator has run rectify readmodel "
        "rebuild",
    ),
    "as_of_day": ("截止日", "As of"),
    "week": ("周", "Week"),
    "week_days": ("{first}至{last}", "{first} – {last}"),
    "short_day": ("{month}{d}日", "{d} {month}"),
    "number_table": ("数据表", "The numbers"),
    "no_numbers": ("没有数据", "Nothing to show yet"),
    "plot_last": ("至{day}：", "By {day}: "),
    "now_overdue": ("现逾期 {n} 项", "{n} overdue now"),
    # -- findings
    "rate_of_findings": ("整改率", "Findings put right, in percent"),
    "rate_how": (
        "整改率＝累计销号÷（累计登记－撤销、并入关闭取缔、作废）",
        "of all that were registered and did not fall away (rescinded, absorbed by a closure, void)",
    ),
    "findings_by_week": ("问题整改", "Findings"),
    "series_rate": ("整改率", "put right"),
    "percent": ("{n}%", "{n}%"),
    "series_put_right_so_far": ("累计销号", "put right so far"),
    "series_open": ("尚未销号", "still open"),
    "series_overdue": ("逾期未整改", "overdue"),
    "registered_in_week": ("本周登记", "Registered"),
    "put_right_in_week": ("本周销号", "Put right"),
    "dropped_in_week": ("本周撤销、并入、作废", "Fell away"),
    "rate_so_far": ("累计整改率", "Put right so far"),
    # -- stages
    "stages_by_week": ("案件状态", "Where cases stand"),
    "stages_how": ("每周末各状态案件数", "Cases by stage at the end of each week"),
    # -- agencies
    "missed_by_week": ("部门履职逾期", "Deadlines that agencies missed"),
    "missed_how": (
        "排查、登记、延期审批、复查、四个一律的提请、审批和执行、复工复产验收、回头看的期限，按到期时的责任方计入到期当周",
        "to investigate, register, decide, re-inspect, execute, accept a restart, look back; by who had it",
    ),
    "still_missed": ("周末仍逾期", "Still unmet"),
    # -- the four musts
    "steps_by_week": ("“四个一律”措施", "The four musts"),
    "steps_how": ("图为累计数，表为每周数", "The plot adds up, the table is of each week"),
    "step_proposed": ("提请", "proposed"),
    "step_approved": ("批准", "approved"),
    "step_executed": ("执行", "executed"),
    "stood": ("当时状态", "Stage on that day"),
    "stood_in": ("{day} 日终为{stage}", "{stage} at the end of {day}"),
}
