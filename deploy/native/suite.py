"""`make check` and `make test`: every check, then every test, then a line with real counts."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from filecmp import dircmp
from pathlib import Path
from xml.etree import ElementTree as ET

from engine import checking
from engine.checking import Check
from engine.platform import locked, start_servers, stop
from engine.processes import find_processes
from engine.programs import PYTHON
from engine.stack import ROOT, Stack, open_stack
from engine.waiting import Quiet
from groundwork.waiting import Progress, Refused

# The whole platform runs in these; everything else may run beside another.
ALONE = ("tests/e2e", "tests/faults")


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
    """Run one command to its end."""
    began = time.monotonic()
    # A person's own variables (proxies, caches, DOCFLIQ_TEST_SERVERS) reach the tools.
    variables = {**os.environ, **check.environment}  # noqa: TID251
    ended = subprocess.run(
        check.command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    secs = time.monotonic() - began
    return Outcome(check.name, ended.returncode == 0, ended.stdout + ended.stderr, secs)


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


def check_all(stack: Stack) -> list[Outcome]:
    """Every check; one failing does not hide another. PostgreSQL starts meanwhile."""

    def types() -> list[Outcome]:  # one after the other: they share mypy's cache
        return [tell(run(check)) for check in checking.type_checks()]

    with ThreadPoolExecutor(2) as pool:
        typed = pool.submit(types)
        quick = [tell(run(check)) for check in checking.quick_checks()]
        quick.append(tell(_fresh_documents()))
        quick.append(tell(run(checking.migration_check(stack))))
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


def test_folder(folder: str, reports: Path) -> Outcome:
    """Run the tests of one folder; their counts are read from pytest's own report."""
    report = reports / f"{folder.replace('/', '-')}.xml"
    report.unlink(missing_ok=True)
    words = (str(PYTHON), "-m", "pytest", folder, f"--junitxml={report}", "--durations=5")
    outcome = run(Check(folder, words))
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


def test_all(stack: Stack, folders: Iterable[str]) -> list[Outcome]:
    """Two folders at a time, then those that want the machine for themselves."""
    reports = stack.home / "reports"
    reports.mkdir(parents=True, exist_ok=True)
    folders = list(folders)
    beside = [folder for folder in folders if folder not in ALONE]
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda folder: tell(test_folder(folder, reports)), beside))
    return outcomes + [tell(test_folder(folder, reports)) for folder in folders if folder in ALONE]


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
def servers(stack: Stack, names: frozenset[str]) -> Iterator[None]:
    """The test servers; what this run started, it ends."""
    ran = bool(find_processes(stack.home))
    with locked(stack):
        start_servers(stack, Quiet(), only=names, empty=True)
    try:
        yield
    finally:
        if not ran:
            with locked(stack):
                stop(stack, Quiet())


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


def main() -> int:
    """0 only if everything was good and, when tests were wanted, some ran."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("check", "test"))
    parser.add_argument("--only", nargs="+", default=[], help="these packages' tests, no checks")
    parser.add_argument("--stack", type=Path, default=Path(".stack/test"))
    arguments = parser.parse_args()
    os.umask(0o022)
    began = time.monotonic()
    stack = open_stack(arguments.stack)
    wanted: list[Callable[[], list[Outcome]]] = []
    try:
        if not arguments.only:
            wanted.append(lambda: check_all(stack))
        if arguments.command == "test":
            folders = chosen(arguments.only)
            wanted.append(lambda: test_all(stack, folders))
        names = frozenset({"postgres"} if arguments.command == "check" else ())
        Progress().say("starting the servers of the tests")
        with servers(stack, names):
            outcomes = [outcome for each in wanted for outcome in each()]
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    print(closing_line(outcomes, began))
    nothing_ran = arguments.command == "test" and not any(one.passed for one in outcomes)
    return 1 if nothing_ran or not all(one.good for one in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
