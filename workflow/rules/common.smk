"""
What all rules share: the checked config, the samples, the runs, and where things lie.
"""

import atexit
import contextlib
import functools
import gc
import json
import os
import signal
import sys
from pathlib import Path

ROOT = Path(workflow.basedir)
SOURCE = ROOT / "src"
SCRIPTS = ROOT / "workflow" / "scripts"
sys.path.insert(0, str(SOURCE))
# Jobs find the interpreter and the package of this very checkout, whether or not an
# environment is activated or another checkout is installed in it.
os.environ.update(
    PATH=os.pathsep.join(
        [os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)]
    ),
    PYTHONPATH=str(SOURCE),
    SCRIPTS=str(SCRIPTS),
)
# SLURM's warning before a job's end goes to every process of the job. A training listens to it; the
# others, this one as well, would die of it before the training has saved its state.
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
# A thread that waits for the others soon goes to sleep: with other work on the machine, endless
# spinning slowed a training up to ten times; sleeping at once costs a quarter on an idle one.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")

# The plan of thousands of jobs is millions of objects that stay to the end; to look for garbage among
# them again and again takes a tenth of a dry run.
gc.set_threshold(200_000, 20, 100)

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger
from snakemake.settings.types import SharedFSUsage

from rootline.config import read_config
from rootline.core.config import read_yaml
from rootline.core.digests import describe_origin, update_manifest
from rootline.core.errors import UserError
from rootline.core.failures import describe_clock, describe_failures, failed_logs
from rootline.core.files import ContentIds, is_remote, write_text
from rootline.core.fingerprint import Memory
from rootline.core.fingerprint import fingerprint as fingerprint_script
from rootline.core.jobs import (
    PLAN_VARIABLE,
    RESULTS_VARIABLE,
    RUN_VARIABLE,
    name_run,
)
from rootline.core.names import stable_id
from rootline.core.obstacles import (
    describe_full_disks,
    describe_lock,
    refuse_unwritable,
)
from rootline.core.shells import check_handed_on, check_project_folder
from rootline.core.slurm import refuse_double_work
from rootline.lartpc.events import FIRST, event_pattern, name_event, parse_event_name
from rootline.lartpc.failed_runs import describe_failed_runs
from rootline.lartpc.inputs import ROLES_WITH_RECO
from rootline.lartpc.packs import make_packs
from rootline.lartpc.study import MODELS_ALONE, SO_FAR, plan_study, runs_table
from rootline.plan_file import Plan, read_plan, write_plan
from rootline.ssh.hosts import find_hosts_file, list_slots, read_hosts


class told_by_snakemake(contextlib.AbstractContextManager):
    """
    Let Snakemake end with the text of a user's error, which it would show with a traceback.
    """

    def __exit__(self, kind, error, traceback):
        if isinstance(error, UserError):
            raise WorkflowError(str(error)) from None


# What the main process has made of the config and of the user's files, where this is a job that it started.
PLAN_OF_MAIN = None if workflow.is_main_process else os.environ.get(PLAN_VARIABLE)

# A config of the user's replaces the default one; Snakemake by itself would merge them.
CONFIG_FILES = workflow.overwrite_configfiles or [ROOT / "config" / "config.yaml"]
with told_by_snakemake():
    check_project_folder(ROOT)
    for path in [] if PLAN_OF_MAIN else CONFIG_FILES:
        # Names the line of a fault and refuses a key that is given twice; Snakemake does neither.
        read_yaml(Path(path))

if not (workflow.overwrite_configfiles or PLAN_OF_MAIN):

    configfile: CONFIG_FILES[0]


with told_by_snakemake():
    if PLAN_OF_MAIN:
        CONFIG, STUDY = read_plan(
            Path(PLAN_OF_MAIN), results=os.environ.get(RESULTS_VARIABLE)
        )
    else:
        CONFIG = read_config(config, source=", ".join(map(str, CONFIG_FILES)))
        STUDY = plan_study(
            CONFIG.lartpc,
            simulated_to=str(Path(CONFIG.results) / "lartpc" / "input"),
            shipped=ROOT,
        )

RESULTS = Path(CONFIG.results)
LARTPC = RESULTS / "lartpc"
OPTIONS = CONFIG.lartpc
SAMPLES = list(STUDY.samples)
# Of each reference event one track is chosen; every stage that names particles waits for that.
CHOICES = [LARTPC / f"reference/{sample}.parquet" for sample in STUDY.references]
READING_ORDER = read_yaml(ROOT / "workflow" / "report" / "order.yaml")
CONTENT_IDS = ContentIds(Path(".snakemake/rootline/contents.json"))
TREES = Memory(Path(".snakemake/rootline/trees.json"))
if workflow.is_main_process:
    atexit.register(TREES.keep)
# Figures without particles in them do not depend on the particles' colours.
STYLE = OPTIONS.figures.model_dump_json()
STYLE_WITHOUT_COLOURS = OPTIONS.figures.model_dump_json(exclude={"colours"})


wildcard_constraints:
    sample="|".join(STUDY.samples),
    file="|".join(STUDY.files),
    run="[0-9a-f]{8}",
    event=event_pattern(SAMPLES),
    set="|".join(STUDY.image_sets),
    split="|".join(STUDY.splits),
    # Without sweeps nothing matches; an empty pattern would match everything.
    sweep="|".join([*STUDY.sweeps, *(f"{name}{SO_FAR}" for name in STUDY.sweeps)])
    or "(?!)",
    pack="[0-9]+",


# The user's screen stays open beside the log (rootline.core.screen); on another machine it is a pipe to
# that screen. Numba keeps to the rule's threads as OMP, MKL and OpenBLAS do, which Snakemake sets. The
# shell outlives a SIGTERM, so that the job ends when its script has ended, which may still be saving its state.
shell.prefix(
    "set -euo pipefail; trap : TERM;"
    ' if [ -p "${{ROOTLINE_SCREEN:-}}" ]; then exec 3> "$ROOTLINE_SCREEN"; else exec 3>&2; fi;'
    " export ROOTLINE_SCREEN_FD=3 NUMBA_NUM_THREADS=$OMP_NUM_THREADS; "
)


def say_what_is_in_the_way():
    """
    Say at the very end, in words, what Snakemake itself stops at with a traceback or half a remedy.
    """
    told = [describe_full_disks([Path.cwd(), RESULTS])]
    # Before the plan is made there is nothing that a lock could be on.
    knows_plan = workflow.persistence is not None
    is_locked = any(Path(".snakemake/locks").glob("*"))
    if knows_plan and is_locked and workflow.persistence.locked:
        told.append(describe_lock(Path.cwd(), sys.argv[1:]))
    if text := "\n".join(filter(None, told)):
        print(text, file=sys.stderr)


if workflow.is_main_process:
    atexit.register(say_what_is_in_the_way)


def stop_if_unwritable():
    """
    Refuse to start where the results could not be written.
    """
    with told_by_snakemake():
        refuse_unwritable([RESULTS, LARTPC, LARTPC / "logs"])


def hand_plan_to_jobs():
    """
    Write the plan for the jobs of another machine or of a scheduler, which then need not make it again.
    """
    if not workflow.local_exec:
        plan = write_plan(Path(".snakemake/rootline"), Plan(CONFIG, STUDY))
        os.environ[PLAN_VARIABLE] = str(plan.absolute())
        os.environ[RESULTS_VARIABLE] = CONFIG.results
        os.environ[RUN_VARIABLE] = name_run()


def keep_digests():
    """
    Write down what the results of this run and of all that it rests on come to, for `make verify`.
    """
    made = [Path(file) for job in workflow.dag.jobs for file in job.output]
    update_manifest(LARTPC, made, describe_origin(ROOT), CONTENT_IDS)


def offer_gpus_of_hosts():
    """
    Let as many GPU jobs run as hosts.yaml has places for; a profile that says another number is mistaken.
    """
    file = find_hosts_file(ROOT)
    with told_by_snakemake():
        slots = len(list_slots(read_hosts(file)))
    given = workflow.global_resources.get("gpu").value
    if given not in (None, slots):
        raise WorkflowError(
            f"the resource gpu={given} of the profile or of --resources does not fit {file}, "
            f"which has places for {slots} jobs; write gpu={slots}, or leave it out"
        )
    workflow.register_resource("gpu", slots)


def keep_on_this_machine(kept):
    """
    Run jobs of these rules here, as many side by side as --cores allows, which Snakemake by itself
    heeds only where all jobs are local.
    """
    workflow.register_resource("cores_here", workflow.cores)
    for each in kept:
        workflow.localrules(each.name)
        each.resources["cores_here"] = lambda wildcards, threads: threads


def fingerprint(script):
    """
    Hash the logic of a script and of all project modules that it imports.
    """
    with told_by_snakemake():
        return fingerprint_script(
            (SCRIPTS / script).with_suffix(".py"), [SOURCE], TREES
        )


def stop_if_names_are_lost():
    """
    Refuse to start where names would not reach the jobs that another program starts.
    """
    if workflow.local_exec:
        return
    settings = workflow.config_settings.config_args
    names = {str(each): "--config" for each in settings} if settings else {}
    names |= {str(each): "--configfile" for each in workflow.overwrite_configfiles}
    names |= {
        str(file): "the input file"
        for job in workflow.dag.needrun_jobs()
        for file in job.input
        if RESULTS not in Path(file).parents
    }
    folders = {
        str(Path.cwd()): "the working folder",
        str(ROOT): "the project's folder",
        CONFIG.results: "results in the config",
    }
    shared = (
        SharedFSUsage.SOFTWARE_DEPLOYMENT in workflow.storage_settings.shared_fs_usage
    )
    with told_by_snakemake():
        check_handed_on(folders | names, program=sys.executable if shared else "")


def stop_if_still_queued():
    """
    Refuse to start while jobs of an earlier run that was killed still do this run's work in SLURM.
    """
    if not (workflow.non_local_exec or Path("slurm_logs").is_dir()):
        return
    work = [
        "_".join(
            [
                "rule",
                job.name,
                *(["wildcards", *job.wildcards] if job.wildcards else []),
            ]
        )
        for job in workflow.dag.needrun_jobs()
    ]
    groups = [f"rule_{job.group}_*" for job in workflow.dag.needrun_jobs() if job.group]
    with told_by_snakemake():
        refuse_double_work(
            Path.cwd(),
            [*work, *groups],
            tell=logger.info,
        )


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


def seen_by_run(wildcards):
    """
    Give the image set and the split of a run; of one that nobody configured, what is missing in words.
    """
    run = wildcards.run
    if run not in STUDY.runs:
        return {
            "run": f"run {run} in this config and its sweeps ({LARTPC}/runs.tsv lists those there are)"
        }
    return inputs_of_run(run)


def inputs_of_run(run):
    """
    Give the image set and the split of a run that the config has.
    """
    # Text, not paths: with 10,000 runs that is a second of each start.
    images = f"{LARTPC}/images/{STUDY.image_set_of[run]}"
    return {
        "images": f"{images}.safetensors",
        "image_keys": f"{images}.parquet",
        "split": f"{LARTPC}/splits/{STUDY.split_of[run]}.parquet",
    }


@functools.cache
def members_of(sweep):
    """
    Give the runs of a sweep and those left out: none, or with `_so_far` those that have no model yet.
    """
    if sweep in STUDY.sweeps:
        return {"runs": STUDY.sweeps[sweep], "missing": ()}
    runs = STUDY.sweeps[sweep.removesuffix(SO_FAR)]
    trained = [
        run
        for run in runs
        if os.path.isfile(f"{LARTPC}/models/{run}/model.safetensors")
    ]
    if not trained:
        raise WorkflowError(
            f"no run of the sweep {sweep.removesuffix(SO_FAR)} is trained yet"
        )
    return {
        "runs": trained,
        "missing": [run for run in runs if run not in set(trained)],
    }


def members_of_sweep(wildcards):
    """
    Give the runs of the wildcard's sweep, and those left out.
    """
    return members_of(wildcards.sweep)


def of_sweep(sweep):
    """
    Name the results of a sweep.
    """
    names = ["summary.parquet", "summary.png", "pareto.png", "best.json"]
    return [f"{LARTPC}/sweeps/{sweep}/{name}" for name in names]


def size_mb(files):
    """
    Give the size of files together [MiB]; input.size_mb takes a millisecond, which thousands of runs feel.
    """
    return sum(os.path.getsize(file) for file in files) / 2**20


def text_file(name, text):
    """
    Keep a text in a file that is named by its content, for a rule whose command line it would be too long for.
    """
    path = Path(".snakemake/rootline") / f"{stable_id(text)}-{name}"
    if not path.is_file():
        write_text(path, text)
    return str(path)


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


def seen_by_pack(wildcards):
    """
    Give the image set and the split of a pack, which all its runs share; of one that is none, what is missing in words.
    """
    runs = runs_of_pack(wildcards)
    if not runs:
        return {
            "runs": f"pack {wildcards.pack} of the sweep {wildcards.sweep}, which has {len(packs_of(wildcards.sweep))}"
        }
    return inputs_of_run(runs[0])


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


def in_order(name):
    """
    Label a result of the report, which sorts by label, with its place in the order of reading.
    """
    for results in READING_ORDER.values():
        if name in results:
            return {"result": f"{results.index(name) + 1:02d} {name}"}
    return {"result": name}


def named(option, values):
    """
    Give an option of a script once for each value.
    """
    return [word for value in values for word in (option, value)]


# The samples that models learn from.
TRAINABLE = named("--sample", STUDY.trainable)


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
    return [CONTENT_IDS.of(path) for path in mine]
