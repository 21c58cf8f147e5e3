"""All tables that the comparison of scores reads, from one set of planted latents."""

import numpy as np
from tests.unit.lartpc.analyses.fakes import fake_features, fake_latents, fake_tracks

from rootline.core.tables import TRACK_KEY
from rootline.lartpc.analyses.clustering import cluster_latents
from rootline.lartpc.analyses.pid_scores import assemble_scores
from rootline.lartpc.analyses.probe import probe
from rootline.lartpc.analyses.settings.clustering import ClusteringConfig
from rootline.lartpc.analyses.settings.pid import PidConfig
from rootline.lartpc.analyses.settings.probe import ProbeConfig

OPTIONS = PidConfig(bootstrap=300, trees=10)
PROBE = ProbeConfig(bootstrap=100, mlp_hidden=(4,), mlp_epochs=30, pairs_up_to=0)
CLUSTERING = ClusteringConfig(starts=1, scan_to=3, bootstrap=100, permutations=100, refits=100)


def fake_inputs(*, log_likelihood=False, **sizes):
    """Give probe scores, latents, features, scores of a classifier that knows the species well, and groups."""
    latents = fake_latents(**sizes)
    features = fake_features(latents)
    rng = np.random.default_rng(4)
    if log_likelihood:
        kaon = (latents["particle"] == "kaon").to_numpy()
        features["log_likelihood_kaon"] = rng.normal(size=len(latents)) + 2 * kaon
        features["log_likelihood_proton"] = 0.0
    probed = probe(latents, fake_tracks(latents), ["proton"], PROBE)[1]
    of_all = probed.loc[probed["selection"] == "all", [*TRACK_KEY, "particle", "label", "fold"]]
    classified = of_all.assign(cnn=rng.normal(size=len(of_all)) + 3 * of_all["label"], n_trained=100)
    return probed, latents, features, classified, cluster_latents(latents, CLUSTERING).tracks


def fake_scores(**sizes):
    return assemble_scores(*fake_inputs(**sizes), ["proton"], OPTIONS)
