#!/usr/bin/env bash
# Stops what start.sh started, and removes its configuration; its logs stay. Does nothing where there is nothing.
#   SLURM_TEST_DIR   as for start.sh
set -uo pipefail

folder=${SLURM_TEST_DIR:-/tmp/softkmeans-slurm}
conf=/etc/slurm/slurm.conf
mark='# written by tests/slurm/start.sh'
PATH=$PATH:/usr/sbin:/sbin

grep -qsF "$mark" "$conf" || exit 0

# Jobs first, else their processes outlive slurmd.
timeout 5 scancel --me 2>/dev/null
for _ in $(seq 40); do
  [ -z "$(timeout 5 squeue --noheader 2>/dev/null)" ] && break
  sleep 0.5
done

timeout 10 scontrol shutdown >/dev/null 2>&1
for daemon in slurmctld slurmd; do
  pid=$(cat "$folder/run/$daemon.pid" 2>/dev/null) || continue
  for i in $(seq 50); do
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$daemon" ] || break # gone, or the number is another's now
    [ "$i" = 25 ] && kill "$pid" 2>/dev/null
    [ "$i" = 49 ] && kill -9 "$pid" 2>/dev/null
    sleep 0.2
  done
done
[ -e "$folder/run/munged.mine" ] && munged --stop >/dev/null 2>&1

rm -f "$conf"
grep -qsF "$mark" /etc/slurm/cgroup.conf && rm -f /etc/slurm/cgroup.conf
rm -rf "$folder"/{state,spool,run}
exit 0
