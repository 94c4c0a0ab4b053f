"""What `rectify doctor` says of the place of photos and papers: whether it lists, reads, keeps and deletes now."""

from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from embedded.account import account_of, may_read
from embedded.doctor import Check, check
from embedded.endpoints import endpoints_of
from embedded.errors import StackError
from embedded.settings import StackSettings
from engine.connection import Services, files_in
from store.files_trouble import FilesTrouble
from store.installation import IsCopy


def evidence_checks(settings: StackSettings) -> list[Check]:
    """The place that the settings name; in a copy, or while the stack is down, it is only read."""
    endpoints = endpoints_of(settings)
    if endpoints is not None and endpoints.evidence != settings.evidence_place:
        return [_not_taken_up(str(endpoints.evidence or "folder"))]
    if closed := _closed_to_account(settings):
        return [closed]
    place = files_in(settings.home, settings.evidence_place)
    try:
        place.prove(writes=endpoints is not None and _may_change(Services(endpoints)))
    except FilesTrouble as trouble:
        told = (trouble.en, trouble.zh, trouble.remedy_en, trouble.remedy_zh)
        return [check("evidence", False, *told)]
    checks = [check("evidence", True, f"photos and papers: {place}", f"照片和材料存放于 {place}", "", "")]
    return [*checks, *_in_the_clear(settings), *_left_in_folder(settings)]


def _closed_to_account(settings: StackSettings) -> Check | None:
    """A file that root can read, and that the account of pages and workers cannot."""
    account = None
    with suppress(StackError):  # there is none yet: it is told of elsewhere, or made by `up`
        account = account_of(settings)
    for file in (settings.evidence_credentials, settings.evidence_ca):
        if account and file and file.exists() and not may_read(file, account):
            en, zh = f"the account {account.name} may not read {file}", f"账户 {account.name} 无权读取 {file}"
            do = f"chown {account.name} {file}"
            return check("evidence", False, en, zh, f"run {do}", f"运行 {do}")
    return None


def _may_change(found: Services) -> bool:
    """FilesTrouble where the place is another installation's."""
    try:
        found.claim_files()
    except (IsCopy, SQLAlchemyError):  # the database is told of elsewhere
        return False
    finally:
        found.close()
    return True


def _not_taken_up(place: str) -> Check:
    en, zh = (
        f"what runs keeps photos and papers in {place}, as it was started",
        f"运行中的系统仍使用启动时的位置 {place}",
    )
    do_en, do_zh = (
        "run rectify down, then rectify up, with the same settings",
        "以相同设置先后运行 rectify down、rectify up",
    )
    return _warning(en, zh, do_en, do_zh)


def _in_the_clear(settings: StackSettings) -> list[Check]:
    """Photos on their way through a network, for everybody on it to see."""
    place = settings.evidence_place
    if place is None or not place.endpoint.startswith("http://") or _is_here(place.endpoint):
        return []
    en, zh = f"{place.endpoint} is reached without TLS", f"{place.endpoint} 未使用 TLS"
    do_en = "have the store answer https, and name it so by RECTIFY_EVIDENCE_ENDPOINT"
    return [_warning(en, zh, do_en, "请启用 https 并更正 RECTIFY_EVIDENCE_ENDPOINT")]


def _is_here(endpoint: str) -> bool:
    return endpoint.partition("://")[2].startswith(("127.", "localhost", "[::1]"))


def _left_in_folder(settings: StackSettings) -> list[Check]:
    """Whether files of before still lie in the home."""
    if settings.evidence_place is None or not any(files_in(settings.home, None).listed()):
        return []
    here = f"rectify evidence move folder {settings.evidence}"
    en, zh = "files of before still lie in the home", "主目录中仍有此前的文件"
    return [_warning(en, zh, f"run {here}, and again with --remove", f"运行 {here}，再带 --remove 运行一次")]


def _warning(en: str, zh: str, do_en: str, do_zh: str) -> Check:
    return check("evidence", False, en, zh, do_en, do_zh).model_copy(update={"ok": True, "warns": True})
