"""Fills the disk of one node: the node stops with an explanation and the others continue; once there is space it
catches up."""

import os
import subprocess
import time

from federation import Failed, wait_until
from report import Skipped
from trial import trial

SMALL, LARGE = "size=12m", "size=512m"
SOURCE = "xinlian-faults-"  # and this process's id: as what it shows in /proc/mounts


def sweep():
    """Removes the small disks of runs that were killed."""
    with open("/proc/mounts", encoding="utf-8") as file:
        mounts = [line.split()[:2] for line in file if line.startswith(SOURCE)]
    for source, path in mounts:
        if not os.path.exists(f"/proc/{source[len(SOURCE):]}"):
            subprocess.run(["umount", "-l", path], capture_output=True)


class SmallDisk:
    """A tmpfs that holds the data of one node."""

    def __init__(self, node):
        sweep()
        self.path = os.path.join(node.folder, "data")
        os.makedirs(self.path, exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", SMALL, f"{SOURCE}{os.getpid()}", self.path], capture_output=True,
                              text=True)
        if done.returncode != 0:
            raise Skipped(f"no small disk can be made here: {done.stderr.strip()}")

    def grow(self):
        subprocess.run(["mount", "-o", f"remount,{LARGE}", self.path], check=True, capture_output=True)

    def close(self):
        subprocess.run(["umount", "-l", self.path], capture_output=True)


def disk(options, report):
    if os.geteuid() != 0:
        raise Skipped("a small disk under a node needs root")
    with trial(options, report, wire=lambda cluster: SmallDisk(cluster["330000"]), rows=100) as it:
        node = it.cluster["330000"]
        wait_until(lambda: node.process.poll() is not None, lambda: f"the disk is full: {it.cluster.heights()}", 180, 0.1)
        code = node.process.returncode
        node.process = None
        last = node.log().splitlines()[-3:]
        report.say(f"exit code {code}: {last[-1]}")
        if code != 2 or not any("No space left on device" in line for line in last):
            raise Failed(f"{node.member} does not say why it stopped (exit code {code}):\n{node.log_tail()}")
        it.progress(20)
        it.cluster.new_block()
        time.sleep(1)
        it.cluster.between.grow()
        node.start()
        started = time.monotonic()
        it.cluster.wait_ready([node])
        report.measure("s from the start to ready", time.monotonic() - started)
        it.healed("room on the disk")
