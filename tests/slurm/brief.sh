#!/usr/bin/env bash
# The brief test on a real Slurm, whose packages are installed where they can be; elsewhere a line says why it is skipped.
set -euo pipefail
cd "$(dirname "$0")/../.."

skip() {
  echo "skipped: the test on Slurm, since $1"
  exit 0
}

[ "$(id -u)" = 0 ] || skip "this is not root"
[ ! -e /etc/slurm/slurm.conf ] || skip "this machine has a Slurm of its own"
PATH=$PATH:/usr/sbin
if ! command -v slurmctld >/dev/null; then
  command -v apt-get >/dev/null || skip "this is no Debian"
  export DEBIAN_FRONTEND=noninteractive
  said=$( (apt-get -qq update && apt-get -qq install -y --no-install-recommends slurmctld slurmd slurm-client munge) 2>&1) ||
    skip "its packages cannot be installed: $(tail -n 1 <<<"$said")"
fi
python3 -m pytest tests/slurm/scenarios.py -k brief --durations 3
