"""
GPU machines without a shared file system: what needs a GPU goes there, all else runs here and starts no second Snakemake.
"""

# Only profiles/ssh-multigpu says that other machines have software of their own.
if (
    workflow.is_main_process
    and SharedFSUsage.SOFTWARE_DEPLOYMENT
    not in workflow.storage_settings.shared_fs_usage
):
    offer_gpus_of_hosts()
    keep_on_this_machine(
        [each for each in workflow.rules if "gpu" not in each.resources]
    )
