"""Partitions by network namespaces: halves, three groups, one direction only, on and off, two halves joined by one
node."""

import random
import time

import networks
from report import Skipped
from trial import trial

NODES = range(7)


def both(pairs):
    return {(a, b) for a, b in pairs} | {(b, a) for a, b in pairs}


def split(groups):
    """All pairs of nodes in different groups."""
    return {(a, b) for one in groups for other in groups if one is not other for a in one for b in other}


def shuffled():
    return random.sample(NODES, len(NODES))


def halves():
    nodes = shuffled()
    return "halves of 3 and 4", split([nodes[:3], nodes[3:]])


def minority():
    nodes = shuffled()
    return "2 away from 5", split([nodes[:2], nodes[2:]])


def three_ways():
    nodes = shuffled()
    return "three parts of 3, 2 and 2", split([nodes[:3], nodes[3:5], nodes[5:]])


def one_way():
    nodes = shuffled()
    deaf = nodes[:3]
    return "3 that speak and do not hear", {(a, b) for a in NODES for b in deaf if a != b}


def mute():
    nodes = shuffled()
    return "3 that hear and are not heard", {(a, b) for a in nodes[:3] for b in NODES if a != b}


def bridge():
    nodes = shuffled()
    return "two halves that only one node joins", split([nodes[:3], nodes[3:6]])


def random_pairs():
    pairs = [(a, b) for a in NODES for b in NODES if a != b]
    return "half of all ways, by chance", set(random.sample(pairs, len(pairs) // 2))


KINDS = (halves, one_way, minority, bridge, three_ways, mute, random_pairs)
SHORT_S, LONG_S = (2.0, 12.0), (31.0, 36.0)  # the long ones outlive the timeout of silent connections


def hold(between, cut, seconds, flapping):
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        between.cut(cut)
        time.sleep(min(random.uniform(0.3, 1.5) if flapping else seconds, max(0.0, ends - time.monotonic())))
        if flapping:
            between.cut(())
            time.sleep(random.uniform(0.3, 1.5))
    between.cut(())


def unplugged(it, seconds):
    """Disconnects one node for some seconds."""
    i = random.choice(NODES)
    it.cluster.between.unplug(i, True)
    time.sleep(seconds)
    it.cluster.between.unplug(i, False)


def partitions(options, report):
    why = networks.why_not()
    if why:
        raise Skipped(why)
    cycles = 3 if options.short else options.partitions
    with trial(options, report, wire=networks.spread) as it:
        for cycle in range(cycles):
            it.progress(5)
            long = not options.short and cycle % 10 == 9
            seconds = random.uniform(*(LONG_S if long else (2.0, 6.0) if options.short else SHORT_S))
            flapping = cycle % 4 == 3
            if cycle % 8 == 6:
                what = "one cable out"
                unplugged(it, seconds)
            else:
                what, cut = KINDS[cycle % len(KINDS)]()
                hold(it.cluster.between, cut, seconds, flapping)
            first, everywhere = it.healed("healing")
            report.say(f"{cycle + 1}: {what}{', on and off' if flapping else ''}, {seconds:.1f} s: a new block after "
                       f"{first:.2f} s, on all nodes after {everywhere:.2f} s")
            it.checker.look()
    if networks.leftovers():
        report.say(f"left over: {networks.leftovers()}")
