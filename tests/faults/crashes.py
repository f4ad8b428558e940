"""Fault runs that kill (SIGKILL) and stop (SIGSTOP) nodes."""

import random
import signal
import time

from cluster import FAULTS
from trial import trial

DOWN_S_MAX = 1.5


def kill(it, nodes):
    """Kills the nodes at once, and records what they have shown."""
    it.checker.showed(it.cluster.heights(nodes))
    for node in nodes:
        node.process.kill()
    for node in nodes:
        node.kill()


def kills(options, report):
    """Cycles of: wait for progress, kill one node (every tenth time all), wait a moment, start again, wait for a new
    block."""
    cycles = 3 if options.short else options.kills
    all_every = 3 if options.short else 10
    with trial(options, report) as it:
        began, memory = time.monotonic(), it.cluster.memory_mib()
        for cycle in range(1, cycles + 1):
            everybody = cycle % all_every == 0
            victims = list(it.cluster) if everybody else [it.cluster.random_node()]
            it.progress(random.randrange(1, 8))
            kill(it, victims)
            time.sleep(random.uniform(0, DOWN_S_MAX))
            for node in victims:
                node.start()
            started = time.monotonic()
            it.cluster.wait_ready(victims)
            report.measure("s from the start to ready", time.monotonic() - started)
            it.healed("a kill of all" if everybody else "a kill of one")
            it.checker.look(victims)
            if cycle % 20 == 0:
                report.say(f"cycle {cycle}: {it.client.count()} receipts, {time.monotonic() - began:.0f} s, largest node "
                           f"{it.cluster.memory_mib():.0f} MiB (at the start {memory:.0f})")


def stops(options, report):
    """SIGSTOP of one node, of the largest tolerated number, and of one more than that."""
    seconds = (3, 3) if options.short else (5, 30)
    counts = (1, FAULTS, FAULTS + 1) if not options.short else (FAULTS,)
    with trial(options, report) as it:
        for count in counts:
            victims = random.sample(list(it.cluster), count)
            for node in victims:
                node.process.send_signal(signal.SIGSTOP)
            try:
                ends = time.monotonic() + random.uniform(*seconds)
                if count <= FAULTS:
                    others = [node for node in it.cluster if node not in victims]
                    first, _ = it.cluster.new_block(others)
                    report.measure("s to a new block while others are stopped", first)
                time.sleep(max(0.0, ends - time.monotonic()))
            finally:
                for node in victims:
                    node.process.send_signal(signal.SIGCONT)
            it.healed(f"a stop of {count}")
            it.checker.look()
