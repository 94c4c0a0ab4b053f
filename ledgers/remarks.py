"""What is said of how a row was read, by code; it keeps nothing out."""

# code: Chinese, English; {…} is filled with what stands in the file
WARNINGS: dict[str, tuple[str, str]] = {
    "sheet_not_read": (
        "工作表“{sheet}”没有台账表头，未读",
        "the sheet '{sheet}' has no header of a ledger and was not read",
    ),
    "hidden_sheet_not_read": (
        "隐藏的工作表“{sheet}”像是台账，未读；若要导入请取消隐藏",
        "the hidden sheet '{sheet}' looks like a ledger and was not read; unhide it to import it",
    ),
    "hidden_rows_read": (
        "第 {first} 至 {last} 行中有 {count} 行被隐藏或筛选掉，已一并读入",
        "{count} rows among {first} to {last} are hidden or filtered out; they were read too",
    ),
    "hidden_column_read": (
        "“{header}”列是隐藏的，已一并读入",
        "the column '{header}' is hidden; it was read too",
    ),
    "district_from_title": (
        "没有所属区一列，按标题读作 {district}",
        "there is no district column; read as {district} from the title",
    ),
    "grade_column_missing": (
        "没有等级一列，全部按“一般”处理（暂定值，待本市确认）",
        "there is no grade column; all are read as general (our assumption)",
    ),
    "grade_assumed": ("没有等级，按“一般”处理（暂定值，待本市确认）", "no grade; read as general (our assumption)"),
    "column_not_applied": (
        "“{header}”列只用来判断是否已办结，内容不导入：整改完成须由企业申报、检查员复查",
        "the column '{header}' only tells what is closed; it is not imported: what is mended is declared",
    ),
    "closed_left_out": (
        "台账写明已整改、销号或关闭的 {count} 行未导入，也不纳入排查；如须全部导入，请加 --closed import",
        "{count} rows that the ledger calls closed were left out, no case is opened; --closed import takes them all in",
    ),
    "closed_taken_in": (
        "台账写明已整改、销号或关闭的 {count} 行按未整改的问题导入（--closed import）",
        "{count} rows that the ledger calls closed are taken in as findings to be rectified (--closed import)",
    ),
    "closing_unclear": (
        "“{text}”没有写明是否已整改，按已办结的行处理；若尚未整改，请写“未整改”",
        "'{text}' does not say whether it was rectified; treated like the closed rows: write 未整改 if it was not",
    ),
    "closing_contradicted": (
        "“{text}”说明尚未办结，另一列却写已办结，按未整改的问题读",
        "'{text}' says that it is open, another column that it is closed; read as open",
    ),
    "due_from_words": (
        "“{text}”从检查日期起算，读作 {day}",
        "'{text}' is counted from the day of inspection; read as {day}",
    ),
    "due_of_closed_left_out": (
        "整改期限 {due} 已过，按方案重新计算",
        "the due date {due} has passed; the plan's is taken",
    ),
    "due_by_plan": (
        "整改期限 {due} 已过，按方案重新计算（--past-due plan）",
        "the due date {due} has passed; the plan's is taken (--past-due plan)",
    ),
    "value_nowhere": (
        "--value 指定的“{text}”在台账中没有出现",
        "--value names '{text}', which stands in no cell",
    ),
    "notes_passed_over": (
        "第 {first} 至 {last} 行是“{text}”之下的填表说明，未读",
        "rows {first} to {last} are notes below '{text}'; not read",
    ),
    "pictures_not_imported": (
        "表中有 {count} 张图片，不导入；请另行留存",
        "the sheet holds {count} pictures; they are not imported: keep them elsewhere",
    ),
    "text_boxes_not_imported": (
        "表中有 {count} 个文本框或图形，不导入",
        "the sheet holds {count} text boxes or shapes; they are not imported",
    ),
    "description_bare": (
        "“{text}”只写了部位或事项，没有写明是什么问题；照录，建议写明",
        "'{text}' names a place or a topic and not what is wrong with it; kept as written, better write the problem",
    ),
    "line_passed_over": (
        "这一行是合计或签字栏（{text}），未读",
        "this line is a total or a signature ({text}); not read",
    ),
    "heading_passed_over": ("小标题“{text}”，未读", "the heading '{text}' was passed over"),
    "sample_passed_over": ("填写示例，未读", "a sample line of the form; not read"),
    "header_repeated": ("表头在此重复，略过", "the header is repeated here; passed over"),
    "formula_ignored": (
        "“{header}”列有公式；该列不导入，已略过",
        "the column '{header}' holds formulas; it is not imported, so they were passed over",
    ),
    "subject_continued": ("没有单位名称，沿用上一行的“{name}”", "no unit; taken to be '{name}' of the row above"),
    "duplicate_row": ("与“{sheet}”第 {row} 行内容相同，略过", "the same as row {row} of '{sheet}'; skipped"),
    "alike_but_aside": (
        "与“{sheet}”第 {row} 行只在未识别的列中不同，按另一项问题读；若是重复请删去",
        "differs from row {row} of '{sheet}' only in columns that were not understood; read as another finding",
    ),
    "code_none": ("“{text}”不是信用代码，按没有代码读入", "'{text}' is no code; read as a unit without one"),
    "code_suspicious": ("{zh}", "{en}"),
    "code_new_for_subject": (
        "“{name}”登记时没有信用代码，这里是 {code}",
        "'{name}' is registered without a code; here it is {code}",
    ),
    "name_read_as": ("“{text}”读作登记的“{name}”", "'{text}' read as the registered '{name}'"),
    "district_near": ("所属区“{text}”读作 {read}", "the district '{text}' read as {read}"),
    "street_unknown": (
        "{district} 的名单中没有街道“{text}”，照录",
        "the street '{text}' is not in the list of {district}; kept as written",
    ),
    "sector_near": ("行业“{text}”读作 {read}", "the sector '{text}' read as {read}"),
    "kind_of_enterprise": (
        "“{text}”不是对象类型（企业、场所、车辆、个人），按企业读",
        "'{text}' is no kind of subject (enterprise, site, vehicle, person); read as an enterprise",
    ),
    "kind_assumed": ("“{text}”像是车牌，按车辆", "'{text}' looks like a number plate; read as a vehicle"),
    "category_by_header": (
        "类别“{text}”按列名读作 {read}",
        "the category '{text}' read by the header of its column as {read}",
    ),
    "inspected_from_title": (
        "没有检查日期一列，按表头上方的“{text}”读作 {day}",
        "there is no column of inspection dates; '{text}' above the table is read as {day}",
    ),
    "inspected_today": (
        "没有检查日期一列，按今天 {today} 读",
        "there is no column of inspection dates; today, {today}, is taken",
    ),
    "category_near": ("类别“{text}”读作 {read}", "the category '{text}' read as {read}"),
    "major_for_all": ("格中 {count} 项均按“重大”读", "all {count} findings of the cell are read as major"),
    "name_number_dropped": ("“{text}”前的序号已略去，读作“{name}”", "'{text}' read as '{name}', without its number"),
    "name_continued": ("“{text}”读作上页的“{name}”", "'{text}' read as '{name}', which goes on over the page"),
    "phone_left_out": (
        "责任人一格中的电话号码不导入",
        "the telephone number beside who rectifies is not imported",
    ),
    "several_findings": ("一格中的问题读作 {count} 项", "the cell was read as {count} findings"),
    "lines_kept_together": (
        "格中有换行，但不像是几项，按一项读",
        "the cell has line breaks but does not look like several findings; read as one",
    ),
    "clauses_kept_together": (
        "格中有分号而没有编号，按一项读；若是几项，请编号（1. 2.）或分行",
        "the cell has semicolons and no numbers; read as one finding: number them (1. 2.) if they are several",
    ),
    "numbers_nested": (
        "格中编号有层次或重新起算，按一项读；请逐项分行",
        "the numbers in the cell are nested or begin again; read as one finding: give each a row",
    ),
    "numbers_kept_together": (
        "格中似有编号，但不连续或写法不明，按一项读；请用 1. 2. 3. 编号",
        "the cell seems to be numbered, but not 1. 2. 3.; read as one finding",
    ),
    "cells_under_no_header": (
        "{column} 列没有表头却有内容（“{text}”），未读入",
        "column {column} has no header and holds something ('{text}'); it was not read",
    ),
    "subject_facts_differ": (
        "“{name}”的{fields}与第 {row} 行不同，以第 {row} 行为准",
        "{fields} of '{name}' differ from row {row}, which counts",
    ),
    "nothing_found": ("按“未发现问题”读入", "read as an inspection that found nothing"),
    "date_year_assumed": ("“{text}”没有写明年份，读作 {day}", "'{text}' names no full year; read as {day}"),
    "date_end_of_month": ("“{text}”读作该月最后一天 {day}", "'{text}' read as the last day of the month, {day}"),
    "date_order_assumed": ("“{text}”读作 {day}", "'{text}' read as {day}"),
    "exported_changed": ("导出的行已改：{fields}", "the exported row was changed: {fields}"),
}
