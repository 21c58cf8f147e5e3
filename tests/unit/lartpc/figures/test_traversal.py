"""The figure of traversals."""

import numpy as np
import pytest
from tests.unit.inspection import complaints
from tests.unit.lartpc.analyses.fakes import fake_latents

from rootline.core.figures import FigureConfig, figure_style
from rootline.lartpc.analyses.settings.traversal import TraversalConfig
from rootline.lartpc.analyses.traversal import traverse
from rootline.lartpc.figures.traversal import LATENTS_SHOWN, draw_traversal

OPTIONS = FigureConfig(dpi=80)


def decode(points):
    """Draw a line whose position follows mu_3 and whose charge follows mu_1, less."""
    ticks = np.arange(24)[None, None, :]
    line = np.exp(-0.5 * (ticks - 12 - 2 * points[:, 3, None, None]) ** 2) * np.ones((1, 16, 1))
    line = line * (3 + 0.2 * points[:, 1, None, None])
    return np.stack([line, line / 2], axis=1).astype(np.float32)


@pytest.mark.parametrize("latent_dim", [4, LATENTS_SHOWN + 3])
def test_the_latent_that_changes_the_image_most_comes_first(latent_dim):
    images, steps = traverse(fake_latents(latent_dim=latent_dim), decode, ["proton"], TraversalConfig(bootstrap=100))
    with figure_style(OPTIONS):
        figure = draw_traversal(images, steps, OPTIONS, transform="sqrt")
        assert complaints(figure) == []
    rows = [text.get_text().split("\n")[0] for text in figure.axes[0].get_yticklabels()]
    assert rows[:2] == [r"$\mu_{3}$", r"$\mu_{1}$"]
    assert len(rows) == min(latent_dim, LATENTS_SHOWN)
    columns = [text.get_text() for text in figure.axes[0].get_xticklabels()]
    assert columns[0] == "\N{MINUS SIGN}2.0"
    assert columns[4] == "0"
    table = figure.axes[0].images[0].get_array()
    assert table.shape[0] == 16 * len(rows)
    assert table.max() == pytest.approx(images[:, :, 0].max())


def test_a_dead_decoder_still_gives_a_figure():
    images, steps = traverse(
        fake_latents(),
        lambda points: np.zeros((len(points), 2, 8, 8), np.float32),
        ["proton"],
        TraversalConfig(bootstrap=100),
    )
    with figure_style(OPTIONS):
        assert complaints(draw_traversal(images, steps, OPTIONS)) == []
