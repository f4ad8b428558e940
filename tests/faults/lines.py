"""Bad connections between nodes (xinlian-proxy): delays, low bandwidth, loss in one or both directions, resets,
refusals."""

import random
import time

from proxies import Between
from trial import trial


def late(between, _):
    between.every(delay_ms=50, jitter_ms=50)
    return "every way 50 to 100 ms long"


def narrow(between, victim):
    for a, b in between.ways_of(victim):
        between.proxy.set(between.name(a, b), bytes_per_second=50_000)
    return "one node on a line of 50 kB/s"


def hole(between, victim):
    for a, b in between.ways_of(victim):
        between.proxy.set(between.name(a, b), hole=1)
    return "one node in a hole"


def one_way(between, victim):
    for other in between.members:
        if other != victim:
            between.from_to(other, victim, hole=1)
    return "one node that hears nothing"


def halves(between, _):
    members = random.sample(between.members, len(between.members))
    for a in members[:3]:
        for b in members[3:]:
            between.from_to(a, b, hole=1)
            between.from_to(b, a, hole=1)
    return "a hole between 3 and 4"


def resets(between, _):
    between.each("chaos", 100)
    return "one piece in a hundred resets its connection"


def refusals(between, _):
    between.each("refuse", 1)
    between.each("reset")
    return "all connections reset and refused"


def heal(between):
    between.every()
    between.each("chaos", 0)
    between.each("refuse", 0)


CASES = (late, hole, resets, narrow, one_way, refusals, halves)
# A loss of this length outlives the timeout of silent connections. (The proxy still acknowledges TCP, so only silence
# reveals it.)
LONG = (halves, 33.0)


def lines(options, report):
    cases = [(case, 2.0) for case in (halves, refusals)] if options.short else \
        [(case, random.uniform(5, 10)) for case in CASES] + [LONG]
    with trial(options, report, wire=Between) as it:
        between = it.cluster.between
        for case, seconds in cases:
            it.progress(5)
            began = time.monotonic()
            what = case(between, random.choice(between.members))
            time.sleep(seconds)
            received = it.client.since(began)
            heal(between)
            first, everywhere = it.healed("the end of bad lines")
            report.say(f"{what}, {seconds:.1f} s: {len(received)} receipts meanwhile; a new block after {first:.2f} s, "
                       f"on all nodes after {everywhere:.2f} s")
            it.checker.look()
