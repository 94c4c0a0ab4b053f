"""The words of a page that has nothing to show, or tells a trouble, in Chinese and in English."""

TROUBLE_WORDS: dict[str, tuple[str, str]] = {
    "no_campaign": ("还没有启动任何行动", "No campaign was started yet"),
    "no_campaign_remedy": ("启动行动后，本页显示逾期事项：", "Start one; what is overdue is then shown here:"),
    "year_hint": ("<年>", "<year>"),
    "remedy": ("办法：", "Remedy:"),
    "trouble_401": ("需要登录", "Sign-in needed"),
    "trouble_403": ("不能办理", "Not permitted"),
    "trouble_404": ("没有找到", "Not found"),
    "trouble_409": ("未能办理", "Not done"),
    "trouble_410": ("链接已失效", "The link is no longer good"),
    "trouble_413": ("内容过大", "Too large"),
    "trouble_422": ("填写有误", "To be mended"),
    "trouble_429": ("操作过于频繁", "Too many at once"),
    "trouble_503": ("暂时不能使用", "Not available now"),
    "trouble_other": ("出现问题", "Something went wrong"),
    "back_home": ("返回首页", "To the home page"),
    "back_to_work": ("返回待办事项", "To what is to be done"),
    "back_to_administration": ("返回系统管理", "To administration"),
    "back_to_people": ("返回人员管理", "To people"),
    "back_to_board": ("回到逾期看板", "Back to the board"),
}
