"""Why a command was refused, in words: the log keeps the code, and not all that the sentence told."""

from collections.abc import Mapping

from rules.words.naming import Both
from rules.words.refusals import FACT, REFUSALS
from rules.words.refusals_campaign import BEYOND_THE_CASE

LEFT_OUT = "…"
"""What stands in a sentence for what the log does not keep."""
_OF_DOORS: dict[str, Both] = {
    "actor_differs": Both("经办人与登录人不一致", "somebody else was named as acting"),
    "foreign_page": Both("请求来自本系统以外的页面", "it came from a page that is not of this system"),
    "home_of_a_demonstration": Both("本系统为演示环境", "this is the home of a demonstration"),
    "issued_already": Both("该表单已签发过令牌", "the form had issued a token already"),
    "issued_otherwise": Both("该表单已按其他内容签发过令牌", "the form had issued another token already"),
    "moved_on": Both("打开表单后，该事项已有变动", "it was changed since the form was opened"),
    "no_password": Both("本账号没有密码", "the account has no password"),
    "no_person": Both("没有登录人员", "nobody had signed in"),
    "no_post": Both("该人员目前没有岗位", "the person holds no post"),
    "nothing_new": Both("没有可导入的内容", "there was nothing to import"),
    "nothing_to_do": Both("该人员目前没有可办理的此类事项", "there is nothing of that kind to do with the person"),
    "other_plan": Both("该行动已按另一版方案启动", "the campaign runs by another plan"),
    "passkeys_need_a_name": Both("通行密钥须以域名访问", "passkeys need the site to be open under a name"),
    "prove_again": Both("须再次验证身份", "the identity was to be proven again first"),
    "scope_of_no_use": Both("该岗位不能办理所选的事项", "the token was asked for what its post cannot do"),
    "set_already": Both("该定时任务已是此状态", "the schedule was so already"),
    "too_many_views": Both("保存的视图已达上限", "there are as many saved views as may be"),
    "unknown_case": Both("没有该案件", "there is no such case"),
    "unknown_person": Both("岗位、代理或人员已不在", "that post, delegation or person was there no more"),
}
"""What the doors refuse by themselves."""


def why_refused(code: str, known: Mapping[str, Both]) -> Both:
    """The sentence of the code with what is `known` of its facts, `LEFT_OUT` for the others; the code behind it."""
    if code in _OF_DOORS:
        zh, en = _OF_DOORS[code]
    elif (found := REFUSALS.get(code) or BEYOND_THE_CASE.get(code)) is not None:
        _, zh, en = found
    else:
        return Both(code, code)
    return as_told(code, Both(_filled(zh, known, 0), _filled(en, known, 1)))


def as_told(code: str, said: Both) -> Both:
    """The sentence, with its code, by which the manual lists it."""
    return Both(f"{said.zh}（{code}）", f"{said.en} ({code})")


def _filled(sentence: str, known: Mapping[str, Both], place: int) -> str:
    return FACT.sub(lambda fact: known[fact[1]][place] if fact[1] in known else LEFT_OUT, sentence)
