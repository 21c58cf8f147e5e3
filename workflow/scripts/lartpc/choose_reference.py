"""Choose one track of each event of a reference sample: tracks in; choice, scores and counts out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.core.tables import TRACK_KEY, write_table
from rootline.lartpc.reference import NUMBERS_KEY, choose_reference, score_candidates, summarise_choice
from rootline.lartpc.reference_config import ReferenceConfig
from rootline.lartpc.reference_files import read_entries, read_event_list, read_features, read_hand_choice


def main(
    candidates: Annotated[list[Path], typer.Argument(help="Track tables of all reference samples.")],
    sample: Annotated[str, typer.Option(help="The one to choose for.")],
    reference: Annotated[list[str], typer.Option(help="Reference sample; may be given again.")],
    entries: Annotated[list[Path], typer.Option(help="Events of a file of the sample; may be given again.")],
    options: Annotated[str, typer.Option(help="ReferenceConfig as JSON.")],
    choice: Annotated[Path, typer.Option(help="Output: the chosen track of each event.")],
    scores: Annotated[Path, typer.Option(help="Output: the score of each candidate.")],
    numbers: Annotated[Path, typer.Option(help="Output: counts, and the AUC of the forest.")],
    labelled: Annotated[list[Path] | None, typer.Option(help="Track table to learn from; may be given again.")] = None,
    events: Annotated[Path | None, typer.Option(help="List of the reference events.")] = None,
    hand: Annotated[Path | None, typer.Option(help="Tracks chosen by hand.")] = None,
) -> None:
    settings, listed = ReferenceConfig.model_validate_json(options), read_event_list(events) if events else None
    every = read_features(candidates)
    by_hand = read_hand_choice(hand, every, samples=reference, listed=listed) if hand else None
    scored = score_candidates(read_features(labelled or []), every, settings).of_sample(sample)
    chosen = choose_reference(scored, by_hand, settings)
    write_table(choice, chosen, key=TRACK_KEY)
    write_table(scores, scored.scores, key=TRACK_KEY)
    write_table(numbers, summarise_choice(scored, chosen, read_entries(entries), listed), key=NUMBERS_KEY)


if __name__ == "__main__":
    run_script(main)
