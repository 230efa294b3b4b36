"""Which runtime the operator asked for: the one place that knows both."""

from monitor.config.settings import Settings
from monitor.runtime.base import Runtime
from monitor.runtime.embedded import EmbeddedRuntime


def runtime_for(settings: Settings) -> Runtime:
    """Return what runs the jobs, its timetable empty; the extra of a cluster is loaded only for one."""
    if settings.runtime.engine == "cluster":
        from monitor.runtime.cluster import ClusterRuntime

        return ClusterRuntime(settings.database)
    return EmbeddedRuntime()
