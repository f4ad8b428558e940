"""Checks the invariants of every fault run from outside: over HTTP, with code that shares nothing with the nodes.

Block ids, batch ids and log roots are recomputed from docs/encoding.md (tests/vectors/verify.py). A statement of a node
is accepted only if it can be recomputed or if all seven nodes agree.

- All nodes have the same block at every height, and its id, its parent and its log root are right.
- A node never has a lower height, or another block at a height, than it showed before.
- Every acknowledged batch is in exactly one block, the one that the receipt names, and every node gives that receipt.
- A sample of proofs of acknowledged batches verifies offline, with `xinlian verify` and with the second verifier.
"""

import json
import os
import random

import verify
from federation import Failed, run_cli

PROOFS = 5  # sampled at the end


class LogRoot:
    """The root of a growing RFC 9162 tree, kept as the roots of its complete subtrees, largest first."""

    def __init__(self, suite):
        self.suite, self.size, self.peaks = suite, 0, []

    def add(self, encoded):
        at, self.size = self.suite.leaf(encoded), self.size + 1
        size = self.size
        while size % 2 == 0:
            at, size = self.suite.node(self.peaks.pop(), at), size // 2
        self.peaks.append(at)

    def root(self):
        if not self.peaks:
            return self.suite.hash(b"")
        at = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            at = self.suite.node(peak, at)
        return at


class Checker:
    def __init__(self, cluster):
        self.cluster = cluster
        with open(cluster.genesis, encoding="utf-8") as file:
            # The text is in JCS form (RFC 8785), since the chain id is its hash.
            self.genesis = verify.Genesis(json.dumps(json.load(file), sort_keys=True, separators=(",", ":"),
                                                     ensure_ascii=False))
        self.suite = self.genesis.suite
        self.chain = []      # by height, as the first node that showed it said
        self.block_of = {}   # batch -> height
        self.log = LogRoot(self.suite)
        self.read_to = {node.member: 0 for node in cluster}  # the height up to which a node was compared
        self.shown = dict(self.read_to)                      # the highest it ever showed
        self.compared = 0

    def read(self, node):
        """Compares this node's blocks with those that any node showed before. The last compared block is fetched again:
        a killed node must still have it."""
        line = self.cluster.lines[node.member]
        height = line.height()
        self.showed({node.member: height})
        for at in range(self.read_to[node.member], height + 1):
            block = line.json(f"/v1/blocks/{at}")
            block.pop("certified")  # whether the certificate came with this block or with a later one differs
            if at == len(self.chain):
                self.accept(line, block)
            elif block != self.chain[at]:
                raise Failed(f"{node.member} differs at height {at}:\n{block}\n{self.chain[at]}")
            self.compared += 1
        self.read_to[node.member] = height

    def showed(self, heights):
        """Records the heights that nodes have shown: they may not decrease."""
        for member, height in heights.items():
            if height < self.shown[member]:
                raise Failed(f"{member} is at height {height} and was at {self.shown[member]} before")
            self.shown[member] = height

    def accept(self, line, block):
        """Checks that a block that is seen for the first time matches its id."""
        number = lambda name, size: block[name].to_bytes(size, "big")
        ids = b"".join(bytes.fromhex(batch) for batch in block["batches"])
        body = len(block["batches"]).to_bytes(4, "big") + ids + (0).to_bytes(4, "big")  # no evidence: all are honest here
        header = (number("epoch", 8) + number("height", 8) + number("view", 8) + bytes.fromhex(block["parent"]) +
                  number("proposer", 2) + number("time_ms", 8) + self.suite.tagged("xinlian/v1/block-body", body))
        where = f"height {block['height']}"
        expect(where, "its block id", block["id"], self.suite.tagged("xinlian/v1/block", header).hex())
        if self.chain:
            expect(where, "its parent", block["parent"], self.chain[-1]["id"])
            expect(where, "that its time does not go back", block["time_ms"] >= self.chain[-1]["time_ms"], True)
        for batch in block["batches"]:
            if batch in self.block_of:
                raise Failed(f"batch {batch} is in two blocks: {self.block_of[batch]} and {block['height']}")
            self.block_of[batch] = block["height"]
            self.append(line, block, batch)
        expect(where, "the size of the log", block["log_size"], self.log.size)
        expect(where, "the log root", block["log_root"], self.log.root().hex())
        self.chain.append(block)

    def append(self, line, block, batch):
        """Appends the entries of an accepted batch as leaves of the log."""
        status, body = line.ask("GET", f"/v1/batches/{batch}")
        expect(f"batch {batch}", "that a final batch can be read", status, 200)
        reader = verify.Reader(body)
        header, _ = reader.batch_header(), reader.raw(64)
        expect(f"batch {batch}", "its id", batch, self.suite.tagged("xinlian/v1/batch", header["encoded"]).hex())
        issuer = header["issuer"]
        prefix = (block["height"].to_bytes(8, "big") + block["time_ms"].to_bytes(8, "big") +
                  len(issuer).to_bytes(4, "big") + issuer)
        for entry in reader.many(20000, reader.entry):
            self.log.add(prefix + entry["encoded"])

    def look(self, nodes=None):
        """Checks the present blocks of the nodes, between faults."""
        for node in nodes or self.cluster.running():
            self.read(node)

    def finish(self, client):
        """The check at the end, when the client has stopped and all nodes are back."""
        if client.failures:
            raise Failed("the client was refused what is right:\n" + "\n".join(client.failures[:5]))
        self.cluster.level()
        self.look(list(self.cluster))
        receipts = {batch: kept.receipt for batch, kept in client.receipts().items()}
        if not receipts:
            raise Failed("nothing was acknowledged, so nothing was tested")
        for batch, receipt in receipts.items():
            expect(f"acknowledged batch {batch}", "its outcome", receipt["outcome"], "accepted")
            expect(f"acknowledged batch {batch}", "the block it is in", self.block_of.get(batch), receipt["height"])
            expect(f"acknowledged batch {batch}", "that block's id", receipt["block"],
                   self.chain[receipt["height"]]["id"])
        for line in self.cluster.lines.values():
            for batch, receipt in receipts.items():
                expect(f"acknowledged batch {batch} on {line.node.member}", "the receipt",
                       line.json(f"/v1/batches/{batch}/receipt"), receipt)
        self.prove(random.sample(sorted(receipts), min(PROOFS, len(receipts))))
        return len(receipts)

    def prove(self, batches):
        path = os.path.join(self.cluster.top, "sample.proof")
        for batch in batches:
            line = self.cluster.lines[self.cluster.random_node().member]
            status, proof = line.ask("GET", f"/v1/proofs/batch/{batch}")
            expect(f"batch {batch}", "that it can be proven", status, 200)
            with open(path, "wb") as file:
                file.write(proof)
            ours = run_cli("verify", path, "--genesis", self.cluster.genesis)
            expect(f"the proof of batch {batch}", f"`xinlian verify`: {ours.stdout}{ours.stderr}", ours.returncode, 0)
            told = verify.outcome_of(self.genesis, proof)
            if isinstance(told, str):
                raise Failed(f"the second verifier refuses the proof of batch {batch}: {told}")
            expect(f"the proof of batch {batch}", "what it is about", (told["asked"], told["outcome"]), (batch, 0))


def expect(where, what, found, right):
    if found != right:
        raise Failed(f"{where}: {what} is {found}, and should be {right}")
