"""One engine a process, by a URL such as postgresql+psycopg://…"""

from sqlalchemy import Engine, create_engine


def connect(url: str, *, pool: int = 10, even_in_copies: bool = False) -> Engine:
    """An engine with a bounded pool; a dead connection is noticed before use, an absent server within 5 seconds.

    `even_in_copies`: writes where everybody else only reads (`store/installation.py`).
    """
    options = "-c timezone=UTC -c lock_timeout=10s -c statement_timeout=60s"
    if even_in_copies:
        options += " -c default_transaction_read_only=off"
    return create_engine(
        url,
        pool_size=pool,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 5, "options": options},
    )


def even_in_copies(engine: Engine) -> Engine:
    """The same engine, for what a copy writes too: who came to look, and that he did."""
    return engine.execution_options(postgresql_readonly=False)
