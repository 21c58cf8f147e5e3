"""A disk that is full or read-only: the file is named with the remedy, nothing is half written, and the same command goes on."""

import pytest
from tests.checkout import command
from tests.faults.mounts import OwnMounts
from tests.faults.results import assert_files_are_whole, forget

from rootline.core.files import sha256

IMAGES = "results/lartpc/images/default.safetensors"


@pytest.fixture
def mounts(start):
    return OwnMounts(start)


def contents(folder):
    """Give the digest of every result."""
    return {
        file.relative_to(folder): sha256(file)
        for file in folder.rglob("*")
        if file.is_file()
        and file.name != "ballast"
        and not {"logs", "benchmarks"} & set(file.relative_to(folder).parts)
    }


def assert_the_same_command_goes_on(study, finished, mounts):
    again = mounts.run(command(IMAGES), cwd=study.folder)
    assert again.returncode == 0, again.stdout
    assert sha256(mounts.see(study.folder) / IMAGES) == sha256(finished.folder / IMAGES)


@pytest.mark.parametrize(
    ("room", "message"),
    [
        pytest.param(
            0, "results: the disk is full; free some space on it, then give the same command again", id="no room"
        ),
        pytest.param(
            150_000,  # less than the images need
            "images/default.safetensors: the disk is full; free some space on it, and the same command goes on",
            id="room for half a file",
        ),
    ],
)
def test_results_on_a_full_disk(finished, study, mounts, room, message):
    forget(study, "images")
    ballast = mounts.move_to_small_disk(study.results.parent, room=room)
    results = mounts.see(study.results)
    before = contents(results)
    hindered = mounts.run(command(IMAGES), cwd=study.folder)
    assert hindered.returncode == 1, hindered.stdout
    assert message in hindered.stdout, hindered.stdout
    assert "unexpected failure" not in hindered.stdout
    assert contents(results) == before
    assert_files_are_whole(results)

    ballast.unlink()
    assert_the_same_command_goes_on(study, finished, mounts)


def test_the_whole_folder_on_a_full_disk_where_snakemake_itself_cannot_write(finished, study, mounts):
    forget(study, "images")
    ballast = mounts.move_to_small_disk(study.folder, room=0)
    results = mounts.see(study.results)
    before = contents(results)
    hindered = mounts.run(command(IMAGES), cwd=study.folder)
    assert hindered.returncode == 1, hindered.stdout
    assert hindered.stdout.splitlines()[-1] == (
        f"{study.folder}: the disk is full; free some space on it, then give the same command again. What is finished stays"
    )
    assert contents(results) == before

    ballast.unlink()
    assert_the_same_command_goes_on(study, finished, mounts)


def test_results_that_nobody_may_write(finished, study, mounts):
    forget(study, "images")
    before = contents(study.results)
    mounts.make_read_only(study.results)
    hindered = mounts.run(command(IMAGES), cwd=study.folder)
    assert hindered.returncode == 1, hindered.stdout
    assert "results/lartpc: nothing can be written there" in hindered.stdout, hindered.stdout
    assert "name another folder as `results` in the config" in hindered.stdout
    assert "Traceback" not in hindered.stdout
    assert contents(study.results) == before
    looked = mounts.run(command("--dry-run", IMAGES), cwd=study.folder)
    assert looked.returncode == 0, looked.stdout

    mounts.make_writable(study.results)
    assert_the_same_command_goes_on(study, finished, mounts)
