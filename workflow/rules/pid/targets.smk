"""
Targets of the study: `pid`, one per stage (which builds the chain so far), one per sweep.
"""

TABLES_SHOWN = [
    PID / f"analysis/{table}.parquet"
    for table in ["models", "selection", "equal_purity", "masses", "importance"]
]
TABLES_SHOWN += [PID / "analysis/domains_summary.parquet"] if STUDY.scan else []
TABLES_SHOWN += [
    PID / f"timings/{table}.parquet"
    for table in ["throughput", "throughput_order"]
    if TIMED
]
FIGURES = [
    "response",
    "selection",
    "equal_purity",
    "curves",
    "planes_kaon",
    "planes_proton",
    "masses",
    "importance",
]
FIGURES += ["throughput"] if TIMED else []
FIGURES += ["training"] if TRAINED else []
FIGURES += ["domains"] if STUDY.scan else []
FIGURES += ["mapped"] if STUDY.adversary else []


localrules:
    pid_input,
    pid_tracks,
    pid_models,
    pid_scores,
    pid_analysis,
    pid_figures,
    pid,
    pid_report,


rule pid_input:
    """
    Have the input: the user's files, or simulated ones.
    """
    input:
        list(STUDY.samples.values()),
    message:
        "The input of pid is there"


rule pid_tracks:
    """
    Read the tracks of every sample.
    """
    input:
        rules.pid_input.input,
        expand(PID / "tracks/{sample}.parquet", sample=STUDY.samples),
    message:
        "The tracks of pid are read"


rule pid_models:
    """
    Fit, train, export and check every model that is compared.
    """
    input:
        rules.pid_tracks.input,
        PID / "runs.tsv",
        expand(PID / "models/{run}/parity.json", run=MODELS.values()),
    message:
        "The models of pid are made"


rule pid_scores:
    """
    Score every track of both domains by every model.
    """
    input:
        rules.pid_models.input,
        expand(
            PID / "scores/{run}/{sample}.parquet",
            run=MODELS.values(),
            sample=["mc", "data"],
        ),
    message:
        "The tracks of pid are scored"


rule pid_analysis:
    """
    Run every analysis of the scores.
    """
    input:
        rules.pid_scores.input,
        TABLES_SHOWN,
    message:
        "The analyses of pid are done"


rule pid_figures:
    """
    Draw every figure.
    """
    input:
        rules.pid_analysis.input,
        expand(PID / "figures/{figure}.png", figure=FIGURES),
    message:
        "The figures of pid are drawn"


rule pid:
    """
    The whole study, from ROOT files to figures and deployed models.
    """
    input:
        rules.pid_figures.input,
        PID / "report/run.html",
        [PID / f"report/tables/{Path(path).stem}.html" for path in TABLES_SHOWN],
    message:
        "The study pid is up to date"


rule pid_report:
    """
    The study and those sweeps that were run, as `--report` shows them.
    """
    input:
        rules.pid.input,
        [
            PID / f"sweeps/{sweep}/points.png"
            for sweep in STUDY.sweeps
            if (PID / f"sweeps/{sweep}/points.png").is_file()
        ],
    message:
        "The study pid is up to date"
