"""`make check` and `make test`: every check, then every test, then a line with real counts."""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from filecmp import dircmp
from pathlib import Path
from xml.etree import ElementTree as ET

from engine import checking
from engine.checking import Check
from engine.platform import locked, start_servers, stop_servers
from engine.processes import find_processes
from engine.programs import PYTHON
from engine.stack import ROOT, Stack, open_stack, prepare
from engine.waiting import Quiet
from groundwork import envfiles
from groundwork.waiting import Progress, Refused

from servicekit.testing.engines import Engine, chosen_engine, running_servers
from servicekit.testing.servers import ALL_SERVERS, Servers, ServersRefused

# These kill the processes of servers, each of its own: beside each other, not beside the rest.
ALONE = ("tests/e2e", "tests/faults")
_running: set[subprocess.Popen[str]] = set()
_interrupted = threading.Event()


@dataclass(frozen=True)
class Outcome:
    """What came of one check or one folder of tests."""

    name: str
    good: bool
    output: str
    secs: float
    passed: int = 0
    failed: int = 0
    skipped: int = 0


def run(check: Check) -> Outcome:
    """Run one command to its end. After an interruption no more begins."""
    if _interrupted.is_set():
        raise KeyboardInterrupt
    began = time.monotonic()
    # A person's own variables (proxies, caches) reach the tools.
    variables = {**os.environ, **check.environment}  # noqa: TID251
    with subprocess.Popen(
        check.command,
        cwd=ROOT,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        _running.add(running)
        output, _ = running.communicate()
        _running.discard(running)
    return Outcome(check.name, running.returncode == 0, output, time.monotonic() - began)


def interrupt(number: int, _frame: object) -> None:
    """Let what runs end and clean up after itself, then do so ourselves.

    The terminal's Ctrl-C has reached the commands already; another one would stop their cleaning.
    """
    if _interrupted.is_set():
        return
    _interrupted.set()
    if number == signal.SIGTERM:
        for each in tuple(_running):
            each.send_signal(signal.SIGINT)
    raise KeyboardInterrupt


def tell(outcome: Outcome) -> Outcome:
    """Print one line, and what was wrong."""
    counts = ""
    if outcome.passed or outcome.failed or outcome.skipped:
        counts = f"  {outcome.passed} passed, {outcome.failed} failed, {outcome.skipped} skipped"
    mark = "ok  " if outcome.good else "FAIL"
    print(f"{mark} {outcome.name:<32}{outcome.secs:6.1f} s{counts}", flush=True)
    if not outcome.good:
        print(outcome.output, flush=True)
    elif outcome.skipped:
        reasons = [line for line in outcome.output.splitlines() if line.startswith("SKIPPED")]
        print("\n".join(f"     {reason}" for reason in reasons), flush=True)
    return outcome


def check_all(stack: Stack, servers: Servers) -> list[Outcome]:
    """Every check; one failing does not hide another."""

    def types() -> list[Outcome]:  # one after the other: they share mypy's cache
        return [tell(run(check)) for check in checking.type_checks()]

    with ThreadPoolExecutor(2) as pool:
        typed = pool.submit(types)
        quick = [tell(run(check)) for check in checking.quick_checks()]
        quick.append(tell(_fresh_documents()))
        quick.append(tell(run(checking.migration_check(stack, servers))))
        return [*quick, *typed.result()]


def _fresh_documents() -> Outcome:
    """The promise to clients changes only on purpose: docs/openapi is what the code says."""
    with tempfile.TemporaryDirectory() as folder:
        made = run(checking.openapi_check(Path(folder)))
        if not made.good:
            return made
        compared = dircmp(folder, ROOT / "docs" / "openapi")
        stale = [*compared.diff_files, *compared.left_only, *compared.right_only]
    told = f"not what the code says: {', '.join(stale)}\nmake openapi writes them anew"
    return Outcome(made.name, not stale, told, made.secs)


def test_folder(folder: str, reports: Path, named: Mapping[str, str]) -> Outcome:
    """Run the tests of one folder; their counts are read from pytest's own report."""
    report = reports / f"{folder.replace('/', '-')}.xml"
    report.unlink(missing_ok=True)
    words = (str(PYTHON), "-m", "pytest", folder, f"--junitxml={report}", "--durations=5")
    outcome = run(Check(folder, words, named))
    if not report.exists():
        return outcome
    # Written by our own pytest a moment ago.
    suite = ET.parse(report).getroot().find("testsuite")  # noqa: S314
    if suite is None:
        return outcome
    total, failed = int(suite.get("tests", 0)), int(suite.get("failures", 0))
    failed += int(suite.get("errors", 0))
    skipped = int(suite.get("skipped", 0))
    passed = max(total - failed - skipped, 0)
    return Outcome(folder, outcome.good, outcome.output, outcome.secs, passed, failed, skipped)


def test_all(stack: Stack, folders: Iterable[str], servers: Servers) -> list[Outcome]:
    """Two folders at a time."""
    reports = stack.home / "reports"
    reports.mkdir(parents=True, exist_ok=True)

    def test(folder: str) -> Outcome:
        return tell(test_folder(folder, reports, {"DOCFLIQ_TEST_SERVERS": str(file)}))

    with _file_of(stack, servers) as file, ThreadPoolExecutor(2) as pool:
        return list(pool.map(test, folders))


def test_alone(stack: Stack, folders: Iterable[str]) -> list[Outcome]:
    """Those that kill, side by side, on native servers whatever the others had."""
    reports = stack.home / "reports"
    reports.mkdir(parents=True, exist_ok=True)
    try:
        with native_servers(stack, ALL_SERVERS), ThreadPoolExecutor(2) as pool:
            return list(pool.map(lambda folder: tell(test_folder(folder, reports, {})), folders))
    except Refused as refusal:
        why = f"It starts the platform without containers and kills its processes: {refusal}"
        return [tell(Outcome(folder, good=False, output=why, secs=0)) for folder in folders]


@contextmanager
def _file_of(stack: Stack, servers: Servers) -> Iterator[Path]:
    """A file that names the servers to the tests."""
    path = stack.home / f"servers-{os.getpid()}.json"
    envfiles.write_private(path, json.dumps(asdict(servers)))
    try:
        yield path
    finally:
        path.unlink()


def chosen(only: list[str]) -> list[str]:
    """The folders of tests that a person means by `course`, `course-service` or `tests/e2e`."""
    known = [*checking.test_folders(), *ALONE]
    if not only:
        return [folder for folder in known if any((ROOT / folder).rglob("test_*.py"))]
    found = [
        folder
        for folder in known
        if any(folder in {name, f"{name}/tests", f"{name}-service/tests"} for name in only)
    ]
    if not found:
        raise Refused(f"no tests are called {', '.join(only)}; there are: {', '.join(known)}")
    return found


@contextmanager
def native_servers(stack: Stack, only: frozenset[str]) -> Iterator[Servers]:
    """The stack's own servers; what this run started, it ends."""
    ran = bool(find_processes(stack.home))
    # RabbitMQ finds its node through a program of its own.
    programs = only | {"epmd"} if "rabbitmq" in only else only
    try:
        with locked(stack):
            start_servers(stack, Quiet(), only=programs, empty=True, in_memory=True)
        settings = stack.settings
        yield Servers(
            postgres=envfiles.superuser_url(settings),
            broker=envfiles.broker_url(settings),
            management=envfiles.management_url(settings),
            redis=envfiles.redis_url(settings),
        )
    finally:
        if not ran:
            with locked(stack):
                stop_servers(stack, Quiet())


@contextmanager
def servers(stack: Stack, only: frozenset[str]) -> Iterator[Servers]:
    """The servers of all the tests: containers, native ones, or those that somebody named."""
    engine = chosen_engine()
    Progress().say(f"starting the servers of the tests ({engine})")
    prepare(stack)
    started = native_servers(stack, only) if engine is Engine.NATIVE else running_servers(only)
    with started as found:
        yield found


def closing_line(outcomes: list[Outcome], began: float) -> str:
    """What was run and what came of it, in one line."""
    bad = [outcome.name for outcome in outcomes if not outcome.good]
    passed, failed, skipped = (
        sum(getattr(outcome, name) for outcome in outcomes)
        for name in ("passed", "failed", "skipped")
    )
    minutes, seconds = divmod(int(time.monotonic() - began), 60)
    verdict = f"FAILED: {', '.join(bad)}" if bad else "all good"
    return (
        f"{passed} tests passed, {failed} failed, {skipped} skipped;"
        f" {len(outcomes)} checks and suites in {minutes}:{seconds:02} min; {verdict}"
    )


def run_wanted(stack: Stack, only: list[str], *, tests: bool) -> list[Outcome]:
    """The checks unless folders were chosen, then the tests if they are wanted."""
    folders = chosen(only) if tests else []
    beside = [folder for folder in folders if folder not in ALONE]
    alone = [folder for folder in folders if folder in ALONE]
    outcomes: list[Outcome] = []
    if beside or not only:
        with servers(stack, ALL_SERVERS if beside else frozenset({"postgres"})) as found:
            if not only:
                outcomes += check_all(stack, found)
            outcomes += test_all(stack, beside, found)
    return outcomes + (test_alone(stack, alone) if alone else [])


def main() -> int:
    """0 only if everything was good and, when tests were wanted, some ran."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("check", "test"))
    parser.add_argument("--only", nargs="+", default=[], help="these packages' tests, no checks")
    parser.add_argument("--stack", type=Path, default=Path(".stack/test"))
    arguments = parser.parse_args()
    os.umask(0o022)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    began = time.monotonic()
    tests = arguments.command == "test"
    try:
        outcomes = run_wanted(open_stack(arguments.stack), arguments.only, tests=tests)
    except (Refused, ServersRefused) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; what was started has been ended", file=sys.stderr)
        return 130
    print(closing_line(outcomes, began))
    nothing_ran = tests and not any(one.passed for one in outcomes)
    return 1 if nothing_ran or not all(one.good for one in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
