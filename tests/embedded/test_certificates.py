"""Certificates for Temporal: made once, renewed in time, each replaceable alone; files of no use are refused."""

import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from embedded.account import Account
from embedded.certificate_files import read_authorities, require_private
from embedded.certificates import USERS, Certificates, home_certificates, renew_certificates
from embedded.errors import StackError
from embedded.given_certificates import certificates_of
from embedded.settings import StackSettings

NOW = datetime.now(UTC)
YEAR = timedelta(days=365)
_CERTIFICATE = "-----BEGIN CERTIFICATE"
Spoil = Callable[[Path], object]


def made(home: Path, before: timedelta = timedelta()) -> Certificates:
    """The certificates of a home, made or renewed as long ago as `before`."""
    renew_certificates(home, now=NOW - before)
    return home_certificates(home)


def texts(home: Path) -> dict[str, str]:
    """What lies in the folder."""
    return {file.name: file.read_text() for file in (home / "certificates").iterdir()}


def with_password(file: Path) -> None:
    """Lock the key, as some authorities hand it out."""
    key = serialization.load_pem_private_key(file.read_bytes(), None)
    locked = serialization.BestAvailableEncryption(b"x")
    file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked))


@pytest.fixture
def city(tmp_path: Path) -> StackSettings:
    """Settings of a home whose certificates an authority of the city has issued."""
    elsewhere = tmp_path / "city"
    elsewhere.mkdir()
    made(elsewhere)
    folder = elsewhere / "certificates"
    bundle = folder / "city-ca.crt"
    bundle.write_text("".join((folder / f"{name}-ca.crt").read_text() for name in ("server", "client", "ui")))
    (tmp_path / "home").mkdir()
    return StackSettings(
        home=tmp_path / "home",
        temporal_tls_ca=bundle,
        temporal_tls_certificate=folder / "client.pem",
        temporal_tls_key=folder / "client.pem",
        temporal_tls_server_certificate=folder / "server.pem",
        temporal_tls_server_key=folder / "server.pem",
    )


def refused(settings: StackSettings, account: Account | None = None, *, is_trial: bool = False) -> StackError:
    """Why its certificates are not taken, told in both languages with a remedy."""
    with pytest.raises(StackError) as trouble:
        certificates_of(settings, account, is_trial=is_trial)
    told = trouble.value
    assert told.remedy_en and told.remedy_zh and told.sentence_en != told.sentence_zh
    return told


def test_keys_and_authorities_are_for_their_owner_only(tmp_path: Path) -> None:
    made(tmp_path)
    folder = tmp_path / "certificates"
    assert len(list(folder.iterdir())) == 3 * len(USERS)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_each_is_for_its_own_use_and_each_has_an_authority_of_its_own(tmp_path: Path) -> None:
    found = made(tmp_path)
    for pair in (found.server, found.client, found.ui, found.internode):
        [authority] = read_authorities(pair.authority)
        read_authorities(pair.certificate)[0].verify_directly_issued_by(authority)
        assert b"PRIVATE" not in pair.authority.read_bytes()
    names = {pair.authority: read_authorities(pair.authority)[0].subject for pair in (found.client, found.ui)}
    assert len(set(names.values())) == 2
    server = read_authorities(found.server.certificate)[0].extensions
    of_server = server.get_extension_for_class(x509.SubjectAlternativeName).value
    assert of_server.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(a) for a in of_server.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]
    uses = read_authorities(found.ui.certificate)[0].extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [use.dotted_string for use in uses] == ["1.3.6.1.5.5.7.3.2"]  # a client, and no server


def test_they_stay_for_half_their_life_and_are_then_renewed_by_the_same_authority(tmp_path: Path) -> None:
    first = made(tmp_path, before=2 * YEAR)
    laid = texts(tmp_path)
    renew_certificates(tmp_path, now=NOW - YEAR)
    assert texts(tmp_path) == laid
    second = made(tmp_path)
    changed = {name for name, text in texts(tmp_path).items() if laid[name] != text}
    assert changed == {f"{name}.pem" for name in USERS}
    assert second.ends_at - first.ends_at == 2 * YEAR
    assert second.fingerprint != first.fingerprint


def test_an_authority_is_renewed_before_it_ends_with_all_that_it_issued(tmp_path: Path) -> None:
    renew_certificates(tmp_path, now=NOW - 15 * YEAR)
    laid = texts(tmp_path)
    made(tmp_path)
    assert not [name for name, text in texts(tmp_path).items() if laid[name] == text]


def test_what_ended_while_all_was_stopped_is_made_anew(tmp_path: Path) -> None:
    renew_certificates(tmp_path, now=NOW - 30 * YEAR)
    with pytest.raises(StackError, match="it ended on"):
        home_certificates(tmp_path)
    assert made(tmp_path).ends_at > NOW + 2 * YEAR


def test_one_is_replaced_without_the_others(tmp_path: Path) -> None:
    made(tmp_path)
    laid = texts(tmp_path)
    for file in (tmp_path / "certificates").glob("ui*"):
        file.unlink()
    made(tmp_path)
    assert {name for name, text in texts(tmp_path).items() if laid[name] != text} == {
        "ui.pem",
        "ui-ca.pem",
        "ui-ca.crt",
    }


def test_one_that_an_older_authority_issued_is_replaced(tmp_path: Path) -> None:
    """As a kill between the two leaves it."""
    found = made(tmp_path)
    before = found.ui.certificate.read_text()
    (tmp_path / "certificates" / "ui-ca.pem").unlink()
    assert made(tmp_path).ui.certificate.read_text() != before


def test_a_broken_file_of_the_home_is_told_and_not_replaced_in_silence(tmp_path: Path) -> None:
    made(tmp_path)
    for name in ("client.pem", "client-ca.pem", "client-ca.crt"):
        file = tmp_path / "certificates" / name
        good = file.read_text()
        for text in ("", "no certificate", good[:300]):
            file.write_text(text)
            told = refused(StackSettings(home=tmp_path))
            assert (told.code, str(file) in told.sentence_zh) == ("bad_certificate", True)
            assert "rectify up" in told.remedy_en and "rectify up" in told.remedy_zh
        file.write_text(good)


def test_the_city_s_own_are_taken_and_the_server_s_own_parts_keep_the_home_s(city: StackSettings) -> None:
    found, ours = certificates_of(city, None, is_trial=False)
    assert found and ours
    assert (ours.ca, ours.certificate, ours.server_name) == (
        city.temporal_tls_ca,
        city.temporal_tls_certificate,
        "localhost",
    )
    assert found.ui == found.client  # unless it has its own
    assert set(texts(city.home)) == {"internode.pem", "internode-ca.pem", "internode-ca.crt"}
    folder = found.client.certificate.parent
    own = {"temporal_tls_ui_certificate": folder / "ui.pem", "temporal_tls_ui_key": folder / "ui.pem"}
    of_ui, _ = certificates_of(city.model_copy(update=own), None, is_trial=False)
    assert of_ui and of_ui.ui.certificate == folder / "ui.pem"


def without_key(file: Path) -> None:
    """Only the certificate is left."""
    file.write_text(_CERTIFICATE + file.read_text().partition(_CERTIFICATE)[2])


def with_another_key(file: Path) -> None:
    """The key is the UI's."""
    key = file.with_name("ui.pem").read_text().partition(_CERTIFICATE)[0]
    without_key(file)
    file.write_text(key + file.read_text())


def issued_at(at: datetime) -> Spoil:
    """It was issued then."""
    return lambda file: (file.unlink(), renew_certificates(file.parents[1], ("client",), at))


def by_another_authority(file: Path) -> None:
    """Its authority is none that the city names."""
    file.with_name("client-ca.pem").unlink()
    renew_certificates(file.parents[1])


SPOILT: dict[str, Spoil] = {
    "there is no such file": Path.unlink,
    "it holds no certificate in PEM": lambda file: file.write_text("-"),
    "it holds no private key in PEM": without_key,
    "is that of another one": with_another_key,
    "every account of this machine may read the key": lambda file: file.chmod(0o644),
    "it ended on": issued_at(NOW - 4 * YEAR),
    "it begins on": issued_at(NOW + YEAR),
    "no authority in": by_another_authority,
}


@pytest.mark.parametrize("why", SPOILT)
def test_a_file_of_the_city_that_is_of_no_use_is_refused_with_its_reason(city: StackSettings, why: str) -> None:
    assert city.temporal_tls_certificate
    certificates_of(city, None, is_trial=False)
    SPOILT[why](city.temporal_tls_certificate)
    told = refused(city)
    assert told.code == "bad_certificate"
    assert why in told.sentence_en


def test_a_certificate_for_another_name_or_another_use_is_refused(city: StackSettings) -> None:
    named = city.model_copy(update={"temporal_tls_server_name": "temporal.city.example"})
    assert "temporal.city.example" in refused(named).sentence_zh
    of_client, of_server = city.temporal_tls_certificate, city.temporal_tls_server_certificate
    as_client = city.model_copy(update={"temporal_tls_certificate": of_server, "temporal_tls_key": of_server})
    assert "client" in refused(as_client).sentence_en
    swapped = {"temporal_tls_server_certificate": of_client, "temporal_tls_server_key": of_client}
    assert "not for the name localhost" in refused(city.model_copy(update=swapped)).sentence_en


def test_a_key_with_a_password_is_refused(city: StackSettings, tmp_path: Path) -> None:
    assert city.temporal_tls_key
    locked = tmp_path / "locked.pem"
    locked.write_text(city.temporal_tls_key.read_text())
    locked.chmod(0o600)
    with_password(locked)
    assert "password" in refused(city.model_copy(update={"temporal_tls_key": locked})).sentence_en


def test_a_key_that_the_servers_account_cannot_read_is_refused(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.touch(0o600)
    with pytest.raises(StackError, match="stranger may not read it"):
        require_private(key, Account("stranger", 64_999, 64_999))


@pytest.mark.parametrize(
    "given", [("temporal_tls_ca",), ("temporal_tls_server_name",), ("temporal_tls_certificate", "temporal_tls_key")]
)
def test_settings_that_belong_together_are_asked_for_together(city: StackSettings, given: tuple[str, ...]) -> None:
    some = StackSettings(home=city.home, **{name: getattr(city, name) or "localhost" for name in given})
    told = refused(some)
    assert told.code == "certificates_incomplete"
    assert "RECTIFY_TEMPORAL_TLS_SERVER_KEY" in told.sentence_en
    assert not [name for name in given if f"RECTIFY_{name.upper()}," in told.sentence_en]


def test_a_setting_that_would_protect_nothing_is_refused(city: StackSettings, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("x")
    on_trial = refused(city, is_trial=True)
    assert (on_trial.code, "RECTIFY_TEMPORAL_TLS_CA" in on_trial.sentence_zh) == ("certificates_out_of_place", True)
    elsewhere = city.model_copy(update={"temporal_address": "127.0.0.1:1"})
    assert "RECTIFY_TEMPORAL_TLS_SERVER_KEY" in refused(elsewhere).sentence_en
    told = refused(StackSettings(home=tmp_path, temporal_api_key_file=token))
    assert "RECTIFY_TEMPORAL_API_KEY_FILE" in told.sentence_en
