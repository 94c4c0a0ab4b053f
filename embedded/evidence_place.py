"""Where photos and papers of cases are kept: a folder of the home, or a bucket of an object store that speaks S3."""

import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict

_ADDRESS = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?P<prefix>(/[A-Za-z0-9._-]+)*)/?")
_IN_CHINA = "cn-"


class EvidencePlace(BaseModel):
    """A prefix of a bucket, and how it is reached; it holds no key, only the file where one lies."""

    model_config = ConfigDict(frozen=True)

    bucket: str
    prefix: str = ""
    endpoint: str
    region: str
    credentials: Path | None = None
    """A file with the key; None takes that of the environment, or the role of the machine."""
    authority: Path | None = None
    """The authority that has issued the store's certificate, PEM; None is those that this machine trusts."""

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")


def is_address(written: str) -> bool:
    """Whether it names a bucket, as `s3://bucket` or `s3://bucket/prefix`, without signs that mean something else."""
    found = _ADDRESS.fullmatch(written)
    return found is not None and not {".", ".."} & set(found["prefix"].split("/"))


def place_at(
    address: str, endpoint: str | None, region: str, credentials: Path | None, authority: Path | None
) -> EvidencePlace:
    """The place of that address; without an endpoint at the region's own of Amazon."""
    found = _ADDRESS.fullmatch(address)
    assert found is not None, address
    top = "amazonaws.com.cn" if region.startswith(_IN_CHINA) else "amazonaws.com"
    return EvidencePlace(
        bucket=found["bucket"],
        prefix=found["prefix"].strip("/"),
        endpoint=endpoint or f"https://s3.{region}.{top}",
        region=region,
        credentials=credentials,
        authority=authority,
    )
