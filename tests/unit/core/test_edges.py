from typing import Annotated

import pytest
from pydantic import Field, PositiveFloat

from rootline.core.config import ConfigError, Section, parse_config
from rootline.core.edges import Edges, Rising
from rootline.core.schema import keys_of


class Binned(Section):
    edges: Edges[PositiveFloat] = Field((0.5, 1, 2), description="Edges.")
    ends: Annotated[tuple[float, float], Rising] = Field((-1, 1), description="Ends.")


def test_edges_that_rise_are_kept():
    binned = parse_config({"edges": [0.1, 0.2, 300], "ends": [-3, -2.5]}, Binned, source="config.yaml")
    assert binned.edges == (0.1, 0.2, 300) and binned.ends == (-3, -2.5)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"edges": [0.9, 0.5]}, r"c.yaml: edges: \[0.9, 0.5\] do not rise; write each number once, the lowest first"),
        ({"edges": [0.5, 0.7, 0.7]}, r"edges: \[0.5, 0.7, 0.7\] do not rise"),
        ({"ends": [1.5, -0.3]}, r"ends: \[1.5, -0.3\] do not rise"),
        ({"ends": [1, 1]}, r"ends: \[1, 1\] do not rise"),
        ({"edges": [0.5]}, "edges: .*at least 2 items"),
        ({"edges": [0, 1]}, r"edges.0=0: .*greater than 0"),
        ({"ends": [1]}, "ends.1 is missing"),
    ],
)
def test_edges_that_do_not_rise_are_refused_by_their_key(raw, message):
    with pytest.raises(ConfigError, match=message):
        parse_config(raw, Binned, source="c.yaml")


def test_the_table_of_keys_says_what_edges_are_made_of():
    kinds = {key.name: key.kind for key in keys_of(Binned)}
    assert kinds == {"edges": "list of float > 0 (at least 2 long)", "ends": "list of 2 float"}
    assert Binned.model_json_schema()["properties"]["edges"]["minItems"] == 2
