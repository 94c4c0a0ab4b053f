"""What a field may hold, in plain words of both languages, read from its JSON schema."""

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]
Told = tuple[str, str]
_FORMATS: dict[str, Told] = {
    "date": ("day", "日期"),
    "date-time": ("instant", "时刻"),
    "binary": ("the file itself", "文件本身"),
}
_PLAIN: dict[str, Told] = {
    "boolean": ("yes or no", "是或否"),
    "integer": ("whole number", "整数"),
    "number": ("number", "数字"),
    "null": ("nothing", "空"),
}
NEEDED = "needed 必填"


def told(schema: Schema) -> Told:
    """The type of a field. ValueError for one that has no words here yet."""
    match schema:
        case {"$ref": str(ref)}:
            name = ref.rsplit("/", 1)[-1]
            return f"[{name}](#{name.lower()})", f"[{name}](#{name.lower()})"
        case {"anyOf": some}:
            return _any_of([part for part in some if part.get("type") != "null"])
        case {"const": value}:
            return f"`{value}`", f"`{value}`"
        case {"enum": values}:
            return "one of " + ", ".join(f"`{v}`" for v in values), "、".join(f"`{v}`" for v in values) + " 之一"
        case {"type": "array", "items": inner}:
            return _list(told(inner), schema.get("minItems", 0), schema.get("maxItems"))
        case {"type": "object", "additionalProperties": True}:
            return "object", "对象"
        case {"type": "object", "additionalProperties": inner}:
            en, zh = told(inner)
            return f"names, each with {en}", f"名称及其值（{zh}）"
        case {"type": "string", "format": str(kind)}:
            return _FORMATS[kind]
        case {"type": "string"}:
            return _text(schema)
        case {"type": "integer" | "number" as kind}:
            return _number(_PLAIN[kind], schema)
        case {"type": str(kind)} if kind in _PLAIN:
            return _PLAIN[kind]
        case _:
            raise ValueError(f"no words for {schema}")


def fields(schema: Schema, without: frozenset[str] = frozenset()) -> Iterator[tuple[str, str, str, str]]:
    """A row for each field of an object: name, type in both languages, needed or default."""
    needed = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        if name not in without:
            yield f"`{name}`", *told(field), NEEDED if name in needed else default(field)


def default(schema: Schema) -> str:
    """What stands where the field is left out."""
    match schema.get("default"):
        case None | "" | []:
            return "–"
        case bool() as truth:
            return f"`{str(truth).lower()}`"
        case value:
            return f"`{value}`"


def _any_of(parts: list[Schema]) -> Told:
    if {part.get("type") for part in parts} == {"number", "string"}:  # an amount: exact where it is text
        en, zh = told(next(part for part in parts if part["type"] == "number"))
        return f"{en}; may be text", f"{zh}，可写作文字"
    if all("enum" in part or "const" in part for part in parts):
        return told({"enum": [value for part in parts for value in part.get("enum", [part.get("const")])]})
    words = [told(part) for part in parts]
    return " or ".join(en for en, _ in words), "或".join(zh for _, zh in words)


def _list(inner: Told, least: int, most: int | None) -> Told:
    en, zh = f"list of {inner[0]}", f"列表：{inner[1]}"
    if least:
        en, zh = f"{en}; {least} or more", f"{zh}；至少 {least} 项"
    return (f"{en}; at most {most}", f"{zh}；至多 {most} 项") if most else (en, zh)


def _text(schema: Schema) -> Told:
    if pattern := schema.get("pattern"):
        return f"text that fits `{pattern}`", f"文字，符合 `{pattern}`"
    least, most = schema.get("minLength"), schema.get("maxLength")
    if least and most:
        return f"text of {least} to {most} characters", f"文字，{least} 至 {most} 字"
    return (f"text up to {most} characters", f"文字，至多 {most} 字") if most else ("text", "文字")


def _number(words: Told, schema: Schema) -> Told:
    en, zh = words
    least, most, above = schema.get("minimum"), schema.get("maximum"), schema.get("exclusiveMinimum")
    if least is not None and most is not None:
        return f"{en} from {least} to {most}", f"{zh}，{least} 至 {most}"
    return (f"{en} above {above:g}", f"大于 {above:g} 的{zh}") if above is not None else (en, zh)
