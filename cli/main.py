"""One program, `rectify`: its verbs, and the promise that no traceback reaches a user."""

import os
import sys

import typer

from cli import plan
from cli.output import REFUSED, err, say
from cli.try_script import try_script

app = typer.Typer(
    name="rectify",
    help="The system on which a city runs a work-safety crackdown campaign. 打非治违行动管理系统。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(plan.app, name="plan")
app.command("try")(try_script)


def main() -> None:
    """Run; an unforeseen error becomes one sentence, RECTIFY_DEBUG=1 shows where it came from."""
    try:
        app()
    except Exception as error:  # the last door: nobody outside should meet a traceback
        if os.environ.get("RECTIFY_DEBUG"):
            raise
        what = f"{type(error).__name__}: {error}"
        err().print(
            say(
                f"意外错误：{what}。设 RECTIFY_DEBUG=1 可查看出处。",
                f"Unexpected error: {what}. RECTIFY_DEBUG=1 shows where.",
            ),
            markup=False,
        )
        sys.exit(REFUSED)


if __name__ == "__main__":
    main()
