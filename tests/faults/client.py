"""A steady client: one feed per member, each submitting batch after batch to changing nodes until it has a receipt. It
keeps every receipt. A batch with a receipt is acknowledged and must never be lost."""

import http.client
import json
import random
import subprocess
import threading
import time

from cluster import Line
from federation import die_with_parent, program

WAIT_MS = 1500  # for one answer; then another node is asked


class Acknowledged:
    """A receipt, its time (monotonic seconds), its latency, and the node that gave it."""

    def __init__(self, receipt, at, seconds, member):
        self.receipt, self.at, self.seconds, self.member = receipt, at, seconds, member


class Batches:
    """Signed batches of one member's feed, in order. Create this in the main thread: xinlian-batches ends with the
    thread that started it."""

    def __init__(self, cluster, member, rows):
        self.process = subprocess.Popen(
            [program("xinlian-batches"), "--genesis", cluster.genesis, "--issuer", member, "--rows", str(rows), "--key",
             f"{cluster[member].folder}/keys/issuer.key"], stdout=subprocess.PIPE, preexec_fn=die_with_parent)

    def next(self):
        """Returns (batch id, body of a POST)."""
        size = int.from_bytes(self.process.stdout.read(4), "big")
        batch = self.process.stdout.read(32).hex()
        return batch, self.process.stdout.read(size)

    def close(self):
        self.process.stdout.close()
        self.process.wait(10)


class Feed(threading.Thread):
    """Submits the batches of one issuer in their order."""

    def __init__(self, client, member, seed):
        super().__init__(daemon=True, name=f"feed of {member}")
        self.client, self.chance = client, random.Random(seed)
        self.lines = [Line(node, timeout_s=WAIT_MS / 1000 + 3) for node in client.cluster]
        self.batches = Batches(client.cluster, member, client.rows)

    def run(self):
        try:
            while not self.client.stopping.is_set():
                began = time.monotonic()
                self.submit(*self.batches.next())
                self.client.stopping.wait(max(0.0, self.client.interval_s - (time.monotonic() - began)))
        except Exception as error:  # a feed that fails silently would make every check pass
            self.client.failures.append(f"{self.name}: {error!r}")

    def submit(self, batch, body):
        began = time.monotonic()
        while not self.client.stopping.is_set():
            line = self.chance.choice(self.lines)
            try:
                status, answer = line.ask("POST", f"/v1/batches?wait_ms={WAIT_MS}", body)
            except (OSError, http.client.HTTPException):
                self.client.stopping.wait(0.05)
                continue
            if status == 200:
                now = time.monotonic()
                return self.client.keep(batch, Acknowledged(json.loads(answer), now, now - began, line.node.member))
            if status in (429, 503):
                self.client.stopping.wait(0.05)
            elif status != 202:
                self.client.failures.append(f"{line.node.member} refused batch {batch}: {status} {answer[:300]!r}")
                return None
        return None  # without a receipt there is no promise

    def close(self):
        self.batches.close()
        for line in self.lines:
            line.close()


class Client:
    """The client. Use it as a context manager; call stop() before the final check."""

    def __init__(self, cluster, rows=5, interval_s=0.25, seed=1, spare=()):
        """`spare` lists members whose feeds are not used."""
        self.cluster, self.rows, self.interval_s = cluster, rows, interval_s
        self.stopping = threading.Event()
        self.failures, self.acknowledged = [], {}
        self.lock = threading.Lock()
        self.feeds = [Feed(self, node.member, seed * 1000 + i) for i, node in enumerate(cluster)
                      if node.member not in spare]

    def __enter__(self):
        for feed in self.feeds:
            feed.start()
        return self

    def __exit__(self, *unused):
        self.stop()

    def keep(self, batch, acknowledged):
        with self.lock:
            self.acknowledged[batch] = acknowledged

    def receipts(self):
        with self.lock:
            return dict(self.acknowledged)

    def count(self):
        return len(self.acknowledged)

    def since(self, at):
        """The latencies in seconds of the receipts after that time."""
        return [kept.seconds for kept in self.receipts().values() if kept.at >= at]

    def stop(self):
        self.stopping.set()
        for feed in self.feeds:
            if feed.ident is not None:
                feed.join(30)
            feed.close()
        self.feeds = []
