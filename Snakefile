"""
Rootline: ROOT files -> cluster tables -> images -> models -> latents -> features -> figures.

`snakemake --profile profiles/default` runs what config/config.yaml says; `--configfile my.yaml`
runs yours instead. `snakemake --list-target-rules` names the targets: a study or one of its stages.
"""

from snakemake.utils import min_version

min_version("9.0")


include: "workflow/rules/common.smk"
include: "workflow/rules/input.smk"
include: "workflow/rules/check.smk"
include: "workflow/rules/clusters.smk"
include: "workflow/rules/tracks.smk"
include: "workflow/rules/reference.smk"
include: "workflow/rules/events.smk"
include: "workflow/rules/images.smk"
include: "workflow/rules/features.smk"
include: "workflow/rules/models.smk"
include: "workflow/rules/models/packs.smk"
include: "workflow/rules/latents.smk"
include: "workflow/rules/analysis/windows.smk"
include: "workflow/rules/analysis/correlation.smk"
include: "workflow/rules/analysis/regression.smk"
include: "workflow/rules/analysis/separation.smk"
include: "workflow/rules/analysis/traversal.smk"
include: "workflow/rules/analysis/probe.smk"
include: "workflow/rules/analysis/embedding.smk"
include: "workflow/rules/analysis/reconstruction.smk"
include: "workflow/rules/analysis/contamination.smk"
include: "workflow/rules/analysis/beam_mass.smk"
include: "workflow/rules/analysis/parts.smk"
include: "workflow/rules/analysis/clustering.smk"
include: "workflow/rules/analysis/pid.smk"
include: "workflow/rules/analysis/closure.smk"
include: "workflow/rules/analysis/resampling.smk"
include: "workflow/rules/analysis/sweeps.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/explorer.smk"
include: "workflow/rules/targets.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/ssh.smk"


report: "workflow/report/workflow.rst"


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
    print(describe_failed_runs(STUDY, failed_logs(log)), file=sys.stderr)
    print(describe_clock(log, RESULTS), file=sys.stderr)
