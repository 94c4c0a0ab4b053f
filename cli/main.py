"""One program, `rectify`: its verbs, and the promise that no traceback reaches a user."""

import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from pydantic import ValidationError
from rich.console import Console

from cli.output import BAD_INPUT, REFUSED, err, print_json, say, tell
from cli.program import asked_for, program
from cli.shapes import input_problem
from workers.logs import log_on_stderr


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
    log_on_stderr()
    try:
        program(asked_for(sys.argv[1:]))()
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
