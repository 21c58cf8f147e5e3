"""
What one call of Snakemake does beside its rules: it reads the config, plans the studies, refuses what cannot go well,
and says at the end what is to be known.
"""

import atexit
import contextlib
import gc
import signal

# SLURM's warning before a job's end goes to every process of the job. A training listens to it; the
# others, this one as well, would die of it before the training has saved its state.
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
# A thread that waits for the others soon goes to sleep: with other work on the machine, endless
# spinning slowed a training up to ten times; sleeping at once costs a quarter on an idle one.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")

# The plan of thousands of jobs is millions of objects that stay to the end; to look for garbage among
# them again and again takes a tenth of a dry run.
gc.set_threshold(200_000, 20, 100)

from snakemake.logging import logger
from snakemake.settings.types import SharedFSUsage

from rootline.config import read_config
from rootline.core.digests import describe_origin, update_manifest
from rootline.core.failed_runs import describe_failed_runs
from rootline.core.failures import describe_clock, describe_failures, failed_logs
from rootline.core.files import ContentIds
from rootline.core.fingerprint import Memory
from rootline.core.jobs import (
    PLAN_VARIABLE,
    RESULTS_VARIABLE,
    RUN_VARIABLE,
    name_run,
)
from rootline.core.obstacles import (
    describe_full_disks,
    describe_lock,
    refuse_unwritable,
)
from rootline.core.shells import check_handed_on, check_project_folder
from rootline.core.slurm import refuse_double_work
from rootline.core.sweeps import MODELS_ALONE
from rootline.plan_file import Plan, read_plan, write_plan
from rootline.ssh.hosts import find_hosts_file, list_slots, read_hosts
from rootline.studies import Run, open_run, plan_studies

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
        CONFIG, STUDIES = read_plan(
            Path(PLAN_OF_MAIN), results=os.environ.get(RESULTS_VARIABLE)
        )
    else:
        CONFIG = read_config(config, source=", ".join(map(str, CONFIG_FILES)))
        STUDIES = plan_studies(
            {name: CONFIG.section(name) for name in CONFIG.studies},
            results=CONFIG.results,
            shipped=ROOT,
        )

RESULTS = Path(CONFIG.results)
# What one study is about stands with its captions.
REPORT = str(
    Path("workflow", "report", *(STUDIES if len(STUDIES) == 1 else ()), "workflow.rst")
)
TREES = Memory(Path(".snakemake/rootline/trees.json"))
open_run(
    Run(RESULTS, STUDIES, TREES, ContentIds(Path(".snakemake/rootline/contents.json")))
)
if workflow.is_main_process:
    atexit.register(TREES.keep)


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
        refuse_unwritable(
            [RESULTS]
            + [RESULTS / name / part for name in STUDIES for part in ("", "logs")]
        )


def hand_plan_to_jobs():
    """
    Write the plan for the jobs of another machine or of a scheduler, which then need not make it again.
    """
    if not workflow.local_exec:
        plan = write_plan(Path(".snakemake/rootline"), Plan(CONFIG, STUDIES))
        os.environ[PLAN_VARIABLE] = str(plan.absolute())
        os.environ[RESULTS_VARIABLE] = CONFIG.results
        os.environ[RUN_VARIABLE] = name_run()


def keep_digests():
    """
    Write down what the results of this run and of all that it rests on come to, for `make verify`.
    """
    made = [Path(file) for job in workflow.dag.jobs for file in job.output]
    for name in STUDIES:
        update_manifest(RESULTS / name, made, describe_origin(ROOT), opened().contents)


def waiting_sweeps(study, sweeps, failed):
    """
    Give those sweeps of a study that this call was to make and has not, each with the logs of the failed jobs before it.
    """
    named = [
        f"{sweep}{ending}" for sweep in sweeps for ending in ("", SO_FAR, MODELS_ALONE)
    ]
    targets = {f"{study}_sweep_{name}": name for name in named}
    folders = {str(RESULTS / study / "sweeps" / name): name for name in named}
    waiting = {}
    for job in workflow.dag.needrun_jobs():
        folder = os.path.dirname(job.output[0]) if job.output else ""
        if name := targets.get(job.name) or folders.get(folder):
            waiting.setdefault(name, []).append(job)
    logs = {
        name: {
            file
            for job in workflow.dag.bfs(workflow.dag.dependencies, *jobs)
            for file in job.log
        }
        for name, jobs in waiting.items()
    }
    return {name: [log for log in failed if log in logs[name]] for name in logs}


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
