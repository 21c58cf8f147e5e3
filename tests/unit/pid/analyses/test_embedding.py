"""What networks map tracks to, in a plane: which tracks, and how mixed the domains are."""

from types import SimpleNamespace

import numpy as np
import pytest
from tests.unit.pid.table_fakes import fake_tracks, with_parts

from rootline.core.errors import UserError
from rootline.core.tables import write_table
from rootline.pid.analyses.embedding import MAPPED_COLUMNS, MAPPED_KEY, embed_tracks
from rootline.pid.analyses.settings.embedding import EmbeddingConfig
from rootline.pid.columns import INPUTS

OPTIONS = EmbeddingConfig(tracks=60, neighbours=8, epochs=20)
TPC = INPUTS.index("fTPCSignal")
FIRST = with_parts(fake_tracks(500))
SECOND = with_parts(fake_tracks(400, sample="data", seed=1, shift=1000.0)).assign(species=None)


def network(keeps_domain):
    """Map a track to its TPC signal, by which the domains are far apart, or to what does not depend on the domain."""
    column = TPC if keeps_domain else INPUTS.index("fZ")
    return SimpleNamespace(
        module=SimpleNamespace(mapper=True), mapped=lambda inputs: inputs[:, [column, column]].astype(np.float32)
    )


@pytest.mark.slow
def test_the_share_of_the_other_domain_is_nothing_where_domains_lie_apart_and_half_where_they_lie_alike(tmp_path):
    found = embed_tracks({"apart": network(True), "alike": network(False)}, FIRST, SECOND, OPTIONS)
    assert list(found.columns) == list(MAPPED_COLUMNS)
    share = found.groupby("model")["other_domain_share"].mean()
    assert share["apart"] == 0 and share["alike"] == pytest.approx(0.5, abs=0.1)
    assert found.groupby(["model", "domain"]).size().tolist() == [60] * 4
    assert set(found.loc[found["domain"] == "second", "species"]) == {"other"}
    assert np.isfinite(found[["x", "y"]]).all(axis=None)
    tested = FIRST.loc[FIRST["part"] == "test", ["frame", "track"]].apply(tuple, axis=1)
    assert set(found.loc[found["domain"] == "first", ["frame", "track"]].apply(tuple, axis=1)) <= set(tested)
    write_table(tmp_path / "mapped.parquet", found, key=MAPPED_KEY)


def test_too_few_tracks_are_refused():
    with pytest.raises(UserError, match="has 0 tracks, too few for UMAP"):
        embed_tracks({"alike": network(False)}, FIRST, SECOND[SECOND["part"] != "test"], OPTIONS)
