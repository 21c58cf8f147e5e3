"""Which event to look at: how users name it, and in which file and entry it lies."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, NamedTuple

import pandas as pd
from pydantic import BeforeValidator, Field

from rootline.core.config import Section
from rootline.core.errors import UserError
from rootline.core.splits import PHYSICAL_EVENT

FIRST: Final = "first"
"""Stands in a name for the first event of a sample that has a track."""

MAX_NAME: Final = 255  # signs; a display is a file of this name
NEAR_SHOWN: Final = 5
FILES_SHOWN: Final = 4


class EventChoice(Section):
    """One event to display."""

    sample: str | None = Field(None, description="Its sample; null looks in all of them.")
    run: int = Field(ge=0, description="Run of the event.")
    subrun: int = Field(ge=0, description="Subrun of the event.")
    event: int = Field(ge=0, description="Number of the event in its subrun.")


def _one_or_many(value: Any) -> Any:
    return [value] if isinstance(value, Mapping) else value


EventChoices = Annotated[
    tuple[EventChoice, ...],
    BeforeValidator(_one_or_many, json_schema_input_type=EventChoice | tuple[EventChoice, ...]),
]
"""Events to display: a list of choices, or one without the brackets of a list."""


class EventName(NamedTuple):
    """What the name of a display says.

    Attributes
    ----------
    samples : tuple of str
        Samples to look in.
    numbers : (run, subrun, event) or None
        None for the first event that has a track.
    """

    samples: tuple[str, ...]
    numbers: tuple[int, int, int] | None


class LocatedEvent(NamedTuple):
    """Where an event lies: sample, file as the check names it, entry in its tree, and the event's own numbers."""

    sample: str
    path: str
    entry: int
    numbers: tuple[int, int, int]


def name_event(choice: EventChoice, samples: Sequence[str]) -> str:
    """Give the name of an event's display: ``6000-1-12``, or ``protons-6000-1-12`` where the sample is given.

    Raises
    ------
    UserError
        If there is no such sample.
    """
    numbers = f"{choice.run}-{choice.subrun}-{choice.event}"
    if choice.sample is None:
        return numbers
    if choice.sample not in samples:
        raise UserError(f"lartpc.event.sample: no sample {choice.sample}; this config has {', '.join(samples)}")
    return f"{choice.sample}-{numbers}"


def event_pattern(samples: Sequence[str]) -> str:
    """Give the regular expression of all names that `parse_event_name` takes."""
    one_of = "|".join(map(re.escape, samples))
    return rf"(?:(?:{one_of})-)?[0-9]+-[0-9]+-[0-9]+|(?:{one_of})-{FIRST}"


def parse_event_name(name: str, samples: Sequence[str]) -> EventName:
    """Read the name of a display.

    Raises
    ------
    UserError
        If it is not one of the forms ``run-subrun-event``,
        ``sample-run-subrun-event`` and ``sample-first``.
    """
    if len(name) > MAX_NAME or not re.fullmatch(event_pattern(samples), name):
        raise UserError(
            f"{name[:MAX_NAME]!r} names no event; write run-subrun-event, such as 6000-1-12, or with the sample before it, "
            f"or <sample>-{FIRST}; the samples are {', '.join(samples)}"
        )
    if name.endswith(f"-{FIRST}"):
        return EventName((name.removesuffix(f"-{FIRST}"),), None)
    head, *numbers = name.rsplit("-", 3) if name.count("-") > 2 else ("", *name.split("-"))
    run, subrun, event = map(int, numbers)
    return EventName((head,) if head else tuple(samples), (run, subrun, event))


def locate_event(name: EventName, listed: pd.DataFrame, tracks: pd.DataFrame) -> LocatedEvent:
    """Find the file and the entry of an event in the lists that the checks of the files made.

    Parameters
    ----------
    name : EventName
        What is looked for.
    listed : data frame
        sample, run, subrun, event, entry and path of every event of the samples.
    tracks : data frame
        sample, run, subrun and event of every track.

    Raises
    ------
    UserError
        If no event or several have these numbers; names the nearest events,
        and the samples and files that were searched.
    """
    listed = listed[listed["sample"].isin(name.samples)].sort_values(["sample", *PHYSICAL_EVENT], ignore_index=True)
    if listed.empty:
        raise UserError(f"no event in {_searched(name, listed)}: their files are empty; look at check/<sample>.json")
    if name.numbers is None:
        seen = tracks[tracks["sample"].isin(name.samples)].sort_values(list(PHYSICAL_EVENT))
        first = (seen if len(seen) else listed).iloc[0]
        numbers = (int(first["run"]), int(first["subrun"]), int(first["event"]))
    else:
        numbers = name.numbers
    found = listed[(listed[list(PHYSICAL_EVENT)] == list(numbers)).all(axis=1)]
    if found.empty:
        raise UserError(f"no event {_words(numbers)} in {_searched(name, listed)}; {_near(numbers, listed)}")
    in_samples = found["sample"].unique()
    if len(in_samples) > 1:
        names = [f"{sample}-{'-'.join(map(str, numbers))}" for sample in in_samples]
        raise UserError(
            f"event {_words(numbers)} is in {len(names)} samples; name one of them in lartpc.event.sample, "
            f"or ask for {' or '.join(names)}"
        )
    row = found.iloc[0]
    return LocatedEvent(str(row["sample"]), str(row["path"]), int(row["entry"]), numbers)


def _words(numbers: Sequence[int]) -> str:
    return " ".join(f"{name} {number}" for name, number in zip(PHYSICAL_EVENT, numbers, strict=True))


def _searched(name: EventName, listed: pd.DataFrame) -> str:
    files = list(dict.fromkeys(listed["path"]))
    shown = ", ".join(files[:FILES_SHOWN]) + (
        f" and {len(files) - FILES_SHOWN} more" if len(files) > FILES_SHOWN else ""
    )
    plural = "samples" if len(name.samples) > 1 else "sample"
    return f"{plural} {', '.join(name.samples)} ({len(listed)} events in {shown or 'no file'})"


def _near(numbers: tuple[int, int, int], listed: pd.DataFrame) -> str:
    """Name the nearest events: those of the same run and subrun first."""
    distances = (listed[list(PHYSICAL_EVENT)] - list(numbers)).abs()
    nearest = listed.loc[distances.sort_values(list(PHYSICAL_EVENT), kind="stable").index[:NEAR_SHOWN]]
    keys = [f"{row['sample']}-{row['run']}-{row['subrun']}-{row['event']}" for _, row in nearest.iterrows()]
    run = numbers[0]
    if not (listed["run"] == run).any():
        return f"no file has run {run}, the runs go from {listed['run'].min()} to {listed['run'].max()}; near it are {', '.join(keys)}"
    return f"the nearest of run {run} are {', '.join(keys)}"
