"""The verbs of the program, and the room of each: only that of the verb that is asked for is entered.

To import all of them takes two seconds; `rectify try` needs a quarter of it.
"""

from collections.abc import Iterable
from importlib import import_module

import typer

from cli.usage import Program

VERBS: dict[str, tuple[str, str]] = {
    "up": ("cli.stack", "up"),
    "down": ("cli.stack", "down"),
    "doctor": ("cli.doctor", "doctor"),
    "demo": ("cli.demo", "app"),
    "plan": ("cli.plan", "app"),
    "try": ("cli.try_script", "try_script"),
    "campaign": ("cli.campaign", "app"),
    "subject": ("cli.subject", "app"),
    "case": ("cli.case", "app"),
    "ledger": ("cli.ledger", "app"),
    "bulk": ("cli.bulk", "app"),
    "job": ("cli.jobs", "app"),
    "overdue": ("cli.overdue", "overdue"),
    "work": ("cli.work", "work"),
    "inbox": ("cli.inbox", "app"),
    "workdays": ("cli.workdays", "app"),
    "schedule": ("cli.schedule", "app"),
    "worker": ("cli.stack", "worker"),
    "revive": ("cli.stack", "revive"),
    "web": ("cli.web", "web"),
    "run": ("cli.service", "run"),
    "install": ("cli.install", "install"),
    "machine": ("cli.machine", "app"),
    "user": ("cli.people", "app"),
    "keys": ("cli.keys", "app"),
    "db": ("cli.database", "app"),
    "evidence": ("cli.evidence", "app"),
    "audit": ("cli.audit", "app"),
    "readmodel": ("cli.operations", "readmodel_app"),
    "workflow": ("cli.operations", "workflow_app"),
}
"""By name, in the order of the help: the module, and the function or the group in it."""
_HIDDEN = {"revive"}


def program(verbs: Iterable[str] = VERBS) -> typer.Typer:
    """The program with these verbs."""
    app = typer.Typer(
        name="rectify",
        cls=Program,
        help="The system on which a city runs a work-safety crackdown campaign. 打非治违行动管理系统。",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(_stays_a_program)
    for verb in verbs:
        module, name = VERBS[verb]
        found = getattr(import_module(module), name)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=verb)
        else:
            app.command(verb, hidden=verb in _HIDDEN)(found)
    return app


def asked_for(argv: list[str]) -> Iterable[str]:
    """The verb of a command line; all of them where it names none that there is."""
    verb = argv[0] if argv else ""
    return [verb] if verb in VERBS else VERBS


def _stays_a_program() -> None:
    """Typer would make a program of one verb that verb."""
