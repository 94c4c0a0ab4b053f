"""The columns of a ledger and the headers under which offices write them (3.1.ledger)."""

import re
from functools import lru_cache
from typing import Literal, get_args

from ledgers.words import folded

Field = Literal[
    "name",
    "code",
    "district",
    "street",
    "sector",
    "kind",
    "inspected_on",
    "description",
    "category",
    "category_list",
    "grade",
    "responsible",
    "due",
    "key",
    "version",
    "serial",
    "progress",
]
FIELDS: tuple[Field, ...] = get_args(Field)
LABELS: dict[Field, str] = {
    "name": "单位名称",
    "code": "统一社会信用代码",
    "district": "所属区",
    "street": "街道",
    "sector": "行业领域",
    "kind": "对象类型",
    "inspected_on": "检查日期",
    "description": "问题描述",
    "category": "类别",
    "category_list": "所属清单",
    "grade": "等级",
    "responsible": "整改责任人",
    "due": "整改期限",
    "key": "行标识",
    "version": "版本",
    "serial": "序号",
    "progress": "整改情况",
}
NEEDED: tuple[Field, ...] = ("description", "category", "inspected_on")
"""With a name or a code, what no row can do without."""
IDENTIFYING: tuple[Field, ...] = ("name", "code", "description")
SUBJECT: tuple[Field, ...] = ("name", "code", "district", "street", "sector", "kind")
_SYNONYMS: dict[Field, str] = {
    "name": "企业名称 单位名称 生产经营单位 生产经营单位名称 被检查单位 被检查单位名称 受检单位 受检单位名称 企业 单位 公司名称 "
    "企业(单位)名称 单位(企业)名称 单位(场所)名称 场所名称 对象名称 检查对象 被检查对象 名称 企业全称 单位全称 主体名称 "
    "经营单位名称 项目名称 工程名称 车牌号 车牌号码 NAME SUBJECT ENTERPRISE COMPANY UNIT",
    "code": "统一社会信用代码 信用代码 社会信用代码 统一信用代码 组织机构代码 营业执照号 营业执照号码 统一社会信用代码证号 "
    "工商注册号 统一社会信用码 社会统一信用代码 企业代码 单位代码 CODE CREDITCODE UNIFIEDCREDITCODE",
    "district": "所属区 属地 区 所在区 辖区 区县 所属辖区 属地区 行政区 行政区划 所属区县 区(县) 所在区县 所属地区 所属区域 "
    "地区 区域 属地监管单位 DISTRICT",
    "street": "街道 乡镇 街道乡镇 乡镇街道 所属街道 街道(乡镇) 乡镇(街道) 所在街道 街道办 街道办事处 镇街 STREET TOWN",
    "sector": "行业 行业领域 所属行业 行业类别 行业类型 重点行业领域 行业分类 所属行业领域 领域 SECTOR INDUSTRY",
    "kind": "对象类型 主体类型 单位类型 企业类型 对象类别 主体类别 KIND",
    "inspected_on": "检查日期 检查时间 排查时间 排查日期 自查时间 自查日期 发现时间 发现日期 检查(排查)时间 检查(排查)日期 "
    "巡查日期 巡查时间 排查整治时间 INSPECTEDON INSPECTIONDATE INSPECTED",
    "description": "问题描述 存在问题 存在的问题 隐患描述 检查发现的问题 发现的问题 发现问题 问题 隐患内容 隐患情况 问题隐患 "
    "隐患问题 存在的隐患 存在隐患 安全隐患 事故隐患 问题及隐患 隐患 隐患(问题)描述 问题(隐患)描述 主要问题 隐患具体内容 "
    "存在的问题及隐患 存在的主要问题 隐患基本情况 隐患名称 问题清单 具体问题 排查发现的问题 隐患问题描述 问题隐患描述 "
    "检查发现问题 检查情况 自查发现的问题 违法违规行为描述 DESCRIPTION FINDING FINDINGS PROBLEM",
    "category": "类别 隐患类别 问题类别 隐患类型 问题类型 隐患分类 问题分类 类型 分类 违法行为类别 违法类别 非法违法行为类别 "
    "隐患(问题)类别 类别编号 隐患编号类别 CATEGORY",
    "category_list": "所属清单 清单 清单类别 大类 隐患大类 问题大类 清单名称 LIST",
    "grade": "等级 隐患等级 隐患级别 级别 问题等级 隐患程度 严重程度 风险等级 问题级别 隐患性质 GRADE LEVEL SEVERITY",
    "responsible": "整改责任人 责任人 整改负责人 整改责任人姓名 责任人姓名 整改人 隐患整改责任人 整改责任人员 责任人员 "
    "整改落实人 RESPONSIBLE RESPONSIBLEPERSON",
    "due": "整改期限 完成时限 整改时限 整改完成时限 整改完成期限 限期 期限 时限 要求完成时间 整改截止日期 整改截止时间 限期整改日期 "
    "限期整改时间 要求整改期限 计划完成时间 计划完成日期 整改限期 要求整改完成时间 拟完成时间 应完成时间 DUE DUEDATE DEADLINE",
    "key": "行标识 ROWKEY",
    "version": "版本 ROWVERSION",
    "serial": "序号 编号 项次 行号 NO NO. 顺序号 #",
    "progress": "整改情况 完成情况 整改结果 整改状态 整改落实情况 是否整改 是否完成 整改完成情况 整改进展 是否整改完成 整改措施落实情况 "
    "实际完成时间 整改完成时间 完成时间 完成日期 整改完成日期 复查情况 验收情况 销号情况 是否销号 是否整改到位 PROGRESS STATE",
}
_BY_HEADER: dict[str, Field] = {
    word: field for field, words in _SYNONYMS.items() for word in (folded(w) for w in words.split())
}
_DECORATION = re.compile(r"[*#:：、,，。.·“”\"'_]+")
_BRACKETED = re.compile(r"[(\[【<《{][^)\]】>》}]*[)\]】>》}]")
_NUMBERED = re.compile(r"^(?:\(?[0-9一二三四五六七八九十]{1,2}[)、.]|\d{1,2})(?=.)")


@lru_cache(maxsize=4_096)
def plain_header(text: str) -> str:
    """A header for comparing: no spaces, line ends, asterisks; half-width."""
    return folded(text).replace("【", "(").replace("】", ")").replace("[", "(").replace("]", ")").strip("*＊ ")


def field_of(header: str) -> Field | None:
    """The field that a header names; brackets and what stands in them may explain it or not."""
    whole = plain_header(header)
    if not whole or len(whole) > 60:
        return None
    without = _BRACKETED.sub("", whole)
    joined = whole.replace("(", "").replace(")", "")
    slashed = re.split(r"[/／]", without)[0]
    for candidate in (whole, without, joined, slashed):
        for text in (candidate, _DECORATION.sub("", candidate), _NUMBERED.sub("", _DECORATION.sub("", candidate))):
            if found := _BY_HEADER.get(text):
                return found
    return None
