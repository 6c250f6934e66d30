"""The state of a fleet: its workers and the waiting checks, read from the engine's tables."""

from sqlalchemy import text
from sqlmodel import Session

JOB_SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname ~ '^jobs_[0-9a-f]{8}$'"  # one a version of it
_ALIVE = "SELECT count(*) FROM {}.procrastinate_workers WHERE last_heartbeat > now() - interval '30 seconds'"
_CHECKS = (
    "SELECT coalesce(sum(coalesce(jsonb_array_length(args -> 'checks'), 1)), 0) FROM {}.procrastinate_jobs"
    " WHERE task_name IN ('check', 'checks') AND status = '{}'"
)
_QUEUES = 2  # a worker takes from each and signs in for each


def fleet_state(session: Session) -> dict[str, int] | None:
    """Return the numbers of live workers and of running and waiting checks; None without a fleet."""
    if session.get_bind().dialect.name != "postgresql":
        return None
    schemas = [name for (name,) in session.connection().execute(text(JOB_SCHEMAS))]
    if not schemas:
        return None

    def _sum(query: str, *words: str) -> int:
        counts = (session.connection().execute(text(query.format(name, *words))) for name in schemas)
        return sum(count.scalar_one() for count in counts)

    return {
        "workers": _sum(_ALIVE) // _QUEUES,
        "checks_running": _sum(_CHECKS, "doing"),
        "checks_waiting": _sum(_CHECKS, "todo"),
    }
