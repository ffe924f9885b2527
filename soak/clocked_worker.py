"""`huey_consumer soak.clocked_worker.huey`: the tool's worker on the soak's clock."""

from soak.clock import install_clock
from worker import huey

install_clock()

__all__ = ["huey"]
