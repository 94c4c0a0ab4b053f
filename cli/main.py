"""One program, `rectify`: its verbs, and the promise that no traceback reaches a user."""

import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console

from cli import (
    bulk,
    campaign,
    case,
    demo,
    jobs,
    keys,
    ledger,
    operations,
    plan,
    schedule,
    stack,
    subject,
    users,
    web,
    workdays,
)
from cli.doctor import doctor
from cli.output import BAD_INPUT, REFUSED, err, print_json, say, tell
from cli.overdue import overdue
from cli.shapes import input_problem
from cli.try_script import try_script
from cli.usage import Program

app = typer.Typer(
    name="rectify",
    cls=Program,
    help="The system on which a city runs a work-safety crackdown campaign. 打非治违行动管理系统。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("up")(stack.up)
app.command("down")(stack.down)
app.command("doctor")(doctor)
app.add_typer(demo.app, name="demo")
app.add_typer(plan.app, name="plan")
app.command("try")(try_script)
app.add_typer(campaign.app, name="campaign")
app.add_typer(subject.app, name="subject")
app.add_typer(case.app, name="case")
app.add_typer(ledger.app, name="ledger")
app.add_typer(bulk.app, name="bulk")
app.add_typer(jobs.app, name="job")
app.command("overdue")(overdue)
app.add_typer(workdays.app, name="workdays")
app.add_typer(schedule.app, name="schedule")
app.command("worker")(stack.worker)
app.command("revive", hidden=True)(stack.revive)
app.command("web")(web.web)
app.add_typer(users.app, name="user")
app.add_typer(keys.app, name="keys")
app.add_typer(stack.db, name="db")
app.add_typer(operations.readmodel_app, name="readmodel")
app.add_typer(operations.workflow_app, name="workflow")


def _reader_left(self: Console) -> NoReturn:
    raise BrokenPipeError


def main() -> None:
    """Run, and leave by the last door with a true exit code.

    Threads of the Temporal client may still live at exit and could turn the code into a crash, so the process ends
    at once after flushing. An unforeseen error becomes one sentence; RECTIFY_DEBUG=1 shows where it came from.
    """
    code = 0
    Console.on_broken_pipe = _reader_left
    nowhere = Path(os.devnull).open("w")  # noqa: SIM115 -- as long as the process; a shut stdout or stderr is None
    sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
    try:
        app()
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except BrokenPipeError:  # the reader went away: what it wanted it has
        code = 0
    except ValidationError as error:  # what a verb did not look at itself
        tell(input_problem("rectify", error), as_json="--json" in sys.argv)
        code = BAD_INPUT
    except Exception as error:  # nobody outside should meet a traceback
        if os.environ.get("RECTIFY_DEBUG"):
            traceback.print_exc()
        what = f"{type(error).__name__}: {error}"
        zh, en = (
            f"意外错误：{what}。设 RECTIFY_DEBUG=1 可查看出处。",
            f"Unexpected: {what}. RECTIFY_DEBUG=1 shows where.",
        )
        with suppress(OSError):
            if "--json" in sys.argv:
                print_json({"error": {"code": "unexpected", "zh": zh, "en": en}})
            else:
                err().print(say(zh, en), markup=False)
        code = REFUSED
    with suppress(OSError):  # a closed pipe is no failure
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
