"""The submit command of this profile: run the job of one job script on a GPU of hosts.yaml, and wait for its end."""

import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT / "src"))

from rootline.ssh.transport import run_job  # noqa: E402 (found only now)

if __name__ == "__main__":
    sys.exit(run_job(Path(sys.argv[1]), CHECKOUT))
