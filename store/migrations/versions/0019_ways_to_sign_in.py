"""Tokens have a scope, a label and an owner's post; people sign in by passkeys and by the city's own sign-in."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_INSTANT = sa.DateTime(timezone=True)
_NOW = sa.text("clock_timestamp()")
_GRANTS = """
DO $$ BEGIN
IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rectify_app') THEN
    GRANT UPDATE (last_used_at) ON access_tokens TO rectify_app;
    GRANT SELECT, INSERT ON passkeys, city_links, sign_in_steps TO rectify_app;
    GRANT UPDATE (sign_count, last_used_at, removed_at) ON passkeys TO rectify_app;
    GRANT UPDATE (last_used_at, removed_at) ON city_links TO rectify_app;
    GRANT DELETE ON sign_in_steps TO rectify_app;
END IF;
END $$;
"""


def upgrade() -> None:
    for name in ("scope", "label", "issued_by", "post_id"):
        op.add_column("access_tokens", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("access_tokens", sa.Column("last_used_at", _INSTANT, nullable=True))
    op.create_foreign_key(op.f("fk_access_tokens_post_id_posts"), "access_tokens", "posts", ["post_id"], ["post_id"])
    _ways()
    op.create_table(
        "sign_in_steps",
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("onward", sa.Text(), server_default="/", nullable=False),
        sa.Column("made_at", _INSTANT, server_default=_NOW, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("secret_hash", name=op.f("pk_sign_in_steps")),
    )
    op.create_index(op.f("ix_sign_in_steps_expires_at"), "sign_in_steps", ["expires_at"])
    op.execute(_GRANTS)


def _ways() -> None:
    op.create_table(
        "passkeys",
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_at", _INSTANT, server_default=_NOW, nullable=False),
        sa.Column("last_used_at", _INSTANT, nullable=True),
        sa.Column("removed_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_passkeys_account_id_accounts")),
        sa.PrimaryKeyConstraint("credential_id", name=op.f("pk_passkeys")),
    )
    op.create_index(op.f("ix_passkeys_account_id"), "passkeys", ["account_id"])
    op.create_table(
        "city_links",
        sa.Column("link_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("made_at", _INSTANT, server_default=_NOW, nullable=False),
        sa.Column("last_used_at", _INSTANT, nullable=True),
        sa.Column("removed_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_city_links_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_city_links")),
    )
    op.create_index(op.f("ix_city_links_account_id"), "city_links", ["account_id"])
    op.create_index(
        "uq_city_links_issuer_subject",
        "city_links",
        ["issuer", "subject"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
    )
