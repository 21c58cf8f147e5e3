"""Which tree of a ROOT file holds raw waveforms."""

from typing import Any, Final

from rootline.core.errors import UserError

EVENT_BRANCHES: Final = ("run", "subrun", "event")
LAYOUTS: Final = {"channel-mapped": ("raw_channel", "raw_rawadc"), "flat": ("rawadc1",)}
"""Branches by which each layout is recognised; the last one holds the waveforms. A tree that has both is read as the
first, which names its channels itself."""


def find_tree(file: Any, path: str, wanted: str | None) -> tuple[str, str, Any]:
    """Give the name with cycle, the layout and the uproot object of the tree that is meant."""
    names = list(file.keys(recursive=True, cycle=True, filter_classname="TTree"))
    if not names:
        raise UserError(f"{path}: no tree in this file; raw waveforms are expected in a TTree such as ana/raw")
    if wanted is not None and ";" in wanted:
        candidates = [name for name in names if name == wanted]
    else:
        candidates = [name for name in _highest_cycles(names) if wanted in (None, name.rsplit(";", 1)[0])]
    if not candidates:
        raise UserError(f"{path}: no tree {wanted}; it has {', '.join(names)}: correct the column tree of samples.tsv")
    trees = {name: file[name] for name in candidates}
    branches = {name: {branch.name for branch in tree.branches} for name, tree in trees.items()}
    found = [(name, layout) for name in candidates if (layout := _layout_of(branches[name])) is not None]
    if not found:
        lacking = "; ".join(f"{name} lacks {_lacking(branches[name])}" for name in candidates)
        raise UserError(f"{path}: no tree with the branches of raw waveforms: {lacking}")
    if len(found) > 1:
        raise UserError(
            f"{path}: {len(found)} trees hold raw waveforms ({', '.join(name for name, _ in found)}); "
            "name one of them in the column tree of samples.tsv"
        )
    name, layout = found[0]
    return name, layout, trees[name]


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
