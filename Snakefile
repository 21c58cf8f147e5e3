"""
Rootline: ROOT files -> cluster tables -> images -> models -> latents -> features -> figures.

`snakemake --profile profiles/default` runs what config/config.yaml says; `--configfile my.yaml`
runs yours instead. `snakemake --list-target-rules` names the targets: a study or one of its stages.
"""

from snakemake.utils import min_version

min_version("9.0")


include: "workflow/rules/common.smk"
include: "workflow/rules/hooks.smk"


for study in STUDIES:

    module:
        name: study
        snakefile:
            f"workflow/rules/{study}/study.smk"
        config:
            config.get(study, {})

    use rule * from study


include: "workflow/rules/ssh.smk"


report: REPORT


localrules:
    all,


rule all:
    """
    Run every study that the config lists.
    """
    default_target: True
    input:
        [getattr(rules, study).input for study in CONFIG.studies],
    message:
        "Everything is up to date"


onstart:
    stop_if_unwritable()
    stop_if_names_are_lost()
    stop_if_still_queued()
    hand_plan_to_jobs()


onsuccess:
    keep_digests()


onerror:
    print(describe_failures(log), file=sys.stderr)
    failed = failed_logs(log)
    for study, (_, plan) in STUDIES.items():
        waiting = waiting_sweeps(study, plan.sweeps, failed)
        text = describe_failed_runs(
            study, plan, waiting, RESULTS / study / "models"
        )
        print(text, file=sys.stderr)
    print(describe_clock(log, RESULTS), file=sys.stderr)
