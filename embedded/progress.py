"""Tells the caller, in its language, what the stack is doing."""

from collections.abc import Callable

from embedded.settings import StackSettings

Progress = Callable[[str], None]


def silent(_line: str) -> None:
    """Say nothing."""


class Voice:
    """One progress callback and the language to speak in."""

    def __init__(self, settings: StackSettings, progress: Progress = silent) -> None:
        self._zh = settings.lang == "zh"
        self.progress = progress

    def say(self, en: str, zh: str) -> None:
        """Report one step."""
        self.progress(zh if self._zh else en)
