"""The guards of what watches the service itself."""

from tests.guards.guard import Guard

_HEALTH = ("tests/service/runtime/test_health.py",)
_METRICS = ("tests/service/runtime/test_metrics.py",)
_HEARTBEAT = ("tests/service/runtime/test_heartbeat.py",)

WATCHING = (
    Guard(
        "a sweep that still reads pages is not overdue",
        "service/runtime/health.py",
        "(checked or times.applied, times.sweeps.get(key))",
        "(checked or times.applied,)",
        _HEALTH,
    ),
    Guard(
        "a channel is dead only while it took no later message",
        "alerts/outbox/totals.py",
        "if state == OutboxState.DEAD and id_ > newest.get((channel, OutboxState.SENT), 0)",
        "if state == OutboxState.DEAD",
        _HEALTH,
    ),
    Guard(
        "a channel that left the watch file is nobody's trouble",
        "service/runtime/health.py",
        "        if item.channel in settings.channels:\n",
        "        if item.channel:\n",
        _HEALTH,
    ),
    Guard(
        "a change is counted once",
        "service/readmodel/metrics.py",
        "changes.where(col(Change.id) > counted_to)",
        "changes.where(col(Change.id) > 0)",
        _METRICS,
    ),
    Guard(
        "a heartbeat goes to a private address only where that is allowed",
        "service/runtime/heartbeat.py",
        "allow_private=to.allow_private",
        "allow_private=True",
        _HEARTBEAT,
    ),
    Guard(
        "one heartbeat is under way at a time",
        "service/runtime/heartbeat.py",
        "if basics.heartbeat is None or (self._sending and self._sending.is_alive()):",
        "if basics.heartbeat is None:",
        _HEARTBEAT,
    ),
    Guard(
        "trouble with the heartbeat is logged once",
        "service/runtime/heartbeat.py",
        "if trouble and not self._failing:",
        "if trouble:",
        _HEARTBEAT,
    ),
    Guard(
        "a heartbeat's trouble does not name its address",
        "service/runtime/heartbeat.py",
        'return f"no answer ({type(error).__name__})"',
        'return f"no answer from {to.url.get_secret_value()}: {error}"',
        _HEARTBEAT,
    ),
)
