"""What all tests share: one thread per library, a clean environment, and files that are made from code."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from tests.checkout import REPOSITORY, TINY, TINY_PID, Checkout, copy_checkout, run_once
from tests.engines.packages import one_installs

if TYPE_CHECKING:
    from tests.browser import Browser

# Before any library starts its threads: tests run side by side, and sums must not depend on the machine.
for _variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
os.environ.setdefault("MPLBACKEND", "Agg")
# A pytest that a shell started in the background ignores Ctrl-C, and so would all programs that it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# What a test does not set itself: few examples and always the same, or with --long many and new ones.
settings.register_profile("short", max_examples=60, deadline=None, derandomize=True, print_blob=True)
settings.register_profile(
    "long", max_examples=5000, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fix", action="store_true", help="Rewrite files that are made from code instead of failing.")
    parser.addoption("--long", action="store_true", help="Run faults in their long form, as `make faults` does: hours.")


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("long" if config.getoption("--long") else "short")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what is marked `gpu` where there is none."""
    of_gpu = [item for item in items if item.get_closest_marker("gpu")]
    if of_gpu and (reason := why_no_gpu()):
        for item in of_gpu:
            item.add_marker(pytest.mark.skip(reason=reason))


def why_no_gpu() -> str:
    """Say what tests of a GPU lack here; nothing where they can run."""
    import torch

    if not torch.cuda.is_available():
        return "needs an NVIDIA GPU; this machine has none, or torch is the CPU build"
    try:
        import cupy
    except ImportError:
        cupy = None
    if cupy is None or not cupy.is_available():
        return "needs CuPy that sees the NVIDIA GPU; envs/cuda.lock has it"
    return ""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Keep the tests of engines on one worker, which has the one SLURM of the machine; the others go where there is room.

    They wait where the others compute. With those of SSH on a third worker,
    two cores were busy all the time and the whole took as long.
    """
    from xdist.scheduler import LoadScopeScheduling

    class EnginesTogether(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "engines" if nodeid.startswith("tests/engines/") else nodeid

    return EnginesTogether(config, log)


@pytest.fixture(autouse=True)
def _no_settings_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a test from seeing what its caller chose."""
    for name in ("SCREEN_FD", "DEVICE", "JOBS_PER_GPU", "CUDA_GRAPHS"):
        monkeypatch.delenv(f"ROOTLINE_{name}", raising=False)


@pytest.fixture
def check_made(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Compare a file, or a marked block of it, with what it is made from; ``--fix`` rewrites it.

    A block stands between the lines ``<!-- made: NAME -->`` and ``<!-- end: NAME -->``.
    """

    def check(file: Path, text: str, *, block: str | None = None) -> None:
        old = file.read_text(encoding="utf-8") if file.is_file() else ""
        if block is None:
            new = text
        else:
            start, end = f"<!-- made: {block} -->\n", f"<!-- end: {block} -->"
            assert old.count(start) == 1, f"{file} needs one line {start.strip()}"
            assert old.count(end) == 1, f"{file} needs one line {end}"
            before, rest = old.split(start)
            new = f"{before}{start}{text.rstrip()}\n{end}{rest.split(end)[1]}"
        if request.config.getoption("--fix") and new != old:
            file.write_text(new, encoding="utf-8", newline="\n")
            old = new
        assert old == new, f"{file.relative_to(REPOSITORY)} is not current; `make docs` remakes it"

    return check


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start programs, each in its own process group; what still runs when the test ends is killed with its children."""
    started: list[subprocess.Popen[str]] = []

    def popen(command: list[str], **options: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(command, text=True, start_new_session=True, **options)  # type: ignore[call-overload]
        started.append(process)
        return process

    yield popen
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def copy_finished(finished: Checkout, folder: Path) -> Checkout:
    """Copy a finished study into another folder, with its modification times."""
    folder.parent.mkdir(parents=True)
    subprocess.run(["cp", "-a", str(finished.folder), str(folder)], check=True)
    return Checkout(folder, finished.study)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """The tiny study, run to its end. Read it, do not change it: copy it for that."""
    return run_once("finished", TINY, tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def finished_pid(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """The same of the second study."""
    return run_once("finished_pid", TINY_PID, tmp_path_factory.getbasetemp())


@pytest.fixture
def study(finished: Checkout, tmp_path: Path) -> Checkout:
    """A copy of the finished tiny study in another folder, with its modification times."""
    return copy_finished(finished, tmp_path / "another folder" / "rootline")


@pytest.fixture
def study_pid(finished_pid: Checkout, tmp_path: Path) -> Checkout:
    """The same of the second study."""
    return copy_finished(finished_pid, tmp_path / "another folder" / "rootline")


@pytest.fixture
def fresh(tmp_path: Path) -> Checkout:
    """The project with the tiny config and no results."""
    folder = tmp_path / "rootline"
    copy_checkout(REPOSITORY, folder)
    checkout = Checkout(folder)
    checkout.write_config(TINY)
    return checkout


@pytest.fixture(scope="session")
def browser_program() -> str:
    """Name Chromium, installing it where that is allowed; without one the test is skipped, on a CI machine it fails."""
    from tests.browser import INSTALL, find_browser, install_browser

    with one_installs():
        program = find_browser() or install_browser()
    if program is None:
        message = f"no Chromium here; install it with `{INSTALL}`, or name one in ROOTLINE_BROWSER"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return program


@pytest.fixture(scope="session")
def browser(browser_program: str, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Browser]":
    """A headless Chromium that all tests share; each opens its own page."""
    from tests.browser import Browser

    running = Browser(browser_program, tmp_path_factory.mktemp("browser"))
    yield running
    running.close()
