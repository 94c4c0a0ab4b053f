"""The record of calls: every command that was handed in, and what whoever sent it was told."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from engine.hand_in import Answer
from engine.unreachable import Unreachable
from models.commands import AnyCommand
from models.wire import Receipt


@dataclass(frozen=True)
class Call:
    """One try. `answer` is None where nobody answered, and of a signal, to which nobody does."""

    case_id: str
    command: AnyCommand
    answer: Answer | None
    seconds: float = 0.0

    @property
    def key(self) -> tuple[str, str]:
        """Which command of which case: all its tries have the same."""
        return self.case_id, self.command.command_id


@dataclass
class Calls:
    """All tries, in the order in which they were answered or given up."""

    made: list[Call] = field(default_factory=list[Call])

    def note(self, case_id: str, command: AnyCommand, answer: Answer | None, seconds: float = 0.0) -> None:
        """A try that was made by other ways than `sent`, over HTTP, say."""
        self.made.append(Call(case_id, command, answer, seconds))

    async def sent(self, case_id: str, command: AnyCommand, asking: Awaitable[Answer]) -> Answer | None:
        """The answer of one try, None where nobody gave one. Whatever else is raised is noted as no answer."""
        began, answer = time.perf_counter(), None
        try:
            answer = await asking
        except Unreachable:
            if (task := asyncio.current_task()) and task.cancelling():
                raise asyncio.CancelledError from None
        finally:
            self.note(case_id, command, answer, time.perf_counter() - began)
        return answer

    async def insisted(
        self, case_id: str, command: AnyCommand, ask: Callable[[], Awaitable[Answer]], every: float = 0.2
    ) -> Answer:
        """The answer, asked for until there is one: the same command_id each time."""
        while (answer := await self.sent(case_id, command, ask())) is None:  # noqa: ASYNC110 - it is asked anew
            await asyncio.sleep(every)
        return answer

    def of_cases(self) -> dict[str, list[Call]]:
        """By case."""
        found: dict[str, list[Call]] = {}
        for call in self.made:
            found.setdefault(call.case_id, []).append(call)
        return found

    @property
    def acknowledged(self) -> int:
        """How many commands were answered with a receipt."""
        return len({call.key for call in self.made if isinstance(call.answer, Receipt)})

    @property
    def unanswered(self) -> int:
        """How many tries nobody answered."""
        return sum(call.answer is None for call in self.made)

    @property
    def never_answered(self) -> list[tuple[str, AnyCommand]]:
        """Case and command of what nobody ever answered: asked again with its id it has one effect."""
        told = {call.key for call in self.made if call.answer is not None}
        return list({call.key: (call.case_id, call.command) for call in self.made if call.key not in told}.values())
