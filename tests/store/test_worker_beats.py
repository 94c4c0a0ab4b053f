"""A worker lives while it says so, by the database's clock."""

from sqlalchemy import Engine, text

from store.worker_beats import Beat, beat, forget, living_workers

CASES = Beat(queue="cases", host="a", pid=1, version="1")
IMPORTS = Beat(queue="imports", host="a", pid=2, version="1")


def seen(engine: Engine, seconds_ago: float) -> None:
    """Every worker was last seen so long ago."""
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE worker_beats SET seen_at = clock_timestamp() - make_interval(secs => :s)"), {"s": seconds_ago}
        )


def living(engine: Engine) -> list[Beat]:
    """Those that live, as they said."""
    return [Beat.model_validate(w.model_dump(include=set(Beat.model_fields))) for w in living_workers(engine)]


def test_who_fell_silent_is_dead_and_lives_with_the_next_beat(engine: Engine) -> None:
    beat(engine, CASES)
    [first] = living_workers(engine)
    seen(engine, 5)
    assert living(engine) == [CASES]
    seen(engine, 8)
    assert living(engine) == []
    beat(engine, CASES)
    [again] = living_workers(engine)
    assert again.started_at == first.started_at and again.seen_at > first.seen_at


def test_a_process_that_got_the_pid_of_a_dead_worker_starts_anew(engine: Engine) -> None:
    beat(engine, CASES)
    [first] = living_workers(engine)
    other = CASES.model_copy(update={"version": "2"})
    beat(engine, other)
    [now] = living_workers(engine)
    assert now.version == "2" and now.started_at > first.started_at


def test_who_stops_in_order_is_gone_at_once_and_the_long_silent_are_forgotten(engine: Engine) -> None:
    beat(engine, CASES)
    beat(engine, IMPORTS)
    assert living(engine) == [CASES, IMPORTS]
    assert [w.queue for w in living_workers(engine, ["imports"])] == ["imports"]
    forget(engine, CASES)
    assert living(engine) == [IMPORTS]
    seen(engine, 4000)
    beat(engine, CASES)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT queue FROM worker_beats")).scalars().all() == ["cases"]
