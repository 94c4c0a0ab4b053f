"""The body of a form that a page sends: read within a time and a size, from our own pages alone."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from models.files import FILES_A_COMMAND, LARGEST_FILE
from models.typed import printable
from serving.bodies import pieces, too_large
from serving.guard import foreign_page, is_foreign
from serving.problems import Trouble, one_field
from views.forms.posted import Posted


class PostedFile(NamedTuple):
    """A form with one file, and the values of its other fields; without a file where none was chosen."""

    values: Posted
    file: UploadFile | None


_FILES_A_FORM = 10 * FILES_A_COMMAND
"""Files that are read of a form, so that one with too many is shown again."""
LARGEST_FORM = 100_000_000
"""Bytes of a form with its files."""


class Sent(NamedTuple):
    """A form with files: they lie in temporary files, as long as the form is looked at.

    `fields`: the field in which each of them came.
    """

    values: Posted
    files: tuple[UploadFile, ...]
    fields: tuple[str, ...] = ()
    beyond: tuple[tuple[str, str], ...] = ()
    """Files that were larger than one may be, left out: the name of each, and its field."""

    def of(self, field: str) -> tuple[tuple[UploadFile, ...], tuple[str, ...]]:
        """What came in one field of the form: its files, and the names of those that were larger than one may be."""
        files = tuple(file for file, name in zip(self.files, self.fields, strict=True) if name == field)
        return files, tuple(file for file, name in self.beyond if name == field)


async def form_values(request: Request, most: int, fields: int) -> Posted:
    """What the form holds, line ends as `\\n`; 403 for one that another page sent, 413 for a larger one.

    422 for more fields, and for a value with control characters.
    """
    if is_foreign(request):
        raise foreign_page()
    body = b"".join([piece async for piece in pieces(request, most, request.app.state.patience.command)])
    text = body.decode("utf-8", "replace")
    try:
        values = parse_qs(text, keep_blank_values=True, max_num_fields=fields, errors="replace")
    except ValueError:
        raise _too_many(fields) from None
    return {_clean(name, name): [_clean(name, v) for v in found] for name, found in values.items()}


async def form_file(request: Request, most: int, field: str, *, beside: int = 20_000, fields: int = 20) -> PostedFile:
    """A form with a file in the field, which lies on disk; 403, 422 as above, 413 for a larger file, 415 for no form.

    `beside`: bytes of what is written in it. Whoever takes the file closes it.
    """
    if is_foreign(request):
        raise foreign_page()
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        zh, en = "须以带文件的表单提交", "it is to be sent as a form with a file"
        raise Trouble(415, "not_a_form", zh, en)
    body = pieces(request, most + beside, request.app.state.patience.file)
    try:
        parser = MultiPartParser(request.headers, body, max_files=1, max_fields=fields, max_part_size=beside)
        form = await parser.parse()
    except MultiPartException:
        zh, en = "表单内容不完整或格式有误", "the form is incomplete or misshapen"
        remedy = {
            "remedy_zh": "重新打开页面，选择文件后提交",
            "remedy_en": "open the page anew, choose the file, send it",
        }
        raise Trouble(400, "broken_form", zh, en, **remedy) from None
    try:
        file, values = form.get(field), _written(form)
    except Trouble:
        await form.close()
        raise
    if not isinstance(file, UploadFile) or not file.filename:
        await form.close()
        return PostedFile(values, None)
    if (file.size or 0) > most:
        await form.close()
        raise too_large(most)
    return PostedFile(values, file)


@asynccontextmanager
async def form_with_files(request: Request, most: int, fields: int) -> AsyncGenerator[Sent]:
    """The same of a form that may bring files. One that is too large is left out, and told; how many there may be is
    for whoever takes them in to say, so that the form can be shown again.

    `most`: bytes of all that is written in it.
    """
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        yield Sent(await form_values(request, most, fields), ())
        return
    if is_foreign(request):
        raise foreign_page()
    stream = pieces(request, LARGEST_FORM, request.app.state.patience.file)
    parser = _Parts(request.headers, stream, max_files=_FILES_A_FORM, max_fields=fields, max_part_size=most)
    try:
        form = await parser.parse()
    except MultiPartException as wrong:
        if wrong.message.startswith("Too many fields"):
            raise _too_many(fields) from None
        if wrong.message.startswith("Too many files"):
            raise too_many_files() from None
        remedy = {"remedy_zh": "请重新打开页面填写后提交", "remedy_en": "open the page anew, fill it in and send it"}
        raise Trouble(422, "not_a_form", "表单内容不完整", "the form is incomplete", **remedy) from None
    try:
        values = _written(form)
        found = [(value, name) for name, value in form.multi_items() if isinstance(value, UploadFile)]
        files = [(file, name) for file, name in found if (file.filename or file.size) and file not in parser.beyond]
        beyond = tuple((file.filename or "", name) for file, name in found if file in parser.beyond)
        yield Sent(values, tuple(file for file, _ in files), tuple(name for _, name in files), beyond)
    finally:
        await form.close()


class _Parts(MultiPartParser):
    """As the framework takes a form apart, with a limit for each file, and one for all that is written."""

    _read: int = 0
    _written: int = 0

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.beyond: list[UploadFile] = []
        """Files that were cut off, being larger than one may be."""

    def on_part_begin(self) -> None:
        super().on_part_begin()
        self._read = 0

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._read += end - start
        if (file := self._current_part.file) is None:
            self._written += end - start
            if self._written > self.max_part_size:
                raise _too_much(int(self.max_part_size))
        elif self._read > LARGEST_FILE:
            if file not in self.beyond:
                self.beyond.append(file)
            return
        super().on_part_data(data, start, end)


def too_many_files(*, left_out: bool = False) -> Trouble:
    """422: more files than a command may have; `left_out`: those beyond are not in the form any more."""
    zh, en = f"一次最多 {FILES_A_COMMAND} 个文件", f"a form has at most {FILES_A_COMMAND} files"
    remedy_zh, remedy_en = "请分次提交", "send them in parts"
    if left_out:
        remedy_zh = f"已保留前 {FILES_A_COMMAND} 个，其余请另行提交"
        remedy_en = f"the first {FILES_A_COMMAND} are kept here: send the others after them"
    return Trouble(422, "too_many_files", zh, en, remedy_zh=remedy_zh, remedy_en=remedy_en)


def _too_many(fields: int) -> Trouble:
    zh, en = f"表单最多 {fields} 项", f"a form has at most {fields} fields"
    return Trouble(422, "too_many_fields", zh, en)


def _too_much(most: int) -> Trouble:
    zh, en = f"表单文字不得超过 {most:,} 字节", f"what is written in a form has at most {most:,} bytes"
    return Trouble(413, "too_large", zh, en, headers={"Connection": "close"})


def _written(form: FormData) -> Posted:
    """What is filled in beside the files; 422 for control characters, in the name of a file too."""
    values: Posted = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            _clean(name, value.filename or "")
        else:
            values.setdefault(_clean(name, name), []).append(_clean(name, value))
    return values


def _clean(name: str, value: str) -> str:
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    try:
        return printable(value)
    except ValueError:
        shown = "".join(c for c in name if c.isprintable())
        raise one_field(shown or "form", "不得含有控制字符", "control characters are not allowed") from None
