"""ROOT files opened, with the reason and the remedy where one cannot be."""

from pathlib import Path
from typing import Any

from rootline.core.errors import UserError, in_one_line
from rootline.core.files import is_remote
from rootline.core.refusals import describe_refusal


def open_root(path: str) -> Any:
    """Open a file; a UserError says why it cannot be."""
    # Late: who only names these trees, or reads tables of what was in them, does not pay for uproot.
    import uproot

    from rootline.core.inflate import use_libdeflate

    use_libdeflate()
    is_local = not is_remote(path)
    size = None
    if is_local:
        if not Path(path).is_file():
            raise UserError(
                f"{path}: no such file, looked in {Path.cwd()}; correct the path in the config or in its table of samples"
            )
        size = Path(path).stat().st_size
        if size == 0:
            raise UserError(f"{path}: the file is empty (0 bytes); copy it again")
    # One open file and no threads: uproot's default opens a local file again for each basket. No memory map, because
    # a file that gets shorter meanwhile would kill the process instead of raising an error.
    options: dict[str, Any] = {"handler": uproot.MultithreadedFileSource, "num_workers": 1, "use_threads": False}
    try:
        # As a key: a colon in the path would otherwise begin the name of a tree.
        file = uproot.open({path: None}, array_cache=None, object_cache=None, **(options if is_local else {}))
    except Exception as error:  # a file that is none, a codec, a network: each fails in its own way
        if refused := describe_refusal(error, Path(path)):
            raise UserError(refused) from error
        reason = in_one_line(error)
        if is_local:
            raise UserError(f"{path}: not a ROOT file, or damaged ({size} bytes; {reason}); copy it again") from error
        if isinstance(error, ImportError):
            raise UserError(
                f"{path}: remote files need further packages ({reason}); install them once by "
                "`.venv/bin/pip install -e '.[remote]'` in the folder of Rootline, or copy the file to this machine"
            ) from error
        raise UserError(f"{path}: cannot be opened ({reason}); check the address and that the server is up") from error
    if size is not None and file.file.fEND > size:
        file.close()
        raise UserError(
            f"{path}: cut short, it has {size} bytes where its header says {file.file.fEND}; copy the file again"
        )
    return file
