"""What every fault run uses: seven nodes, a client that continues through all faults, and a checker. At the end all
nodes are back, at one height, and checked."""

import contextlib
import shutil
import time

from checker import Checker
from client import Client
from cluster import Cluster
from federation import Failed

HEALED_S_MAX = 5.0  # from the end of a fault to a new block


class Trial:
    def __init__(self, cluster, client, checker, report):
        self.cluster, self.client, self.checker, self.report = cluster, client, checker, report
        self.late, self.lateness_fails = [], True

    def progress(self, receipts=1, deadline_s=60.0):
        """Waits until the client has this many more receipts."""
        wanted, ends = self.client.count() + receipts, time.monotonic() + deadline_s
        while self.client.count() < wanted:
            if self.client.failures:
                raise Failed(self.client.failures[0])
            if time.monotonic() > ends:
                raise Failed(f"no {receipts} receipts within {deadline_s:g} s; heights {self.cluster.heights()}\n" +
                             "\n".join(node.log_tail(6) for node in self.cluster.running()))
            time.sleep(0.01)

    def healed(self, what):
        """Measures after the end of a fault: the time until a new block, and until all nodes have it."""
        first, everywhere = self.cluster.new_block()
        self.report.measure(f"s from {what} to a new block", first)
        self.report.measure(f"s from {what} to a new block on all nodes", everywhere)
        if first > HEALED_S_MAX:
            self.late.append(f"{what}: {first:.1f} s")
        return first, everywhere

    def finish(self):
        self.client.stop()
        acknowledged = self.checker.finish(self.client)
        self.report.say(f"{len(self.checker.chain) - 1} blocks, {acknowledged} batches acknowledged, none lost; "
                        f"{self.checker.compared} blocks compared; largest node {self.cluster.memory_mib():.0f} MiB")
        if self.late:
            said = f"a new block took more than {HEALED_S_MAX:g} s: " + "; ".join(self.late)
            if self.lateness_fails:
                raise Failed(said)
            self.report.say(said)


@contextlib.contextmanager
def trial(options, report, wire=None, absent=(), **load):
    """Runs a cluster under load, without the absent members. It is checked at the end if the body raised nothing."""
    cluster = Cluster(wire)
    with contextlib.ExitStack() as stack:
        stack.callback(cluster.close)
        cluster.start([node for node in cluster if node.member not in absent])
        client = stack.enter_context(Client(cluster, seed=options.seed, **load))
        it = Trial(cluster, client, Checker(cluster), report)
        it.lateness_fails = not options.short  # tests on a busy machine only have to complete
        it.progress(10)
        try:
            yield it
            it.finish()
        except Failed:
            if options.keep:
                kept = f"{cluster.top}-kept"
                shutil.copytree(cluster.top, kept)
                report.say(f"kept in {kept}")
            raise
