"""The headers under which offices write each column; width, spaces, brackets and case do not count.

Usual words first, spaces between them; then how headers are put together of parts (检查 + 发现的 + 主要 + 问题).
"""

SYNONYMS: dict[str, str] = {
    "name": (
        "生产经营单位 被检查单位 受检单位 企业 单位 对象名称 检查对象 被检查对象 名称 主体名称 经营单位名称 车牌号 "
        "车牌号码 NAME SUBJECT ENTERPRISE COMPANY UNIT"
    ),
    "code": (
        "统一信用代码 组织机构代码 营业执照号 营业执照号码 工商注册号 统一社会信用码 社会统一信用代码 企业代码 "
        "单位代码 CODE CREDITCODE UNIFIEDCREDITCODE"
    ),
    "district": (
        "所属区 属地 区 所在区 辖区 区县 所属辖区 属地区 行政区 行政区划 所属区县 所属县区 区(县) 所在区县 "
        "所属地区 所属区域 地区 区域 属地监管单位 DISTRICT"
    ),
    "street": (
        "街道 乡镇 街道乡镇 乡镇街道 所属街道 街道(乡镇) 乡镇(街道) 所在街道 街道办 街道办事处 镇街 STREET TOWN"
    ),
    "sector": "行业 行业领域 所属行业 行业类别 行业类型 重点行业领域 行业分类 所属行业领域 领域 SECTOR INDUSTRY",
    "kind": "对象类型 主体类型 单位类型 企业类型 对象类别 主体类别 KIND",
    "inspected_on": "日期 时间 INSPECTEDON INSPECTIONDATE INSPECTED",
    "description": "检查情况 描述 DESCRIPTION FINDING FINDINGS PROBLEM",
    "category": "类别 类型 分类 类别编号 CATEGORY",
    "category_list": "所属清单 清单 清单类别 大类 隐患大类 问题大类 清单名称 LIST",
    "grade": "等级 级别 严重程度 GRADE LEVEL SEVERITY",
    "major": "重大 重大隐患 是否重大 是否重大隐患 重大事故隐患 是否为重大隐患 是否属于重大隐患",
    "minor": "一般 一般隐患 一般事故隐患 一般问题",
    "responsible": "责任人 责任人姓名 责任人员 整改人 RESPONSIBLE RESPONSIBLEPERSON",
    "due": "限期 期限 时限 完成时限 完成期限 DUE DUEDATE DEADLINE",
    "key": "行标识 ROWKEY",
    "version": "版本 ROWVERSION",
    "serial": "序号 编号 项次 行号 NO NO. 顺序号 #",
    "progress": (
        "整改情况 完成情况 整改结果 整改状态 整改落实情况 是否整改 是否完成 整改完成情况 整改进展 "
        "是否整改完成 整改措施落实情况 实际完成时间 整改完成时间 完成时间 完成日期 整改完成日期 复查情况 "
        "验收情况 销号情况 是否销号 是否整改到位 PROGRESS STATE"
    ),
}
_CHECKED = "(?:现场|日常|专项|首次|企业)?(?:检查|排查|自查|巡查|督查|核查|自检|自查自纠|检查排查|排查整治)"
_UNIT = r"(?:生产经营单位|企业|单位|公司|场所|项目|工程)"
_WRONG = "(?:安全生产|生产安全|安全|事故|重大|一般)?(?:问题|隐患)"
_AND = "[和及与或、/]?"
PATTERNS: dict[str, str] = {
    "name": (
        rf"{_UNIT}(?:{_AND}\(?{_UNIT}\)?)*(?:名称|全称)|(?:被|受)(?:检查?|查|排查|督查)的?{_UNIT}(?:名称|全称)?"
        rf"|(?:存在)?(?:隐患|问题)所?在?{_UNIT}(?:名称|全称)?"
    ),
    "code": "(?:企业|单位)?(?:统一)?社?会?信用代码证?(?:号|号码)?",
    "inspected_on": rf"(?:{_CHECKED}|发现)(?:问题|隐患)?{_AND}\(?(?:{_CHECKED}|发现)?\)?的?(?:日期|时间)",
    "description": (
        rf"(?:{_CHECKED}[中所]?)?(?:发现|查出|排查出|查找出|存在)?[出到]?的?(?:主要|具体|突出)?{_WRONG}"
        rf"(?:{_AND}\(?{_WRONG}\)?)?的?(?:基本|具体|详细)?(?:描述|内容|情况|详情|明细|清单|名称|现状|说明)?"
        "|(?:非法|违法|违规|、)+(?:事实|行为(?:描述|内容|情况))"
    ),
    "category": (
        r"(?:非法|违法|违规|行为|(?:安全|事故)?隐患|问题|[和及与或、()])+所?属?(?:类别|类型|分类|种类)(?:编号|编码|代码|名称)?"
        "|隐患编号类别"
    ),
    "grade": "(?:安全|事故|隐患|问题|风险)+的?(?:等级|级别|分级|程度|性质)",
    "responsible": "(?:隐患|问题)?整改(?:责任|负责|落实)人员?(?:姓名)?|(?:隐患|问题)(?:治理)?责任人(?:姓名)?",
    "due": (
        "(?:要求|计划|拟|应|承诺|预计|规定)?(?:隐患|问题)?(?:限期)?(?:整改|治理)(?:完成)?(?:限期|期限|时限|截止日期|截止时间)"
        "|(?:要求|计划|拟|应|承诺|预计|规定|限期)(?:整改|治理)?(?:完成)?(?:日期|时间|期限|时限)"
    ),
}
