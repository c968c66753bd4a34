import pytest, logging
from designs.job_scheduler.engine.engine import JobScheduler
from designs.job_scheduler.engine.traffic import JobSchedulerTraffic
from designs.job_scheduler.config import Config
from designs.job_scheduler.workloads import WORKLOADS
from sdlab.lab import WorkloadRunner
from dataclasses import asdict
import time
pytestmark = pytest.mark.virtual_time
CASES=[("steady",{},()),("steady",{"scanning":"shared","idempotency":"off"},()),("steady",{"scanning":"locked"},()),("steady",{"scanning":"single"},()),("steady",{"fencing":"off"},[("extractor-1","stopped")]),("steady",{},[("extractor-1","stopped")]),("steady",{"idempotency":"off"},[("worker-1","after")]),("steady",{},[("worker-1","after")]),("steady",{"ack":"before"},[("worker-1","before")]),("passwords",{"relevance":"off"},()),("passwords",{},()),("slow",{},()),("slow",{"pressure":"off"},()),("flapping",{},()),("flapping",{"retry":"none"},()),("flapping",{"retry":"immediate"},()),("wave",{},()),("steady",{},[("extractor-1","down")]),("steady",{},[("coordinator-1","down")])]
@pytest.mark.parametrize("case", CASES, ids=str)
async def test_smoke(make_room, case):
    name, conf, faults = case
    room = await make_room("job-scheduler", database="postgres", seed=11)
    e = JobScheduler(room, Config(**conf))
    await e.start()
    try:
        for f in faults: await e.set_fault(*f)
        w = next(x for x in WORKLOADS if x.id == name)
        r = WorkloadRunner(clock=e.clock, perform=JobSchedulerTraffic(e).perform, crashed=e.crashed)
        t=time.process_time(); t2=time.time()
        r.start(w, rate=40, seed=11, seconds=2.0)
        await r.wait(); await e.clock.sleep(1)
        print(); print(case, "cpu", round(time.process_time()-t,2), "wall", round(time.time()-t2,2), "failed", r.failed, "issued", r.issued)
        c = e.counters
        print({k:getattr(c,k) for k in ("accepted","scans","rows_read","published","skipped","held_back","refused","moves","fired","failed","retried","dead","dropped","prevented","again","worker_deaths","extractor_deaths","deepest")}, "p99", c.delays.quantile(.99))
        print({k:(m.checked,m.violations) for k,m in e.monitors.items()}, e.backlog.waiting)
        await e.refresh_looks(now=True)
        print(e.reader.rows.failed, e.reader.redis.failed, e.reader.rows.last.states, [x.text for x in e.feed.newest(200) if x.kind in("crash","fault")][:4])
        for ev in e.feed.newest(6): print("  ", ev.text[:100], "|", ev.why[:140])
    finally:
        await e.close()
