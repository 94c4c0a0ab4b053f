"""What Temporal keeps of a case: nothing personal in clear, nothing altered accepted, summaries that can be read."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs
from temporalio.api.common.v1 import Payload
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryRequest
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.common import RawValue
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import WorkflowSerializationContext

from embedded.temporal_access import connect_temporal
from engine.codec import ForgedPayload, SealedCodec, SealedPayloadConverter
from models.wire import Submission
from tests.cast import GOVERNMENT, HERE
from tests.durable.office import CaseFile, Office, command, finding
from workers.cases import cases_worker

SHOWN = b"temporal.api.sdk.v1.WorkflowMetadata"
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
    await nobody_reads(codec, Payload(metadata=payload.metadata, data=bytes(altered)))


async def test_a_payload_that_was_cut_is_refused(codec: SealedCodec) -> None:
    payload = await sealed(codec)
    for cut in (payload.data[:-1], payload.data[:5], b""):
        await nobody_reads(codec, Payload(metadata=payload.metadata, data=cut))


async def nobody_reads(codec: SealedCodec, payload: Payload) -> None:
    """The payload is refused, and no converter makes anything of what stands in its place."""
    with pytest.raises(ForgedPayload, match="altered"):
        SealedPayloadConverter().from_payloads(await codec.decode([payload]))


async def test_a_key_that_is_not_known_is_named(codec: SealedCodec) -> None:
    payload = await sealed(codec)
    other: dict[str, Any] = {**payload.metadata, "key-id": b"k-lost"}
    with pytest.raises(ValueError, match="k-lost"):
        await codec.decode([Payload(metadata=other, data=payload.data)])


async def test_the_same_text_sealed_twice_is_not_the_same(codec: SealedCodec) -> None:
    assert (await sealed(codec)).data != (await sealed(codec)).data


async def test_a_payload_that_nobody_sealed_is_read_by_nobody(codec: SealedCodec) -> None:
    plain = Payload(metadata={"encoding": b"json/plain"}, data=b'{"name": "A factory"}')
    with capture_logs() as logs:
        [refused] = await codec.decode([plain])
    assert [(line["alarm"], line["why"]) for line in logs] == [("forged_payload", "unsealed")]
    with pytest.raises(ForgedPayload, match="unsealed"):
        SealedPayloadConverter().from_payloads([refused])


async def outsider(office: Office) -> Client:
    """Somebody whom Temporal lets in and who has no key, as on the trial engine."""
    return await connect_temporal(office.services.endpoints.temporal, data_converter=pydantic_data_converter)


async def closure_proposed(office: Office) -> CaseFile:
    """A case in which a closure waits for the district government."""
    file = await office.open("06-10")
    await file.record(finding("F1", "V01"))
    await file.register("F1")
    await file.do("propose_measure", must="close")
    return file


async def test_a_forged_command_has_no_effect_and_the_case_goes_on(office: Office) -> None:
    file, forger = await closure_proposed(office), await outsider(office)
    before = await file.steps()
    forged = forger.get_workflow_handle(file.case_id)
    command_of = Submission(command=command("approve_measure", GOVERNMENT, must="close"))
    with pytest.raises(WorkflowUpdateFailedError):
        await forged.execute_update("submit", command_of)
    shown = RawValue(Payload(metadata={"encoding": b"json/protobuf", "messageType": SHOWN}, data=b"{}"))
    for signal in ("inspection_result", "calendar_moved"):
        for sent in ([command_of], [], [shown], ["a bare text"]):
            await forged.signal(signal, args=sent)
    assert await file.steps() == before
    await file.do("approve_measure", GOVERNMENT, must="close")
    assert (await file.steps())[len(before) :] == ["approve_measure"]


async def test_a_command_copied_from_another_case_has_no_effect(office: Office) -> None:
    approved, waiting = await closure_proposed(office), await closure_proposed(office)
    await approved.do("approve_measure", GOVERNMENT, must="close")
    events = (await approved.handle.fetch_history(skip_archival=True)).events
    accepted = [e.workflow_execution_update_accepted_event_attributes for e in events]
    copied = [a.accepted_request.input.args.payloads[0] for a in accepted if a.accepted_request.HasField("input")][-1]
    thief = (await outsider(office)).get_workflow_handle(waiting.case_id)
    before = await waiting.steps()
    with pytest.raises(WorkflowUpdateFailedError):
        await thief.execute_update("submit", RawValue(copied))
    await thief.signal("inspection_result", RawValue(copied))
    await waiting.do("add_note", text="goes on")
    assert await waiting.steps() == [*before, "add_note"]


async def test_a_payload_of_a_history_from_before_is_still_read(codec: SealedCodec) -> None:
    payload = await sealed(codec)
    assert "workflow-id" not in payload.metadata
    bound = codec.with_context(WorkflowSerializationContext("rectify", "case/a/b"))
    assert (await bound.decode([payload])) == (await codec.decode([payload]))
