"""Jobs in the record: a frozen list of items, each with its result; progress is counted, never guessed."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from pydantic import Field
from sqlalchemy import Connection, CursorResult, Engine, text

from models.audit import AuditActor, AuditKind, AuditLine, as_fact, audit_actor
from models.base import Frozen
from models.claims import OrderClaim
from models.jobs import (
    ITEM,
    AnyItem,
    CaseReminder,
    ItemResult,
    Job,
    JobKind,
    JobState,
    UndoChange,
    UndoRow,
)
from store import tables_campaign
from store.audit import note

ERRORS = "errors"
"""Of the params of an import what was wrong with rows that were left out: long, and asked for alone."""
_PAGE = 2000
NOT_UNDONE = """NOT EXISTS (SELECT FROM jobs u JOIN job_items d ON d.job_id = u.job_id
    WHERE u.kind = 'undo' AND u.params ->> 'job' = j.job_id
        AND d.body ->> 'item' = i.number::text AND d.state = 'done')"""
_END = """UPDATE jobs SET state = 'done', finished_at = coalesce(
    (SELECT max(done_at) FROM job_items i WHERE i.job_id = jobs.job_id), clock_timestamp())
WHERE state = 'running' AND NOT EXISTS (SELECT FROM job_items i WHERE i.job_id = jobs.job_id AND i.state = 'waiting')"""
_LIST_DIGEST = text("""SELECT 'sha256:' || encode(sha256(convert_to(
    coalesce(string_agg(number || ' ' || encode(sha256(convert_to(body::text, 'UTF8')), 'hex'), ',' ORDER BY number),
        ''), 'UTF8')), 'hex')
FROM job_items WHERE job_id = :id""")
_COUNTED = text("""SELECT kind AS what, campaign_id AS campaign, "by", "order",
    count(i.number) FILTER (WHERE i.state = 'done') AS done,
    count(i.number) FILTER (WHERE i.state = 'failed') AS failed,
    count(i.number) FILTER (WHERE i.state = 'skipped') AS skipped,
    'sha256:' || encode(sha256(convert_to(coalesce(
        string_agg(i.number || ' ' || i.state || ' ' || coalesce(i.result::text, ''), ',' ORDER BY i.number), ''),
        'UTF8')), 'hex') AS results
FROM jobs j LEFT JOIN job_items i USING (job_id) WHERE j.job_id = :id GROUP BY j.job_id""")
Sign = Callable[[str], OrderClaim]
"""Makes the claim of an order from the digest of its list."""
_JOB_COLUMNS = ", ".join(
    f"j.params - '{ERRORS}' AS params" if column.name == "params" else f'j."{column.name}"'
    for column in tables_campaign.jobs.columns
)  # a newer schema may have more
_JOB = f"""
SELECT {_JOB_COLUMNS}, coalesce(c.waiting, 0) AS waiting, coalesce(c.done, 0) AS done, coalesce(c.failed, 0) AS failed,
    coalesce(c.skipped, 0) AS skipped
FROM jobs j LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting, count(*) FILTER (WHERE state = 'done') AS done,
        count(*) FILTER (WHERE state = 'failed') AS failed, count(*) FILTER (WHERE state = 'skipped') AS skipped
    FROM job_items i WHERE i.job_id = j.job_id
) c ON true
"""


class StoredItem(Frozen):
    """An item with its number, the words by which a person knows it, and its result."""

    number: int
    label: str
    body: AnyItem
    state: str
    result: ItemResult | None


class JobFilter(Frozen):
    """Which jobs; what is left out means all. `file` is part of a ledger's name.

    `own_or_in`: those that somebody gave, and all of the campaigns named beside. `or_of`: beside those, what people of
    these posts gave, each written as in an actor: `650203`, or `650203/mining`.
    """

    kind: JobKind | None = None
    campaign_id: str | None = None
    by: str | None = None
    state: JobState | None = None
    file: str | None = None
    own_or_in: tuple[str, tuple[str, ...]] | None = None
    or_of: tuple[str, ...] = Field(default=(), exclude_if=lambda posts: not posts)


class JobCursor(Frozen):
    """The last job of a page."""

    created_at: datetime
    job_id: str


def create_job(
    engine: Engine,
    job_id: str,
    kind: str,
    campaign_id: str,
    by: str,
    params: dict[str, Any],
    items: Iterable[tuple[str, AnyItem]],
    sign: Sign | None = None,
) -> Job:
    """Freeze the list, in one transaction; created twice it is the same job, and its list stays as it was.

    `sign`: makes the order's claim of the digest of the list; what is done in an official's name is not done without.
    """
    rows = list(items)
    with engine.begin() as connection:
        added = connection.execute(
            text("""INSERT INTO jobs (job_id, kind, campaign_id, "by", params, total)
            VALUES (:job_id, :kind, :campaign_id, :by, CAST(:params AS jsonb), :total)
            ON CONFLICT DO NOTHING RETURNING 1"""),
            {
                "job_id": job_id,
                "kind": kind,
                "campaign_id": campaign_id,
                "by": by,
                "params": json.dumps(params, ensure_ascii=False),
                "total": len(rows),
            },
        ).first()
        if added is not None:
            _add_items(connection, job_id, rows)
            digest = _list_digest(connection, job_id)
            order = sign(digest) if sign is not None else None
            if order is not None:
                _keep_order(connection, job_id, order)
            facts = {"what": kind, "campaign": campaign_id, "rows": len(rows), "list": digest, **_ordered(params, rows)}
            _note(connection, "order_given", job_id, _ordered_by(order, by), **facts)
    found = job_of(engine, job_id)
    assert found is not None
    return found


def _ordered(params: dict[str, Any], rows: Sequence[tuple[str, AnyItem]]) -> dict[str, str]:
    """Which order over many cases it is, what a reminder says, and why an import is taken back."""
    facts = {"order": str(params["order"])} if "order" in params else {}
    match rows:
        case [(_, CaseReminder(words=words)), *_] if words:
            return facts | {"words": as_fact(words)}
        case [(_, UndoRow(reason=reason) | UndoChange(reason=reason)), *_] if reason:
            return facts | {"reason": as_fact(reason)}
        case _:
            return facts


def _add_items(connection: Connection, job_id: str, rows: Sequence[tuple[str, AnyItem]]) -> None:
    for start in range(0, len(rows), _PAGE):
        page = [
            {"number": start + n, "label": label, "body": body.model_dump(mode="json")}
            for n, (label, body) in enumerate(rows[start : start + _PAGE], start=1)
        ]
        connection.execute(
            text("""INSERT INTO job_items (job_id, number, label, body)
            SELECT :job_id, number, label, body FROM jsonb_to_recordset(CAST(:page AS jsonb))
                AS x(number integer, label text, body jsonb)"""),
            {"job_id": job_id, "page": json.dumps(page, ensure_ascii=False)},
        )


def list_digest(engine: Engine, job_id: str) -> str:
    """Of the frozen list as it is now: what the claim of the job's order says."""
    with engine.connect() as connection:
        return _list_digest(connection, job_id)


def keep_order(engine: Engine, job_id: str, order: OrderClaim) -> None:
    """The job's order is signed anew; its list stays."""
    with engine.begin() as connection:
        _keep_order(connection, job_id, order)


def _keep_order(connection: Connection, job_id: str, order: OrderClaim) -> None:
    connection.execute(
        text("""UPDATE jobs SET "order" = CAST(:claim AS jsonb) WHERE job_id = :id"""),
        {"id": job_id, "claim": order.model_dump_json()},
    )


def _list_digest(connection: Connection, job_id: str) -> str:
    return str(connection.execute(_LIST_DIGEST, {"id": job_id}).scalar_one())


def job_of(engine: Engine, job_id: str) -> Job | None:
    """The job with its progress; None for an unknown one."""
    with engine.connect() as connection:
        row = connection.execute(text(f"{_JOB} WHERE j.job_id = :id"), {"id": job_id}).mappings().first()
    return Job.model_validate(dict(row)) if row else None


def job_state(engine: Engine, job_id: str) -> str | None:
    """`running`, `done` or `stopped`; without counting its items."""
    with engine.connect() as connection:
        found = connection.execute(text("SELECT state FROM jobs WHERE job_id = :id"), {"id": job_id})
        return found.scalar_one_or_none()


def jobs(
    engine: Engine, which: JobFilter | None = None, *, limit: int = 50, after: JobCursor | None = None
) -> tuple[Job, ...]:
    """Jobs that match, newest first, page by page: one statement, however many they are."""
    which = which or JobFilter()
    facts = which.model_dump(exclude_none=True, exclude={"file", "own_or_in", "or_of"})
    where = [f'j."{name}" = :{name}' for name in facts]
    if which.file is not None:
        where.append("strpos(j.params ->> 'file', :file) > 0")
        facts["file"] = which.file
    if which.own_or_in is not None:
        of_posts = """ OR split_part(j."by", '@', 2) = ANY(:posts)""" if which.or_of else ""
        where.append(f'(j."by" = :own OR j.campaign_id = ANY(:everywhere){of_posts})')
        facts |= {"own": which.own_or_in[0], "everywhere": list(which.own_or_in[1])}
        facts |= {"posts": list(which.or_of)} if which.or_of else {}
    if after is not None:
        where.append("(j.created_at < :since OR (j.created_at = :since AND j.job_id > :after))")
        facts |= {"since": after.created_at, "after": after.job_id}
    sql = f"{_JOB} WHERE {' AND '.join(where) or 'true'} ORDER BY j.created_at DESC, j.job_id LIMIT :limit"
    with engine.connect() as connection:
        rows = connection.execute(text(sql), {**facts, "limit": limit}).mappings().all()
    return tuple(Job.model_validate(dict(row)) for row in rows)


def items(
    engine: Engine, job_id: str, *, state: str | None = None, after: int = 0, limit: int = 1000
) -> tuple[StoredItem, ...]:
    """The items in their order, those in one state where it is named."""
    only = "AND state = :state" if state else ""
    given = {"id": job_id, "after": after, "limit": limit, **({"state": state} if state else {})}
    with engine.connect() as connection:
        sql = f"""SELECT number, label, body, state, result FROM job_items
        WHERE job_id = :id AND number > :after {only} ORDER BY number LIMIT :limit"""
        rows = connection.execute(text(sql), given).mappings().all()
    return tuple(_stored(dict(row)) for row in rows)


def all_items(engine: Engine, job_id: str, *, state: str | None = None) -> Iterator[StoredItem]:
    """Every item, page by page."""
    last = 0
    while page := items(engine, job_id, state=state, after=last):
        yield from page
        last = page[-1].number


def keep_result(engine: Engine, job_id: str, number: int, result: ItemResult) -> None:
    """An item that waited has its result; one that has a result keeps it."""
    with engine.begin() as connection:
        connection.execute(
            text("""UPDATE job_items SET state = :state, result = CAST(:result AS jsonb), done_at = clock_timestamp()
            WHERE job_id = :job_id AND number = :number AND state = 'waiting'"""),
            {"job_id": job_id, "number": number, "state": result.state, "result": result.model_dump_json()},
        )


def end_job(engine: Engine, job_id: str) -> None:
    """Done, once nothing waits."""
    with engine.begin() as connection:
        _ended(connection, connection.execute(text(f"{_END} AND job_id = :id RETURNING job_id"), {"id": job_id}))


def end_forgotten_jobs(engine: Engine) -> tuple[str, ...]:
    """Jobs of which nothing waits and that nobody ended, as earlier versions left them; their ids."""
    with engine.begin() as connection:
        return _ended(connection, connection.execute(text(f"{_END} RETURNING job_id")))


def _ended(connection: Connection, jobs_ended: CursorResult[Any]) -> tuple[str, ...]:
    """Each with its line in the audit log: whose order it was, how its rows ended, the digest of all results."""
    ended = tuple(jobs_ended.scalars())
    for job_id in ended:
        row = connection.execute(_COUNTED, {"id": job_id}).mappings().one()
        order = OrderClaim.model_validate(row["order"]) if row["order"] else None
        facts = {name: row[name] for name in ("what", "campaign", "done", "failed", "skipped", "results")}
        _note(connection, "order_ended", job_id, _ordered_by(order, row["by"]), **facts)
    return ended


def _ordered_by(order: OrderClaim | None, by: str) -> AuditActor:
    return audit_actor(order.by) if order and order.by else AuditActor(name=by[:200])


def _note(connection: Connection, kind: AuditKind, job_id: str, by: AuditActor, **facts: str | int) -> None:
    note(connection, AuditLine(kind=kind, by=by, facts={"job": job_id, **facts}))


def stop_job(engine: Engine, job_id: str, by: AuditActor) -> bool:
    """What waits is left; what is done stays done. False if it did not run."""
    with engine.begin() as connection:
        sql = text("UPDATE jobs SET state = 'stopped' WHERE job_id = :id AND state = 'running' RETURNING 1")
        stopped = connection.execute(sql, {"id": job_id}).first() is not None
        if stopped:
            _note(connection, "order_ended", job_id, by, what="stopped")
        return stopped


def waiting_jobs(engine: Engine, limit: int = 1000) -> tuple[str, ...]:
    """Ids of jobs that run and of which something waits, oldest first."""
    sql = text("""SELECT job_id FROM jobs j WHERE state = 'running'
        AND EXISTS (SELECT FROM job_items i WHERE i.job_id = j.job_id AND i.state = 'waiting')
        ORDER BY created_at, job_id LIMIT :limit""")
    with engine.connect() as connection:
        return tuple(connection.execute(sql, {"limit": limit}).scalars())


def id_under(engine: Engine, name: str) -> tuple[str, bool]:
    """The id of the job under a name that says all that was ordered, and whether one runs under it.

    What was ordered again while it runs is that one; ordered anew after it has ended it is another, `NAME-2`, `NAME-3`…
    """
    sql = text("""SELECT job_id, state FROM jobs WHERE job_id = :name OR starts_with(job_id, :name || '-')
        ORDER BY created_at DESC, job_id DESC""")
    with engine.connect() as connection:
        earlier = connection.execute(sql, {"name": name}).all()
    if running := next((row.job_id for row in earlier if row.state == "running"), None):
        return running, True
    return (f"{name}-{len(earlier) + 1}" if earlier else name), False


def retry_failed(engine: Engine, job_id: str, by: AuditActor) -> int:
    """The failed ones wait again; how many."""
    with engine.begin() as connection:
        sql = text("""UPDATE job_items SET state = 'waiting', result = NULL, done_at = NULL
        WHERE job_id = :id AND state = 'failed' RETURNING 1""")
        again = len(connection.execute(sql, {"id": job_id}).all())
        connection.execute(
            text("UPDATE jobs SET state = 'running', finished_at = NULL WHERE job_id = :id"), {"id": job_id}
        )
        _note(connection, "order_given", job_id, by, what="retried", rows=again)
    return again


def rows_undone(engine: Engine, job_ids: Sequence[str]) -> dict[str, int]:
    """How many rows of each of these imports were taken back, by whomever; left out where none was."""
    sql = text("""SELECT u.params ->> 'job' AS job_id, count(*) AS undone FROM jobs u JOIN job_items i USING (job_id)
        WHERE u.kind = 'undo' AND u.params ->> 'job' = ANY(:ids) AND i.state = 'done' GROUP BY 1""")
    with engine.connect() as connection:
        return {row.job_id: row.undone for row in connection.execute(sql, {"ids": list(job_ids)})}


def undo_jobs(engine: Engine, job_id: str) -> tuple[Job, ...]:
    """Every undoing of that import, oldest first."""
    sql = text(f"{_JOB} WHERE j.kind = 'undo' AND j.params ->> 'job' = :id ORDER BY j.created_at, j.job_id")
    with engine.connect() as connection:
        rows = connection.execute(sql, {"id": job_id}).mappings().all()
    return tuple(Job.model_validate(dict(row)) for row in rows)


def imported_digests(engine: Engine, campaign_id: str, digests: Sequence[str], *, but: str | None = None) -> set[str]:
    """Which of these rows an import into the campaign has applied, and nobody has undone; `but` one job."""
    sql = text(f"""SELECT DISTINCT i.body ->> 'digest' FROM job_items i JOIN jobs j USING (job_id)
    WHERE j.campaign_id = :campaign_id AND j.kind = 'import' AND i.state = 'done'
        AND i.body ->> 'digest' = ANY(:digests) AND i.job_id IS DISTINCT FROM :but
        AND {NOT_UNDONE}""")
    with engine.connect() as connection:
        return set(
            connection.execute(sql, {"campaign_id": campaign_id, "digests": list(digests), "but": but}).scalars()
        )


def imported_findings(engine: Engine, campaign_id: str, subject_ids: Sequence[str]) -> set[tuple[str, date, str]]:
    """What imports into the campaign recorded of these subjects and nobody has undone: subject, day, description."""
    sql = text(f"""SELECT i.body ->> 'subject_id', CAST(i.body ->> 'inspected_on' AS date), f ->> 'description'
    FROM job_items i JOIN jobs j USING (job_id), jsonb_array_elements(i.body -> 'findings') f
    WHERE j.campaign_id = :campaign_id AND j.kind = 'import' AND i.state = 'done'
        AND i.body ->> 'subject_id' = ANY(:subjects)
        AND {NOT_UNDONE}""")
    with engine.connect() as connection:
        rows = connection.execute(sql, {"campaign_id": campaign_id, "subjects": list(subject_ids)}).all()
    return {(row[0], row[1], row[2]) for row in rows}


def times_undone(engine: Engine, campaign_id: str, digest: str) -> int:
    """How often a row that says this was applied by an import into the campaign and taken back."""
    sql = text("""SELECT count(*) FROM job_items i JOIN jobs j USING (job_id)
    JOIN jobs u ON u.kind = 'undo' AND u.params ->> 'job' = j.job_id
    JOIN job_items d ON d.job_id = u.job_id AND d.body ->> 'item' = i.number::text AND d.state = 'done'
    WHERE j.campaign_id = :campaign_id AND j.kind = 'import' AND i.state = 'done' AND i.body ->> 'digest' = :digest""")
    with engine.connect() as connection:
        return int(connection.execute(sql, {"campaign_id": campaign_id, "digest": digest}).scalar_one())


def rows_of_subjects(engine: Engine, job_id: str, subject_ids: Sequence[str]) -> tuple[StoredItem, ...]:
    """What an import did to these subjects: its rows that are done."""
    sql = text("""SELECT number, label, body, state, result FROM job_items
    WHERE job_id = :id AND state = 'done' AND body ->> 'subject_id' = ANY(:subjects) ORDER BY number""")
    with engine.connect() as connection:
        rows = connection.execute(sql, {"id": job_id, "subjects": list(subject_ids)}).mappings().all()
    return tuple(_stored(dict(row)) for row in rows)


def _stored(row: dict[str, Any]) -> StoredItem:
    row["body"] = ITEM.validate_python(row["body"])
    row["result"] = ItemResult.model_validate(row["result"]) if row["result"] else None
    return StoredItem.model_validate(row)
