"""
What the rules of the LArTPC study share: its checked config, its samples and runs, and where things lie.
"""

import json
import re

from rootline.core.sweeps import MODELS_ALONE
from rootline.lartpc.events import FIRST, event_pattern, name_event, parse_event_name
from rootline.lartpc.inputs import ROLES_WITH_RECO
from rootline.lartpc.packs import make_packs
from rootline.lartpc.study import runs_table

LARTPC, OPTIONS, STUDY = opened().study("lartpc")
MODEL_FILE = f"{LARTPC}/models/{{run}}/model.safetensors"
SAMPLES = list(STUDY.samples)
# Of each reference event one track is chosen; every stage that names particles waits for that.
CHOICES = [LARTPC / f"reference/{sample}.parquet" for sample in STUDY.references]
READING_ORDER = read_yaml(ROOT / "workflow" / "report" / "lartpc" / "order.yaml")
# Figures without particles in them do not depend on the particles' colours.
STYLE = OPTIONS.figures.model_dump_json()
STYLE_WITHOUT_COLOURS = OPTIONS.figures.model_dump_json(exclude={"colours"})


# Files of images and parts that hold the trainable samples alone, beside those of all samples, so that no other sample,
# list of reference events or cut of its role makes a training stale.
OF_TRAINABLE = ".trainable"


wildcard_constraints:
    sample="|".join(STUDY.samples),
    file="|".join(STUDY.files),
    run="[0-9a-f]{8}",
    event=event_pattern(SAMPLES),
    set="|".join(STUDY.image_sets),
    split="|".join(STUDY.splits),
    of=f"({re.escape(OF_TRAINABLE)})?",
    # Without sweeps nothing matches; an empty pattern would match everything.
    sweep="|".join([*STUDY.sweeps, *(f"{name}{SO_FAR}" for name in STUDY.sweeps)])
    or "(?!)",
    pack="[0-9]+",


# The samples that models learn from.
TRAINABLE = named("--sample", STUDY.trainable)


def local_file(wildcards):
    """
    Give the ROOT file as an input of the rule; a remote one is none that Snakemake could see.
    """
    path = STUDY.files[wildcards.file].path
    return [] if is_remote(path) else path


def remote_file(wildcards):
    """
    Give the URL of a remote ROOT file, nothing for a local one.
    """
    path = STUDY.files[wildcards.file].path
    return [path] if is_remote(path) else []


def processes_of_file(wildcards):
    """
    Say how many processes share a ROOT file: one per 250 MB, four at most. A profile may set other `set-threads`.
    """
    path = STUDY.files[wildcards.file].path
    size_mb = os.path.getsize(path) // 10**6 if os.path.isfile(path) else 0
    return min(max(size_mb // 250, 1), 4)


def tree_option(wildcards):
    """
    Name the tree of a ROOT file where the table of samples does.
    """
    tree = STUDY.files[wildcards.file].tree
    return ["--tree", tree] if tree else []


def of_files(pattern):
    """
    Expand a pattern over the files of the wildcard's sample.
    """
    return lambda wildcards: expand(
        pattern, file=STUDY.samples[wildcards.sample].files, allow_missing=True
    )


def cuts_of_role(wildcards):
    """
    Give the cuts that belong to the role of the wildcard's sample.
    """
    return getattr(OPTIONS.cuts, STUDY.samples[wildcards.sample].role).model_dump_json()


def reco_of_role(wildcards):
    """
    Give the reconstruction CSV; where a role needs one and the config has none, that in words.
    """
    role = STUDY.samples[wildcards.sample].role
    if not RECO and role in ROLES_WITH_RECO:
        return f"lartpc.input.reco in the config: the reconstruction CSV, which the role {role} needs"
    return RECO


def event_list_of_role(wildcards):
    """
    Give the list of events that a reference sample is restricted to; no other role has one.
    """
    role = STUDY.samples[wildcards.sample].role
    return REFERENCE_EVENTS if role == "reference" else []


def chosen_tracks(wildcards, input):
    """
    Name the tables of the tracks that were chosen from the reference samples.
    """
    return named("--reference", input.reference)


def tracks_of(wildcards):
    """
    Give the tracks of all samples, or of the trainable ones; where there are none, a training says so.
    """
    trainable = wildcards.of and STUDY.trainable
    return expand(LARTPC / "tracks/{sample}.parquet", sample=trainable or SAMPLES)


def seen_by_run(wildcards):
    """
    Give the image set and the split of a run, of all samples.
    """
    return inputs_of_run(wildcards.run, of="")


def learned_by_run(wildcards):
    """
    Give the image set and the split of a run, of the trainable samples.
    """
    return inputs_of_run(wildcards.run, of=OF_TRAINABLE)


def inputs_of_run(run, of):
    """
    Give the image set and the split of a run; of one that nobody configured, what is missing in words.
    """
    if run not in STUDY.runs:
        return {"run": no_such_run(run, LARTPC)}
    # Text, not paths: with 10,000 runs that is a second of each start.
    images = f"{LARTPC}/images/{STUDY.image_set_of[run]}{of}"
    return {
        "images": f"{images}.safetensors",
        "image_keys": f"{images}.parquet",
        "split": f"{LARTPC}/splits/{STUDY.split_of[run]}{of}.parquet",
    }


def of_sweep(sweep):
    """
    Name the results of a sweep.
    """
    names = ["summary.parquet", "summary.png", "pareto.png", "best.json"]
    return [f"{LARTPC}/sweeps/{sweep}/{name}" for name in names]


@functools.cache
def packs_of(sweep):
    """
    Share the runs of a sweep out to packs, which few targets ask for.
    """
    runs = {run: STUDY.runs[run] for run in STUDY.sweeps[sweep]}
    return make_packs(runs, models=OPTIONS.packing.models)


def runs_of_pack(wildcards):
    """
    Name the runs of a pack; none where there is no such pack.
    """
    packs = packs_of(wildcards.sweep)
    number = int(wildcards.pack)
    return packs[number] if number < len(packs) else ()


def learned_by_pack(wildcards):
    """
    Give the image set and the split of a pack, which all its runs share; of one that is none, what is missing in words.
    """
    runs = runs_of_pack(wildcards)
    if not runs:
        return {
            "runs": f"pack {wildcards.pack} of the sweep {wildcards.sweep}, which has {len(packs_of(wildcards.sweep))}"
        }
    return inputs_of_run(runs[0], of=OF_TRAINABLE)


def packs_of_sweep(sweep):
    """
    Give the tables of the packs of a sweep; where it has none, what is missing in words.
    """
    packs = [
        LARTPC / f"packs/{sweep}.{number}.tsv" for number in range(len(packs_of(sweep)))
    ]
    return packs or [
        f"two runs of the sweep {sweep} that may share a pack (docs/packing.md); use lartpc_sweep_{sweep}"
    ]


def samples_of_event(wildcards):
    """
    Name the samples that the name of a display leaves open.
    """
    return parse_event_name(wildcards.event, SAMPLES).samples


def tables_of_event(wildcards):
    """
    Give the lists of events, the clusters and the tracks of these samples.
    """
    samples = samples_of_event(wildcards)
    files = [
        (sample, file) for sample in samples for file in STUDY.samples[sample].files
    ]
    return [
        *(LARTPC / f"check/{sample}/{file}.events.parquet" for sample, file in files),
        *(LARTPC / f"clusters/{sample}.parquet" for sample in samples),
        *(LARTPC / f"tracks/{sample}.parquet" for sample in samples),
    ]


def files_of_event(wildcards):
    """
    Give the ROOT files of these samples; one of them holds the event.
    """
    samples = samples_of_event(wildcards)
    paths = [path for sample in samples for path in EVENT_SAMPLES[sample]["files"]]
    return [path for path in paths if not is_remote(path)]


def simulation_of(wildcards):
    """
    Give the config of the simulation without the other samples and the role, which change nothing in this one.
    """
    others = {sample: True for sample in SAMPLES if sample != wildcards.sample}
    return OPTIONS.simulation.model_dump_json(
        exclude={**others, wildcards.sample: {"role"}}
    )


def content_of(*paths):
    """
    Give the digests of the user's own files, which alone may be exchanged for older ones.
    """
    mine = [
        Path(path)
        for path in paths
        if path and not {SIMULATED, CURVES} & set(Path(path).parents)
    ]
    return [opened().contents.of(path) for path in mine]
