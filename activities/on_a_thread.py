"""Activities that run on a thread of their own, each to its end."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from temporalio import activity

P = ParamSpec("P")
T = TypeVar("T")


def on_a_thread(name: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """An activity of this name whose thread nobody interrupts.

    By default the SDK raises an exception in the thread of an activity that is cancelled, that outlived its time or
    whose workflow was evicted, between any two instructions: a transaction that was open then could stay open, with
    its locks, for as long as the process lives. What it did is found by whoever tries again.
    """
    return activity.defn(name=name, no_thread_cancel_exception=True)
