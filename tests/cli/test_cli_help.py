"""`--help` of every verb: short, in two languages, and the same verbs as the contract's."""

import re
from typing import Any

import pytest
import typer

from cli.program import program
from cli.spoken_help import both
from tests.cli.run import ANSI, CHINESE, invoke, rectify


def _verbs(command: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    inner = getattr(command, "commands", {})
    return [path, *(p for name, sub in inner.items() for p in _verbs(sub, (*path, name)))]


ROOT = typer.main.get_command(program())
VERBS = _verbs(ROOT)
PROMISED = {
    *((v,) for v in ("up", "down", "doctor", "demo", "try", "overdue", "inbox", "worker")),
    ("plan", "check"),
    *(("campaign", v) for v in ("start", "status", "move", "complete")),
    *(("ledger", v) for v in ("template", "import", "export", "undo")),
    *(("case", v) for v in ("open", "list", "show", "do", "timeline", "explain")),
    ("db", "migrate"),
    ("web",),
    ("user", "token"),
    *(("readmodel", v) for v in ("verify", "rebuild")),
    ("workflow", "replay"),
}


def _command(verb: tuple[str, ...]) -> Any:
    command: Any = ROOT
    for name in verb:
        command = command.commands[name]
    return command


@pytest.mark.clause("contracts §2")
def test_the_verbs_of_the_contract_are_there() -> None:
    assert set(VERBS) >= PROMISED


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_every_text_of_the_help_has_both_halves(verb: tuple[str, ...]) -> None:
    command = _command(verb)
    for name, text in [("", command.help), *((p.name, p.help) for p in command.params)]:
        en, zh = both(text)
        assert en and not CHINESE.search(en), (name, text)
        assert CHINESE.search(zh) and zh.endswith("。"), (name, text)


# what stands as it is in either language: types, options, metavars, ids, files, values that are typed so
AS_IT_IS = re.compile(r"<[^>]*>|\[[^\]]*\]|--?[\w-]+|\{\w+\}|\w+\.\w+|\w+:\w+@\w+|[\w-]*\d[\w-]*|\b[a-z]+_[a-z_]+\b")
ENGLISH = re.compile(r"[A-Za-z]+[,;:]? +[A-Za-z]+[,;:]? +[A-Za-z]+|\b(?:Usage|Options|Arguments|Commands|default)\b")
_TYPERS = {"用法：", "选项", "显示本帮助并退出。"}


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_help_is_short_and_in_one_language(verb: tuple[str, ...]) -> None:
    zh, en = (invoke(*verb, "--help", "--lang", lang) for lang in ("zh", "en"))
    assert (zh.code, zh.err, en.code, en.err) == (0, "", 0, "")
    assert all(word in zh.said for word in _TYPERS) and "Usage: " in en.said
    assert not CHINESE.search(en.out), en.out
    said = AS_IT_IS.sub("·", "\n".join(line for line in zh.out.splitlines() if "用法：" not in line))
    assert not ENGLISH.search(said), said
    assert max(len(told.out.splitlines()) for told in (zh, en)) <= 60


@pytest.mark.parametrize(
    ("args", "settings", "usage"),
    [
        (("--help", "--lang", "zh"), {}, "用法："),
        (("--lang", "zh", "--help"), {}, "用法："),
        (("--lang=zh", "case", "--help"), {}, "用法："),
        (("case", "list", "--help", "--lang", "zh"), {"RECTIFY_LANG": "en"}, "用法："),
        (("case", "--help"), {"RECTIFY_LANG": "zh"}, "用法："),
        (("case", "--help"), {"LANG": "zh_CN.UTF-8"}, "用法："),
        (("case", "--help"), {"LC_ALL": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}, "用法："),
        (("case", "--help"), {"LC_ALL": "C.UTF-8", "LANG": "zh_CN.UTF-8"}, "Usage: "),
        (("case", "--help", "--lang", "en"), {"LANG": "zh_CN.UTF-8"}, "Usage: "),
        (("case",), {"LANG": "zh_CN.UTF-8"}, "用法："),
    ],
)
def test_help_speaks_the_language_of_the_run(
    args: tuple[str, ...], settings: dict[str, str], usage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("RECTIFY_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert usage in invoke(*args).said


def test_a_language_that_is_none_is_told_beside_help_too() -> None:
    told = invoke("case", "list", "--lang", "fr", "--help")
    assert (told.code, told.out) == (2, "") and "--lang" in told.said


@pytest.mark.clause("contracts §2")
@pytest.mark.parametrize("verb", [v for v in VERBS if not getattr(_command(v), "commands", None)], ids=" ".join)
def test_every_verb_takes_json_and_lang(verb: tuple[str, ...]) -> None:
    options = {o for p in _command(verb).params for o in p.opts}
    assert {"--json", "--lang"} <= options


def test_help_of_a_process_is_plain_when_piped() -> None:
    told = rectify("--help", env={})
    assert (told.code, told.err) == (0, "")
    assert not ANSI.search(told.out)


# the demonstration starts, and the inbox is shown, without a verb of its own
GROUPS = [v for v in VERBS if getattr(_command(v), "commands", None) and v not in (("demo",), ("inbox",))]


@pytest.mark.parametrize("verb", GROUPS, ids=" ".join)
def test_a_group_without_a_verb_shows_its_help(verb: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECTIFY_LANG", "en")
    told = invoke(*verb)
    assert told.code == 2
    assert "Usage: " in told.said
