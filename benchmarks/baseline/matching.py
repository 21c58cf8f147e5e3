"""Clusters to pairs: all pairs of an event in two loops, then the best first."""

import pandas as pd

EVENT = ["run", "subrun", "event"]
SIDES = ("wire_min", "wire_max", "tick_min", "tick_max")


def match_clusters(clusters: pd.DataFrame) -> pd.DataFrame:
    """Pair the kept clusters of the two planes, event by event; each cluster once, equal scores by cluster number."""
    rows = []
    for key, of_event in clusters.groupby(EVENT):
        induction = of_event[of_event["plane"] == "induction"]
        collection = of_event[of_event["plane"] == "collection"]
        scores = []
        for _, one in induction.iterrows():
            for _, other in collection.iterrows():
                score = sum((one[side] - other[side]) ** 2 for side in SIDES)
                score += ((one["wire_max"] - one["wire_min"]) - (other["wire_max"] - other["wire_min"])) ** 2
                scores.append((float(score), one["cluster"], other["cluster"]))
        used_induction, used_collection = set(), set()
        track = 0
        for score, one, other in sorted(scores):
            if one in used_induction or other in used_collection:
                continue
            used_induction.add(one)
            used_collection.add(other)
            rows.append((*key, track, other, one, score))
            track += 1
    columns = [*EVENT, "track", "cluster_collection", "cluster_induction", "match_score"]
    return pd.DataFrame(rows, columns=columns)
