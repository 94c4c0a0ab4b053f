"""The keys that sign claims, by their public halves: the owner writes them, the application role only reads."""

from datetime import datetime

from sqlalchemy import Engine, text

from models.claims import ClaimKey, Purpose


def claim_keys(engine: Engine) -> dict[str, ClaimKey]:
    """Every key that ever signed claims, by its id, oldest first; empty before the first migration."""
    with engine.connect() as connection:
        if connection.execute(text("SELECT to_regclass('claim_keys')")).scalar() is None:
            return {}
        rows = connection.execute(
            text("SELECT key_id, purpose, public_key, made_at, retired_at FROM claim_keys ORDER BY made_at, key_id")
        ).mappings()
        return {row["key_id"]: ClaimKey.model_validate(dict(row)) for row in rows}


def keep_claim_key(owner: Engine, key_id: str, purpose: Purpose, public_key: str) -> None:
    """Remember a key; what is known under an id stays what it was."""
    with owner.begin() as connection:
        connection.execute(
            text("""INSERT INTO claim_keys (key_id, purpose, public_key) VALUES (:key_id, :purpose, :public_key)
            ON CONFLICT (key_id) DO NOTHING"""),
            {"key_id": key_id, "purpose": purpose, "public_key": public_key},
        )


def retire_key(owner: Engine, key_id: str) -> datetime | None:
    """Take nothing more that it signs; since when that is so. None for an unknown key."""
    with owner.begin() as connection:
        retired = text("""UPDATE claim_keys SET retired_at = coalesce(retired_at, clock_timestamp())
        WHERE key_id = :key_id RETURNING retired_at""")
        return connection.execute(retired, {"key_id": key_id}).scalar_one_or_none()
