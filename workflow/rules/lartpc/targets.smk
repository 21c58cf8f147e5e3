"""
Targets of the study: `lartpc`, one per stage (which builds the chain so far), one per sweep.
"""

FIGURES = ["reconstructions", "correlation", "traversal", "probe", "embedding"]
FIGURES += [
    "correlation_species",
    "feature_correlation",
    "regression",
    "information",
    "separation",
    "clustering",
    "pid",
    "contamination",
    "parts",
]
# Only a simulated input has a truth to compare with.
FIGURES += ["closure"] if SIMULATED_TRUTH else []


localrules:
    lartpc_input,
    lartpc_check,
    lartpc_clusters,
    lartpc_tracks,
    lartpc_images,
    lartpc_features,
    lartpc_models,
    lartpc_latents,
    lartpc_analysis,
    lartpc_figures,
    lartpc,
    lartpc_report,


rule lartpc_input:
    """
    Have the input: the user's files, or simulated ones.
    """
    input:
        [entry.path for entry in STUDY.files.values() if not is_remote(entry.path)],
        BEAMLINE,
        RECO,
        SIMULATED_TRUTH,
        KAON_CURVE,
        PROTON_CURVE,
    message:
        "The input is there"


rule lartpc_check:
    """
    Read every ROOT file and report what it holds.
    """
    input:
        expand(LARTPC / "check/{sample}.json", sample=SAMPLES),
    message:
        "Every ROOT file is checked"


rule lartpc_clusters:
    """
    Find the clusters of every sample.
    """
    input:
        rules.lartpc_check.input,
        expand(LARTPC / "clusters/{sample}.parquet", sample=SAMPLES),
    message:
        "The clusters are found"


rule lartpc_tracks:
    """
    Build the tracks of every sample.
    """
    input:
        rules.lartpc_clusters.input,
        expand(LARTPC / "tracks/{sample}.parquet", sample=SAMPLES),
    message:
        "The tracks are built"


rule lartpc_images:
    """
    Render the images.
    """
    input:
        rules.lartpc_tracks.input,
        LARTPC / "images/default.safetensors",
    message:
        "The images are rendered"


rule lartpc_features:
    """
    Compute the features.
    """
    input:
        rules.lartpc_tracks.input,
        LARTPC / "features/default.parquet",
    message:
        "The features are computed"


rule lartpc_models:
    """
    Train the model that the config describes.
    """
    input:
        rules.lartpc_images.input,
        LARTPC / "runs.tsv",
        LARTPC / f"models/{STUDY.base}/model.safetensors",
    message:
        "The model is trained"


rule lartpc_latents:
    """
    Encode every track with that model.
    """
    input:
        rules.lartpc_models.input,
        LARTPC / f"latents/{STUDY.base}.parquet",
    message:
        "The tracks are encoded"


rule lartpc_analysis:
    """
    Run every analysis of its latents.
    """
    input:
        rules.lartpc_latents.input,
        rules.lartpc_features.input,
        LARTPC / "analysis/resampling.parquet",
        LARTPC / "analysis/beam_mass.parquet",
        [LARTPC / f"analysis/{STUDY.base}/closure.parquet"] if SIMULATED_TRUTH else [],
        expand(
            LARTPC / f"analysis/{STUDY.base}/{{table}}.parquet",
            table=[
                "correlation",
                "regression",
                "importance",
                "information",
                "separation",
                "traversal",
                "probes",
                "embedding",
                "reconstruction",
                "clustering",
                "clustering_scan",
                "pid",
                "pid_comparisons",
                "contamination",
                "parts",
            ],
        ),
    message:
        "The analyses are done"


rule lartpc_figures:
    """
    Draw every figure.
    """
    input:
        rules.lartpc_analysis.input,
        expand(LARTPC / "figures/{figure}.png", figure=["windows", "cutflow", "tracks"]),
        LARTPC / "figures/beam_mass.png",
        [LARTPC / "figures/reference.png"] if STUDY.references else [],
        LARTPC / f"models/{STUDY.base}/curves.png",
        LARTPC / "figures/resampling_images.png",
        expand(LARTPC / "events/{event}.png", event=[*FIRST_EVENTS, *EVENTS]),
        LARTPC / f"figures/{STUDY.base}/hard_cases.png",
        expand(LARTPC / f"figures/{STUDY.base}/{{figure}}.png", figure=FIGURES),
    message:
        "The figures are drawn"


rule lartpc:
    """
    The whole study, from ROOT files to figures.
    """
    input:
        rules.lartpc_input.input,
        rules.lartpc_figures.input,
        LARTPC / "explorer.html",
        LARTPC / "report/run.html",
        # known when all rules are
        lambda wildcards: [
            LARTPC / f"report/tables/{table}.html" for table in TABLES_SHOWN
        ],
    message:
        "The study lartpc is up to date"


rule lartpc_report:
    """
    The study and those sweeps that were run, as `--report` shows them.
    """
    input:
        rules.lartpc.input,
        [
            path
            for sweep in STUDY.sweeps
            if (LARTPC / f"sweeps/{sweep}/summary.png").is_file()
            for path in of_sweep(sweep)
        ],
    message:
        "The study lartpc and its sweeps are up to date"


for sweep, members in STUDY.sweeps.items():

    rule:
        name:
            f"lartpc_sweep_{sweep}{MODELS_ALONE}"
        input:
            LARTPC / "runs.tsv",
            # functions, because thousands of names take long, and only one target is asked for
            lambda wildcards, members=members: [
                f"{LARTPC}/models/{run}/model.safetensors" for run in members
            ],
        localrule: True

    rule:
        name:
            f"lartpc_sweep_{sweep}{SO_FAR}"
        input:
            LARTPC / "runs.tsv",
            # a function, because files are looked for when the target is asked for
            lambda wildcards, sweep=sweep: of_sweep(f"{sweep}{SO_FAR}"),
        localrule: True

    rule:
        name:
            f"lartpc_sweep_{sweep}"
        input:
            LARTPC / "runs.tsv",
            lambda wildcards, members=members: [
                f"{LARTPC}/latents/{run}.parquet" for run in members
            ],
            of_sweep(sweep),
        localrule: True

    rule:
        name:
            f"lartpc_pack_{sweep}"
        input:
            lambda wildcards, sweep=sweep: packs_of_sweep(sweep),
        localrule: True
