"""Why a whole file is refused. Raised where it is read, carried to the parent as data, shown as a sentence."""

from typing import Any, cast

# code: Chinese, English; {…} is filled when it is refused. A remedy stands in the sentence.
SENTENCES: dict[str, tuple[str, str]] = {
    "file_unreadable": ("无法读取文件：{reason}", "the file cannot be read: {reason}"),
    "file_empty": ("文件是空的，请确认发送的是填好的台账", "the file is empty; send the ledger that was filled in"),
    "file_too_large": (
        "文件有 {size} MB，超过 {limit} MB；请分成几个文件",
        "the file has {size} MB, more than {limit} MB; split it",
    ),
    "not_a_spreadsheet": (
        "这不是 Excel 工作簿，也不是 CSV 文本（{found}）；请另存为 .xlsx 或 .csv",
        "this is neither an Excel workbook nor CSV text ({found}); save it as .xlsx or .csv",
    ),
    "unsupported_format": (
        "不支持 {found}；请用 Excel 或 WPS 另存为 .xlsx",
        "{found} is not supported; save it as .xlsx in Excel or WPS",
    ),
    "encrypted": (
        "工作簿已加密；请取消密码后再发送",
        "the workbook is encrypted; remove the password and send it again",
    ),
    "macros": (
        "工作簿含有宏（{part}）；请另存为不含宏的 .xlsx",
        "the workbook holds macros ({part}); save it as .xlsx without macros",
    ),
    "external_links": (
        "工作簿引用外部文件或数据连接（{part}）；请“断开链接”，粘贴为数值后再发送",
        "the workbook refers to other files or data connections ({part}); break the links, paste as values",
    ),
    "damaged": (
        "工作簿已损坏（{reason}）；请在 Excel 中打开并重新保存",
        "the workbook is damaged ({reason}); open it in Excel and save it again",
    ),
    "zip_bomb": (
        "{part} 解压后有 {size} MB，不像是台账；请只保留有内容的行后另存",
        "{part} unpacks to {size} MB, which is no ledger; keep only the rows with content and save it again",
    ),
    "too_many_sheets": ("有 {count} 张工作表，最多 {limit} 张", "{count} sheets; at most {limit} are read"),
    "too_many_rows": (
        "超过 {limit} 行；请分成几个文件",
        "more than {limit} rows; split it into several files",
    ),
    "too_many_columns": (
        "在第 {limit} 列之外还有内容；请删除多余的列",
        "there is content beyond column {limit}; delete the columns that are not needed",
    ),
    "too_many_cells": (
        "有内容的单元格超过 {limit} 个；请分成几个文件",
        "more than {limit} cells with content; split it into several files",
    ),
    "too_much_text": (
        "文字总量超过 {limit} 个字符；请分成几个文件",
        "more than {limit} characters of text; split it into several files",
    ),
    "cell_too_long": (
        "单元格内容超过 {limit} 个字符",
        "the cell has more than {limit} characters",
    ),
    "encoding_unknown": (
        "文字编码无法识别（不是 UTF-8、GBK/GB18030 或 UTF-16）；请另存为 .xlsx 或 UTF-8",
        "the text is neither UTF-8, GBK/GB18030 nor UTF-16; save it as .xlsx or as UTF-8",
    ),
    "csv_quotes": (
        "引号不配对，从这一行起无法分列；请改正后再发送",
        "quotes do not match; from this row on the columns cannot be told apart",
    ),
    "nothing_inside": ("文件里没有任何内容", "there is nothing in the file"),
    "too_much_memory": (
        "读取这个文件所需的内存过多，已停止；请只保留台账本身后另存",
        "reading this file takes too much memory and was stopped; keep only the ledger and save it again",
    ),
    "too_slow": (
        "读取这个文件用时过长，已停止；请只保留台账本身后另存",
        "reading this file took too long and was stopped; keep only the ledger and save it again",
    ),
    "reader_died": (
        "读取这个文件的进程意外结束；文件可能已损坏，请在 Excel 中打开并重新保存",
        "the process that read this file ended unexpectedly; it may be damaged, open it in Excel and save it again",
    ),
}


class Refusal(Exception):
    """The file is refused: a code of SENTENCES, its facts, and the cell where it is about one.

    A fact in words is a pair: in Chinese, in English.
    """

    def __init__(self, code: str, sheet: str = "", row: int | None = None, column: str | None = None, **facts: Any):
        super().__init__(code)
        self.code, self.sheet, self.row, self.column, self.facts = code, sheet, row, column, facts

    def document(self) -> dict[str, Any]:
        """As data: code, sheet, row, column, zh, en."""
        zh, en = (
            sentence.format(**{name: _in_language(value, place) for name, value in self.facts.items()})
            for place, sentence in enumerate(SENTENCES[self.code])
        )
        place = {"sheet": self.sheet, "row": self.row, "column": self.column}
        return {"code": self.code, "zh": zh, "en": en, **place}


def _in_language(value: Any, place: int) -> Any:
    return cast("tuple[str, str]", value)[place] if isinstance(value, tuple) else value
