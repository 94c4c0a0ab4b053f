"""The words of lists as readers make them their own: a part of the catalogue in `web/words.py`."""

LIST_WORDS: dict[str, tuple[str, str]] = {
    "columns": ("显示列", "Columns"),
    "musts_now": ("应采取措施", "Musts owed"),
    "must": ("应采取措施", "Must owed"),
    "ticked": ("已选案件", "Ticked"),
    "n_cases": ("{n} 件", "{n} cases"),
    "facets": ("分类统计", "By kind"),
    "facets_hide": ("隐藏分类统计", "Hide the counts by kind"),
    "facets_show": ("显示分类统计", "Show the counts by kind"),
    "total_late": ("逾期 {n} 件", "{n} late"),
    "total_soon": ("7 天内到期 {n} 件", "{n} due within 7 days"),
    "export_list": ("导出", "Export"),
    "export_as": ("导出为 {kind}", "as {kind}"),
    "export_bound": (
        "导出所列全部案件，列和顺序与本页一致，最多 {n} 件；导出留有记录。",
        "Every case of the list, with these columns, in this order; at most {n}. It is noted who exports.",
    ),
    "case_number": ("案件编号", "Case"),
    "over_ticked": ("办理勾选的案件", "Over those that are ticked"),
    "over_ticked_how": ("先在列表中勾选案件，最多 {n} 件", "Tick cases in the list first, at most {n}"),
    "tick": ("勾选", "Tick"),
    "tick_one": ("勾选：{subject}", "Tick {subject}"),
    "just_done": ("已办理：{what}", "Done: {what}"),
    "to_the_case": ("查看该案件", "look at the case"),
}
