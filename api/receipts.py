"""What became of a command that was handed in by signal, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.schemas import PROBLEMS
from serving.actors import Official
from serving.answers import answer
from serving.backing import Behind
from serving.problems import Trouble
from serving.readable import readable_case
from store.receipts import handed_in
from views.receipt import SignalReceipt, signal_receipt

router = APIRouter(prefix="/api/v1", tags=["cases"], responses=PROBLEMS)
ReceiptId = Annotated[str, Path(max_length=64, description="The command_id of what was sent.")]


@router.get("/receipts/{receipt_id}", summary="Show what became of a signal. 回执查询。", response_model=SignalReceipt)
def receipt(who: Official, behind: Behind, receipt_id: ReceiptId) -> Response:
    """Waiting, accepted or refused; one of a case that you may not read is answered as one that there is not."""
    found = handed_in(behind.engine, receipt_id)
    if found is None:
        raise _no_receipt(receipt_id)
    try:
        readable_case(behind, found.case_id, who)
    except Trouble:
        raise _no_receipt(receipt_id) from None
    return answer(signal_receipt(receipt_id, found))


def _no_receipt(receipt_id: str) -> Trouble:
    return Trouble(
        404,
        "unknown_receipt",
        f"没有回执 {receipt_id}",
        f"there is no receipt {receipt_id}",
        remedy_zh="核对 command_id；以接口或命令行直接提交的命令已当场答复，没有回执",
        remedy_en="check the command_id; what was not sent by signal was answered at once and has no receipt",
    )
