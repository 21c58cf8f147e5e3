"""Compare the latents of the train part with those of the others: latents in; tests and their power out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.core.tables import TRACK_KEY, read_frame, write_table
from rootline.lartpc.analyses.parts import PARTS_KEY, POWER_KEY, compare_parts
from rootline.lartpc.analyses.settings.parts import PartsConfig
from rootline.lartpc.runs import read_run


def main(
    latents: Annotated[Path, typer.Option(help="Latents of one run.")],
    config: Annotated[
        Path, typer.Option(help="The run's config beside its model, which names the species trained on.")
    ],
    sample: Annotated[list[str], typer.Option(help="Sample that the model may have learned from; may be given again.")],
    options: Annotated[str, typer.Option(help="PartsConfig as JSON.")],
    tests: Annotated[Path, typer.Option(help="Output: one row per part, control, test and quantity.")],
    power: Annotated[Path, typer.Option(help="Output: one row per part and shift of the mixture.")],
) -> None:
    settings = PartsConfig.model_validate_json(options)
    species = read_run(config).train.species
    found, curve = compare_parts(read_frame(latents, key=TRACK_KEY), species, settings, train_samples=sample)
    write_table(tests, found, key=PARTS_KEY)
    write_table(power, curve, key=POWER_KEY)


if __name__ == "__main__":
    run_script(main)
