"""A value of the wrong shape, said in Chinese and in English, with what to do."""

from collections.abc import Mapping
from typing import Any

# by pydantic's error type, whose own sentences are English; {…} is filled from the error's context
_CHINESE: dict[str, str] = {
    "missing": "缺少该项",
    "extra_forbidden": "没有这一项",
    "literal_error": "须为 {expected} 之一",
    "union_tag_invalid": "没有“{tag}”；可选：{expected_tags}",
    "union_tag_not_found": "缺少 do",
    "string_type": "须为文字",
    "string_too_short": "不得为空",
    "string_too_long": "超过 {max_length} 个字符（现有 {has} 个）",
    "string_pattern_mismatch": "不得含空格和斜线，最多 64 个字符",
    "int_type": "须为整数",
    "int_parsing": "须为整数",
    "int_parsing_size": "数值过大",
    "int_from_float": "须为整数",
    "bool_type": "须为 true 或 false",
    "bool_parsing": "须为 true 或 false",
    "decimal_type": "须为数值",
    "decimal_parsing": "须为数值",
    "decimal_max_digits": "数值位数过多",
    "decimal_max_places": "小数最多 {decimal_places} 位",
    "decimal_whole_digits": "数值过大",
    "finite_number": "须为有限数值",
    "greater_than": "须大于 {gt}",
    "greater_than_equal": "不得小于 {ge}",
    "less_than_equal": "不得大于 {le}",
    "too_short": "至少须有 {min_length} 项",
    "tuple_type": "须为列表",
    "list_type": "须为列表",
    "dict_type": "须为键值对",
    "model_type": "须为键值对",
    "model_attributes_type": "须为键值对",
}
_OTHER = "类型或取值不对"
_REMEDIES: dict[str, tuple[str, str]] = {
    "missing": ("补上该项", "add it"),
    "extra_forbidden": ("删去该项或改正拼写", "remove it or mend its spelling"),
    "literal_error": ("改用所列的值之一", "use one of the values listed"),
    "string_too_long": ("删减内容", "shorten it"),
    "string_too_short": ("填写内容", "fill it in"),
}
_REMEDY = ("改为合适的类型和取值", "give it the right type and value")


def shape_sentence(error: Mapping[str, Any]) -> tuple[str, str]:
    """What is wrong, in Chinese and in English, with the value that was given where that helps."""
    kind = str(error["type"])
    if kind == "value_error":  # our own validators speak both languages: `English (中文)`
        return in_both(str(error["msg"]).removeprefix("Value error, "))
    facts = dict(error.get("ctx") or {})
    if kind == "string_too_long":  # how much was written says more than its beginning
        facts["has"] = len(str(error.get("input")))
        return _CHINESE[kind].format(**facts), f"{error['msg']} (it has {facts['has']})"
    given = "" if kind in ("missing", "union_tag_not_found") else _given(error.get("input"))
    shown_zh, shown_en = (f"（所给：{given}）", f" (given: {given})") if given else ("", "")
    chinese = {name: str(value).replace(" or ", "、").replace(", ", "、") for name, value in facts.items()}
    return _CHINESE.get(kind, _OTHER).format(**chinese) + shown_zh, str(error["msg"]) + shown_en


def in_both(message: str) -> tuple[str, str]:
    """`English (中文)` as the two sentences; a sentence in one language is both."""
    english, bracket, chinese = message.rpartition(" (")
    if not bracket or not message.endswith(")") or not any("一" <= sign <= "鿿" for sign in chinese):
        return message, message
    return chinese[:-1], english


def shape_remedy(error: Mapping[str, Any]) -> tuple[str, str]:
    """What to do about it."""
    return _REMEDIES.get(str(error["type"]), _REMEDY)


def _given(value: Any) -> str:
    if isinstance(value, (dict, list, tuple)):
        return ""
    try:
        shown = str(value) if isinstance(value, str) else repr(value)
    except ValueError:  # a number with more digits than Python likes to print
        return ""
    shown = shown.encode("utf-8", "backslashreplace").decode()  # half a character cannot be written anywhere
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
