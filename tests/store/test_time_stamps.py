"""An authority that is not ours says when a head was there; whatever is not its stamp of that head is found."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from sqlalchemy import Engine

from desk.audit import check_record
from desk.audit_export import export_case
from desk.heads import SignedHeads, stamp_of
from desk.time_stamps import Failure, Stamping, TimeAuthority, roots_in
from models.audit import AuditActor
from store.campaigns import Campaign
from tests.store.paper import long_case, write

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="the authority of the test is openssl's")
CONFIG = """[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


class Authority:
    """A time stamp authority on loopback, with certificates of its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder, self.ca = folder, folder / "ca.pem"
        root, self._root_key = _certificate("root", None, None)
        signer, key = _certificate("signer", root, self._root_key)
        self.ca.write_bytes(root.public_bytes(serialization.Encoding.PEM))
        (folder / "signer.pem").write_bytes(signer.public_bytes(serialization.Encoding.PEM))
        private = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (folder / "key.pem").write_bytes(key.private_bytes(*private))
        (folder / "serial").write_text("01\n")
        (folder / "tsa.conf").write_text(CONFIG.format(folder=folder))

    @contextmanager
    def at_work(self) -> Iterator[str]:
        """Its address, while it answers."""
        authority = self

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                reply = authority.reply(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def reply(self, query: bytes) -> bytes:
        """The answer that openssl makes."""
        asked, made = self.folder / "query.tsq", self.folder / "reply.tsr"
        asked.write_bytes(query)
        run = ["openssl", "ts", "-reply", "-config", "tsa.conf", "-queryfile", str(asked), "-out", str(made)]
        run += ["-signer", "signer.pem", "-inkey", "key.pem"]
        subprocess.run(run, cwd=self.folder, check=True, capture_output=True, timeout=30)
        return made.read_bytes()

    def stamping(self, url: str | None) -> Stamping:
        """As an installation that trusts it has it."""
        return Stamping(TimeAuthority(url, roots_in(self.ca)), self.folder / "failed")


def _certificate(
    name: str, issuer: x509.Certificate | None, issuer_key: rsa.RSAPrivateKey | None
) -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
    key, now = rsa.generate_private_key(public_exponent=65537, key_size=2048), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if issuer is not None:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return made.sign(issuer_key or key, hashes.SHA256()), key


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """One that the installation trusts."""
    return Authority(tmp_path_factory.mktemp("authority") / "one")


@pytest.fixture
def case_id(engine: Engine, campaign: Campaign) -> str:
    """A case to be signed."""
    return write(engine, campaign.plan, long_case(campaign, 5, 12)).case_id


def codes(engine: Engine, heads: SignedHeads, kept: Path | None = None) -> list[str]:
    """What `audit verify` finds."""
    return [d.code for d in check_record(engine, heads, kept).differences]


def test_one_head_a_day_is_stamped_and_verified_wherever_it_is_kept(
    engine: Engine, case_id: str, heads: SignedHeads, authority: Authority, tmp_path: Path
) -> None:
    with authority.at_work() as url:
        heads.stamping = authority.stamping(url)
        for _ in range(3):
            assert heads.check_and_sign(engine) == []
    assert [stamp_of(head).exists() for head in heads.head_files()] == [True, False, False]
    kept = shutil.copytree(heads.folder, tmp_path / "kept")
    checked = check_record(engine, heads, kept)
    assert (checked.differences, checked.time_stamps) == ((), 2)
    heads.stamping = None
    assert check_record(engine, heads).time_stamps is None


def test_a_stamp_of_another_head_or_of_another_authority_is_found(
    engine: Engine, case_id: str, heads: SignedHeads, authority: Authority, tmp_path: Path
) -> None:
    with authority.at_work() as url:
        heads.stamping = authority.stamping(url)
        heads.check_and_sign(engine)
        heads.check_and_sign(engine)
        heads.stamp_newest()
    first, second = heads.head_files()
    mine = stamp_of(first).read_bytes()
    stamp_of(first).write_bytes(stamp_of(second).read_bytes())
    assert codes(engine, heads) == ["stamp_wrong"]
    stamp_of(first).write_bytes(mine[:-5] + b"xxxxx")
    assert codes(engine, heads) == ["stamp_wrong"]
    stamp_of(first).write_bytes(mine)
    assert codes(engine, heads) == []
    stranger = Authority(tmp_path / "stranger")
    heads.stamping = stranger.stamping(None)
    assert codes(engine, heads) == ["stamp_wrong"] * 2
    first.write_text(first.read_text().replace("2026", "2025", 1))
    heads.stamping = authority.stamping(None)
    assert {"heads_forged", "stamp_wrong"} <= set(codes(engine, heads))


def test_an_authority_that_is_down_keeps_no_head_from_being_signed_and_is_asked_again(
    engine: Engine, case_id: str, heads: SignedHeads, authority: Authority
) -> None:
    with authority.at_work() as url:
        pass
    heads.stamping = authority.stamping(url)
    assert heads.check_and_sign(engine) == []
    failed = Failure.model_validate_json(heads.stamping.told.read_bytes())
    assert failed.at and failed.why
    assert [stamp_of(head).exists() for head in heads.head_files()] == [False]
    with authority.at_work() as url:
        heads.stamping = authority.stamping(url)
        assert heads.check_and_sign(engine) == []
    assert [stamp_of(head).exists() for head in heads.head_files()] == [False, True]
    assert not heads.stamping.told.exists()


def test_an_answer_that_another_authority_signed_is_not_taken(
    engine: Engine, case_id: str, heads: SignedHeads, authority: Authority, tmp_path: Path
) -> None:
    with Authority(tmp_path / "stranger").at_work() as url:
        heads.stamping = authority.stamping(url)
        assert heads.check_and_sign(engine) == []
    assert [stamp_of(head).exists() for head in heads.head_files()] == [False]
    heads.stamping.told.unlink()


def test_an_export_carries_the_stamp_and_openssl_verifies_it(
    engine: Engine, case_id: str, heads: SignedHeads, authority: Authority, tmp_path: Path
) -> None:
    with authority.at_work() as url:
        heads.stamping = authority.stamping(url)
        heads.check_and_sign(engine)
        folder = Path(export_case(engine, heads, case_id, tmp_path / "export", AuditActor(account="os:test")).file)
    run = ["openssl", "ts", "-verify", "-data", "head.txt", "-in", "head.tsr", "-CAfile", str(authority.ca)]
    assert subprocess.run(run, cwd=folder, capture_output=True, check=False, timeout=30).returncode == 0
    (folder / "head.txt").write_text((folder / "head.txt").read_text().replace("2026", "2025", 1))
    assert subprocess.run(run, cwd=folder, capture_output=True, check=False, timeout=30).returncode != 0
