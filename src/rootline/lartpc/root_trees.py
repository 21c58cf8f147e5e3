"""ROOT files opened, and the tree in them found that holds raw waveforms."""

from pathlib import Path
from typing import Any, Final

from rootline.core.errors import UserError
from rootline.core.files import is_remote
from rootline.core.refusals import describe_refusal

EVENT_BRANCHES: Final = ("run", "subrun", "event")
LAYOUTS: Final = {"channel-mapped": ("raw_channel", "raw_rawadc"), "flat": ("rawadc1",)}
"""Branches by which each layout is recognised; the last one holds the waveforms. A tree that has both is read as the
first, which names its channels itself."""


def open_root(path: str) -> Any:
    """Open a file; a UserError says why it cannot be."""
    # Late: who only names these trees, or reads tables of what was in them, does not pay for uproot.
    import uproot

    from rootline.lartpc.inflate import use_libdeflate

    use_libdeflate()
    is_local = not is_remote(path)
    size = None
    if is_local:
        if not Path(path).is_file():
            raise UserError(f"{path}: no such file, looked in {Path.cwd()}; correct the path in samples.tsv")
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


def find_tree(file: Any, path: str, wanted: str | None) -> tuple[str, str]:
    """Give the name with cycle and the layout of the tree that is meant."""
    names = list(file.keys(recursive=True, cycle=True, filter_classname="TTree"))
    if not names:
        raise UserError(f"{path}: no tree in this file; raw waveforms are expected in a TTree such as ana/raw")
    if wanted is not None and ";" in wanted:
        candidates = [name for name in names if name == wanted]
    else:
        candidates = [name for name in _highest_cycles(names) if wanted in (None, name.rsplit(";", 1)[0])]
    if not candidates:
        raise UserError(f"{path}: no tree {wanted}; it has {', '.join(names)}: correct the column tree of samples.tsv")
    branches = {name: {branch.name for branch in file[name].branches} for name in candidates}
    found = [(name, layout) for name in candidates if (layout := _layout_of(branches[name])) is not None]
    if not found:
        lacking = "; ".join(f"{name} lacks {_lacking(branches[name])}" for name in candidates)
        raise UserError(f"{path}: no tree with the branches of raw waveforms: {lacking}")
    if len(found) > 1:
        raise UserError(
            f"{path}: {len(found)} trees hold raw waveforms ({', '.join(name for name, _ in found)}); "
            "name one of them in the column tree of samples.tsv"
        )
    return found[0]


def _highest_cycles(names: list[str]) -> list[str]:
    highest: dict[str, int] = {}
    for name in names:
        base, cycle = name.rsplit(";", 1)
        highest[base] = max(highest.get(base, 0), int(cycle))
    return [f"{base};{cycle}" for base, cycle in highest.items()]


def _layout_of(branches: set[str]) -> str | None:
    for layout, needed in LAYOUTS.items():
        if branches.issuperset((*EVENT_BRANCHES, *needed)):
            return layout
    return None


def _lacking(branches: set[str]) -> str:
    missing = [name for name in EVENT_BRANCHES if name not in branches]
    if not any(branches.issuperset(needed) for needed in LAYOUTS.values()):
        missing.append(" or ".join(" with ".join(needed) for needed in LAYOUTS.values()))
    return ", ".join(missing)


def in_one_line(error: Exception) -> str:
    """Give what an error says as one short line."""
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {first}"[:200]
