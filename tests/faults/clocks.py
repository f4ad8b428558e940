"""Tests wrong clocks (libfaketime): one node a day ahead, a day behind, running fast, a century ahead; and all nodes
after the end of every TLS certificate. The federation continues, and the nodes report the skew."""

import glob
import os
import random
import re
import subprocess
import time

from federation import Failed, other_certificate, program, wait_until
from report import Skipped
from trial import trial

OWN = "this node's clock differs from the federation's: set it"
OTHER = "clocks differ"


def faketime(offset):
    """The environment of a process whose wall clock is shifted (faketime(1)) and whose steady clock is not."""
    found = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
    if not found:
        raise Skipped("wrong clocks need libfaketime; ./run faults installs it")
    preload = [found[0]]
    linked = subprocess.run(["ldd", program("xinliand")], capture_output=True, text=True, check=True).stdout
    if "jemalloc" in linked:
        # Each of the two libraries needs the other before it can start. With the C and C++ libraries first, jemalloc is
        # not called.
        preload += re.findall(r"=> (\S*/lib(?:c|stdc\+\+)\.so\.6)", linked)
    return {"LD_PRELOAD": " ".join(preload), "FAKETIME": offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}


def need_faketime():
    try:
        tried = subprocess.run([program("xinliand"), "--help"], capture_output=True, timeout=20,
                               env={**os.environ, **faketime("+1d")})
    except subprocess.TimeoutExpired:
        raise Skipped("libfaketime does not go with this build") from None
    if tried.returncode != 0 or b"libfaketime" in tried.stderr:
        raise Skipped("libfaketime does not go with this build")


def lines_of(node, phrase):
    return [line for line in node.log().splitlines() if phrase in line]


def longest_pause(it, began):
    """The longest time in seconds without a receipt since `began`."""
    times = sorted([began, time.monotonic()] + [kept.at for kept in it.client.receipts().values() if kept.at >= began])
    return max(later - earlier for earlier, later in zip(times, times[1:]))


def wrong(it, node, offset, seconds):
    """Restarts the node with this clock and checks that the federation continues."""
    others = [other for other in it.cluster if other is not node]
    before = {(member.member, phrase): len(lines_of(member, phrase)) for member in it.cluster for phrase in (OTHER, OWN)}

    def said(member, phrase):
        return lines_of(member, phrase)[before[member.member, phrase]:]
    node.stop()
    node.extra_env = faketime(offset)
    node.start()
    it.cluster.wait_ready([node])
    began = time.monotonic()
    wait_until(lambda: said(node, OWN) or node.process.poll() is not None,
               lambda: f"{node.member}, whose clock is {offset}, says \"{OWN}\":\n{node.log_tail()}", 60)
    time.sleep(max(0.0, began + seconds - time.monotonic()))
    it.cluster.new_block()
    it.report.measure("longest s without a receipt, one clock wrong", longest_pause(it, began))
    ahead = not offset.startswith("-")
    for other in others:
        told = said(other, OTHER)
        if any(node.member not in line for line in told):
            raise Failed(f"{other.member} names another proposer than {node.member}: {told}")
        if ahead and not told:
            raise Failed(f"{other.member} does not say that the clock of {node.member} is {offset}:\n{other.log_tail()}")
        if said(other, OWN):
            raise Failed(f"{other.member} doubts its own clock, which is right: {said(other, OWN)}")
    it.report.say(f"{node.member} at {offset}: longest pause {longest_pause(it, began):.2f} s; "
                  f"it says: {said(node, OWN)[-1].partition('event=')[2]}")
    node.stop()
    node.extra_env = {}
    node.start()
    it.cluster.wait_ready([node])
    it.checker.look()


def clocks(options, report):
    need_faketime()
    offsets = ("+1d",) if options.short else ("+1d", "-1d", "+0 x20", "+200y")
    with trial(options, report) as it:
        nodes = random.sample(list(it.cluster), len(offsets))
        for node, offset in zip(nodes, offsets):
            wrong(it, node, offset, 5 if options.short else 20)


def certificates(options, report):
    """All certificates of the federation ended years ago, and the chain continues."""
    need_faketime()

    def wire(cluster):
        for node in cluster:
            other_certificate(node, days=1)
            node.extra_env = faketime("+10y")
    with trial(options, report, wire=wire) as it:
        ends = subprocess.run(["openssl", "x509", "-in", f"{it.cluster.random_node().folder}/keys/transport.crt",
                               "-noout", "-enddate"], capture_output=True, text=True, check=True).stdout.strip()
        for _ in range(1 if options.short else 3):
            it.progress(10)
            node = it.cluster.random_node()
            node.kill()
            node.start()
            it.cluster.wait_ready([node])
            it.healed("a kill, certificates expired")
        year = time.gmtime(it.cluster.lines[node.member].json("/v1/status")["time_ms"] / 1000).tm_year
        if year < time.gmtime().tm_year + 9:
            raise Failed(f"the federation's time is in {year}: the clocks were not wrong")
        report.say(f"certificates' {ends}, the federation is in {year}")
