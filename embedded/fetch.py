"""Has every program of the stack at hand before anything is started: `python -m embedded.fetch`, once a machine."""

import sys

from embedded.account import account_of, prepare_cache
from embedded.errors import StackError, no_go
from embedded.go_build import go_version
from embedded.postgres_binary import find_postgres
from embedded.progress import Progress, Voice, silent
from embedded.server_binary import SERVER_BUILD, can_have_server, find_server, find_ui
from embedded.settings import StackSettings
from embedded.trial import find_cli


def fetch(settings: StackSettings, progress: Progress = silent) -> None:
    """Unpack PostgreSQL, find or build the Temporal server and its UI. StackError says what is missing.

    Only the cache is touched; what these settings do not embed is not fetched. Where no engine is named and no server
    on PostgreSQL can be had, the trial engine will do, and that is said.
    """
    voice, account = Voice(settings, progress), account_of(settings)
    prepare_cache(settings, account)
    if settings.embeds_postgres:
        find_postgres(settings, account, voice)
    if not settings.embeds_temporal:
        return
    if settings.engine is None and not can_have_server(settings):
        trouble = no_go(SERVER_BUILD.needs_go, go_version())
        voice.say(
            f"{trouble} What the trial engine can carry goes on.",
            f"{trouble.sentence_zh}{trouble.remedy_zh}试用引擎能够承担的部分照常进行。",
        )
        find_cli(settings)
    elif settings.engine == "trial":
        find_cli(settings)
    else:
        find_server(settings, voice)
        if settings.ui:
            find_ui(settings, voice)


def main() -> int:
    """0 when all is there, 3 when something cannot be had (the reason in both languages on stderr)."""
    try:
        fetch(StackSettings(), lambda line: print(f"· {line}", file=sys.stderr, flush=True))  # noqa: T201 -- run by make
    except StackError as trouble:
        print(f"{trouble.sentence_zh}{trouble.remedy_zh}\n{trouble}", file=sys.stderr)  # noqa: T201 -- run by make
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
