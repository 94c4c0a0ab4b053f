"""Row-level security: an official reads under a role that owns nothing, and sees the rows of the own reach alone.

The settings `rectify.*` of the transaction say how far that is (`store/reading.py`); nothing said is nothing seen.
Whoever reads everything in every campaign has a role of the same grants without conditions: their queries keep their
plans. The owner is bound by no policy, and the application role sees and writes all rows as before: workers, imports.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import ProgrammingError

from store.reading import ROLE, ROLE_OF_ALL, RoleMissing

revision = "0020"
down_revision = "0019"


def _said(name: str) -> str:
    return f"(SELECT current_setting('rectify.{name}', true))"


def _is(name: str, column: str) -> str:
    """The column is what was said, or everything was: asked once a statement, not once a row."""
    return f"((SELECT current_setting('rectify.{name}', true) = '*') OR {column} = {_said(name)})"


_PLACE = f"{_is('district', 'district')} AND {_is('sector', 'sector')} AND {_is('subject', 'subject_id')}"
# coalesce: the planner takes the whole for one coin's toss, and not for four rare things at once
_OWN = {
    "campaigns": _is("campaign", "campaign_id"),
    "cases": f"coalesce({_is('campaign', 'campaign_id')} AND {_PLACE}, false)",
    "subjects": f"coalesce({_PLACE}, false)",
    "jobs": f""""by" = {_said("actor")}
    OR campaign_id = ANY ((SELECT string_to_array(current_setting('rectify.everywhere', true), ','))::text[])""",
    "job_items": "EXISTS (SELECT FROM jobs j WHERE j.job_id = job_items.job_id)",
}
# what has only the id of a case asks for the case; OFFSET 0: row by row, never all cases at once
_OF_CASE = {
    table: f"EXISTS (SELECT FROM cases c WHERE c.case_id = {table}.case_id OFFSET 0)"
    for table in ("case_log", "findings", "deadlines", "inbox", "handed_in")
}
_READS = _OWN | _OF_CASE
# of cases, subjects and people too, but nothing that pages and API read for an official
_CLOSED = (
    *("musts", "outbox", "reminders", "opening_stock", "audit_log", "posts"),
    *("licences", "responsible_persons", "subject_changes"),
)
_MEMBERS = """
SELECT current_user::text UNION
SELECT pg_get_userbyid(acl.grantee)::text FROM pg_class, aclexplode(relacl) AS acl
WHERE oid = 'cases'::regclass AND acl.grantee NOT IN (0, relowner)
"""


def upgrade() -> None:
    connection = op.get_bind()
    members = sorted(connection.execute(sa.text(_MEMBERS)).scalars())
    _let_read(connection, members)
    application = [f'"{member}"' for member in members if member != _current(connection)]
    for table in (*_READS, *_CLOSED):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        if application:
            everything = f"FOR ALL TO {', '.join(application)} USING (true) WITH CHECK (true)"
            op.execute(f"CREATE POLICY application ON {table} {everything}")
    for table, condition in _READS.items():
        op.execute(f"GRANT SELECT ON {table} TO {ROLE}, {ROLE_OF_ALL}")
        op.execute(f"CREATE POLICY own_reach ON {table} FOR SELECT TO {ROLE} USING ({condition})")
        op.execute(f"CREATE POLICY everything ON {table} FOR SELECT TO {ROLE_OF_ALL} USING (true)")


def _current(connection: sa.Connection) -> str:
    return connection.execute(sa.text("SELECT current_user::text")).scalar_one()


def _let_read(connection: sa.Connection, members: list[str]) -> None:
    """The roles, which are of the whole cluster: another database may have made them, now or long ago."""
    is_newer = connection.execute(sa.text("SELECT current_setting('server_version_num')::int >= 160000")).scalar_one()
    has = sa.text(f"SELECT pg_has_role(:member, :role, '{'SET' if is_newer else 'MEMBER'}')")
    try:
        with connection.begin_nested():
            for role in (ROLE, ROLE_OF_ALL):
                connection.execute(
                    sa.text(f"""DO $$ BEGIN
                    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
                        CREATE ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
                    END IF;
                    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$""")
                )
                for member in members:
                    if not connection.execute(has, {"member": member, "role": role}).scalar_one():
                        connection.execute(sa.text(f'GRANT {role} TO "{member}"'))
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != "42501":
            raise
        raise RoleMissing(members) from error
