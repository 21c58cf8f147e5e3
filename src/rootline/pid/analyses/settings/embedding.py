"""Options of the analysis `embedding`."""

from pydantic import Field, NonNegativeInt, PositiveInt

from rootline.core.config import Section


class EmbeddingConfig(Section):
    """UMAP of what networks map the tracks of both domains to, in two dimensions (arXiv:1802.03426)."""

    tracks: PositiveInt = Field(2000, description="Tracks of the test part of each domain, at most.")
    neighbours: int = Field(30, ge=2, description="Nearest neighbours that UMAP keeps together.")
    min_dist: float = Field(0.1, ge=0, le=1, description="Smallest distance of points in the plane.")
    epochs: PositiveInt | None = Field(None, description="Passes of the layout; null lets UMAP choose by size.")
    seed: NonNegativeInt = Field(42, description="Seed of the choice of tracks and of the layout.")
