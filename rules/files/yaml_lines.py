"""YAML as plain data, with the line of every value; no dates, no aliases that explode, no key twice."""

from typing import Any, cast

import yaml

from models.base import Frozen

Path = tuple[int | str, ...]
_MOST_VALUES = 200_000


class YamlError(Frozen):
    """Text that cannot be read, and where."""

    line: int
    zh: str
    en: str


class _Loader(yaml.SafeLoader):
    """Instants stay text: our own reading of them is the only one."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(text: str) -> tuple[Any, dict[Path, int]] | YamlError:
    """The data and the line (from 1) of each path."""
    loader: _Loader | None = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        lines: dict[Path, int] = {}
        if node is None:
            return None, {(): 1}
        return _plain(loader, node, (), lines), lines
    except _Unreadable as error:
        return error.answer
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return YamlError(line=line, zh=f"不是有效的 YAML：{error.problem}", en=f"not valid YAML: {error.problem}")
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return YamlError(line=1, zh=f"不是有效的 YAML：{error}", en=f"not valid YAML: {error}")
    finally:
        if loader is not None:
            loader.dispose()


class _Unreadable(Exception):
    def __init__(self, answer: YamlError) -> None:
        self.answer = answer


def _plain(loader: _Loader, node: yaml.Node, path: Path, lines: dict[Path, int]) -> Any:
    line = node.start_mark.line + 1
    lines[path] = line
    if len(lines) > _MOST_VALUES:
        raise _Unreadable(YamlError(line=line, zh="内容过多", en=f"more than {_MOST_VALUES} values"))
    if isinstance(node, yaml.SequenceNode):
        return [_plain(loader, item, (*path, index), lines) for index, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        table: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(_scalar(loader, key_node))
            if key in table:
                at = key_node.start_mark.line + 1
                raise _Unreadable(YamlError(line=at, zh=f"键 {key} 重复", en=f"the key {key} occurs twice"))
            table[key] = _plain(loader, value_node, (*path, key), lines)
            lines[(*path, key)] = key_node.start_mark.line + 1
        return table
    return _scalar(loader, node)


def _scalar(loader: _Loader, node: yaml.Node) -> Any:
    try:
        return cast("Any", loader).construct_object(node, deep=True)  # the stubs leave its node untyped
    except yaml.YAMLError:
        raise
    except Exception as error:  # a tag that its text does not fit: whatever the library trips over
        line = node.start_mark.line + 1
        zh, en = f"标记 {node.tag} 与内容不符", f"the text does not fit its tag {node.tag}"
        raise _Unreadable(YamlError(line=line, zh=zh, en=en)) from error
