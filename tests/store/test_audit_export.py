"""One case for a court: checked by a script without our database, and every alteration of it is found."""

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from desk.audit import check_record
from desk.audit_export import Exported, export_case
from desk.head_files import raw_of
from desk.heads import SignedHeads
from desk.verify_case import signature_holds
from models.audit import AuditActor
from models.hashes import hashed
from store.audit import AuditFilter, audit_page
from store.campaigns import Campaign
from store.differences import BrokenLog
from tests.store.paper import long_case, write

BY = AuditActor(account="os:test")
Change = Callable[[Path], object]


@pytest.fixture
def case_id(engine: Engine, campaign: Campaign) -> str:
    """One of five cases."""
    return [write(engine, campaign.plan, long_case(campaign, seed, 25)).case_id for seed in range(5)][3]


@pytest.fixture
def exported(engine: Engine, heads: SignedHeads, case_id: str, tmp_path: Path) -> Exported:
    """Written to a folder."""
    return export_case(engine, heads, case_id, tmp_path / "export", BY)


def checked(folder: Path, *options: str, program: str = sys.executable) -> tuple[int, str]:
    """As a court does: the script of the export, alone, in a process that finds nothing of ours."""
    run = [program, "-I", str(folder / "verify_case.py"), str(folder), *options]
    done = subprocess.run(run, capture_output=True, timeout=60, check=False, cwd=folder.parent, env={})
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done.returncode, done.stdout.decode()


def test_an_export_is_checked_without_our_database(engine: Engine, exported: Exported, case_id: str) -> None:
    folder = Path(exported.file)
    code, told = checked(folder)
    assert code == 0, told
    assert case_id in told and f"{exported.lines} lines" in told and exported.public_key in told
    assert checked(folder, "--key", exported.public_key)[0] == 0
    assert checked(folder, "--key", "0" * 64)[0] == 1, "signed by another key than the court was told"
    assert checked(folder, "--what")[0] == 2
    line = audit_page(engine, AuditFilter(kind="exported"), 1)[0]
    assert (line.case_id, line.by, line.file, line.facts["lines"]) == (case_id, BY, "export", exported.lines)


def test_the_log_stands_there_byte_for_byte_and_is_told_in_both_languages(
    engine: Engine, superuser: psycopg.Connection, exported: Exported, case_id: str
) -> None:
    rows = superuser.execute("SELECT body FROM case_log WHERE case_id = %s ORDER BY seq", (case_id,)).fetchall()
    folder = Path(exported.file)
    assert [file.read_bytes() for file in sorted((folder / "log").iterdir())] == [body.encode() for (body,) in rows]
    zh, en = ((folder / f"case.{language}.html").read_text() for language in ("zh", "en"))
    assert "案件记录" in zh and "四个一律" in zh and "A factory" in zh
    assert "Record of a case" in en and "Four musts" in en and case_id in en
    assert zh.count("<tr>") == en.count("<tr>") > len(rows)


def test_an_export_into_one_file_is_the_same(engine: Engine, heads: SignedHeads, case_id: str, tmp_path: Path) -> None:
    packed = tmp_path / "export.zip"
    export_case(engine, heads, case_id, packed, BY)
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(tmp_path / "unpacked")
    assert checked(tmp_path / "unpacked")[0] == 0
    assert packed.stat().st_mode & 0o077 == 0, "it holds personal data"


def _json(name: str, change: Callable[[Any], object]) -> Change:
    def apply(folder: Path) -> None:
        file = folder / name
        document = json.loads(file.read_text())
        change(document)
        file.write_text(json.dumps(document, ensure_ascii=False))

    return apply


def _resigned(change: Change, *, own_key: bool = False) -> Change:
    """Whoever alters it writes a new manifest; without the installation's key he signs with one of his own."""

    def apply(folder: Path) -> None:
        change(folder)
        key = Ed25519PrivateKey.generate()
        if own_key:
            (folder / "public_key.txt").write_text(raw_of(key.public_key()).hex())
        manifest = json.loads((folder / "manifest.json").read_text())
        manifest["files"] = {name: hashed((folder / name).read_bytes()) for name in manifest["files"]}
        told = json.dumps(manifest).encode()
        (folder / "manifest.json").write_bytes(told)
        (folder / "manifest.sig").write_text(key.sign(told).hex())

    return apply


def _edit(folder: Path) -> None:
    file = sorted((folder / "log").iterdir())[1]
    file.write_bytes(file.read_bytes().replace(b'"at":"20', b'"at":"19', 1))


CHANGES: dict[str, Change] = {
    "an edited line": _edit,
    "a line is gone": lambda folder: sorted((folder / "log").iterdir())[-1].unlink(),
    "two lines swapped": lambda folder: (
        [
            shutil.move(folder / "log" / a, folder / b)
            for a, b in (("00001.json", "x"), ("00002.json", "log/00001.json"))
        ]
        and shutil.move(folder / "x", folder / "log" / "00002.json")
    ),
    "the document": lambda folder: (folder / "case.zh.html").write_text("合格"),
    "a file more": lambda folder: (folder / "log" / "99999.json").write_text("{}"),
    "a hash": _json("proof.json", lambda proof: proof["lines"][0].update(hash="0" * 64)),
    "the leaf": _json("proof.json", lambda proof: proof.update(leaf=proof["leaf"].replace("p-3", "p-2"))),
    "the way to the root": _json("proof.json", lambda proof: proof["path"].pop()),
    "the root": _json("proof.json", lambda proof: proof["head"].update(head=proof["head"]["head"].replace("a", "b"))),
    "all by a key of his own": _resigned(_edit, own_key=True),
    "all but the key": _resigned(_edit),
    "no signature": lambda folder: (folder / "manifest.sig").write_text(""),
    "a link to elsewhere": lambda folder: (folder / "附件").symlink_to(folder.parent),
    "no proof": lambda folder: (folder / "proof.json").unlink(),
}


def test_whatever_is_altered_in_an_export_is_found(exported: Exported, tmp_path: Path) -> None:
    missed: dict[str, str] = {}
    for name, change in CHANGES.items():
        folder = shutil.copytree(exported.file, tmp_path / name)
        change(folder)
        code, told = checked(folder)
        if code != 1 or "✗" not in told:
            missed[name] = told
    assert not missed


def test_a_rewritten_log_with_a_proof_of_its_own_does_not_lead_to_the_signed_root(exported: Exported) -> None:
    folder = Path(exported.file)
    first = folder / "log" / "00001.json"
    first.write_bytes(first.read_bytes().replace(b"A factory", b"B factory"))

    def rewrite(proof: Any) -> None:
        last = ""
        for line in proof["lines"]:
            last = hashed(last.encode() + (folder / line["file"]).read_bytes()).removeprefix("sha256:")
            line["hash"] = last
        proof["leaf"] = json.dumps(["case", proof["case_id"], len(proof["lines"]), f"sha256:{last}"])

    _resigned(_json("proof.json", rewrite), own_key=True)(folder)
    code, told = checked(folder)
    assert code == 1 and "signature of the head" in told


def test_the_signatures_of_the_script_are_those_of_the_library() -> None:
    random = Random(14)
    for _ in range(8):
        key = Ed25519PrivateKey.from_private_bytes(random.randbytes(32))
        public, message = raw_of(key.public_key()), random.randbytes(random.randrange(200))
        signature = key.sign(message)
        assert signature_holds(public, message, signature)
        place = random.randrange(64)
        forged = signature[:place] + bytes([signature[place] ^ 1 << random.randrange(8)]) + signature[place + 1 :]
        assert not signature_holds(public, message, forged)
        assert not signature_holds(public, message + b"x", signature)
        assert not signature_holds(raw_of(Ed25519PrivateKey.generate().public_key()), message, signature)


def test_a_case_that_was_altered_is_not_exported_and_nothing_is_written_over(
    engine: Engine, superuser: psycopg.Connection, heads: SignedHeads, case_id: str, exported: Exported, tmp_path: Path
) -> None:
    with pytest.raises(FileExistsError):
        export_case(engine, heads, case_id, Path(exported.file), BY)
    with pytest.raises(LookupError):
        export_case(engine, heads, "case/none/none", tmp_path / "none", BY)
    superuser.execute("ALTER TABLE case_log DISABLE TRIGGER USER")
    cut = "DELETE FROM case_log WHERE case_id = %(id)s AND seq = (SELECT max(seq) FROM case_log WHERE case_id = %(id)s)"
    superuser.execute(cut, {"id": case_id})
    with pytest.raises(BrokenLog) as refused:
        export_case(engine, heads, case_id, tmp_path / "again", BY)
    assert refused.value.found.code == "log_cut"
    assert not list(tmp_path.glob("*again*")) and len(audit_page(engine, AuditFilter(), 10)) == 1


def test_a_plan_that_is_not_the_one_of_the_case_is_found_and_makes_no_paper(
    engine: Engine, superuser: psycopg.Connection, heads: SignedHeads, case_id: str, tmp_path: Path
) -> None:
    """Who owns the database may call it by another digest too: the log knows under which one the case was opened."""
    rename = "UPDATE campaigns SET plan = replace(plan, '非法', '合法')"
    for digest in ("", ", digest = left(encode(sha256(convert_to(replace(plan, '非法', '合法'), 'UTF8')), 'hex'), 32)"):
        superuser.execute(rename + digest)
        superuser.commit()
        assert [d.code for d in check_record(engine, heads).differences] == ["plan_altered"]
        with pytest.raises(BrokenLog) as refused:
            export_case(engine, heads, case_id, tmp_path / "export", BY)
        assert refused.value.found.code == "plan_altered" and not (tmp_path / "export").exists()
