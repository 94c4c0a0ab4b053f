"""Another machine as a member of this installation: one file with what its processes need, packed here, taken up there.

PostgreSQL and Temporal are then servers of their own, which every machine reaches. A member runs `rectify web` and
`rectify worker …`; it migrates nothing, and signs no heads of the logs, unless the file was packed so.
"""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, Base64Bytes, ValidationError

from desk.heads import heads_of
from desk.kept_ledgers import FOLDER as LEDGERS_SENT
from desk.tokens import ensure_token_key
from embedded.account import account_of, give_file, own_folder, prepare_folders, take_home, write_private
from embedded.endpoints import Endpoints, endpoints_of
from embedded.evidence_place import EvidencePlace
from embedded.given_certificates import elsewhere
from embedded.machine_errors import member_elsewhere, not_a_member, owner_elsewhere, servers_of_this_machine
from embedded.progress import Voice
from embedded.settings import StackSettings
from engine.claims import FOLDER as CLAIMS
from engine.connection import Services
from engine.keys import FILE as PAYLOAD_KEYS
from models.base import Frozen
from store.files import FOLDER as FILES
from store.installation import installation
from workers.version import code_version

Also = Literal["owner", "heads"]
MARK = "member.json"
_TEMPORAL = "member"
_EVIDENCE = "evidence"
_PARTS = ("ca", "certificate", "key")
_HEADS = ("heads.key", "heads.last")


def _inside(name: str) -> str:
    """A path below the home, and nowhere else."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ValueError(f"{name!r} does not lie in the home")
    return name


class PackedFile(Frozen):
    """A file of the home: its path in it, and what it holds."""

    path: Annotated[str, AfterValidator(_inside)]
    content: Base64Bytes


class MachineFile(Frozen):
    """What a member is told; whoever has it reads the record and signs commands: it is kept as a password is."""

    format: Literal["rectify-machine/1"] = "rectify-machine/1"
    installation_id: str
    packed_at: datetime
    version: str
    also: tuple[Also, ...] = ()
    """Beyond what every member has: the owner's way into the database, and the key of the signed heads."""
    endpoints: Endpoints
    files: tuple[PackedFile, ...]


class Member(Frozen):
    """Which installation a home is a member of, since when."""

    installation_id: str
    joined_at: datetime
    packed_by: str
    also: tuple[Also, ...] = ()


def member_of(home: Path) -> Member | None:
    """What a home that joined is a member of; None for the first machine's, and for an empty one."""
    with suppress(FileNotFoundError, ValidationError):
        return Member.model_validate_json((home / MARK).read_text())
    return None


def pack(services: Services, settings: StackSettings, also: tuple[Also, ...]) -> MachineFile:
    """What another machine needs. StackError where nobody elsewhere could reach the servers, or the key is not here."""
    endpoints = services.endpoints
    if settings.embeds_postgres or settings.embeds_temporal:
        raise servers_of_this_machine()
    if "owner" not in also:
        endpoints = endpoints.model_copy(update={"database_url": None})
    elif endpoints.database_url is None:
        raise owner_elsewhere()
    ensure_token_key(services.home)  # all doors take the same tokens
    if "heads" in also:
        heads_of(services).public_key()
    return MachineFile(
        installation_id=installation(services.engine).installation_id,
        packed_at=datetime.now(UTC),
        version=code_version(),
        also=also,
        endpoints=_without_places(endpoints),
        files=tuple(_files(services.home, endpoints, with_heads="heads" in also)),
    )


def join(settings: StackSettings, packed: MachineFile, voice: Voice) -> Member:
    """Make the home a member's. StackError if it is another installation's, or this one's first machine."""
    account, home = account_of(settings, voice), settings.home
    prepare_folders(settings, account)
    if account:
        take_home(home, account, voice)
    known = member_of(home)
    if known is None and any((home / name).exists() for name in ("passwords.json", PAYLOAD_KEYS, "endpoints.json")):
        raise not_a_member(home)
    if known is not None and known.installation_id != packed.installation_id:
        raise member_elsewhere(home, known.installation_id)
    member = Member(
        installation_id=packed.installation_id,
        joined_at=datetime.now(UTC),
        packed_by=packed.version,
        also=packed.also,
    )
    give_file(home / MARK, member.model_dump_json(indent=1))  # first: a half of it is finished by joining again
    for file in packed.files:
        target = home / file.path
        if target.parent != home:
            own_folder(target.parent)
        write_private(target, file.content)
    give_file(home / "endpoints.json", _placed(settings, packed.endpoints).model_dump_json(indent=2))
    return member


def folders_to_share(settings: StackSettings) -> list[Path]:
    """What every machine with pages has to have in common, and this one keeps on its own disk: nothing is copied.

    Ledgers between sending and applying, and photos and papers of cases where no bucket has them. A folder that is
    mounted, or leads elsewhere, is taken for shared.
    """
    home, endpoints = settings.home, endpoints_of(settings)
    in_a_bucket = endpoints is not None and endpoints.evidence is not None
    folders = [home / LEDGERS_SENT, *([] if in_a_bucket else [home / FILES])]
    return [folder for folder in folders if not folder.is_symlink() and not folder.is_mount()]


def _files(home: Path, endpoints: Endpoints, *, with_heads: bool) -> Iterator[PackedFile]:
    """Keys of the home, and what the Temporal server asks to see."""
    names = [PAYLOAD_KEYS, "token.key", *(f"{CLAIMS}/{file.name}" for file in sorted((home / CLAIMS).glob("*.key")))]
    for name in [*names, *(_HEADS if with_heads else ())]:
        with suppress(FileNotFoundError):  # token.key and heads.key are made at first use
            yield _packed(name, home / name)
    tls = endpoints.temporal_tls
    shown = (tls.ca, tls.certificate, tls.key) if tls else ()
    for file in (*shown, endpoints.temporal_api_key_file):
        if file is not None:
            yield _packed(f"{_TEMPORAL}/{file.name}", file)
    place = endpoints.evidence
    for file in (place.credentials, place.authority) if place else ():
        if file is not None:
            yield _packed(f"{_EVIDENCE}/{file.name}", file)


def _packed(name: str, file: Path) -> PackedFile:
    return PackedFile(path=name, content=b64encode(file.read_bytes()))


def _without_places(endpoints: Endpoints) -> Endpoints:
    """Without what is this machine's alone: its pages, its UI, and where its files lie."""
    tls, token = endpoints.temporal_tls, endpoints.temporal_api_key_file
    if tls:
        kept = {part: Path(_TEMPORAL, file.name) if (file := getattr(tls, part)) else None for part in _PARTS}
        tls = tls.model_copy(update=kept)
    return Endpoints(
        database_url=endpoints.database_url,
        app_database_url=endpoints.app_database_url,
        temporal_address=endpoints.temporal_address,
        namespace=endpoints.namespace,
        engine=endpoints.engine,
        temporal_tls=tls,
        temporal_api_key_file=Path(_TEMPORAL, token.name) if token else None,
        ui_url=None,
        evidence=_evidence_in(Path(), endpoints),
        home=Path(),
    )


def _evidence_in(home: Path, endpoints: Endpoints) -> EvidencePlace | None:
    """The bucket of photos and papers, with the files of its key below this home."""
    place = endpoints.evidence
    if place is None:
        return None
    files = {"credentials": place.credentials, "authority": place.authority}
    return place.model_copy(update={of: home / _EVIDENCE / file.name for of, file in files.items() if file})


def _placed(settings: StackSettings, endpoints: Endpoints) -> Endpoints:
    """In this home; what this machine's own settings say of the servers goes before what the file says."""
    home, tls, token = settings.home, endpoints.temporal_tls, endpoints.temporal_api_key_file
    if tls:
        tls = tls.model_copy(update={part: home / file if (file := getattr(tls, part)) else None for part in _PARTS})
    found = endpoints.model_copy(
        update={
            "home": home,
            "temporal_tls": tls,
            "temporal_api_key_file": home / token if token else None,
            "evidence": settings.evidence_place or _evidence_in(home, endpoints),
        }
    )
    if settings.app_database_url:
        found = found.model_copy(update={"app_database_url": settings.app_database_url})
    if not settings.embeds_temporal:
        here = elsewhere(settings)
        found = found.model_copy(
            update={
                "temporal_address": here.address,
                "namespace": here.namespace,
                "temporal_tls": here.tls,
                "temporal_api_key_file": here.api_key_file,
            }
        )
    return found
