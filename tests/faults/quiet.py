"""Measures an idle federation's load, and the latency of a single record. Also tests a joiner under load, and clients
whose connection is lost after they submitted."""

import json
import random
import socket
import struct
import time

from client import Acknowledged, Batches
from cluster import Cluster, Connection, Line, cpu_seconds
from federation import Failed, wait_until
from proxies import Between
from report import percentile
from trial import trial

ONE_WAY_MS = 20
CPU_PERCENT_MAX = 1.0
READY_DISTANCE = 2  # blocks
DELAYS = {"the leader": 3, "another node": 4}  # message delays: the protocol's three, and one that brings a batch to the leader


def idle(options, report):
    """Measures the CPU of each node over a minute without work; then the latency of single rows over lines of 20 ms."""
    cluster = Cluster(Between)
    try:
        cluster.start()
        wait_until(lambda: all(len([p for p in cluster.lines[n.member].json("/v1/status")["peers"] if p["connected"]]) == 6
                               for n in cluster), "all are connected with all", 30)
        time.sleep(2)
        rest(cluster, report, 10 if options.short else 62)  # a heartbeat comes every 60 s
        medians = single_rows(cluster, report, 10 if options.short else 50)
    finally:
        cluster.close()
    for where, (work, ms) in medians.items():
        if is_late(where, work, ms) and not options.short:
            raise Failed(f"a row that comes to {where} while all are idle takes {ms:.0f} ms over lines of {ONE_WAY_MS} ms, "
                         f"{work:.0f} ms without: that is more than {DELAYS[where]} message delays")
    worst = max(report.values("% CPU of an idle node"))
    if worst >= CPU_PERCENT_MAX and not options.short:
        raise Failed(f"an idle node uses {worst:.2f} % of a core, {CPU_PERCENT_MAX:g} % or more")


def rest(cluster, report, seconds):
    before = {node.member: cpu_seconds(node.process) for node in cluster}
    began = time.monotonic()
    time.sleep(seconds)
    took = time.monotonic() - began
    for node in cluster:
        report.measure("% CPU of an idle node", 100 * (cpu_seconds(node.process) - before[node.member]) / took)


def is_late(where, work_ms, ms):
    """Whether the lines' delay added clearly more than the protocol's message delays. One more message delay is
    tolerated, and so is the latency of the same machine without a delay."""
    return ms - work_ms > (DELAYS[where] + 1) * ONE_WAY_MS + work_ms


def single_rows(cluster, report, count):
    """Submits rows one at a time while there is no other work, to the leader of the next block and to others; without a
    delay, and with one. The added latency is counted in message delays. Returns both medians by the kind of
    receiver."""
    batches = Batches(cluster, "310000", 1)
    took = {}
    try:
        for delay in (0, ONE_WAY_MS):
            cluster.between.every(delay_ms=delay)
            time.sleep(2)
            for n in range(2 * count):
                leads, ms = single_row(cluster, batches, n % 2 == 0)
                where = "the leader" if leads else "another node"
                report.measure(f"ms to final, {delay} ms each way, submitted to {where}", ms)
                took.setdefault((where, delay), []).append(ms)
    finally:
        batches.close()
    medians = {where: [percentile(took[where, delay], 0.5) for delay in (0, ONE_WAY_MS)] for where in DELAYS}
    for where, (work, ms) in medians.items():
        report.say(f"submitted to {where}: {(ms - work) / ONE_WAY_MS:.2f} message delays and {work:.1f} ms of work at p50")
    return medians


def single_row(cluster, batches, to_leader):
    """Submits one row; returns (whether the receiving node was leader, milliseconds to the receipt)."""
    time.sleep(random.uniform(0.1, 0.3))
    any_node = cluster.random_node()
    status = cluster.lines[any_node.member].json("/v1/status")
    leader = cluster.committee[status["view"] % len(cluster.committee)]
    node = cluster[leader] if to_leader else random.choice([n for n in cluster if n.member != leader])
    batch, body = batches.next()
    began = time.monotonic()
    code, answer = cluster.lines[node.member].ask("POST", "/v1/batches?wait_ms=9000", body)
    ms = 1000 * (time.monotonic() - began)
    if code != 200:
        raise Failed(f"batch {batch}: {code} {answer!r}")
    block = cluster.lines[node.member].json(f"/v1/blocks/{json.loads(answer)['height']}")
    return block["proposer_id"] == node.member, ms


def joining(options, report):
    """A node that never ran joins under load: it must not report itself ready before it is."""
    with trial(options, report, rows=50, interval_s=0.02, absent=("340100",)) as it:
        it.progress(100 if options.short else 1000)
        joiner = it.cluster["340100"]
        others = [node for node in it.cluster if node is not joiner]
        lines = [Line(node) for node in others]
        own = Line(joiner)
        joiner.start()
        started, answers, ready, tip = time.monotonic(), 0, 0, 0

        def ready_for_long():
            nonlocal answers, ready, tip
            before = tip
            tip = sorted(line.height() for line in lines)[-3]  # what at least one honest node has, read before the answer
            try:
                status, body = own.ask("GET", "/v1/ready")
            except OSError:
                return False
            height = json.loads(body)["height"]
            answers += 1
            if status == 200:
                report.measure("blocks behind at each of the first ready answers", tip - height)
                if ready == 0:
                    report.measure("s from the start to ready", time.monotonic() - started)
                    # Blocks made since the last look may be unknown to a node one message delay away.
                    if tip - height > READY_DISTANCE + (tip - before):
                        raise Failed(f"the joiner called itself ready {tip - height} blocks behind the tip, "
                                     f"{tip - before} of them just made")
                ready += 1
            return ready >= 200
        wait_until(ready_for_long, lambda: f"the joiner is ready: {it.cluster.heights()}\n{joiner.log_tail()}", 90, 0.0)
        for line in [*lines, own]:
            line.close()
        report.say(f"{answers} answers, {answers - ready} of them not ready")
        if answers == ready:
            raise Failed("the joiner was ready from its first answer on")
        it.healed("joining")


def submit_and_hang_up(node, body):
    """Resets the connection as soon as the request is sent."""
    connection = Connection(node, 10)
    connection.connect()
    connection.sock.sendall(b"POST /v1/batches?wait_ms=9000 HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) +
                            body)
    time.sleep(random.choice((0, 0, 0.005, 0.02)))
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def retries(options, report):
    """A client that lost its connection does not know whether its batch was ordered. It submits again, to any node:
    there is one receipt and one block."""
    with trial(options, report, spare=("310000",)) as it:
        batches = Batches(it.cluster, "310000", 1)
        for _ in range(10 if options.short else 50):
            batch, body = batches.next()
            first, second = random.sample(list(it.cluster), 2)
            submit_and_hang_up(first, body)
            receipts = []
            for node in (second, first, second):
                began = time.monotonic()
                status, answer = it.cluster.lines[node.member].ask("POST", "/v1/batches?wait_ms=9000", body)
                if status != 200:
                    raise Failed(f"batch {batch} submitted again to {node.member}: {status} {answer!r}")
                receipts.append(json.loads(answer))
                it.client.keep(batch, Acknowledged(receipts[-1], time.monotonic(), time.monotonic() - began, node.member))
            if receipts[0] != receipts[1] or receipts[0] != receipts[2]:
                raise Failed(f"batch {batch}, submitted again, has several receipts: {receipts}")
        batches.close()
