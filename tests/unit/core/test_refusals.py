import errno
import os
from pathlib import Path

import pytest

from rootline.core.refusals import REMEDIES, describe_refusal, unreadable


@pytest.mark.parametrize("number", REMEDIES)
def test_what_the_system_refuses_names_file_reason_and_remedy(number):
    told = describe_refusal(OSError(number, os.strerror(number), "images.safetensors"))
    assert told == f"images.safetensors: {REMEDIES[number]}"
    assert ";" in REMEDIES[number]  # the reason; the remedy


def test_the_file_is_named_by_whoever_knows_it():
    bare = OSError(errno.ENOSPC, "No space left on device")
    assert describe_refusal(bare, Path("a.parquet")).startswith("a.parquet: the disk is full")
    assert describe_refusal(bare).startswith("the disk is full")


def test_the_number_is_found_in_the_text_of_a_library_too():
    error = ValueError("Error while serializing: I/O error: No space left on device (os error 28)")
    assert "the disk is full" in describe_refusal(error, Path("model.safetensors"))


@pytest.mark.parametrize(
    "error", [ValueError("no"), OSError("Couldn't deserialize thrift"), FileNotFoundError(errno.ENOENT, "none")]
)
def test_other_errors_are_no_refusals(error):
    assert describe_refusal(error) is None


def test_a_file_that_is_refused_is_not_called_damaged():
    refused = str(unreadable(Path("a.parquet"), "Parquet", OSError(errno.EMFILE, "Too many open files")))
    assert "ulimit -n" in refused and "delete" not in refused
    damaged = str(unreadable(Path("a.parquet"), "Parquet", OSError("thrift")))
    assert damaged == "a.parquet: cannot be read as Parquet (thrift); delete it and run again"
