"""Every foreseeable trouble is told in a sentence, with what to do about it, and leaves nothing running."""

import hashlib
import io
import os
import shutil
import socket
import tarfile
from collections import namedtuple
from contextlib import suppress
from pathlib import Path

import pytest

from embedded import fetch, go_build
from embedded.children import Children
from embedded.doctor import examine
from embedded.errors import StackError
from embedded.go_build import build
from embedded.ports import choose, elsewhere
from embedded.progress import Voice
from embedded.server_binary import SCHEMA_TOOL, SERVER, SERVER_BUILD, find_server, find_ui
from embedded.settings import StackSettings
from embedded.stack import up

SCRIPT = "#!/bin/sh\necho temporal version {version}\n"


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def archive_of(folder: Path, *names: str, version: str = "1.32.0") -> tuple[Path, str]:
    archive = folder / "temporal.tar.gz"
    with tarfile.open(archive, "w:gz") as pack:
        for name in names:
            content = SCRIPT.format(version=version).encode()
            member = tarfile.TarInfo(name)
            member.size = len(content)
            pack.addfile(member, io.BytesIO(content))
    return archive, hashlib.sha256(archive.read_bytes()).hexdigest()


def quiet(settings: StackSettings) -> Voice:
    return Voice(settings)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StackSettings:
    """Settings of a machine with an empty cache, nothing on PATH and no Go."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    (tmp_path / "cache").mkdir()
    return StackSettings(home=tmp_path / "home", cache=tmp_path / "cache")


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("postgres_port", "RECTIFY_POSTGRES_PORT"),
        ("temporal_port", "RECTIFY_TEMPORAL_PORT"),
        ("ui_port", "RECTIFY_UI_PORT"),
    ],
)
async def test_taken_port_names_the_setting(idle_settings: StackSettings, name: str, setting: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        settings = idle_settings.model_copy(update={name: other.getsockname()[1], "ui": True})
        with pytest.raises(StackError) as refused:
            await up(settings)
        doctors = {check.name: check for check in examine(settings)}
    assert refused.value.code == "port_taken"
    assert setting in refused.value.remedy_en
    assert setting in refused.value.remedy_zh
    assert not doctors[name].ok
    assert setting in doctors[name].remedy_zh
    assert Children(settings.home).all() == []


def test_a_usual_port_that_another_program_has_is_replaced_by_a_free_one(tmp_path: Path) -> None:
    """A second person on the machine can start too; who set a port gets that one or is refused."""
    settings = StackSettings(home=tmp_path)
    usual = settings.temporal_port
    with socket.socket() as other:
        with suppress(OSError):  # taken already: so much the better
            other.bind(("127.0.0.1", usual))
            other.listen()
        ports = choose(settings, {})
        assert {check.name: check for check in examine(settings)}["temporal_port"].ok
    assert ports.temporal is not None and ports.temporal < 32768
    assert ("temporal", usual, ports.temporal) in elsewhere(settings, ports)


async def test_full_disk_is_told_before_anything_starts(
    idle_settings: StackSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(100, 99, 1))
    with pytest.raises(StackError) as refused:
        await up(idle_settings)
    assert refused.value.code == "disk_full"
    assert Children(idle_settings.home).all() == []


@pytest.mark.usefixtures("bare")
async def test_no_go_and_no_server_is_told_before_anything_starts(idle_settings: StackSettings) -> None:
    settings = idle_settings.model_copy(update={"cache": idle_settings.home.parent / "cache", "engine": "postgres"})
    with pytest.raises(StackError) as refused:
        await up(settings)
    assert refused.value.code == "no_go"
    for way in ("RECTIFY_TEMPORAL_SERVER", "RECTIFY_TEMPORAL_ARCHIVE", "RECTIFY_TEMPORAL_ADDRESS", "1.26"):
        assert way in refused.value.remedy_en
        assert way in refused.value.remedy_zh
    assert Children(settings.home).all() == []
    assert not {check.name: check for check in examine(settings)}["go"].ok


def test_old_go_is_told(bare: StackSettings) -> None:
    program(bare.home.parent / "bin" / "go", "#!/bin/sh\necho go version go1.20.3 linux/amd64\n")
    with pytest.raises(StackError) as refused:
        find_server(bare, quiet(bare))
    assert refused.value.code == "go_too_old"
    assert "1.20.3" in refused.value.sentence_zh


def test_without_a_ui_to_be_had_the_stack_does_without(bare: StackSettings) -> None:
    said: list[str] = []
    assert find_ui(bare, Voice(bare, said.append)) is None
    assert said


def fake_go(bare: StackSettings, does: str) -> None:
    text = f"""#!/bin/sh
if [ "$1" = version ]; then echo go version go9.9.9 linux/amd64; exit; fi
{does}
"""
    program(bare.home.parent / "bin" / "go", text)


def test_build_that_breaks_off_leaves_no_half_binary(bare: StackSettings) -> None:
    fake_go(bare, 'echo half > "$GOBIN/server"; echo network is gone >&2; exit 1')
    with pytest.raises(StackError) as refused:
        build(SERVER_BUILD, bare.cache, quiet(bare))
    assert refused.value.code == "build_failed"
    assert "network is gone" in refused.value.sentence_en
    assert sorted(path.name for path in bare.cache.iterdir()) == ["build.lock"]


def test_build_renames_go_s_programs_and_is_done_once(bare: StackSettings) -> None:
    (bare.cache / ".building-left").mkdir()  # by a build that was killed
    make = 'for name in server sql; do echo x > "$GOBIN/$name"; /bin/chmod 755 "$GOBIN/$name"; done'
    fake_go(bare, f'{make}; echo once >> "{bare.home.parent}/count"')
    for _ in range(2):
        folder = build(SERVER_BUILD, bare.cache, quiet(bare))
    assert sorted(path.name for path in folder.iterdir()) == [SERVER, SCHEMA_TOOL]
    assert (bare.home.parent / "count").read_text() == "once\n"
    assert not (bare.cache / ".building-left").exists()


def test_go_can_fetch_a_newer_go_for_itself(bare: StackSettings) -> None:
    program(
        bare.home.parent / "bin" / "go",
        '#!/bin/sh\n[ "$1" = env ] && echo auto || echo go version go1.22.0 linux/amd64\n',
    )
    assert go_build.can_build(SERVER_BUILD)


def test_archive_with_its_checksum_is_unpacked(bare: StackSettings, tmp_path: Path) -> None:
    archive, checksum = archive_of(tmp_path, SERVER, f"release/{SCHEMA_TOOL}", "LICENSE", "../escape")
    settings = bare.model_copy(update={"temporal_archive": archive, "temporal_archive_sha256": checksum.upper()})
    for _ in range(2):
        found = find_server(settings, quiet(settings))
    assert os.access(found.server, os.X_OK)
    assert sorted(path.name for path in found.server.parent.iterdir()) == [SERVER, SCHEMA_TOOL]


@pytest.mark.parametrize("checksum", ["0" * 64, None])
def test_archive_with_a_bad_checksum_is_refused(bare: StackSettings, tmp_path: Path, checksum: str | None) -> None:
    archive, _ = archive_of(tmp_path, SERVER, SCHEMA_TOOL)
    settings = bare.model_copy(update={"temporal_archive": archive, "temporal_archive_sha256": checksum})
    with pytest.raises(StackError) as refused:
        find_server(settings, quiet(settings))
    assert refused.value.code == "bad_archive"
    assert list(bare.cache.iterdir()) == []


def test_archive_that_is_no_archive_is_refused(bare: StackSettings, tmp_path: Path) -> None:
    archive = tmp_path / "page.html"
    archive.write_text("<html>sign in first</html>")
    checksum = hashlib.sha256(archive.read_bytes()).hexdigest()
    settings = bare.model_copy(update={"temporal_archive": archive, "temporal_archive_sha256": checksum})
    with pytest.raises(StackError) as refused:
        find_server(settings, quiet(settings))
    assert refused.value.code == "bad_archive"
    assert list(bare.cache.iterdir()) == []


@pytest.mark.parametrize(("version", "with_tool"), [("1.30.3", True), ("1.32.0", False)])
def test_named_server_that_is_old_or_alone_is_refused(
    bare: StackSettings, tmp_path: Path, version: str, with_tool: bool
) -> None:
    server = program(tmp_path / "mine" / SERVER, SCRIPT.format(version=version))
    if with_tool:
        program(tmp_path / "mine" / SCHEMA_TOOL, SCRIPT.format(version=version))
    settings = bare.model_copy(update={"temporal_server": server})
    with pytest.raises(StackError) as refused:
        find_server(settings, quiet(settings))
    assert refused.value.code == "bad_binary"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's servers run as another account")
async def test_home_that_the_account_cannot_enter_is_refused(idle_settings: StackSettings) -> None:
    closed = idle_settings.home.parent / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(StackError) as refused:
        await up(idle_settings.model_copy(update={"home": closed / "home"}))
    assert refused.value.code == "folder_closed"
    assert "RECTIFY_HOME" in refused.value.remedy_zh


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's servers run as another account")
@pytest.mark.parametrize("account", ["root", "no-such-account"])
async def test_account_must_be_unprivileged(idle_settings: StackSettings, account: str) -> None:
    with pytest.raises(StackError) as refused:
        await up(idle_settings.model_copy(update={"service_account": account}))
    assert refused.value.code == "no_account"


def test_doctor_says_what_to_do_before_the_first_start(idle_settings: StackSettings) -> None:
    checks = {check.name: check for check in examine(idle_settings)}
    for name in ("postgres", "temporal"):
        assert not checks[name].ok
        assert "rectify up" in checks[name].remedy_en
        assert "rectify up" in checks[name].remedy_zh


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(("engine", "code"), [("postgres", 3), ("", 0), ("trial", 0)])
def test_fetching_says_what_cannot_be_had(
    idle_settings: StackSettings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    engine: str,
    code: int,
) -> None:
    """Without Go the trial engine will do, unless the other is wanted."""
    monkeypatch.setenv("RECTIFY_ENGINE", engine)
    monkeypatch.setenv("RECTIFY_DATABASE_URL", "postgresql://elsewhere")
    monkeypatch.setenv("RECTIFY_HOME", str(idle_settings.home))
    monkeypatch.setenv("RECTIFY_CACHE", str(idle_settings.home.parent / "cache"))
    assert fetch.main() == code
    told = capsys.readouterr().err
    assert not idle_settings.home.exists(), "only the cache is touched"
    if engine == "trial":
        assert told == ""
        return
    assert "RECTIFY_TEMPORAL_SERVER" in told and "安装 Go" in told


def test_fetching_again_finds_everything(idle_settings: StackSettings) -> None:
    said: list[str] = []
    fetch.fetch(idle_settings, said.append)
    assert said == [], "nothing was unpacked or built"
