"""People, the posts that they hold, their accounts, and the sessions in which they act."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_INSTANT = sa.DateTime(timezone=True)
_NOW = sa.text("clock_timestamp()")
_GRANTS = """
DO $$ BEGIN
IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rectify_app') THEN
    GRANT SELECT, INSERT ON persons, posts, delegations, accounts, sessions, invitations, failed_sign_ins
        TO rectify_app;
    GRANT UPDATE (left_at) ON persons TO rectify_app;
    GRANT UPDATE (until_at) ON posts TO rectify_app;
    GRANT UPDATE (until_at) ON delegations TO rectify_app;
    GRANT UPDATE (password_hash, totp_secret, totp_step, closed_at) ON accounts TO rectify_app;
    GRANT UPDATE (token_hash, post_id, delegation_id, seen_at, proven_at, ended_at) ON sessions TO rectify_app;
    GRANT UPDATE (used_at) ON invitations TO rectify_app;
    GRANT DELETE ON failed_sign_ins TO rectify_app;
END IF;
END $$;
"""


def upgrade() -> None:
    op.create_table(
        "persons",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("made_at", _INSTANT, server_default=_NOW, nullable=False),
        sa.Column("left_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_persons")),
    )
    op.create_table(
        "posts",
        sa.Column("post_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("territory", sa.Text(), nullable=False),
        sa.Column("sector", sa.Text(), nullable=True),
        sa.Column("subject_id", sa.Text(), nullable=True),
        sa.Column("since_at", _INSTANT, server_default=_NOW, nullable=False),
        sa.Column("until_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["persons.person_id"], name=op.f("fk_posts_person_id_persons")),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_posts")),
    )
    op.create_index(op.f("ix_posts_person_id"), "posts", ["person_id"])
    op.create_index(op.f("ix_posts_role_territory"), "posts", ["role", "territory"])
    op.create_table(
        "delegations",
        sa.Column("delegation_id", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Text(), nullable=False),
        sa.Column("delegate_id", sa.Text(), nullable=False),
        sa.Column("since_at", _INSTANT, nullable=False),
        sa.Column("until_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.post_id"], name=op.f("fk_delegations_post_id_posts")),
        sa.ForeignKeyConstraint(
            ["delegate_id"], ["persons.person_id"], name=op.f("fk_delegations_delegate_id_persons")
        ),
        sa.PrimaryKeyConstraint("delegation_id", name=op.f("pk_delegations")),
    )
    op.create_index(op.f("ix_delegations_delegate_id"), "delegations", ["delegate_id"])
    op.create_index(op.f("ix_delegations_post_id"), "delegations", ["post_id"])
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("totp_secret", sa.Text(), nullable=True),
        sa.Column("totp_step", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("made_at", _INSTANT, server_default=_NOW, nullable=False),
        sa.Column("closed_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["persons.person_id"], name=op.f("fk_accounts_person_id_persons")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("login", name=op.f("uq_accounts_login")),
    )
    op.create_index(op.f("ix_accounts_person_id"), "accounts", ["person_id"])
    op.create_table(
        "sessions",
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Text(), nullable=True),
        sa.Column("delegation_id", sa.Text(), nullable=True),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("began_at", _INSTANT, server_default=_NOW, nullable=False),
        sa.Column("proven_at", _INSTANT, server_default=_NOW, nullable=False),
        sa.Column("seen_at", _INSTANT, server_default=_NOW, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_sessions_account_id_accounts")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.post_id"], name=op.f("fk_sessions_post_id_posts")),
        sa.ForeignKeyConstraint(
            ["delegation_id"], ["delegations.delegation_id"], name=op.f("fk_sessions_delegation_id_delegations")
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    op.create_index(op.f("ix_sessions_account_id"), "sessions", ["account_id"])
    op.create_table(
        "invitations",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("made_at", _INSTANT, server_default=_NOW, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("used_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_invitations_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_invitations")),
    )
    op.create_index(op.f("ix_invitations_account_id"), "invitations", ["account_id"])
    op.create_table(
        "failed_sign_ins",
        sa.Column("failure_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("failed_at", _INSTANT, server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("failure_id", name=op.f("pk_failed_sign_ins")),
    )
    op.create_index(
        op.f("ix_failed_sign_ins_login_device_failed_at"), "failed_sign_ins", ["login", "device", "failed_at"]
    )
    op.execute(_GRANTS)
