#!/usr/bin/env bash
# Starts a Slurm of one node for the tests: munged, slurmctld and slurmd, on the loopback address, without accounting,
# cgroups or systemd. Does nothing where it already answers, and never replaces the configuration of a real cluster.
# Needs root and: apt-get install -y --no-install-recommends slurmctld slurmd slurm-client munge
#   SLURM_TEST_DIR   state, logs, pid files       (default /tmp/softkmeans-slurm)
#   SLURM_TEST_CPUS  CPUs that the node claims    (default those there are)
set -euo pipefail

here=$(dirname "${BASH_SOURCE[0]}")
folder=${SLURM_TEST_DIR:-/tmp/softkmeans-slurm}
cpus=${SLURM_TEST_CPUS:-$(nproc)}
memory=$(awk '/^MemTotal:/ {print int($2 / 1024 * 0.8)}' /proc/meminfo)
node=$(hostname -s)
conf=/etc/slurm/slurm.conf # not elsewhere: the plugin clears SLURM_CONF for the srun within a job
mark='# written by tests/slurm/start.sh'
PATH=$PATH:/usr/sbin:/sbin

die() {
  echo "start.sh: $*" >&2
  exit 1
}
state() { timeout 5 sinfo --noheader --format=%t 2>/dev/null || true; }

[ "$(id -u)" = 0 ] || die "must be root"
for program in munged slurmctld slurmd sbatch; do
  command -v "$program" >/dev/null || die "$program is missing; install slurmctld slurmd slurm-client munge"
done
[ ! -e "$conf" ] || grep -qF "$mark" "$conf" || die "$conf is a real cluster's; it is left alone"
case "$(state)" in idle | mix | alloc) exit 0 ;; esac
bash "$here/stop.sh" # what a failed start may have left

getent hosts "$node" >/dev/null || echo "127.0.0.1 $node" >>/etc/hosts
mkdir -p "$folder"/{state,spool,log,run}

# munged, by hand: without an init the package does not start it, and /run/munge is not there.
if ! munge -n 2>/dev/null | unmunge >/dev/null 2>&1; then
  install -d -o munge -g munge -m 0755 /run/munge
  install -d -o munge -g munge -m 0711 /var/lib/munge
  install -d -o munge -g munge -m 0700 /var/log/munge /etc/munge
  if [ ! -s /etc/munge/munge.key ]; then
    (umask 077 && head -c 128 /dev/urandom >/etc/munge/munge.key)
    chown munge:munge /etc/munge/munge.key
  fi
  runuser -u munge -- "$(command -v munged)"
  touch "$folder/run/munged.mine"
  munge -n | unmunge >/dev/null || die "munged does not answer; see /var/log/munge/munged.log"
fi

# OverMemoryKill makes memory a limit (without cgroups nothing else would), EnforcePartLimits refuses what never fits.
mkdir -p /etc/slurm
cat >"$conf" <<END
$mark
ClusterName=test
SlurmctldHost=$node(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1
SlurmdParameters=config_overrides
ReturnToService=2
MinJobAge=900
KillWait=2
DefMemPerCPU=500
EnforcePartLimits=ALL
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/run/slurmctld.pid
SlurmdPidFile=$folder/run/slurmd.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.log
NodeName=$node NodeAddr=127.0.0.1 CPUs=$cpus Boards=1 SocketsPerBoard=1 CoresPerSocket=$cpus ThreadsPerCore=1 RealMemory=$memory State=UNKNOWN
PartitionName=main Nodes=$node Default=YES DefaultTime=10 MaxTime=INFINITE State=UP
END
# slurmd loads a plugin for cgroups in any case. Before 23.11 it does not know "disabled"; v1 touches nothing here.
version=$(slurmd -V | awk '{print $2}')
plugin=disabled
[ "$(printf '%s\n' 23.11 "$version" | sort -V | head -n 1)" = 23.11 ] || plugin=cgroup/v1
printf '%s\nCgroupPlugin=%s\n' "$mark" "$plugin" >/etc/slurm/cgroup.conf

slurmctld -c || die "slurmctld did not start; see $folder/log"
slurmd -c || die "slurmd did not start; see $folder/log"
for _ in $(seq 100); do
  case "$(state)" in
    idle | mix | alloc) break ;;
    down* | drain*) scontrol update nodename="$node" state=resume 2>/dev/null || true ;;
  esac
  sleep 0.2
done
timeout 20 srun --ntasks=1 --mem=10 true || die "no job runs; see $folder/log"
echo "$(sinfo --version) on $node: $cpus CPUs, $memory MB"
