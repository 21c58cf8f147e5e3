"""Fuzz all readers of texts and tables with inputs that are led by the code that they reach.

    python -m tests.faults.guided FOLDER SECONDS

Ends with 0 after so many seconds without a fault; else says which reader
failed, leaves its input in FOLDER and ends with another code.
"""

import os
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["rootline", "yaml", "csv", "json"]):
    from tests.faults.readers import TEXTS, Reader, read_or_explain
    from tests.faults.table_readers import TABLES

READERS: list[Reader] = [*TEXTS.values(), *TABLES.values()]
MAX_BYTES = 12_000
MEMORY_MIB = 2048


def read_any(data: bytes) -> None:
    """Give all but the first byte, which chooses the reader, to a reader."""
    if not data:
        return
    reader = READERS[data[0] % len(READERS)]
    try:
        read_or_explain(reader, data[1:], Path())
    except BaseException:
        Path("crash").write_bytes(data[1:])
        print(f"FAULT in the reader of {reader.file}, its input is {Path('crash').resolve()}", file=sys.stderr)
        raise


def main(folder: Path, seconds: int) -> None:
    """Fuzz in `folder`, from a corpus of files that are whole."""
    corpus = folder / "corpus"
    corpus.mkdir()
    for place, reader in enumerate(READERS):
        (corpus / reader.file).write_bytes(bytes([place]) + reader.valid)
    os.chdir(folder)
    options = [f"-max_total_time={seconds}", f"-max_len={MAX_BYTES}", "-len_control=0", "-seed=1", "-timeout=60"]
    atheris.Setup([sys.argv[0], "corpus", *options, f"-rss_limit_mb={MEMORY_MIB}", "-artifact_prefix=crash-"], read_any)
    atheris.Fuzz()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
