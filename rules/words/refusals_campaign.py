"""Refusals beyond a single case: of the campaign, its calendar and the register. Shape as in `refusals.py`."""

BEYOND_THE_CASE: dict[str, tuple[str, str, str]] = {
    "no_sector": ("domain §7", "行业主管部门的账号未注明行业领域", "A regulator needs a sector"),
    "post_of_subject": (
        "domain §7",
        "企业人员的岗位须注明所属企业，其他岗位不得注明（{role}）",
        "Say the enterprise for a post of an enterprise's people, and for no other ({role})",
    ),
    "post_of_elsewhere": (
        "domain §7",
        "企业人员的辖区须为其企业登记所在的区：{subject}登记在{registered}",
        "An enterprise's people have their post in its district: {subject} is registered in {registered}",
    ),
    "empty_period": (
        "domain §7",
        "结束须晚于开始（开始不填为现在）",
        "The end is to be later than the beginning (now, where none is given)",
    ),
    "own_appointment": (
        "domain §7",
        "不得为本人设置岗位或代理；请由另一名系统管理员办理",
        "Nobody gives a post or a delegation to oneself: another administrator does",
    ),
    "own_delegate": ("domain §7", "不得委托本人代理本人的岗位", "Nobody is a delegate for the own post"),
    "post_of_district": (
        "domain §7",
        "{role}须任职于一个区，任职于全市的不能办理任何案件",
        "The post of {role} is one of a district: of the whole city nothing could be done in it",
    ),
    "over_already": ("domain §7", "结束时间已过", "The end has passed already"),
    "held_already": (
        "domain §7",
        "该人员在此期间已担任同一岗位",
        "That person holds the same post already in that time",
    ),
    "unfit_delegate": (
        "domain §7",
        "代理人本人须担任同一角色的岗位（企业人员须属同一企业），检查员与区安监局负责人在同一区内可互相代理；"
        "否则请先为其设置相应岗位",
        "Who acts for another holds a post of the same role (of an enterprise's people: of the same subject);"
        " inspectors and the supervisor of one district act for each other. Anybody else is given such a post first",
    ),
    "delegate_leaves_before": (
        "domain §7",
        "代理人本人的岗位于 {last} 到期，代理不得超过该日",
        "The delegate's own post ends at {last}: the delegation ends by then",
    ),
    "delegated_already": (
        "domain §7",
        "该人员在此期间已代理这一岗位",
        "That person acts in this post already in that time",
    ),
    "own_signature": (
        "domain §6",
        "验收签字人须包括经办人本人（{name}）",
        "Whoever accepts a restart signs it: {name} is to be among the signatories",
    ),
    "unknown_officer": (
        "domain §7",
        "本区没有检查员“{name}”；可选：{known}",
        "The district has no inspector {name}; there are: {known}",
    ),
    "officer_of_other_sector": (
        "domain §7",
        "检查员“{name}”的岗位不含该案行业，无权查看，不能承办；可选：{known}",
        "{name} is an inspector of other sectors, who could not read the case; for its sector there are: {known}",
    ),
    "officers_by_sector": (
        "domain §7",
        "检查员“{name}”的岗位不含所列案件的全部行业；可选：{known}；或先在列表中按行业筛选",
        "{name} is not an inspector of all sectors of the listed cases; there are: {known}; or first choose a sector in"
        " the list",
    ),
    "nobody_stands_in": (
        "domain §7",
        "目前无人可代理：代理人须担任同一角色，或为同一区的检查员、区安监局负责人；请先为其增加该岗位",
        "Nobody may act in these posts: a delegate holds the same role, or is an inspector or the supervisor of the"
        " same district; first give somebody such a post",
    ),
    "last_administrator": (
        "domain §7",
        "此后将没有能长期登录的系统管理员，不予办理；请先为另一人设置无期限的系统管理员岗位，由其设置密码后再办理",
        "It would leave no administrator who can sign in for good: first give somebody else the post without an end,"
        " and have that person set a password",
    ),
    "registered_elsewhere": (
        "domain §7",
        "该对象登记在{registered}，不在{district}；请在登记所在的区纳入排查，或先办理迁移",
        "The subject is registered in {registered}, not in {district}; open its case there, or move it first",
    ),
    # -- what is typed
    "unfit_id": (
        "domain §2",
        "编号“{id}”不可用：只能用字母、汉字、数字和 - _ .，以字母、汉字或数字开头，不得含看不见的符号，最多 64 个字符",
        "The id '{id}' cannot be used: letters, digits, - _ and . only, beginning with a letter or digit, none that"
        " nobody sees, at most 64 characters",
    ),
    "line_too_long": (
        "domain §2",
        "{field}最多 {most} 个字，所填为 {length} 个",
        "At most {most} characters are taken as {field}, not {length}",
    ),
    "unfit_login": (
        "domain §7",
        "登录名“{login}”不可用：只能用字母、汉字、数字和 . _ -，以字母、汉字或数字开头，中间不留空格，最多 64 个字",
        "'{login}' is no login: letters (Chinese ones too), digits, . _ and - only, a letter or a digit first,"
        " no spaces, at most 64",
    ),
    "inspected_too_early": (
        "domain §2",
        "{ref} 的检查日期早于 {earliest}，请核对年份",
        "The day of inspection of {ref} lies before {earliest}: look at the year",
    ),
    # -- how much a case holds
    "too_many_findings": (
        "domain §2",
        "{of}最多 {most} 个问题；请分次登记，或对下属场所分别办理",
        "At most {most} findings {of}: record them in parts, or open a case for each site",
    ),
    "too_much_text": (
        "domain §2",
        "{of}的文字最多 {most} 字；请缩短，长文另存附件",
        "At most {most} characters {of}: shorten it, keep long texts as papers of their own",
    ),
    "too_many_commands": (
        "domain §2",
        "本案办理记录已达 {most} 条，不再受理备注等可反复提交的事项；其余事项照常办理",
        "The record of the case has {most} steps: it takes no more notes and the like; everything else goes on",
    ),
    # -- evidence
    "too_many_files": (
        "domain §2",
        "本案最多 {most} 个证据文件；请先合并材料",
        "A case has at most {most} files: put the material together first",
    ),
    "unknown_file": (
        "3.1.register",
        "本案没有收到文件“{name}”，或其名称、类型、大小不符；请重新上传后再提交",
        "The file {name} was not taken in for this case, or not under this name, kind and size: send it again first",
    ),
    # -- self-inspection
    "ledger_full": (
        "3.1.ledger",
        "自查自纠台账最多 {most} 项；请合并同类问题",
        "A self-inspection ledger has at most {most} rows: put like ones together",
    ),
    "found_later": (
        "3.1.ledger",
        "发现日期、整改完成日期不得晚于今天（{day}）",
        "What was found or put right was so by today, not on {day}",
    ),
    "right_before_found": (
        "3.1.ledger",
        "整改完成日期（{day}）不得早于发现日期（{found}）",
        "What was found on {found} was not put right before that day, on {day}",
    ),
    "right_already": (
        "3.1.ledger",
        "该项已登记整改完成日期（{day}），不再更改",
        "It is written down as put right on {day}, which stays",
    ),
    "row_recorded": (
        "3.1.ledger",
        "该项已记录为问题 {ref}，不再重复记录",
        "This row is recorded as finding {ref} already: it is not recorded twice",
    ),
    # -- the calendar
    "unknown_phase": ("domain §5", "方案中没有阶段“{phase}”", "The plan has no phase {phase}"),
    "boundary_passed": (
        "domain §5",
        "该阶段日期{old}已过，此前作出的决定不变，不得再调整",
        "The boundary {old} has passed: what was decided stays decided, it cannot be moved",
    ),
    "boundary_not_ahead": (
        "domain §5",
        "新的阶段日期{to}须晚于当前时间{now}",
        "The new boundary {to} must lie after now, {now}",
    ),
    "boundary_order": (
        "domain §5",
        "阶段日期调整为{to}，将使{phase}的开始不早于结束；须{room}",
        "With the boundary {to} the phase {phase} would not begin before it ends: it is to be {room}",
    ),
    "boundary_unchanged": ("domain §5", "阶段日期现为{to}，无需调整", "The boundary is {to} already"),
    "campaign_over": ("domain §4", "行动已于{ends}结束", "The campaign ended at {ends}"),
    "working_days_wrong": ("domain §5", "{year}年工作日安排有误：{wrong_zh}", "The calendar of {year}: {wrong_en}"),
    # -- work over many rows
    "decided_since": (
        "3.1.ledger",
        "导入之后已有人办理“{do}”，不得撤销",
        "Somebody acted on it after the import ({do}): it cannot be undone",
    ),
    "flag_set_by_hand": (
        "3.1.ledger",
        "问题 {ref} 的“属非法生产经营建设”系人工填写，撤销后将丢失，请直接更正",
        "That {ref} is an illegal operation was said by hand and would be lost: correct the finding instead",
    ),
    "import_running": (
        "3.1.ledger",
        "导入 {job} 正在进行，请在完成后撤销；需要立即中止的，请系统管理员停止该任务（rectify job stop {job}）",
        "The import {job} is still running: take it back once it has finished, or have an administrator stop it"
        " (rectify job stop {job})",
    ),
    "stale_row": (
        "3.1.ledger",
        "问题 {ref} 在导出之后已有变化，请重新导出后再改",
        "The finding {ref} changed after the export: export it again, then change it",
    ),
    # -- the register
    "merge_with_itself": ("domain §2", "{subject} 不能并入自身", "{subject} cannot be merged into itself"),
    "subject_merged": (
        "domain §2",
        "{subject} 已并入 {into}，请以 {into} 办理",
        "{subject} was merged into {into}: act on {into}",
    ),
    "subject_not_active": ("domain §2", "{subject} 的状态为 {state}", "{subject} is {state}"),
    "ceased_ahead": (
        "domain §2",
        "停止经营之日不得晚于当日（{today}）",
        "The day since which it ceased is not later than today ({today})",
    ),
    "no_phone_number": (
        "domain §2",
        "电话须为号码：数字、“+”、“-”和空格，至少 {least} 位数字",
        "A phone number has digits, +, - and spaces, and at least {least} digits",
    ),
    "stale_version": (
        "domain §2",
        "{subject} 已被他人改动（现为第 {version} 版），请重新读取后再改",
        "{subject} was changed meanwhile (version {version} now): read it again, then change it",
    ),
    "nothing_changed": (
        "domain §2",
        "{subject} 的登记事项与所给内容一致，没有变更",
        "The register says so of {subject} already: nothing would change",
    ),
    "subject_exists": ("domain §2", "登记簿中已有编号 {subject}", "The register has a subject {subject} already"),
    # -- erasure
    "case_still_open": ("domain §7", "案件尚未结案，不得销毁案卷", "The case is open: its record is not erased"),
    "retention_runs": (
        "domain §7",
        "案卷保存期限未满，{until} 前不得销毁",
        "The record is to be kept until {until} and is not erased before",
    ),
}
