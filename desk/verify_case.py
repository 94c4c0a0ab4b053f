"""核验本案导出件 / Checks the export of one case, without the system that wrote it.

用法 / usage:  python3 verify_case.py [文件夹 FOLDER] [--key 公钥 PUBLIC_KEY]

只需 Python 3.8 以上的标准库 / needs nothing but the standard library of Python 3.8 or newer.
公钥（public_key.txt，64 位十六进制）须另行向发件机关核实 / ask the office for its public key by another way.

退出码 / exit: 0 无改动 nothing was changed, 1 有改动 something was, 2 用法不对 bad usage.
"""

from __future__ import annotations

import hashlib
import json
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any, NamedTuple

# ---- Ed25519 (RFC 8032, §5.1 and §6): verifying alone, in whole numbers

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)


class Point(NamedTuple):
    """A point of the curve in extended coordinates."""

    x: int
    y: int
    z: int
    t: int


def _add(a: Point, b: Point) -> Point:
    m, n = (a.y - a.x) * (b.y - b.x) % _P, (a.y + a.x) * (b.y + b.x) % _P
    c, d = 2 * a.t * b.t * _D % _P, 2 * a.z * b.z % _P
    e, f, g, h = n - m, d - c, d + c, n + m
    return Point(e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _times(number: int, point: Point) -> Point:
    found = Point(0, 1, 1, 0)
    while number:
        if number & 1:
            found = _add(found, point)
        point, number = _add(point, point), number >> 1
    return found


def _same(a: Point, b: Point) -> bool:
    return (a.x * b.z - b.x * a.z) % _P == 0 and (a.y * b.z - b.y * a.z) % _P == 0


def _point(raw: bytes) -> Point | None:
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return Point(x, y, 1, x * y % _P)


def signature_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature (64 bytes) of the message is that of the public key (32 bytes)."""
    if len(public) != 32 or len(signature) != 64:
        return False
    base = _point((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little"))
    key, commitment = _point(public), _point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if base is None or key is None or commitment is None or s >= _ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % _ORDER
    return _same(_times(s, base), _add(commitment, _times(challenge, key)))


# ---- hashes that name their algorithm; one without a name is SHA-256

_ALGORITHMS = ("sha256", "sm3")


def _raw_hash(algorithm: str, content: bytes) -> bytes:
    if algorithm not in _ALGORITHMS:
        raise ValueError(algorithm)
    return hashlib.new(algorithm, content).digest()


def _named(stored: str) -> str:
    return stored if ":" in stored else "sha256:" + stored


def _hash_like(stored: str, content: bytes) -> str:
    algorithm, colon, _ = stored.partition(":")
    found = _raw_hash(algorithm if colon else "sha256", content).hex()
    return f"{algorithm}:{found}" if colon else found


# ---- the export


class Wrong(Exception):
    """What is wrong with the export, in Chinese and in English."""


def _text(folder: Path, name: str) -> str:
    return (folder / name).read_bytes().decode("utf-8")


def _require(holds: bool, zh: str, en: str) -> None:
    if not holds:
        raise Wrong(zh, en)


def check_files(folder: Path, public: bytes) -> None:
    """Every file is the one that was signed for, and no other is there."""
    signature = bytes.fromhex(_text(folder, "manifest.sig").strip())
    told = (folder / "manifest.json").read_bytes()
    _require(signature_holds(public, told, signature), "manifest.json 的签名不符", "manifest.json: signature")
    manifest: dict[str, Any] = json.loads(told)
    _require(manifest["format"] == "rectify-manifest-1", "manifest.json 格式不明", "manifest.json: unknown format")
    beside = {"manifest.json", "manifest.sig"}
    links = sorted(str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_symlink())
    _require(not links, f"含有链接 {links}", f"links to elsewhere: {links}")
    there = {str(f.relative_to(folder).as_posix()) for f in folder.rglob("*") if f.is_file()} - beside
    for name, expected in manifest["files"].items():
        _require(name in there, f"缺少文件 {name}", f"{name} is missing")
        found = _hash_like(expected, (folder / name).read_bytes())
        _require(found == expected, f"文件 {name} 已被改动", f"{name} was changed")
    more = sorted(there - set(manifest["files"]))
    _require(not more, f"多出文件 {more}", f"files that are not part of it: {more}")


def check_log(folder: Path, proof: dict[str, Any]) -> None:
    """Each line is hashed with the hash of the line before, and the last one is the leaf of the tree."""
    last = ""
    for number, line in enumerate(proof["lines"], start=1):
        body = (folder / line["file"]).read_bytes()
        expected = _hash_like(line["hash"], last.encode() + body)
        _require(line["seq"] == number, f"缺第 {number} 行", f"line {number} is missing")
        _require(line["hash"] == expected, f"哈希链在第 {number} 行断开", f"the hash chain breaks at line {number}")
        last = line["hash"]
        if number == 1:
            of = json.loads(body)["events"][0]["case_id"]
            _require(of == proof["case_id"], f"日志属于案件 {of}", f"the log is of case {of}")
    leaf = ["case", proof["case_id"], len(proof["lines"]), _named(last)]
    _require(json.loads(proof["leaf"]) == leaf, "末行与签名链首不符", "the last line is not the one that was signed")


def check_claims(folder: Path, proof: dict[str, Any]) -> int:
    """How many lines carry a claim: each is that of its line, and signed by a key of the installation."""
    claims: dict[str, dict[str, str]] = proof.get("claims") or {}
    count, keys = 0, claims.get("keys", {})
    for number, line in enumerate(proof["lines"], start=1):
        says: dict[str, Any] = json.loads((folder / line["file"]).read_bytes())
        claim: dict[str, Any] | None = says.get("claim")
        if claim is None:
            gone = count and says.get("by") is not None
            _require(not gone, f"第 {number} 行没有签名声明", f"line {number} carries no signed claim")
            continue
        count += 1
        wrong = f"第 {number} 行的签名声明不符", f"the signed claim of line {number} does not hold"
        told = (claim["by"], claim["do"], claim["case_id"], claim["command_id"])
        _require(told == (says["by"], says["do"], proof["case_id"], _asked_id(says)), *wrong)
        _require(claim["content"].partition(":")[2].startswith(says["content"]), *wrong)
        _require(_signed(b"rectify-claim-v1\n", claim, keys), *wrong)
        _require(claim.get("order") is None or _signed(b"rectify-order-v1\n", claim["order"], keys), *wrong)
    return count


def _signed(domain: bytes, claim: dict[str, Any], keys: dict[str, str]) -> bool:
    """By the key that it names; over all of it but the signature, with the kind of claim before it."""
    if claim["key_id"] not in keys:
        return False
    facts = {name: value for name, value in claim.items() if name != "signature"}
    text = domain + json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    return signature_holds(bytes.fromhex(keys[claim["key_id"]]), text, b64decode(claim["signature"]))


def _asked_id(says: dict[str, Any]) -> str:
    """Of the command that asked: a refusal that is kept has an id of its own, `refused:{command}:{place}`."""
    refusal = any(event["kind"] == "command_refused" for event in says["events"])
    return says["command_id"].split(":", 1)[1].rsplit(":", 1)[0] if refusal else says["command_id"]


def check_head(proof: dict[str, Any], public: bytes) -> dict[str, Any]:
    """The leaf leads to the root, and the root is signed."""
    signed: dict[str, str] = proof["head"]
    holds = signature_holds(public, signed["head"].encode(), bytes.fromhex(signed["signature"]))
    _require(holds, "签名链首的签名不符", "the signature of the head does not hold")
    head: dict[str, Any] = json.loads(signed["head"])
    _require(head["format"] == "rectify-head-1", "签名链首格式不明", "the head has an unknown format")
    algorithm = head["algorithm"]
    at = _raw_hash(algorithm, b"\x00" + proof["leaf"].encode())
    for step in proof["path"]:
        beside = bytes.fromhex(step["hash"])
        at = _raw_hash(algorithm, b"\x01" + (beside + at if step["side"] == "left" else at + beside))
    found = f"{algorithm}:{at.hex()}"
    _require(found == head["root"], "包含证明与签名的根不符", "the inclusion proof does not lead to the signed root")
    return head


def check(folder: Path, key: str | None) -> list[str]:
    """What was found to hold, as lines; Wrong for the first thing that does not."""
    written = _text(folder, "public_key.txt").split()[0]
    _require(key in (None, written), "公钥与给出的不同", "the public key is another than the one given")
    public = bytes.fromhex(written)
    check_files(folder, public)
    proof: dict[str, Any] = json.loads(_text(folder, "proof.json"))
    check_log(folder, proof)
    head = check_head(proof, public)
    claims = check_claims(folder, proof)
    lines = len(proof["lines"])
    return [
        f"✓ 案件 {proof['case_id']} 共 {lines} 行，均未改动 / {lines} lines, none of them changed",
        f"✓ 已列入 {head['at']} 签名的 {head['count']} 条链 / among the {head['count']} chains that were signed then",
        f"✓ 签名声明 {claims} 条，均相符 / {claims} signed claims, all of them hold",
        f"  公钥 / public key: {written}",
        *(
            ["  请另行向发件机关核实公钥，或以 --key 给出 / ask the office for its key, or name it by --key"]
            * (not key)
        ),
    ]


def main(arguments: list[str]) -> int:
    """Check, tell, and say by the exit code."""
    key = None
    if "--key" in arguments[:-1]:
        place = arguments.index("--key")
        key = arguments[place + 1].strip().lower()
        del arguments[place : place + 2]
    if len(arguments) > 1 or any(a.startswith("-") for a in arguments):
        sys.stderr.write(__doc__ or "")
        return 2
    folder = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
    try:
        told = check(folder, key)
    except Wrong as wrong:
        sys.stdout.write("✗ 导出件有改动 / the export was changed\n  {} / {}\n".format(*wrong.args))
        return 1
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        what = f"{type(error).__name__}: {error}"
        sys.stdout.write(f"✗ 导出件不完整或已改动 / the export is incomplete or was changed\n  {what}\n")
        return 1
    sys.stdout.write("\n".join(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 -- whatever the console speaks
    sys.exit(main(sys.argv[1:]))
