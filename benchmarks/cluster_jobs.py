"""The peer of `benchmarks.cluster`: the same engine with one job for each feed, as one would begin to use it."""

import asyncio
import time

from procrastinate import App, PsycopgConnector

from benchmarks.own_postgres import Server

JOBS = 3_000
AT_ONCE = 32
"""Jobs that run side by side."""

BATCH = 500
"""Jobs that are put in together, which is the cheapest way."""


async def cost_of_a_job(server: Server) -> float:
    """Return the CPU seconds of a job that does nothing, from its being put in to its end, of process and database."""
    await asyncio.to_thread(server.make_database, "jobs")
    app = App(connector=PsycopgConnector(conninfo=server.libpq("jobs"), min_size=4, max_size=AT_ONCE))

    @app.task(name="poll", queue="poll")
    async def poll(feed: int) -> None:
        """Do nothing."""

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        before, own = sum((await asyncio.to_thread(server.cpu_of_parts)).values()), time.process_time()
        for start in range(0, JOBS, BATCH):
            jobs = [
                poll.configure(lock=f"feed:{feed}", queueing_lock=f"feed:{feed}").make_new_job(feed=feed)
                for feed in range(start, start + BATCH)
            ]
            await app.job_manager.batch_defer_jobs_async(jobs)
        await app.run_worker_async(
            queues=["poll"], concurrency=AT_ONCE, wait=False, delete_jobs="always", install_signal_handlers=False
        )
        spent = time.process_time() - own
        spent += sum((await asyncio.to_thread(server.cpu_of_parts)).values()) - before
    return spent / JOBS
