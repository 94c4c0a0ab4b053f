"""What keeps a row out of an import, by code."""

# code: Chinese, English; {…} is filled with what stands in the file
ERRORS: dict[str, tuple[str, str]] = {
    "no_ledger": (
        "没有找到台账的表头；至少要有单位名称（或信用代码）、问题描述两列。前几行是：{found}",
        "no header of a ledger was found; a name (or code) and a description are needed. The first rows: {found}",
    ),
    "column_missing": (
        "缺少“{field}”一列；{offer}读到的表头有：{found}。可用 --map '表头={key}' 指定{or_zh}",
        "the column {key} is missing; {offer_en}headers read: {found}. Name it with --map 'HEADER={key}'{or_en}",
    ),
    "other_table": (
        "从这里起是另一张表，其后各行未读入；请把它放到另一张工作表",
        "another table begins here; what follows was not read: put it on a sheet of its own",
    ),
    "section_row": (
        "这是小标题“{text}”，而表中没有相应的一列，其后各行未读入；请加所属区（等级、检查日期）一列，或分表填写",
        "a heading, '{text}', and no column for what it says; what follows was not read: add the column",
    ),
    "line_in_one_cell": (
        "整行内容都在一格里“{text}”，未读入；请检查引号和分隔符",
        "a whole line in one cell, '{text}'; it was not read: mend quotes and separators",
    ),
    "row_longer": (
        "这一行比表头多出内容“{text}”；逗号未加引号？请更正",
        "the line goes on beyond the header with '{text}'; a comma without quotes? Mend it",
    ),
    "description_merged": (
        "问题描述与上行合并，而本行另填了{fields}；一项问题只占一行，请拆分",
        "the description is merged with the line above, and this one says for itself: {fields}; give each its own line",
    ),
    "two_under_one_header": (
        "“{header}”之下有两格内容，不知以哪格为准：“{text}”",
        "two cells under the one header '{header}': which counts? '{text}'",
    ),
    "name_unreadable": (
        "“{text}”不是单位名称；若与上行相同，请写“同上”",
        "'{text}' is no name of a unit; write 同上 for the one above",
    ),
    "two_names": (
        "一格中不止一个单位“{text}”；请分行填写（若是一个名称，请去掉其中的换行和分隔符）",
        "more than one unit in a cell: '{text}'; give each a row (or, if it is one, take break or separator out)",
    ),
    "column_twice": (
        "“{first}”和“{second}”都读作“{field}”；请删去一列，或用 --map '表头=' 略去一列",
        "'{first}' and '{second}' both read as {key}; delete one, or leave one out with --map 'HEADER='",
    ),
    "mapping_no_header": (
        "--map 指定的表头“{header}”不存在；读到的表头有：{found}",
        "--map names the header '{header}', which is not there; headers read: {found}",
    ),
    "mapping_no_field": (
        "--map 中没有“{field}”这一项；可选：{known}",
        "--map knows no field '{field}'; one of {known}",
    ),
    "value_unknown": (
        "--value '{text}={meaning}'：“{meaning}”不是方案中的类别、等级、区、行业，也不是日期；请写编号或代码",
        "--value '{text}={meaning}': '{meaning}' is no category, grade, district or sector of the plan, and no day",
    ),
    "formula": (
        "单元格是公式，其结果不予采信；请复制后“粘贴为数值”",
        "the cell is a formula, whose result is not taken; paste it as a value",
    ),
    "cell_error": (
        "单元格是 Excel 错误值 {text}；请填写内容本身，或清空",
        "the cell holds the Excel error {text}; write what is meant, or empty it",
    ),
    "struck_out": (
        "内容带有删除线“{text}”，不知是否作废；请删去该内容（或该行），或取消删除线",
        "struck out: '{text}'. Is it void? Delete it (or the row), or take the line through it away",
    ),
    "text_too_long": ("内容超过 {limit} 个字；请缩短", "more than {limit} characters; shorten it"),
    "ditto_without_above": (
        "“{text}”之上没有可以沿用的内容；请填写内容本身",
        "'{text}' has nothing above it to repeat; write what is meant",
    ),
    "subject_missing": (
        "没有单位名称，也没有信用代码；请填写其一",
        "neither a name nor a code of the unit; write one of them",
    ),
    "name_missing": (
        "信用代码 {code} 尚无登记，新单位须填写名称",
        "the code {code} is not registered yet; a new unit needs a name",
    ),
    "code_lost_digits": (
        "信用代码被 Excel 当作数字，末尾几位已丢失；请将该列设为文本后重新填写",
        "Excel took the code for a number and lost its last digits; set the column to text and type it again",
    ),
    "code_name_contradict": (
        "信用代码 {code} 登记的是“{registered}”，与“{name}”不符；请核对证照，更正写错的一格",
        "the code {code} is registered for '{registered}', not for '{name}'; see the licence and mend the wrong one",
    ),
    "name_code_contradict": (
        "“{name}”登记的信用代码是 {registered}，与 {code} 不符；请核对证照，更正写错的一格",
        "'{name}' is registered with the code {registered}, not {code}; see the licence and mend the wrong one",
    ),
    "code_of_two_names": (
        "同一信用代码 {code} 在第 {row} 行是“{other}”，这里是“{name}”；请核对证照，更正其一",
        "the code {code} stands for '{other}' in row {row} and for '{name}' here; see the licence and mend one",
    ),
    "name_of_two_codes": (
        "“{name}”在第 {row} 行的信用代码是 {other}，这里是 {code}；请核对证照，更正其一",
        "'{name}' has the code {other} in row {row} and {code} here; see the licence and mend one",
    ),
    "name_ambiguous": (
        "登记的单位中有 {count} 个“{name}”；请填写信用代码或所属区",
        "{count} registered units are called '{name}'; give the code or the district",
    ),
    "district_missing": (
        "没有所属区；若同属一区，可用 --value '=区划代码' 统一指定：{known}",
        "no district; if they are all of one, say so with --value '=CODE': {known}",
    ),
    "district_unknown": (
        "没有“{text}”这个区；可选：{known}，或用 {option} 统一指定",
        "no district '{text}'; one of {known}, or say once what it is with {option}",
    ),
    "district_contradict": (
        "“{name}”登记在 {registered}，与“{text}”不符；请更正所属区，已迁移的先在登记簿办理迁移辖区",
        "'{name}' is registered in {registered}, not in '{text}'; mend the district, or have the register moved first",
    ),
    "sector_unknown": (
        "没有“{text}”这个行业；可选：{known}，或留空；可用 {option} 统一指定（等号后不写即留空）",
        "no sector '{text}'; one of {known}, or empty; say once what it is with {option} (nothing after = for empty)",
    ),
    "sector_ambiguous": (
        "行业“{text}”可能是：{known}；请写其中一个",
        "the sector '{text}' may be {known}; write one of them",
    ),
    "kind_unknown": (
        "没有“{text}”这种对象；可选：企业、场所、车辆、个人",
        "no kind '{text}'; one of enterprise, site, vehicle, person",
    ),
    "category_missing": (
        "没有类别；若各行同属一类，可用 --value '=类别编号' 统一指定",
        "no category; if the lines without one are of one kind, say so with --value '=ID'",
    ),
    "category_unknown": (
        "“{text}”不是方案中的类别{near}；请写编号，如 V01、H07，或用 {option} 统一指定",
        "'{text}' is no category of the plan{near_en}; write its id, such as V01 or H07, or say it once: {option}",
    ),
    "category_ambiguous": (
        "类别“{text}”可能是：{known}；请写编号",
        "the category '{text}' may be {known}; write the id",
    ),
    "category_number_alone": (
        "“{text}”只有序号，不知是哪一张清单的；请写 V{text} 或 H{text}，或（二）{text}、（三）{text}",
        "'{text}' is a bare number, of which list is not said; write its id, or （二）{text} or （三）{text}",
    ),
    "category_contradict": (
        "“{text}”中编号是 {first}，名称却是 {second}；请只留对的一个",
        "in '{text}' the id is {first} and the name is that of {second}; leave the right one",
    ),
    "responsible_do_not_match": (
        "一格中有 {findings} 项问题，责任人写了几个（{text}），无法对应；请分行填写",
        "{findings} findings in one row, and several persons ({text}): whose is which? Give each a row of its own",
    ),
    "responsible_nobody": (
        "“{text}”不是责任人；请填写姓名，尚未确定的请留空，或用 {option} 一律按空白读",
        "'{text}' names nobody; write who rectifies, or leave it empty until it is settled ({option} does so for all)",
    ),
    "major_is_a_count": (
        "“重大”一列写的是个数（{text}），不知是哪一项；请填写等级，或用 --map '表头=' 略去该列",
        "the column of major hazards counts them ({text}), of which is not said: write grades, or leave the column out",
    ),
    "grade_twice": ("既标为一般，又标为重大；请只留一个", "ticked as general and as major; leave one"),
    "grade_of_title": (
        "“{text}”说的是重大隐患，却没有等级；请填写等级（一般或重大）",
        "'{text}' speaks of major hazards, and no grade is given: write it, general or major",
    ),
    "nothing_found_but_major": (
        "写明未发现问题，却标为重大；请更正",
        "it says that nothing was found, and that it is major; mend it",
    ),
    "nothing_found_among": (
        "一格的几项中有写“未发现问题”的；请删去该项",
        "among the findings of the cell one says that nothing was found; take it out",
    ),
    "categories_do_not_match": (
        "一格中有 {findings} 项问题、{categories} 个类别（{text}），无法对应；请分行填写，或用 {option} 指定其一",
        "{findings} findings and {categories} categories ({text}) in one row; give each a row, or say which: {option}",
    ),
    "nothing_found_but_category": (
        "写明未发现问题，却填了类别“{category}”；请删去其一",
        "it says that nothing was found, and names the category '{category}'; delete one of them",
    ),
    "district_twice": (
        "“{text}”写了不止一个区（{known}）；每行只能有一个",
        "'{text}' names more than one district ({known}); one a row",
    ),
    "grade_unknown": (
        "没有“{text}”这个等级；可选：一般、重大{or_zh}",
        "no grade '{text}'; general or major{or_en}",
    ),
    "description_missing": (
        "没有问题描述；若未发现问题，请写“未发现问题”",
        "no description; if nothing was found, write 未发现问题",
    ),
    "description_unreadable": (
        "“{text}”没有写明是什么问题；请逐项写明，若未发现问题请写“未发现问题”",
        "'{text}' does not say what the problem is; write each in words, or 未发现问题 if nothing was found",
    ),
    "description_done": (
        "“{text}”说的是已经整改，没有写明是什么问题；请写明问题，整改情况写在“整改情况”一列",
        "'{text}' says that something was put right, not what was wrong; write the problem, the rest under 整改情况",
    ),
    "description_promised": (
        "“{text}”说的是整改要求，没有写明是什么问题；请写明问题",
        "'{text}' says what is to be done, not what is wrong; write the problem",
    ),
    "description_well": (
        "“{text}”说的是没有问题；请写明问题，若未发现问题请写“未发现问题”",
        "'{text}' says that all is well; write the problem, or 未发现问题 if nothing was found",
    ),
    "inspected_missing": ("没有检查日期；请填写，写法如 2013-06-30", "no inspection date; write it, as 2013-06-30"),
    "date_unreadable": (
        "“{text}”不是日期；日期的写法如 2013-06-30{or_zh}",
        "'{text}' is no date; a date is written as 2013-06-30{or_en}",
    ),
    "date_impossible": ("没有“{text}”这一天；请更正", "there is no day '{text}'; mend it"),
    "date_ambiguous": (
        "“{text}”可以读作不同的日期；写法如 2013-06-30",
        "'{text}' can be read as different days; a date is written as 2013-06-30",
    ),
    "date_incomplete": (
        "“{text}”没有写明哪一天；写法如 2013-06-30",
        "'{text}' names no day; a date is written as 2013-06-30",
    ),
    "date_is_a_range": ("“{text}”是一段时间；请只写一天", "'{text}' is a period; write one day"),
    "inspected_outside": (
        "检查日期 {day} 不在行动期间（{begins} 至 {ends}）；请更正，期间以外的检查不列入本次台账",
        "the inspection date {day} lies outside the campaign ({begins} to {ends}); mend it, or leave the row out",
    ),
    "inspected_in_future": (
        "检查日期 {day} 晚于今天 {today}；请更正",
        "the inspection date {day} is later than today, {today}; mend it",
    ),
    "due_before_inspection": (
        "整改期限 {due} 早于检查日期 {day}；请更正写错的日期，或留空整改期限，按方案计算",
        "the due date {due} is before the inspection date {day}; mend the one that is wrong, or leave "
        "the due date empty for the plan's",
    ),
    "due_past_cap": (
        "整改期限 {due} 晚于最后期限 {cap}；请改为不晚于该日，或留空，按方案计算",
        "the due date {due} is later than the last day allowed, {cap}; choose one by then, or leave it empty",
    ),
    "due_not_ahead": (
        "整改期限 {due} 已过（今天 {today}）；已整改的请在整改情况一列写明，"
        "未整改的请填新的期限，或加 --past-due plan 一律按方案计算",
        "the due date {due} has passed (today is {today}); if it was rectified, say so in a column 整改情况; else give "
        "a new date, or take the plan's for all with --past-due plan",
    ),
    "key_twice": (
        "行标识 {key} 在第 {row} 行已出现；新增的行请清空行标识和版本",
        "the key {key} stands in row {row} already; empty key and version of a new row",
    ),
    "key_unreadable": (
        "行标识或版本已被改动；请从导出文件恢复这两格，新增的行请清空",
        "the key or the version was changed; restore both cells from the export, or empty both for a new row",
    ),
    "exported_subject_changed": (
        "导出的行不能改换单位（{fields}）；请恢复，或另起一行",
        "an exported row cannot change its unit ({fields}); restore it, or use a new row",
    ),
    "recorded_otherwise": (
        "同一单位同一检查日期的这项问题此前已导入，只是类别、等级、责任人或期限不同；请用导出的台账更改",
        "an import recorded this problem of the unit, of that day, with another category, grade, person or due date; "
        "change it in an export",
    ),
    "exported_unknown": (
        "没有 {key} 这条问题；新增的行请清空行标识和版本",
        "there is no finding {key}; empty key and version for a new row",
    ),
    "exported_stale": (
        "{key} 在导出之后已有变化；请重新导出后再改",
        "{key} changed after the export; export again, then change it",
    ),
    "responsible_needed": (
        "{key} 须有整改责任人：填期限须同时填责任人，已填的不能删空",
        "{key} needs who rectifies it: a due date goes with a person, and one that is named cannot be emptied",
    ),
    "exported_fixed": (
        "{fields} 不能通过台账更改：登记之后只能更改整改责任人，延期须申请",
        "{fields} cannot be changed by a ledger; once registered, only who rectifies it (a later date is an extension)",
    ),
    "not_your_sector": (
        "行业领域“{sector}”不属于导入人的行业领域（{own}）；行业填错的请更正，属该行业的由其检查员导入",
        "{sector} is not {own}, the sector of whoever imports; mend the sector, or have its inspector import it",
    ),
    "not_your_district": (
        "所属区 {district} 不在导入人的辖区 {territory}；所属区填错的请更正，属该区的由该区检查员导入",
        "{district} is not in {territory}, the territory of whoever imports; mend the district, or have an inspector"
        " there import the row",
    ),
}
