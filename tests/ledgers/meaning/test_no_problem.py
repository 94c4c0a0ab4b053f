"""Texts that name no problem: done, promised, well, a test, a topic; invented after the rule, findings beside them."""

from pathlib import Path

import pytest

from ledgers.meaning.nothing import says_nothing_found
from ledgers.meaning.vacuous import no_problem
from tests.ledgers.books import checked, codes, line

DONE = """
隐患均已整改 问题已全部整改完毕 已督促整改到位 已按要求完善 现已修复 已重新张贴 灭火器已更换 护栏已修复
警示牌已补齐 已当场改正 已责令整改完成 整改完毕 已整改完成。 整改到位 已处置 已解决 均已落实整改
已配备 已补充完善 已经处理好了 电线已更换 现场已清理干净 业已整改 已消除 隐患已消除 已完成
该隐患已处理 全部整改完成 消火栓已检测 已进行整改 已换 已修好 台账已完善 已安装到位 已加装 培训已落实
已纠正 以处理 己更换 处理完毕
"""
PROMISED = """
尽快整改 抓紧整改 要求立即整改 责令限期整改 限3日内整改 3天内整改 督促企业整改 请及时处理 按规定执行
按规范操作 按操作规程作业 严格按规程操作 加强管理 加强安全管理 加强现场管理 强化责任落实 做好防护
注意安全 加强巡查 加强教育培训 进一步加强培训 提高安全意识 下发整改通知书 责令整改 及时更换 立即清理
尽快修复 边查边改 立行立改 口头警告 批评教育 完善制度 规范操作 要求整改 须整改 建议整改
立即停止作业并整改 加强设备维护保养 按方案实施 派人处理 正在整改 整改 待整改 未整改
"""
WELL = """
消防器材完好有效 安全通道畅通 设备运行正常 证照齐全 制度健全 灭火器齐全有效 疏散指示标志清晰 现场整洁
电气线路规范 各项制度落实到位 人员持证上岗 台账记录完善 防护设施牢固 安全阀在有效期内 压力表正常
一切正常 符合安全要求 应急灯完好 消防设施齐全，通道畅通 通道畅通、灭火器完好 现场管理较好 设备设施完好
配电箱合格 警示标识齐全 储罐区安全可靠 不涉及 不适用 无此类设备 该单位不涉及 无相关作业 物料堆放整齐
护栏牢固 仪表显示正常 培训到位 各项记录齐全 劳保用品配备齐全 锅炉运行良好 消防水源充足 车辆状况良好
责任明确到位
"""
NOTHING = """
测试数据 测试1 test TEST01 aaaa xxx 111 1-1 A1 B-2 试填 存在隐患
存在安全隐患 有问题 存在问题 发现隐患 存在一定隐患 有安全问题 存在安全风险 仍存在隐患 存在较多问题
发现一般隐患 存在消防隐患 asdf 测试一下 啊啊啊 哈哈哈 123 C3
"""
BARE = """
安全管理制度 操作规程 消防设施 灭火器 配电箱 用电线路 应急预案 警示标识 劳动防护用品 安全通道
疏散通道 特种作业人员 设备档案 检查记录 隐患台账 安全生产责任制 教育培训记录 厨房 仓库 锅炉房
2号车间 三楼 一层大厅 脚手架 临时用电 危化品仓库 压力容器 消防安全 职业健康 安全投入 值班室
施工现场 罐区 配电室 安全帽 防雷防静电 电梯 叉车 安全组织机构 应急物资
"""
FINDINGS = """
灭火器压力表指针在红区 氧气瓶距明火3米 电焊工戴纱手套作业 液化气瓶放在地下室 电工无操作证
施工电梯限位器被短接 配电柜前摆满纸箱 员工在仓库做饭 易燃物与电源同室 叉车转弯不鸣笛 柴油桶敞口
烟道油垢多 卷帘门下堆货 消火栓箱内无水带 应急出口朝内开 工人翻越护栏 宿舍用电炉 气瓶卧放使用
电缆从通道上方跨越 站内接打电话 塔吊钢丝绳有断股 脚手板探头 模板立杆间距大 基坑边堆土 木工房吸烟
危货车挂靠 客车多拉3人 超许可范围销售烟花 井下风量小 放炮距离近 炸药雷管同库 未交底即施工
安全员长期不在岗 证书系伪造 承包人无资质 钢管壁薄 安全带低挂高用 操作台急停按钮失灵 反应釜温度超上限
氨罐液位计模糊 管架腐蚀 压缩机振动大 静电接地线脱落 消防泵不能自启 排烟口被封 楼梯扶手松 幕墙玻璃有裂纹
电动车进楼充电 燃气软管穿墙 阀门内漏 法兰渗油 呼吸阀冻堵 防火堤有孔洞 输油管线上建房 司机开车打电话
私自加装座椅 轮胎花纹深度低 夜间违规行驶 灯具距可燃物近 吊顶内穿线未套管 粉尘清扫周期长 除尘器未设泄爆口
动火人无证 受限空间未检测即进入 监护人离岗 盲板未挂牌 危化品存放在宿舍 消防通道停车 安全出口数量为1
设备检修时未断电 限速标志不清楚 操作规程与实际不符 制度抄袭外单位 预案三年没修订 演练走形式 培训考试代答
记录补填 安全投入挪作他用 责任书签字代签 保险断缴 三级教育缺车间级 工伤瞒报 被责令停产后夜间开工
"""


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        (DONE, "description_done"),
        (PROMISED, "description_promised"),
        (WELL, "description_well"),
        (NOTHING, "description_unreadable"),
        (BARE, "description_bare"),
        (FINDINGS, ""),
    ],
)
def test_what_names_no_problem_is_known_by_its_parts(texts: str, code: str) -> None:
    refused = {"description_done", "description_promised", "description_well", "description_unreadable"}
    allowed = refused if code in refused else {code}  # which of the sentences is said matters less
    wrong = [(text, no_problem(text)) for text in texts.split() if no_problem(text) not in allowed]
    assert [pair for pair in wrong if not says_nothing_found(pair[0])] == []


TRIED = """
已经整改 己整改 以整改 已及时整改 隐患已整改 已改 已改善 已清理 已更换新的 已处理！ 已落实 立即整改 立刻整改 马上整改
现场整改 有隐患 无此项 按要求执行 测试 AAA AC2-1 消防通道畅通 灭火器完好
已整改完毕 整改中 限期整改 符合要求 正常 良好 无隐患 没有问题
"""


@pytest.mark.clause("3.1.ledger")
def test_an_office_that_names_no_problem_is_told_by_row(tmp_path: Path) -> None:
    texts = TRIED.split()
    rows = [line(name=f"乙{n}号工厂", description=text) for n, text in enumerate(texts)]
    found = checked(tmp_path, *rows)
    assert [e.row for e in found.errors] == list(range(2, len(texts) + 2)) and not found.planned


def test_a_place_or_a_topic_is_kept_and_told_and_a_finding_is_not(tmp_path: Path) -> None:
    texts = ["车间", "制度", "记录", "标志", "责任制", "安全教育培训", "通道堵塞", "灭火器过期"]
    found = checked(tmp_path, *(line(name=f"乙{n}号工厂", description=text) for n, text in enumerate(texts)))
    assert not found.errors and len(found.planned) == len(texts)
    assert [(w.code, w.row) for w in found.warnings] == [("description_bare", row) for row in range(2, 8)]


def test_one_of_several_in_a_cell_is_refused_too(tmp_path: Path) -> None:
    found = checked(tmp_path, line(description="1.灭火器过期 2.立即整改"))
    assert codes(found.errors) == ["description_promised"] and "立即整改" in found.errors[0].zh
