#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""hone fleet slurm on a real slurmctld and two slurmd on loopback, with two kinds of made-up GPU.

Twenty shards; tuners killed with signal 9, tasks requeued, a slurmd killed and started again, a
shard run twice: what the merge job leaves is, exported, what one process finds. Needs root, slurmctld,
slurmd, slurm-client and munge (tests/run.sh --slurm installs them). Takes some minutes: Slurm holds a
requeued task back for more than one. Environment: HONE_BIN, HONE_SOURCE, HONE_SEED.
"""
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

BIN = os.environ["HONE_BIN"]
HONE, RUNNER = os.path.join(BIN, "hone"), os.path.join(BIN, "made_up_runner")
KINDS, SHARDS = {"h200": "n1", "mi300x": "n2"}, 10
TARGET = "cpu:x86_64:avx2+fma+f16c"
TUNE = ["--strategy", "random", "--alone", "--max-trials", "3", "--max-tokens", "4", "--context",
        "64"]
LIMIT_SECONDS = 900


def run(*args, **more):
    done = subprocess.run([str(a) for a in args], capture_output=True, text=True, timeout=600, **more)
    if done.returncode:
        raise RuntimeError(f"{args}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def free_ports(n):
    held = [socket.socket() for _ in range(n)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


class Cluster:
    """One controller and two nodes, each with two GPUs of its kind; all files in one folder."""

    def __init__(self, folder):
        self.folder, self.processes = folder, {}
        for name in ("state", "n1", "n2", "logs"):
            os.mkdir(self.at(name))
        self.write_munge()
        self.write_configuration()
        os.environ["SLURM_CONF"] = self.at("slurm.conf")
        self.start("munged", "munged", "--foreground", "--force", "--num-threads=2",
                   f"--socket={self.at('munge.socket')}", f"--key-file={self.at('munge.key')}",
                   f"--pid-file={self.at('munge.pid')}", f"--log-file={self.at('logs/munge')}",
                   f"--seed-file={self.at('munge.seed')}")
        self.until(lambda: os.path.exists(self.at("munge.socket")), "munged")
        self.start("slurmctld", "slurmctld", "-D", "-c", "-f", self.at("slurm.conf"))
        for node in KINDS.values():
            self.start_node(node)
        self.until(lambda: self.states().count("idle") == 2, "two idle nodes")

    def at(self, name):
        return os.path.join(self.folder, name)

    def write_munge(self):
        with open(os.open(self.at("munge.key"), os.O_WRONLY | os.O_CREAT, 0o400), "wb") as file:
            file.write(os.urandom(1024))

    def write_configuration(self):
        ports, host = free_ports(3), socket.gethostname().split(".")[0]
        lines = ["ClusterName=hone", f"SlurmctldHost={host}(127.0.0.1)",
                 f"SlurmctldPort={ports[0]}", "SlurmUser=root", "SlurmdUser=root",
                 "AuthType=auth/munge", f"AuthInfo=socket={self.at('munge.socket')}",
                 f"StateSaveLocation={self.at('state')}", f"SlurmdSpoolDir={self.at('%n')}",
                 f"SlurmctldPidFile={self.at('slurmctld.pid')}",
                 f"SlurmdPidFile={self.at('%n.pid')}", f"SlurmctldLogFile={self.at('logs/ctld')}",
                 f"SlurmdLogFile={self.at('logs/%n')}", "ProctrackType=proctrack/linuxproc",
                 "TaskPlugin=task/none", "SwitchType=switch/none", "MpiDefault=none",
                 "ReturnToService=2", "KillWait=3", "SchedulerType=sched/builtin",
                 "SchedulerParameters=sched_interval=2,sched_min_interval=500000",
                 "SelectType=select/cons_tres", "SelectTypeParameters=CR_Core", "GresTypes=gpu",
                 "AccountingStorageType=accounting_storage/none", "JobCompType=jobcomp/none",
                 "JobAcctGatherType=jobacct_gather/none", "SlurmdParameters=config_overrides",
                 "SlurmdTimeout=60"]
        gres = []
        for i, (kind, node) in enumerate(KINDS.items()):
            lines.append(f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 "
                         f"Port={ports[1 + i]} CPUs=4 Gres=gpu:{kind}:2 State=UNKNOWN")
            gres += [f"NodeName={node} Name=gpu Type={kind} File={device}"
                     for device in ("/dev/null", "/dev/zero")]
        lines.append("PartitionName=tune Nodes=ALL Default=YES MaxTime=INFINITE State=UP")
        for name, text in (("slurm.conf", lines), ("gres.conf", gres),
                           ("cgroup.conf", ["CgroupAutomount=no"])):
            with open(self.at(name), "w") as file:
                file.write("\n".join(text) + "\n")

    def start(self, name, *command):
        log = open(self.at(f"logs/{name}.out"), "ab")
        self.processes[name] = subprocess.Popen(command, stdout=log, stderr=log,
                                                stdin=subprocess.DEVNULL, start_new_session=True)
        log.close()

    def start_node(self, node):
        self.start(node, "slurmd", "-D", "-N", node, "-f", self.at("slurm.conf"))

    def states(self):
        done = subprocess.run(["sinfo", "-h", "-N", "-o", "%T"], capture_output=True, text=True)
        return done.stdout.split()

    def until(self, condition, what, seconds=60):
        deadline = time.time() + seconds
        while not condition():
            if time.time() > deadline:
                raise RuntimeError(f"no {what} within {seconds} s: {self.tails()}")
            time.sleep(0.3)

    def tails(self):
        out = ""
        for name in sorted(os.listdir(self.at("logs"))):
            with open(self.at(f"logs/{name}"), errors="replace") as file:
                out += f"\n--- {name}\n" + "".join(file.readlines()[-8:])
        return out

    def kill_node(self, node):
        self.processes[node].send_signal(signal.SIGKILL)
        self.processes[node].wait()

    def stop(self):
        subprocess.run(["scancel", "-u", "root"], capture_output=True)
        time.sleep(1)
        for process in reversed(list(self.processes.values())):
            if process.poll() is None:
                process.terminate()
        for process in self.processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def jobs():
    """(job, task, state, name) of all that is not done; a controller that is busy is asked again."""
    for _ in range(60):
        done = subprocess.run(["squeue", "-h", "-r", "-o", "%F %K %T %j"], capture_output=True,
                              text=True)
        if done.returncode == 0:
            return [line.split() for line in done.stdout.splitlines()]
        time.sleep(2)
    raise RuntimeError(f"squeue: {done.stderr}")


def tuners(folder):
    """Processes that tune into this folder, without children that have just been forked."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
            with open(f"/proc/{pid}/stat") as file:
                parent = int(file.read().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if len(words) > 2 and words[0] == HONE.encode() and words[1] == b"tune" and \
                any(w.startswith(folder.encode()) for w in words):
            found[int(pid)] = parent
    return [pid for pid, parent in found.items() if parent not in found]


def write_plan(folder, name, output):
    plan = {"version": 1, "output": output, "models": ["m.gguf"], "budget": "10h", "time": "30:00",
            "options": TUNE, "merge_partition": "tune",
            "devices": [{"name": kind, "shards": SHARDS, "gres": f"gpu:{kind}:1",
                         "partition": "tune", "target": TARGET,
                         "runner": f"{RUNNER} {kind} {TARGET} 25"} for kind in KINDS]}
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        json.dump(plan, file)
    return path


def submit_again(folder):
    """One shard once more, from the beginning, into a store of its own."""
    scripts = run(HONE, "fleet", "slurm", write_plan(folder, "again.json", "again"), "--dry-run")
    script = next(s for s in scripts.split("### ") if "/h200.sbatch" in s.split("\n")[0])
    os.makedirs(os.path.join(folder, "again", "h200"))
    again = os.path.join(folder, "again.sbatch")
    with open(again, "w") as file:
        file.write(script.split("\n", 1)[1])
    return run("sbatch", "--parsable", "--array=3", again).strip()


def disturb(cluster, out, dice):
    """Kills, requeues, and a node's daemon that dies, while the arrays run."""
    n_killed = n_requeued = n_lost = 0
    deadline = time.time() + LIMIT_SECONDS
    while jobs():
        if time.time() > deadline:
            raise RuntimeError(f"not done in {LIMIT_SECONDS} s: {jobs()}{cluster.tails()}")
        time.sleep(dice.uniform(0.3, 1.0))
        running = [j for j in jobs() if j[2] == "RUNNING" and not j[3].endswith("merge")]
        found = tuners(out)
        if found and n_killed < 8:
            os.kill(dice.choice(found), signal.SIGKILL)
            n_killed += 1
        elif running and n_requeued < 2 and n_killed >= 2:
            job = dice.choice(running)
            n_requeued += subprocess.run(["scontrol", "requeue", f"{job[0]}_{job[1]}"],
                                         capture_output=True).returncode == 0
        elif running and n_lost < 1 and n_requeued >= 1:
            cluster.kill_node("n2")
            cluster.start_node("n2")
            n_lost += 1
    return n_killed, n_requeued, n_lost


def main():
    needed = ("slurmctld", "slurmd", "sbatch", "munged")
    missing = [name for name in needed if not shutil.which(name)]
    if missing or os.geteuid() != 0:
        print(f"skipped: {'needs root' if not missing else 'no ' + ', '.join(missing)}")
        return 77
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1)) # leave no daemon behind
    seed = int(os.environ.get("HONE_SEED", time.time()))
    print(f"seed {seed}")
    folder = tempfile.mkdtemp(prefix="hone-slurm-")
    out = os.path.join(folder, "out")
    run(os.path.join(BIN, "make_model"), "tiny", "--type", "q4_0", os.path.join(folder, "m.gguf"))
    cluster = None
    try:
        cluster = Cluster(folder)
        began = time.time()
        print(run(HONE, "fleet", "slurm", write_plan(folder, "plan.json", "out"), "--submit"),
              end="")
        twice = submit_again(folder)
        n_killed, n_requeued, n_lost = disturb(cluster, out, random.Random(seed))
        print(f"{2 * SHARDS} shards in {time.time() - began:.0f} s: {n_killed} tuners killed, "
              f"{n_requeued} tasks requeued, {n_lost} slurmd killed, job {twice} ran a shard twice")
        for kind in KINDS:
            run(HONE, "tune", os.path.join(folder, "m.gguf"), "-o", f"{folder}/{kind}.store",
                "--target", TARGET, "--runner", f"{RUNNER} {kind} {TARGET}", "--budget", "10h",
                "--quiet", *TUNE)
        run(HONE, "merge", *(f"{folder}/{kind}.store" for kind in KINDS), "-o",
            f"{folder}/one.store")
        expected = run(HONE, "export", f"{folder}/one.store", "--comparable")
        merged = f"{out}/merged.store"
        if not os.path.exists(merged):
            raise RuntimeError(f"the merge job left no store: {cluster.tails()}")
        got = run(HONE, "export", merged, "--comparable")
        again = run(HONE, "merge", f"{folder}/again/h200/0003.store", merged, "-o",
                    f"{folder}/twice.store").strip()
        print(again)
        for name, text in (("merged", got),
                           ("twice", run(HONE, "export", f"{folder}/twice.store", "--comparable"))):
            if text != expected:
                keep = os.path.join(tempfile.gettempdir(), f"hone-slurm-{name}.json")
                with open(keep, "w") as file:
                    file.write(text)
                with open(keep + ".expected", "w") as file:
                    file.write(expected)
                raise RuntimeError(f"{name}: not what one process finds; see {keep}")
        if n_killed < 3 or n_requeued < 1 or n_lost < 1:
            raise RuntimeError("too little went wrong for this to show anything")
        print(f"exports are equal to the byte: {len(expected)} bytes")
        return 0
    finally:
        if cluster:
            cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
