"""The command line. Standard library only: it also runs before anything is installed."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from sdlab import __version__
from sdlab.launcher.environment import EXTRAS, RUN, TEST, enter
from sdlab.launcher.errors import LauncherError
from sdlab.launcher.paths import ROOT, command, home, packaged, web_dir

MOST_WORKERS = 64
FAILED = 1
INTERRUPTED = 130


def main(argv: list[str]) -> int:
    """Do a command; the exit code says how it went. Troubles are one line on stderr."""
    signal.signal(signal.SIGTERM, _ended)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _keep_bytecode()
    options, rest = _parser().parse_known_args(argv)
    if rest and options.command != "test":
        _parser().error(f"unknown argument: {rest[0]}")
    try:
        does: Callable[[argparse.Namespace, list[str], list[str]], int] = options.does
        return does(options, rest, argv)
    except LauncherError as trouble:
        print(f"sdlab: {trouble}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read along has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _keep_bytecode() -> None:
    """Let Python keep what it has compiled, here and in every process to come.

    Where the surroundings forbid it, each of the many processes of a server or a suite would compile
    a thousand modules again: more than a second of its start.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def _ended(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=command(), description="Classic system designs, seen from inside.")
    parser.add_argument("--version", action="version", version=f"sdlab {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    _add_run(commands)
    _add_build(commands)
    _add_test(commands)
    _add_bench(commands)
    _add_torture(commands)
    _add_scenario(commands)
    _add_new(commands)
    doctor = commands.add_parser("doctor", help="say what was found and what is missing")
    doctor.add_argument("--data", metavar="DIR", type=Path, help="folder of the data (default: .sdlab)")
    doctor.set_defaults(does=_doctor)
    return parser


def _add_run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    run = commands.add_parser("run", help="serve pages, API and WebSocket on one port")
    run.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    run.add_argument("--port", type=_port, default=3000, help="port, 0 for a free one (default: %(default)s)")
    run.add_argument("--data", metavar="DIR", type=Path, help="folder of the data (default: .sdlab)")
    run.add_argument(
        "--all", action="store_true", help="first fetch what only some labs need, and fetch nothing later"
    )
    run.add_argument(
        "--workers",
        type=_workers,
        metavar="N",
        help="serving processes (default: one for each core when there are more than two, else one)",
    )
    run.set_defaults(does=_run)


def _add_build(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    build = commands.add_parser("build", help="prepare everything that `run` needs, and serve nothing")
    build.add_argument("--all", action="store_true", help="also fetch what only some labs need")
    build.set_defaults(does=_build)


def _add_test(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    test = commands.add_parser(
        "test", help="run all tests; arguments are pytest's", add_help=False, prefix_chars="\0"
    )
    test.set_defaults(does=_test)


def _add_bench(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    bench = commands.add_parser("bench", help="measure, as ratios within one run")
    bench.add_argument(
        "labs", nargs="*", metavar="LAB", help="what concerns these labs (default: everything)"
    )
    bench.add_argument("--only", action="append", metavar="NAME", help="one measure; may be repeated")
    bench.add_argument("--json", metavar="FILE", type=Path, help="also write the results to a file")
    bench.set_defaults(does=_bench)


def _add_torture(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    torture = commands.add_parser(
        "torture", help="hurt a server under load and see it recover; exit 1 when something did not"
    )
    torture.add_argument("labs", nargs="*", metavar="LAB", help="these labs (default: all)")
    torture.add_argument("--only", action="append", metavar="FAULT", help="one fault; may be repeated")
    torture.add_argument(
        "--seconds",
        type=float,
        default=4.0,
        help="load before each fault, and length of those that last (default: %(default)g)",
    )
    torture.add_argument("--json", metavar="FILE", type=Path, help="also write the results to a file")
    torture.add_argument("--write", action="store_true", help="put the table into docs/reliability.md")
    torture.set_defaults(does=_torture)


def _add_scenario(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    scenario = commands.add_parser(
        "scenario", help="play a scenario without a browser; exit 1 when a claim is broken, 2 for no scenario"
    )
    scenario.add_argument("file", metavar="FILE", type=Path, help="a scenario as the page saves it, JSON")
    scenario.add_argument("--json", action="store_true", help="print everything as JSON")
    scenario.set_defaults(does=_scenario)


def _add_new(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    new = commands.add_parser("new", help="make a design that runs, to go on from")
    new.add_argument("name", metavar="NAME", help="in small letters, such as web-crawler")
    new.set_defaults(does=_new)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return int(text)


def _workers(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"workers are a number from 1 to {MOST_WORKERS}")
    return int(text)


def _run(options: argparse.Namespace, _: list[str], argv: list[str]) -> int:
    enter(RUN, argv)
    if options.all:
        enter(EXTRAS, argv)
    from sdlab.launcher.serve import serve

    _keep_data(options)
    _work_in_project()
    return serve(host=options.host, port=options.port, workers=options.workers)


def _build(options: argparse.Namespace, _: list[str], argv: list[str]) -> int:
    enter(RUN, argv)
    if options.all:
        enter(EXTRAS, argv)
    from sdlab.launcher.frontend import ensure_built

    _work_in_project()
    print(
        "sdlab: the pages are built" if ensure_built() else "sdlab: everything is there already", flush=True
    )
    return 0


def _test(_: argparse.Namespace, rest: list[str], argv: list[str]) -> int:
    enter(TEST, argv)
    from sdlab.launcher.testing import run_tests

    _work_in_project()
    return run_tests(rest)


def _bench(options: argparse.Namespace, _: list[str], argv: list[str]) -> int:
    enter(TEST, argv)
    from sdlab.launcher.bench.report import run_bench

    results = options.json.resolve() if options.json else None
    _work_in_project()
    return run_bench(options.labs, only=options.only or [], results=results)


def _torture(options: argparse.Namespace, _: list[str], argv: list[str]) -> int:
    enter(TEST, argv)
    from sdlab.launcher.torture.report import run_torture

    results = options.json.resolve() if options.json else None
    _work_in_project()
    return run_torture(
        options.labs, only=options.only or [], seconds=options.seconds, results=results, write=options.write
    )


def _scenario(options: argparse.Namespace, _: list[str], argv: list[str]) -> int:
    enter(RUN, argv)
    from sdlab.rooms.headless import play_file

    file = options.file.resolve()
    _work_in_project()
    return play_file(file, machine_readable=options.json)


def _new(options: argparse.Namespace, _: list[str], argv: list[str]) -> int:
    if packaged():
        raise LauncherError("a design is added to the source tree; an installed package cannot be changed")
    from sdlab.launcher.new import make_design

    folder = make_design(options.name)
    print(f"sdlab: made {folder.relative_to(ROOT)} and its tests; docs/adding-a-design.md says how to go on")
    print(f"sdlab: python3 -m sdlab run shows it at /labs/{options.name}")
    return 0


def _doctor(options: argparse.Namespace, _: list[str], argv: list[str]) -> int:
    from sdlab.launcher.doctor import examine

    _keep_data(options)
    return examine(argv)


def _keep_data(options: argparse.Namespace) -> None:
    if options.data is not None:
        os.environ["SDLAB_DATA"] = str(options.data.absolute())
    elif packaged():
        os.environ.setdefault("SDLAB_DATA", str(home()))


def _work_in_project() -> None:
    if packaged():  # nothing is written where it is installed
        os.environ.setdefault("REFLEX_WEB_WORKDIR", web_dir().name)
        os.environ.setdefault("REFLEX_DIR", str(home() / "reflex"))
    os.chdir(ROOT)
    sys.path[:] = [str(ROOT), *(path for path in sys.path if path not in ("", str(ROOT)))]
