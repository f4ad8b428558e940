"""Seven real nodes for the fault runs: fast queries, resource use, and the time of new blocks."""

import contextlib
import http.client
import json
import os
import random
import time

from federation import Failed, Federation, wait_until

MEMBERS = ("310000", "320000", "330000", "340000", "320500", "330100", "340100")
FAULTS = 2  # the number of seven nodes that may fail while the others continue


class Connection(http.client.HTTPConnection):
    """A connection to a node's HTTP interface, in whatever network namespace the node lives."""

    def __init__(self, node, timeout_s):
        super().__init__("127.0.0.1", node.api_port, timeout=timeout_s)
        self.node = node

    def connect(self):
        network = getattr(self.node, "network", None)
        with network[0].inside(network[1]) if network else contextlib.nullcontext():
            super().connect()


class Line:
    """A persistent connection to one node. Not for several threads at once."""

    def __init__(self, node, timeout_s=10.0):
        self.node, self.timeout_s, self.connection = node, timeout_s, None

    def ask(self, method, path, body=None):
        """Returns (status, body). Raises OSError or HTTPException if there is no answer."""
        fresh = self.connection is None
        if fresh:
            self.connection = Connection(self.node, self.timeout_s)
        try:
            self.connection.request(method, path, body=body)
            response = self.connection.getresponse()
            return response.status, response.read()
        except TimeoutError:
            self.close()
            raise
        except (OSError, http.client.HTTPException):
            self.close()
            if fresh:
                raise
            return self.ask(method, path, body)  # the node may have closed an idle connection, or started anew

    def json(self, path, good=(200,)):
        status, body = self.ask("GET", path)
        if status not in good:
            raise Failed(f"GET {path} of {self.node.member}: {status} {body[:300]!r}")
        return json.loads(body)

    def height(self):
        """The node's height, ready or not; -1 if it does not answer."""
        try:
            return self.json("/v1/ready", (200, 503))["height"]
        except (OSError, http.client.HTTPException):
            return -1

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class Cluster(Federation):
    """A federation of seven. `wire` is called with it before its nodes start, and returns what is to be closed after
    them."""

    def __init__(self, wire=None, suite="ed25519-sha256"):
        super().__init__(suite=suite, members=MEMBERS)
        self.lines = {node.member: Line(node) for node in self}
        with open(self.genesis, encoding="utf-8") as file:
            validators = [member for member in json.load(file)["members"] if "validator" in member["roles"]]
        self.committee = [m["id"] for m in sorted(validators, key=lambda m: m["validator_key"])]  # by their keys
        self.between = None
        if wire:
            try:
                self.between = wire(self)
            except BaseException:
                self.close()
                raise

    def close(self):
        self.kill()
        for line in self.lines.values():
            line.close()
        if self.between is not None:
            self.between.close()
            self.between = None
        super().close()

    def start(self, nodes=None):
        for node in nodes or self:
            node.start()
        self.wait_ready(nodes)
        return self

    def wait_ready(self, nodes=None, deadline_s=60.0):
        for node in nodes or self:
            wait_until(lambda n=node: self.is_ready(n),
                       lambda n=node: f"{n.member} is ready; its log ends:\n{n.log_tail()}", deadline_s)

    def is_ready(self, node):
        self.still_runs(node)
        try:
            return self.lines[node.member].ask("GET", "/v1/ready")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    @staticmethod
    def still_runs(node):
        if node.process is not None and node.process.poll() is not None:
            raise Failed(f"{node.member} ended with {node.process.returncode}:\n{node.log_tail()}")

    def running(self):
        return [node for node in self if node.process is not None]

    def heights(self, nodes=None):
        return {node.member: self.lines[node.member].height() for node in nodes or self.running()}

    def new_block(self, nodes=None, deadline_s=60.0):
        """The seconds until one of the nodes, and until all of them, have a block above the highest that exists now."""
        began = time.monotonic()
        nodes = list(nodes or self.running())
        above = max(self.heights(nodes).values())
        first = None
        waiting = {node.member: node for node in nodes}
        while waiting:
            for member, node in list(waiting.items()):
                self.still_runs(node)
                if self.lines[member].height() > above:
                    first = first or time.monotonic() - began
                    del waiting[member]
            if waiting and time.monotonic() - began > deadline_s:
                raise Failed(f"no block above {above} on {', '.join(waiting)} within {deadline_s:g} s: "
                             f"{self.heights()}\n" + "\n".join(node.log_tail(8) for node in waiting.values()))
            time.sleep(0.01)
        return first, time.monotonic() - began

    def level(self, deadline_s=60.0):
        """Waits until all nodes have been at one height for half a second. Call this after the client has stopped."""
        seen, since = None, time.monotonic()

        def stands():
            nonlocal seen, since
            now = set(self.heights().values())
            if len(now) != 1 or now != seen:
                seen, since = now, time.monotonic()
            return len(now) == 1 and time.monotonic() - since >= 0.5
        wait_until(stands, lambda: f"all nodes stand at one height: {self.heights()}", deadline_s)
        return seen.pop()

    def random_node(self):
        return random.choice(list(self.nodes.values()))

    def memory_mib(self):
        """The resident memory of the largest node."""
        page = os.sysconf("SC_PAGE_SIZE")
        def resident(node):
            with open(f"/proc/{node.process.pid}/statm", encoding="ascii") as file:
                return int(file.read().split()[1]) * page
        return max(resident(node) for node in self.running()) / (1 << 20)


def cpu_seconds(process):
    """User and system time of a running process (proc(5))."""
    with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
