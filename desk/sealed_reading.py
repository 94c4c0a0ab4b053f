"""What Temporal's histories have sealed, opened for whoever runs the system: never without a line in the audit log.

A page of the Temporal UI asks many times; a line a person, workflow and minute says it. Its count is that of the
payloads since the line before.
"""

import time
from collections import Counter
from collections.abc import Sequence
from threading import Lock

from sqlalchemy import Engine
from temporalio.api.common.v1 import Payload

from engine.codec import SealedCodec
from engine.keys import KeyRing
from models.actors import Actor
from models.audit import AuditLine, as_fact, audit_actor
from models.case_ids import is_case
from store.audit import note

_ONCE_IN = 60.0
_Key = tuple[str, str]


class SealedReading:
    """One a process."""

    def __init__(self, engine: Engine, ring: KeyRing) -> None:
        self._engine, self._codec = engine, SealedCodec(ring)
        self._noted: dict[_Key, float] = {}
        self._since: Counter[_Key] = Counter()
        self._one = Lock()

    def open(self, who: Actor, payloads: Sequence[Payload]) -> list[Payload]:
        """The payloads as they were; what nobody of this installation sealed stays as it is.

        The line is written first. KeyTrouble without keys.
        """
        found = [self._codec.opened(payload) for payload in payloads]
        self._note(who, Counter(workflow for _, workflow in found if workflow is not None))
        return [payload for payload, _ in found]

    def _note(self, who: Actor, read: Counter[str]) -> None:
        now, by = time.monotonic(), audit_actor(who)
        with self._one:
            self._forget(now)
            for workflow, count in read.items():
                key = by.id or who.name, workflow
                self._since[key] += count
                if key in self._noted:
                    continue
                facts = {"payloads": self._since[key], "by_way_of": "temporal_ui"}
                if is_case(workflow):
                    line = AuditLine(kind="sealed_data_read", by=by, case_id=workflow, facts=facts)
                else:
                    line = AuditLine(kind="sealed_data_read", by=by, facts={**facts, "workflow": as_fact(workflow)})
                note(self._engine, line)
                self._noted[key] = now
                del self._since[key]

    def _forget(self, now: float) -> None:
        for key in [key for key, at in self._noted.items() if now - at >= _ONCE_IN]:
            del self._noted[key]
