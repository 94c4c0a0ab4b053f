"""`rectify audit` on a real stack: the record is verified, a case is exported and checked, what was done is listed."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from sqlalchemy import text

from embedded.settings import StackSettings
from engine.connection import Services
from models.audit import AuditKind, AuditOutcome
from rules.words.audited import AUDIT_KINDS, AUDIT_OUTCOMES
from tests.cli.conftest import Installation
from tests.cli.homes import work_in
from tests.cli.run import CHINESE, invoke

pytestmark = pytest.mark.usefixtures("here")
BY = "inspector:王@650203"


@pytest.fixture(scope="module")
def audited(cli_home: Installation) -> dict[str, str]:
    """A case, a refused command, a token issued and called back, an exported ledger; heads signed before the end."""
    with pytest.MonkeyPatch.context() as patch:
        work_in(cli_home.env, patch)
        subject = ("--id", "audited-1", "--name", "核验厂", "--district", "650203", "--by", BY, "--json")
        case_id = invoke("case", "open", *subject).json["case_id"]
        refused = {"do": "approve_measure", "by": BY, "must": "suspend"}
        assert invoke("case", "do", "audited-1", "-", "--json", stdin=json.dumps(refused)).code == 1
        token_id = invoke("user", "token", BY, "--json").json["id"]
        assert invoke("user", "revoke", token_id, "--json").code == 0
        assert invoke("ledger", "export", str(cli_home.folder / "ledger.csv"), "--json").code == 0
        assert invoke("readmodel", "verify", "--no-running", "--json").json["differences"] == []
    return {"case_id": case_id, "token_id": token_id}


def listed(*options: str) -> list[dict[str, Any]]:
    """Lines of the audit log, newest first."""
    return invoke("audit", "list", *options, "--limit", "1000", "--json").json["lines"]


def test_what_was_done_is_listed_by_whom_about_what_and_never_with_a_name(audited: dict[str, str]) -> None:
    [refused] = listed("--kind", "未予受理", "--case", "audited-1")
    assert (refused["outcome"], refused["case_id"]) == ("refused", audited["case_id"])
    assert refused["facts"]["deed"] == "approve_measure" and refused["facts"]["code"] == "role_not_permitted"
    assert refused["by"]["account"].startswith("os:") and refused["by"]["role"] == "inspector"
    assert refused["by"]["name"] is None, "the account is known"
    given, revoked = (
        next(one for one in listed("--kind", kind) if one["facts"]["token_id"] == audited["token_id"])
        for kind in ("permission_given", "permission_revoked")
    )
    assert given["facts"]["role"] == "inspector" and given["seq"] < revoked["seq"]
    assert any(one["file"] == "ledger.csv" for one in listed("--kind", "exported"))
    assert "王" not in json.dumps(listed(), ensure_ascii=False)


def test_the_list_goes_on_page_by_page_and_by_instant(audited: dict[str, str]) -> None:
    first = invoke("audit", "list", "--limit", "2", "--json").json
    then = invoke("audit", "list", "--limit", "2", "--after", str(first["next"]), "--json").json
    assert [one["seq"] for one in (*first["lines"], *then["lines"])] == [one["seq"] for one in listed()][:4]
    assert listed("--to", "2020-01-01") == [] and listed("--from", "2020-01-01") == listed()
    assert listed("--person", audited["token_id"]) == [], "a token that did nothing"
    for lang, words in (("zh", ("审计日志", "授予权限", "继续")), ("en", ("Audit log", "permission given", "more"))):
        shown = invoke("audit", "list", "--limit", "3", "--lang", lang).out
        assert all(word in shown for word in words)
        assert bool(CHINESE.search(shown)) is (lang == "zh")
    assert invoke("audit", "list", "--from", "gestern", "--json").problem["code"] == "invalid_option"


def test_every_kind_and_outcome_has_its_words() -> None:
    assert (set(AUDIT_KINDS), set(AUDIT_OUTCOMES)) == (set(get_args(AuditKind)), set(get_args(AuditOutcome)))


def test_an_untouched_record_is_verified(audited: dict[str, str], cli_home: Installation, tmp_path: Path) -> None:
    told = invoke("audit", "verify", "--json")
    assert told.code == 0, told
    assert told.json["differences"] == [] and told.json["claims"]["held"] == told.json["claims"]["claimed"] > 0
    assert told.json["cases"] > 0 and told.json["audit_lines"] > 3 and told.json["heads"] > 0
    kept = shutil.copytree(Path(cli_home.env["RECTIFY_HOME"]) / "heads", tmp_path / "kept")
    assert invoke("audit", "verify", "--heads", str(kept), "--json").code == 0
    assert invoke("audit", "verify", "--heads", str(tmp_path / "none"), "--json").problem["code"] == "invalid_option"
    assert "0 处不一致" in invoke("audit", "verify", "--lang", "zh").said


@pytest.fixture
def altered(audited: dict[str, str], here: None) -> Iterator[None]:
    """The owner of the database changed a line; it is put back."""
    found = Services.here(StackSettings())
    change = "UPDATE case_log SET body = replace(body, :old, :new) WHERE case_id = :id AND seq = 1"

    def put(old: str, new: str) -> None:
        with found.owner.begin() as connection:
            connection.execute(text("ALTER TABLE case_log DISABLE TRIGGER USER"))
            connection.execute(text(change), {"id": audited["case_id"], "old": old, "new": new})
            connection.execute(text("ALTER TABLE case_log ENABLE TRIGGER USER"))

    put("核验厂", "伪造厂")
    yield
    put("伪造厂", "核验厂")
    found.close()


@pytest.mark.usefixtures("altered")
def test_an_alteration_is_told_with_case_line_and_remedy(audited: dict[str, str], tmp_path: Path) -> None:
    told = invoke("audit", "verify", "--json")
    assert told.code == 1
    [wrong] = told.json["differences"]
    assert (wrong["case_id"], wrong["line"], wrong["code"]) == (audited["case_id"], 1, "chain_broken")
    assert wrong["remedy_zh"] and wrong["remedy_en"]
    assert "哈希链在第 1 行断开" in invoke("audit", "verify", "--lang", "zh").said
    refused = invoke("audit", "export", "audited-1", str(tmp_path / "court"), "--json")
    assert (refused.code, refused.problem["code"]) == (1, "broken_log")
    assert not (tmp_path / "court").exists()


def test_a_case_is_exported_checked_and_noted(audited: dict[str, str], tmp_path: Path) -> None:
    done = invoke("audit", "export", "audited-1", str(tmp_path / "court"), "--json")
    assert done.code == 0, done
    script = tmp_path / "court" / "verify_case.py"
    run = [sys.executable, "-I", str(script), "--key", done.json["public_key"]]
    checked = subprocess.run(run, capture_output=True, timeout=60, check=False)
    assert checked.returncode == 0, checked
    assert audited["case_id"] in checked.stdout.decode()
    newest = listed("--kind", "exported")[0]
    assert (newest["case_id"], newest["file"]) == (audited["case_id"], "court")
    again = invoke("audit", "export", "audited-1", str(tmp_path / "court"), "--json")
    assert (again.code, again.problem["code"]) == (2, "file_exists")
    assert invoke("audit", "export", "nobody", str(tmp_path / "none"), "--json").problem["code"] == "unknown_case"
    spoken = invoke("audit", "export", "audited-1", str(tmp_path / "court.zip"), "--lang", "zh").said
    assert "已导出" in spoken and done.json["public_key"] in spoken
