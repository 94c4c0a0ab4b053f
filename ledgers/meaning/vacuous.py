"""Texts that fill the cell of the problem and name none: what was done, will be done or is well; a test, a topic.

By their parts, as such texts are put together: a thing (消防通道) and that it is in order (畅通), a deed (整改) and its
time (立即). One word of a lack, a breach or a damage anywhere, and the text is a finding.
"""

import re
from functools import lru_cache
from typing import Literal

from ledgers.meaning.nothing import describes_nothing
from ledgers.words import folded

Vacuous = Literal["", "done", "promised", "well", "nothing", "bare"]
_CODES: dict[Vacuous, str] = {
    "": "",
    "nothing": "description_unreadable",
    "done": "description_done",
    "promised": "description_promised",
    "well": "description_well",
    "bare": "description_bare",
}
_LONGEST = 40
_CLAUSES = re.compile(r"[,，;；。!！\n]+|、(?!\d)")
_NUMBER = re.compile(r"^[(]?\d{1,2}[.、)]")
_LACK = re.compile(
    "未|没|不|缺|失|损|坏|破|漏|堵|占|锈|裂|松|脱|断|过期|到期|超|违|乱|杂|积|老化|裸|露|堆(?!放(?:整齐|有序|规范))|混|少|错|私|擅|冒|非法|假|伪|逾|拒|危及|烂|脏|污|"
    "变形|倾|沉|故障|异常|欠|挡|遮|塞|卡|待|需|应(?!急)|尚|影响|妨|阻|难|仅|只有|低于|高于|过[大高低热长短窄]|打开|敞开|停用|报废|淘汰|拆|带病|疲劳|酒|"
    "无证|无照|无[^异问隐此]|摆放在|停放|搭|改装|改变|代替|捆|锁闭|上锁|虚|旧|差|薄弱|滞后|空白|空瓶|悬空|短路|起火|冒烟|泄|渗|滴|腐|磨|凹|翘|塌|坠"
)
_DEED = (
    "(?:整改|改正|改善|改进|纠正|处理|处置|落实|执行|完善|解决|清理|清除|清运|更换|更新|修复|维修|修理|修补|补充|补齐|配备|配齐|张贴|悬挂|恢复|"
    "检测|送检|培训|加装|安装|加固|消除|治理|整治|排除|跟进|督办|完成|销号|闭环|关闭|复查|验收|换|改|修)"
)
_SOON = (
    r"(?:立即|立刻|马上|尽快|及时|抓紧|限期|按期|按时|现场|当场|当日|当天|即刻|随即|边查边|立行立|立查立|全部|完全|逐项|逐步|"
    r"限?\d{1,3}(?:个?工作日|日|天|小时|周)(?:之?内)?)"
)
_WHOSE = "(?:(?:该|本|此|上述|以上|所有|各项|全部)?(?:安全|一般|重大|事故)?(?:问题|隐患|现场|企业|单位|项目|不符合项))"
_ENDED = "(?:完成|完毕|到位|合格|好|了|新的|一新|结束|中|一遍|通知书?|单|工作)"
_DONE = re.compile(
    rf"{_WHOSE}?(?:现|均|都|全部|业|目前)*(?:已|己|以)(?:经|重新|按要求|按规定|督促|责令|要求|进行|{_SOON})*{_DEED}+{_ENDED}*"
    rf"|{_WHOSE}?{_DEED}+(?:完成|完毕|到位|合格|了|好了)"
)
_MENDED = re.compile(
    r".{2,12}(?:已|己)(?:经|全部|重新|及时|立即|当场|现场)*"
    r"(?:更换|更新|整改|改正|修复|维修|修好|补齐|补充|清理|清除|配备|配齐|张贴|恢复|检测|送检|培训|完善|加装|安装|落实|处理)"
    "(?:完成|完毕|到位|合格|好)*"
)
_BY_RULE = (
    "(?:严格)?(?:按照?|依照?|根据)(?:上级|有关|相关|安全|生产|规范|标准|操作|公司|方案)*"
    "(?:要求|规定|规范|标准|制度|计划|规程|规章|方案)"
)
_OUGHT = (
    "(?:请|须|要求|责令|督促|建议|将|要|并|企业|单位|负责人|安排|计划|准备|"
    "继续|予以|进行|派人|专人|下[发达]|停止(?:作业|使用|施工|生产))"
)
_PROMISED = re.compile(
    rf"{_OUGHT}*(?:{_SOON}|{_OUGHT})*{_DEED}+{_ENDED}*|{_BY_RULE}(?:的?(?:进行|严格|认真))?(?:{_DEED}|操作|办理|实施|开展|作业)+"
    r"|(?:已|己)?(?:下[发达])?(?:责令|限期)?整改(?:通知|指令)(?:书|单)?|口头(?:警告|教育|提醒)|批评教育|约谈"
)
_IN_ORDER = (
    "(?:完好|良好|正常|齐全|有效|畅通|通畅|合格|到位|规范|整洁|健全|完善|完备|清晰|充足|达标|有序|齐备|可靠|牢固|整齐|干净|合规|较好|很好|"
    "无异常|无问题|无隐患|在有效期内|持证上岗|(?:符合|满足)(?:安全|消防|规范|标准|相关)*(?:要求|规定|标准|条件))"
)
_WELL = re.compile(rf".{{0,14}}{_IN_ORDER}+的?|一切.{{1,4}}|安全")
_NOT_HERE = re.compile(
    "(?:该|此|本)?(?:项|单位|企业)?(?:不涉及|不适用|(?:没有|无)(?:此|该|这|相关)(?:项|类|种|设备|情况|内容|作业|工艺|业务|问题|隐患|场所)*)"
)
_WRONG_SOMEHOW = re.compile(
    "(?:仍|还)?(?:有|存在|发现|查出|排查出)?(?:着|了)?(?:一定|一些|较大|较多|若干|几[处个]|重大|一般|多处|的|安全|事故|消防|生产|质量)*"
    "(?:问题|隐患|缺陷|风险|漏洞)"
)
_TEST = re.compile(
    r"测试(?:数据|内容|问题|隐患|用|行|一下)*\d*|试填|试一下|样例|TEST\w{0,4}|[A-Z]{1,3}[-\d]*|([A-Z\d])\1+|(.)\2{2,}|ASDF\w*|QWER\w*|\d+[-/\d]*"
)
_TOPICS = (
    "安全生产|安全|生产|消防|教育|培训|制度|规程|规章|责任制|责任|标志|标识|标牌|标语|警示|提示|记录|台账|档案|资料|文件|证照|证件|执照|许可证|资质|"
    "合同|协议|预案|应急|救援|演练|物资|防护|用品|劳动|劳保|用电|电气|电器|电路|线路|电线|电缆|配电|箱|柜|设备|设施|器材|工具|机械|灭火器|消火栓|"
    "消防栓|通道|出口|疏散|指示|灯具?|照明|管理|检查|巡查|巡检|隐患|排查|治理|现场|作业|操作|特种|特殊|人员|员工|职工|工人|从业|上岗|证|会议|例会|"
    "宣传|措施|落实|方案|计划|机构|组织|投入|费用|经费|仪器|仪表|阀门?|管道|管线|压力|表|容器|气瓶|储罐|锅炉|电梯|叉车|起重机?|吊装|车辆|"
    "驾驶员?|司机|脚手架|模板|基坑|临边|洞口|护栏|栏杆|围挡|施工|工地|材料|物料|原料|危险品|危险化学品|危化品|化学品|油品|易燃|可燃|易爆|火灾|"
    "防火|防爆|防雷|防静电|静电|接地|通风|报警|监控|监测|噪声|粉尘|职业|健康|病|卫生|体检|保险|环境|环保|文明|体系|职责|岗位|日常|定期|签到|交底|"
    "技术|专项|安全帽|安全带|工作服|工装|手套|检测|检验|维护|保养|登记|运行|动火|受限空间|有限空间|高处|临时|车间|厂房|厂区|库房|仓库|罐区|厨房|"
    "食堂|宿舍|办公室?|门卫|机房|泵房|配电室|配电房|值班室|控制室|锅炉房|大厅|走廊|楼梯间?|楼道|卫生间|井场|加油站|门店|道路|场地|区域|区|室|"
    "和|及|与|的|方面|情况|工作|内容|类|等|《|》|\\(|\\)|/|、|\\d+号?楼?|[一二三四五六七八九十]+[号层楼]?"
)
_TOPIC = re.compile(rf"(?:{_TOPICS})+")
_PLACE = re.compile(
    r"[^在与和同内存放设建住改当用离]{0,8}(?:车间|厂房|库房?|仓库|罐区|厂区|站房|泵房|机房|办公室|宿舍|食堂|厨房|井场|工地|门店|大厅|走廊|楼梯间?|楼道|楼|[\d一二三四五六七八九十]层|工段|班组|室)"
)


def no_problem(text: str) -> str:
    """The code of what is said of a text that names no problem (an error, or a warning); empty for a finding."""
    return _CODES[vacuous(text)] or ("description_unreadable" if describes_nothing(text) else "")


@lru_cache(maxsize=20_000)
def vacuous(text: str) -> Vacuous:
    """Why the text names no problem: it says what was done, is promised, is well, or nothing; `bare`: a place, a topic.

    Empty for a finding, and for whatever is longer than such texts are. In 1.… 2.… each part is asked for itself.
    """
    if len(text) > _LONGEST:
        return ""
    words = [_NUMBER.sub("", folded(clause)).strip(".:：!?？~…-— ") for clause in _CLAUSES.split(text)]
    whys: list[Vacuous] = [_of_clause(word) for word in words if word]
    if not whys or not all(whys):
        return ""
    for why in whys:
        if why != "bare":
            return why
    return "bare"


def _of_clause(word: str) -> Vacuous:
    if _NOT_HERE.fullmatch(word):
        return "well"
    if _TEST.fullmatch(word) or _WRONG_SOMEHOW.fullmatch(word):
        return "nothing"
    if _LACK.search(word):
        return ""
    if _DONE.fullmatch(word) or _MENDED.fullmatch(word):
        return "done"
    if _PROMISED.fullmatch(word):
        return "promised"
    if _TOPIC.fullmatch(word):
        return "bare"
    if _WELL.fullmatch(word):
        return "well"
    if _ADVICE.fullmatch(word):
        return "promised"
    return "bare" if _PLACE.fullmatch(word) else ""


_ADVICE = re.compile(
    rf"(?:进一步|继续|要|请)*(?:加强|强化|做好|注意|开展|提高|完善|规范|重视|抓好|严格|加大|保持)(?:对|{_TOPICS}|意识|监管|监督|学习|力度|规范|维修|自查)+"
)
"""加强管理, 注意安全: what is to be done, and nothing of what is wrong."""
