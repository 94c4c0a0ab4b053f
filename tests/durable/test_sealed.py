"""What Temporal keeps of a case: nothing personal in clear, nothing altered accepted, summaries that can be read."""

import asyncio
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from temporalio.api.common.v1 import Payload
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryRequest
from temporalio.client import Client

from desk.codec import SealedCodec
from tests.durable.office import HERE, CaseFile, Office, command, finding
from workers.cases import cases_worker

INSPECTOR, RESPONSIBLE, SUBJECT = "Abdulkerim", "Gulnara Watchwoman", "Precious Fireworks Works"
CODE, STREET, DESCRIPTION = "91650203MA77XXXX0K", "Kunlun Road 17", "detonators under the bed"
SECRETS = (INSPECTOR, RESPONSIBLE, SUBJECT, CODE, STREET, DESCRIPTION, "a reason nobody may read")


async def with_secrets(office: Office) -> CaseFile:
    """A case with personal data wherever a command has room for it, one refusal in the history."""
    by = f"inspector:{INSPECTOR}@{HERE}"
    opening = office.opening("s-sealed", name=SUBJECT, code=CODE, street=STREET)
    async with cases_worker(office.client, office.services.engine):
        await office.hand_in("05-10", "s-sealed", opening)
        file = office.file(f"case/{office.campaign.campaign_id}/s-sealed")
        await file.do("record_findings", by, findings=[finding("F1", "H01") | {"description": DESCRIPTION}])
    registrations = [
        command("register", by, assignments=[{"ref": "F1", "responsible": RESPONSIBLE}], note=SECRETS[-1])
        for _ in range(2)
    ]
    waiting = [asyncio.create_task(file.send(c)) for c in registrations]
    await asyncio.sleep(0.5)  # both accepted in one look, so that the history keeps one refusal
    async with cases_worker(office.client, office.services.engine):
        await asyncio.gather(*waiting)
        await file.signal(command("declare_rectified", by, refs=["F1"], evidence=[SECRETS[-1]]))
        await file.logged("declare_rectified")
        await file.to("05-12")
    return file


async def raw_history(client: Client, case_id: str) -> bytes:
    """The history as the server stores and sends it."""
    request = GetWorkflowExecutionHistoryRequest(namespace=client.namespace)
    request.execution.workflow_id = case_id
    answer = await client.workflow_service.get_workflow_execution_history(request)
    assert not answer.next_page_token
    return answer.history.SerializeToString()


async def test_no_personal_data_can_be_read_in_temporal(idle_office: Office) -> None:
    file = await with_secrets(idle_office)
    raw = await raw_history(idle_office.client, file.case_id)
    shown = (await file.handle.describe()).raw_description.SerializeToString()
    assert b"binary/encrypted" in raw and b"recordFindings" not in raw
    for secret in SECRETS:
        for written in (secret.encode(), secret.encode("utf-16-le")):
            assert written not in raw and written not in shown, secret
    assert HERE.encode() in raw, "the summary says the district"


async def test_summaries_and_details_can_be_read_and_say_nothing_personal(office: Office) -> None:
    file = await office.open("05-10")
    await file.record(finding("F1", "H01"))
    events = (await file.history()).events
    summaries = [e.user_metadata.summary.data.decode() for e in events if e.user_metadata.HasField("summary")]
    assert f'"{HERE} · inspection"' in summaries
    assert '"investigation · inspector · until 2027-05-31 24:00"' in summaries, summaries
    metadata = await file.handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    assert "registration" in metadata.current_details and "2027-05-17 24:00" in metadata.current_details
    for text in (*summaries, metadata.current_details):
        assert not any(name in text for name in ("A factory", "Li", "Sun", "seen at"))


@pytest.fixture
def codec(office: Office) -> SealedCodec:
    """The installation's codec."""
    return SealedCodec(office.services.keys)


async def sealed(codec: SealedCodec) -> Payload:
    """A payload as it travels."""
    plain = Payload(metadata={"encoding": b"json/plain"}, data=b'{"name": "A factory"}')
    [payload] = await codec.encode([plain])
    assert (await codec.decode([payload])) == [plain]
    return payload


@pytest.mark.parametrize("place", [0, 11, 12, 30, -1])
async def test_an_altered_payload_is_refused(codec: SealedCodec, place: int) -> None:
    payload = await sealed(codec)
    altered = bytearray(payload.data)
    altered[place] ^= 1
    with pytest.raises((ValueError, InvalidTag)):
        await codec.decode([Payload(metadata=payload.metadata, data=bytes(altered))])


async def test_an_altered_payload_is_refused_as_the_docstring_says(codec: SealedCodec) -> None:
    payload = await sealed(codec)
    with pytest.raises(ValueError):
        await codec.decode([Payload(metadata=payload.metadata, data=payload.data[:-1])])


async def test_a_key_that_is_not_known_is_named(codec: SealedCodec) -> None:
    payload = await sealed(codec)
    other: dict[str, Any] = {**payload.metadata, "key-id": b"k-lost"}
    with pytest.raises(ValueError, match="k-lost"):
        await codec.decode([Payload(metadata=other, data=payload.data)])


async def test_the_same_text_sealed_twice_is_not_the_same(codec: SealedCodec) -> None:
    assert (await sealed(codec)).data != (await sealed(codec)).data
