"""`--help` of every verb: short, in two languages, and the same verbs as the contract's."""

from typing import Any

import pytest
import typer

from cli.main import app
from tests.cli.run import ANSI, CHINESE, invoke, rectify


def _verbs(command: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    inner = getattr(command, "commands", {})
    return [path, *(p for name, sub in inner.items() for p in _verbs(sub, (*path, name)))]


ROOT = typer.main.get_command(app)
VERBS = _verbs(ROOT)
PROMISED = {
    *((v,) for v in ("up", "down", "doctor", "demo", "try", "overdue", "worker")),
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
def test_help_is_short_and_in_two_languages(verb: tuple[str, ...]) -> None:
    told = invoke(*verb, "--help")
    assert (told.code, told.err) == (0, "")
    assert len(told.out.splitlines()) <= 60
    summary = _command(verb).help
    assert CHINESE.search(summary), summary
    assert summary.isascii() is False and summary[0].isascii(), summary


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_every_option_and_argument_is_explained_in_two_languages(verb: tuple[str, ...]) -> None:
    for parameter in _command(verb).params:
        text = getattr(parameter, "help", None)
        if parameter.name != "help":
            assert text and CHINESE.search(text) and text[0].isascii(), (parameter.name, text)


@pytest.mark.clause("contracts §2")
@pytest.mark.parametrize("verb", [v for v in VERBS if not getattr(_command(v), "commands", None)], ids=" ".join)
def test_every_verb_takes_json_and_lang(verb: tuple[str, ...]) -> None:
    options = {o for p in _command(verb).params for o in p.opts}
    assert {"--json", "--lang"} <= options


def test_help_of_a_process_is_plain_when_piped() -> None:
    told = rectify("--help", env={})
    assert (told.code, told.err) == (0, "")
    assert not ANSI.search(told.out)


# the demonstration starts without a verb of its own
GROUPS = [v for v in VERBS if getattr(_command(v), "commands", None) and v != ("demo",)]


@pytest.mark.parametrize("verb", GROUPS, ids=" ".join)
def test_a_group_without_a_verb_shows_its_help(verb: tuple[str, ...]) -> None:
    told = invoke(*verb)
    assert told.code == 2
    assert "Usage: " in told.said
