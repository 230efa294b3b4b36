"""Under which keys something is due: one cheap look for all shards or lanes, instead of a call for each of them."""

from collections.abc import Callable, Collection, Mapping

from monitor.jobs.context import Current
from monitor.jobs.keys import lane_of
from monitor.store import due, pushes, queue

Looks = Mapping[str, Callable[[], Collection[str]]]
"""By kind of job, what returns the keys under which it has something to do now."""


def looks(current: Current) -> Looks:
    """Return the looks at what is due, for those kinds whose keys are many."""

    def polls() -> list[str]:
        context = current()
        shards = due.due_shards(context.db, context.settings.runtime.shards, now=context.clock())
        return [str(shard) for shard in shards]

    def pushed() -> list[str]:
        return [str(shard) for shard in pushes.pushed_shards(current().db)]

    def delivers() -> set[str]:
        context = current()
        channels = queue.due_channels(context.db, now=context.clock())
        return {lane_of(channel, context.settings.runtime.lanes) for channel in channels}

    return {"poll": polls, "push": pushed, "deliver": delivers}
