"""One case for a court: its log byte for byte as it was hashed, a document to read, the proof that it was signed."""

import json
import secrets
import shutil
import zipfile
from base64 import b64decode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from desk.claims_kept import wrong_claims
from desk.head_files import HeadFile, key_id, raw_of, read_head
from desk.heads import SignedHeads
from desk.time_stamps import STAMP
from embedded.account import private
from models.audit import AuditActor, AuditLine
from models.base import Frozen
from models.case_ids import campaign_in
from models.hashes import hashed
from models.instants import say_instant, show_instant
from rules.case.evolve import apply
from store.audit import note
from store.campaigns import campaign_of, plan_digest
from store.chains import is_pinned, wrong_in_claims
from store.claim_keys import claim_keys
from store.differences import BrokenLog, Difference, difference
from store.lines import read_line
from store.merkle import proof_of
from store.verify import fold_case
from views.case_paper import case_paper

_SCRIPT = Path(__file__).with_name("verify_case.py")
_README = """本文件夹是一宗案件的导出件，供司法机关核验。
This folder is the export of one case, for a court to check.

  case.zh.html, case.en.html   案件记录（供阅读） / the record, to be read
  log/                         日志原文，每行一个文件 / the log as it was hashed, a file a line
  proof.json                   哈希链、包含证明、签名链首 / hash chain, inclusion proof, signed head
  public_key.txt               公钥 / the public key
  head.txt, head.tsr           签名链首及其时间戳（如有） / the signed head and its time stamp, where there is one
  manifest.json, manifest.sig  文件清单及其签名 / what belongs to it, signed

核验 / to check:  python3 verify_case.py
时间戳 / the time stamp:  openssl ts -verify -data head.txt -in head.tsr -CAfile 机构证书.pem
只需 Python 3.8 以上，无须联网，无须安装任何程序；公钥请另行向发件机关核实。
Python 3.8 or newer is enough, without network and without anything installed; ask the office for its public
key by another way.
"""


class Exported(Frozen):
    """What was written: how many lines, under which signed head, and by which key."""

    file: str
    case_id: str
    lines: int
    root: str
    signed_at: datetime
    key: str
    public_key: str


class _Line(Frozen):
    seq: int
    body: str
    hash: str


def export_case(engine: Engine, heads: SignedHeads, case_id: str, target: Path, by: AuditActor) -> Exported:
    """Sign the heads as they stand, write the case to a new folder, or to a file that ends in .zip, and note it.

    LookupError for an unknown case, BrokenLog for one whose log is not what was signed and claimed, whose plan is
    another, or where heads are gone or forged: then nothing is written. FileExistsError for a target that is there.
    """
    if target.exists():
        raise FileExistsError(str(target))
    if (broken_at := fold_case(engine, case_id).broken_at) is not None:
        raise BrokenLog(difference("chain_broken", case_id, line=broken_at))
    _require_as_claimed(engine, case_id)
    for wrong in heads.check_and_sign(engine):
        if wrong.case_id == case_id or _of_the_heads(wrong):
            raise BrokenLog(wrong)
    newest = heads.head_files()[-1]
    head = read_head(newest)
    assert head is not None  # signed a moment ago
    leaves = heads.read(newest).leaves
    place, seq = next((n, at) for n, (_, name, at, _) in enumerate(map(json.loads, leaves)) if name == case_id)
    lines = _lines(engine, case_id, seq)
    files = _files(engine, heads, case_id, lines, head)
    proof = {
        "format": "rectify-case-1",
        "case_id": case_id,
        "lines": [{"seq": n.seq, "file": _name(n), "hash": n.hash} for n in lines],
        "leaf": leaves[place],
        "path": [step.model_dump() for step in proof_of(leaves, place, head.said.algorithm)],
        "head": head.model_dump(),
        "claims": {"keys": {one.key_id: b64decode(one.public_key).hex() for one in claim_keys(engine).values()}},
    }
    files["proof.json"] = _json(proof)
    if stamp := heads.stamp_newest():
        files |= {"head.txt": head.head.encode(), f"head{STAMP}": stamp}
    facts = {"what": "case", "lines": len(lines), "root": head.said.root}
    line = AuditLine(kind="exported", by=by, case_id=case_id, file=target.name, facts=facts)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with engine.begin() as connection:
            note(connection, line)
            _write(draft, {**files, **_manifest(heads, case_id, files)}, packed=target.suffix.lower() == ".zip")
        draft.rename(target)
    finally:
        _remove(draft)
    told = {"file": str(target), "case_id": case_id, "lines": len(lines), "root": head.said.root}
    return Exported.model_validate(
        {**told, "signed_at": head.said.at, "key": head.said.key, "public_key": head.public_key}
    )


def _require_as_claimed(engine: Engine, case_id: str) -> None:
    """BrokenLog where a line carries another's claim, or none after one that does, or the plan is another."""
    said = [json.loads(line.body) for line in _lines(engine, case_id)]
    if wrong := wrong_in_claims(case_id, said, wrong_claims(engine)):
        raise BrokenLog(wrong[0])
    campaign_id = campaign_in(case_id)
    if not is_pinned(said[0], plan_digest(engine, campaign_id)):
        raise BrokenLog(difference("plan_altered", case_id, campaign_id=campaign_id))


def _of_the_heads(wrong: Difference) -> bool:
    return wrong.code.startswith("heads_")


def _lines(engine: Engine, case_id: str, until: int | None = None) -> list[_Line]:
    """The log up to a line, or all of it."""
    sql = text("""SELECT seq, body, hash FROM case_log
        WHERE case_id = :id AND (CAST(:until AS integer) IS NULL OR seq <= :until) ORDER BY seq""")
    with engine.connect() as connection:
        rows = connection.execute(sql, {"id": case_id, "until": until}).mappings()
        return [_Line.model_validate(dict(row)) for row in rows]


def _files(engine: Engine, heads: SignedHeads, case_id: str, lines: list[_Line], head: HeadFile) -> dict[str, bytes]:
    log = [read_line(case_id, line.seq, line.body) for line in lines]
    case = apply(None, log[0])
    for step in log[1:]:
        case = apply(case, step)
    campaign = campaign_of(engine, case.campaign_id)
    when, key = say_instant(head.said.at), key_id(heads.public_key())
    said = {
        "zh": f"已列入 {when} 签名的记录（密钥 {key}）",
        "en": f"among the records that were signed at {when} (key {key})",
    }
    papers = {
        f"case.{language}.html": case_paper(
            campaign.plan, case, log, campaign.now(), said[language], chinese=language == "zh"
        ).encode()
        for language in ("zh", "en")
    }
    return {
        **{_name(line): line.body.encode() for line in lines},
        **papers,
        "README.txt": _README.encode(),
        "verify_case.py": _SCRIPT.read_bytes(),
        "public_key.txt": f"{raw_of(heads.public_key()).hex()}\n".encode(),
    }


def _manifest(heads: SignedHeads, case_id: str, files: dict[str, bytes]) -> dict[str, bytes]:
    """Which files belong to the export, by hash; signed as the heads are."""
    told = _json(
        {
            "format": "rectify-manifest-1",
            "case_id": case_id,
            "exported_at": show_instant(datetime.now(UTC)),
            "files": {name: hashed(content) for name, content in sorted(files.items())},
        }
    )
    return {"manifest.json": told, "manifest.sig": f"{heads.sign_bytes(told).hex()}\n".encode()}


def _name(line: _Line) -> str:
    return f"log/{line.seq:05d}.json"


def _json(document: dict[str, Any]) -> bytes:
    return f"{json.dumps(document, ensure_ascii=False, indent=1)}\n".encode()


def _write(target: Path, files: dict[str, bytes], *, packed: bool) -> None:
    if packed:
        with (
            open(target, "xb", opener=private) as handle,
            zipfile.ZipFile(handle, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            for name, content in files.items():
                archive.writestr(name, content)
        return
    target.mkdir(mode=0o700, parents=True)
    for name, content in files.items():
        file = target / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def _remove(draft: Path) -> None:
    if draft.is_dir():
        shutil.rmtree(draft)
    else:
        draft.unlink(missing_ok=True)
