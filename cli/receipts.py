"""`rectify case receipt`: what became of a command that was handed in by signal."""

from typing import Annotated

import typer

from cli.output import REFUSED, AsJson, Lang, fail, out, print_json, say
from cli.services import services
from store.receipts import handed_in
from views.plain import plain
from views.receipt import signal_receipt


def receipt(
    receipt_id: Annotated[str, typer.Argument(metavar="RECEIPT", help="The command_id that was sent. 回执编号。")],
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """What became of a command that was sent by signal: waiting, accepted or refused. 查询信号回执。"""
    with services(as_json=as_json) as found:
        row = handed_in(found.engine, receipt_id)
    if row is None:
        problem = {
            "code": "unknown_receipt",
            "zh": f"没有回执 {receipt_id}",
            "en": f"there is no receipt {receipt_id}",
            "remedy_zh": "核对编号：即 case do --signal 答复的 command_id",
            "remedy_en": "check the id: it is the command_id that case do --signal answers",
        }
        fail(REFUSED, problem, as_json=as_json)
    document = signal_receipt(receipt_id, row)
    if as_json:
        print_json(plain(document))
    else:
        out().print(f"{document.case_id}  {say(document.zh, document.en)}", markup=False)
    if document.state == "refused":
        raise typer.Exit(REFUSED)
