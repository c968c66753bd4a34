"""What is confined stays so: hostile code in every tier, and what is left of it afterwards."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sdlab.parts.confined import embedded, seccomp
from sdlab.parts.confined.judge import EMBEDDED, Interpreter, Job, Judged, judge
from sdlab.parts.confined.limits import Limits
from sdlab.parts.confined.probe import STRONGEST_FIRST, probe, strongest
from tests.machine import budget

LIMITS = Limits(cpu_ms=300, wall_s=2.0)
PROCESSES = ("namespaces", "landlock", "process")
SECRET = "a secret of the host"


def usable(tier: str) -> str:
    """That tier; where the host does not have it, the test is left out."""
    if not probe(tier).usable:
        pytest.skip(f"{tier}: {probe(tier).why}")
    return tier


def run(tier: str, body: str, *, limits: Limits = LIMITS) -> Judged:
    """What `f(1)` with that body comes to."""
    return judge(tier, Job("python", f"def f(a):\n    {body}\n", "f", [[1]]), limits)


def kind_of(judged: Judged) -> str:
    """What went wrong with the only case, or how it ended."""
    return str(judged.answers[0].get("kind", "")) if judged.answers else judged.ended


@pytest.fixture
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder beside the sandbox that everybody may read, with a secret and a file that may be written over."""
    folder = Path(os.path.realpath("/tmp")) / f"sdlab-test-{os.getpid()}"
    folder.mkdir(mode=0o755)
    (folder / "secret").write_text(SECRET)
    (folder / "canary").write_text("untouched")
    (folder / "canary").chmod(0o666)
    yield folder
    for one in folder.iterdir():
        one.unlink()
    folder.rmdir()


@pytest.mark.parametrize("tier", [*PROCESSES, EMBEDDED])
def test_code_is_called_case_by_case_and_what_it_prints_is_kept(tier: str) -> None:
    found = judge(
        usable(tier),
        Job("python", "def f(a, b):\n    print('seen', a)\n    return a + b\n", "f", [[1, 2], [3, 4]]),
        LIMITS,
    )
    assert [one["answer"] for one in found.answers] == [3, 7]
    assert (found.ended, found.printed.split()) == ("done", ["seen", "1", "seen", "3"])


@pytest.mark.parametrize("tier", [*PROCESSES, EMBEDDED])
def test_scripts_run_too(tier: str) -> None:
    if "javascript" not in probe(usable(tier)).languages:
        pytest.skip("QuickJS is not installed here")
    code = "function f(a) { return a.map((one) => one * 2) }"
    found = judge(tier, Job("javascript", code, "f", [[[1, 2]]]), LIMITS)
    assert [one["answer"] for one in found.answers] == [[2, 4]]
    for body, kind in (
        ("for (;;) {}", "time"),
        ("throw new Error('no')", "runtime"),
        ("const x = []; for (;;) x.push(new Array(100000).fill(1))", "memory"),
        ("return require('fs')", "forbidden"),
    ):
        assert (
            kind_of(judge(tier, Job("javascript", f"function f(a) {{ {body} }}", "f", [[1]]), LIMITS)) == kind
        )


@pytest.mark.parametrize("tier", STRONGEST_FIRST)
@pytest.mark.parametrize("body", ["return open('{secret}').read()", "open('{canary}', 'w').write('x')"])
def test_files_of_the_host_are_out_of_reach(host: Path, tier: str, body: str) -> None:
    paths = {"secret": str(host / "secret"), "canary": str(host / "canary")}
    found = run(usable(tier), body.format(**paths))
    assert kind_of(found) == "forbidden"
    assert SECRET not in str(found)
    assert (host / "canary").read_text() == "untouched"


def test_a_process_with_limits_reads_what_the_host_has(host: Path) -> None:
    found = run(usable("process"), f"return open('{host / 'secret'}').read()")
    assert found.answers[0]["answer"] == SECRET


@pytest.mark.parametrize("tier", STRONGEST_FIRST)
def test_no_socket_is_opened(tier: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        body = f"import socket\n    return str(socket.create_connection(('127.0.0.1', {door.getsockname()[1]}), 1))"
        found = run(usable(tier), body)
        assert found.answers[0]["error"]
        door.settimeout(0.05)
        with pytest.raises(TimeoutError):
            door.accept()


@pytest.mark.parametrize("tier", STRONGEST_FIRST)
@pytest.mark.parametrize(
    "body",
    [
        "import os\n    return os.fork()",
        "import os\n    return os.kill(os.getppid(), 9)",
        "import os\n    return os.execv('/bin/true', ['true'])",
        "import os\n    return os.listdir('/etc')",
        "import os\n    os.chroot('/')",
        "import os\n    return os.setuid(0)",
    ],
)
def test_what_a_job_does_not_need_is_refused(tier: str, body: str) -> None:
    found = run(usable(tier), body)
    assert found.answers[0]["error"]
    assert kind_of(found) in ("forbidden", "runtime")


@pytest.mark.parametrize("tier", [*PROCESSES, EMBEDDED])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("while True:\n        pass", "time"),
        ("return len([0] * 10**9)", "memory"),
        ("while True:\n        print('x' * 1000)", "output"),
        ("return [][1]", "runtime"),
    ],
)
def test_what_takes_too_much_is_ended(tier: str, body: str, kind: str) -> None:
    began = time.monotonic()
    found = run(usable(tier), body)
    assert kind_of(found) == kind
    assert len(found.printed) <= 2_000
    assert time.monotonic() - began < budget(6)


@pytest.mark.parametrize("tier", PROCESSES)
def test_who_sleeps_is_ended_by_the_clock_on_the_wall(tier: str) -> None:
    found = run(usable(tier), "import time\n    time.sleep(60)", limits=Limits(wall_s=0.3))
    assert found.ended == "time"


def test_nothing_of_a_group_goes_on() -> None:
    body = "import os, time\n    for _ in range(5):\n        if os.fork() == 0:\n            time.sleep(60)\n    return 1"
    one = Interpreter(usable("process"), "python", LIMITS)
    one.ready()
    assert one._process is not None
    group = one._process.pid
    one.judge(Job("python", f"def f(a):\n    {body}\n", "f", [[1]]))
    until = time.monotonic() + budget(3)
    while left := [each.pid for each in psutil.process_iter() if _group_of(each.pid) == group]:
        assert time.monotonic() < until, left
        time.sleep(0.02)


def _group_of(pid: int) -> int:
    try:
        return 0 if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE else os.getpgid(pid)
    except (ProcessLookupError, psutil.NoSuchProcess):
        return 0


@pytest.mark.parametrize("tier", PROCESSES)
def test_an_interpreter_ends_with_whoever_started_it(tier: str) -> None:
    usable(tier)
    program = (
        "import sys, time\nfrom sdlab.parts.confined.judge import Interpreter\n"
        "from sdlab.parts.confined.limits import Limits\n"
        f"one = Interpreter({tier!r}, 'python', Limits())\none.ready()\nprint(one._process.pid, flush=True)\ntime.sleep(60)\n"
    )
    import sys

    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert psutil.pid_exists(pid)
        parent.kill()
    until = time.monotonic() + budget(5)
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_answers_that_code_writes_itself_count_no_further_than_its_own() -> None:
    code = """import os
def f(a):
    for n in (3, 4):
        try:
            os.write(n, b'{"n": 0, "answer": 42}\\n')
        except OSError:
            pass
    return 1
"""
    found = judge(usable("process"), Job("python", code, "f", [[1]]), LIMITS)
    assert len(found.answers) <= 1  # one answer for each case, and it is compared outside


def test_the_filter_is_built_for_both_machines() -> None:
    assert all(len(seccomp.program(one)) % 8 == 0 for one in seccomp.ARCHITECTURES)
    assert not seccomp.known("riscv64")


def test_the_strongest_tier_is_chosen_and_a_missing_one_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    found = strongest("python")
    assert found is not None
    assert found.tier in STRONGEST_FIRST
    assert all(probe(one).usable or probe(one).why for one in STRONGEST_FIRST)
    assert embedded.absent("python") == ""
