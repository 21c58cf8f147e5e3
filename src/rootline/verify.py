"""Compare a folder of results with the digests of a run: `make verify`."""

from pathlib import Path
from typing import Annotated, Final

import typer

from rootline.core.digests import (
    DIGESTS_FILE,
    Manifest,
    Origin,
    compare_results,
    describe_origin,
    read_manifest,
    tabulate_comparison,
)
from rootline.core.errors import UserError
from rootline.core.script import run_script

SHOWN: Final = 20
_CHECKOUT: Final = Path(__file__).resolve().parents[2]
_WORDS: Final = {
    "version": "Rootline",
    "commit": "commit",
    "clean": "code as in its commit",
    "lock": "environment",
    "lock_sha256": "digest of its lock",
    "python": "Python",
    "platform": "platform",
}


def main(
    results: Annotated[Path, typer.Argument(help="Folder of a study's results, such as results/lartpc.")],
    against: Annotated[
        Path | None, typer.Option(help=f"The {DIGESTS_FILE} of another run; by default the folder's own.")
    ] = None,
) -> None:
    """Say which results are the same, which differ, and which are missing."""
    if not results.is_dir():
        raise UserError(f"{results}: no such folder; name that of a study, such as results/lartpc")
    path = against or results / DIGESTS_FILE
    text, is_same = report(results, path, read_manifest(path), describe_origin(_CHECKOUT))
    typer.echo(text)
    raise typer.Exit(0 if is_same else 1)


def report(results: Path, path: Path, manifest: Manifest, here: Origin) -> tuple[str, bool]:
    """Put the comparison into words, and say whether all is the same."""
    compared = compare_results(results, manifest)
    wrong = len(compared.different) + len(compared.missing)
    lines = [f"{results} against {path}, {len(manifest.files)} files:", "", tabulate_comparison(compared), ""]
    lines += _listed("differs", compared.different) + _listed("missing", compared.missing)
    if compared.unlisted:
        lines += [
            f"{len(compared.unlisted)} files are not listed there, such as {compared.unlisted[0]}: of another config"
        ]
    if changed := _origins(manifest.origin, here):
        lines += ["The digests were made with", *changed]
    if wrong:
        lines.append(f"{wrong} of {len(manifest.files)} files are not the same.")
    else:
        lines.append("Everything is the same.")
    return "\n".join(lines), not wrong


def _listed(word: str, names: list[str]) -> list[str]:
    shown = [f"{word}: {name}" for name in names[:SHOWN]]
    return [*shown, f"... and {len(names) - SHOWN} more"] if len(names) > SHOWN else shown


def _origins(there: Origin, here: Origin) -> list[str]:
    pairs = ((word, getattr(there, name), getattr(here, name)) for name, word in _WORDS.items())
    return [f"  {word} {one}, here {other}" for word, one, other in pairs if one != other]


if __name__ == "__main__":
    run_script(main)
