"""How the models are told apart in every figure of the study, and in which order they stand."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from rootline.core.figures import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY_BLUE, VERMILLION
from rootline.pid.nsigma import NSIGMA


class Mark(NamedTuple):
    """Name, colour and marker of a model."""

    label: str
    colour: str
    marker: str


_KNOWN: Final = {
    NSIGMA: Mark("n-sigma", BLACK, "o"),
    "forest": Mark("random forest", BLUE, "s"),
    "adaboost": Mark("AdaBoost", SKY_BLUE, "D"),
    "boosting": Mark("gradient boosting", GREEN, "^"),
    "mlp": Mark("perceptron", ORANGE, "v"),
    "ensemble": Mark("ensemble", PURPLE, "P"),
    "attention": Mark("attention", VERMILLION, "X"),
    "dann": Mark("adversarial", GREY, "*"),
}


def mark_models(models: Iterable[str]) -> dict[str, Mark]:
    """Give the marks of models, n-sigma first and those of no fixed mark last; they share the marks of the others."""
    names = set(models)
    known = [name for name in _KNOWN if name in names]
    free = [mark for name, mark in _KNOWN.items() if name not in names and name != NSIGMA] or list(_KNOWN.values())[1:]
    others = sorted(names - set(known))
    marks = {name: _KNOWN[name] for name in known}
    return marks | {name: free[n % len(free)]._replace(label=name) for n, name in enumerate(others)}
