"""One engine a process, by a URL such as postgresql+psycopg://…"""

from sqlalchemy import Engine, create_engine


def connect(url: str, *, pool: int = 10) -> Engine:
    """An engine with a bounded pool; a dead connection is noticed before use, an absent server within 5 seconds."""
    return create_engine(
        url,
        pool_size=pool,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 5, "options": "-c timezone=UTC -c lock_timeout=10s -c statement_timeout=60s"},
    )
