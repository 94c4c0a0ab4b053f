"""The codec endpoint of the Temporal UI: what a workflow's history has sealed, opened for an operator, and noted.

It speaks the protocol by which the UI asks codec servers, and opens only; the gate has checked who asks.
"""

from fastapi import Response
from fastapi.concurrency import run_in_threadpool
from google.protobuf.json_format import MessageToJson, Parse, ParseError
from temporalio.api.common.v1 import Payloads

from desk.sealed_reading import SealedReading
from models.people import Visit
from serving.problems import Trouble
from web.temporal_ui import Opening

_MOST = 5_000


def opening(reading: SealedReading) -> Opening:
    """What the gate hands a question on to: a document of payloads, answered by one of as many, opened.

    Trouble for one that is none (400) or has too many (413); KeyTrouble where a key is away.
    """

    async def opened(visit: Visit, body: bytes) -> Response:
        return await run_in_threadpool(_opened, reading, visit, body)

    return opened


def _opened(reading: SealedReading, visit: Visit, body: bytes) -> Response:
    assert visit.standing is not None
    try:
        asked = Parse(body.decode(), Payloads(), ignore_unknown_fields=True)
    except (ParseError, ValueError):
        raise Trouble(400, "no_payloads", "不是载荷文档", "this is no document of payloads") from None
    if len(asked.payloads) > _MOST:
        raise Trouble(413, "too_large", "请求过大", "the request is too large")
    found = reading.open(visit.standing.actor, asked.payloads)
    answer = MessageToJson(Payloads(payloads=found), indent=None)
    return Response(answer, media_type="application/json")
