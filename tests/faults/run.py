#!/usr/bin/env python3
"""Injects faults into seven real nodes: kill -9, stops, bad networks, partitions in namespaces, full disks, wrong clocks.
The invariants are checked from outside (checker.py). `./run faults` calls this; see docs/assurance.md.

It prints progress and figures; the last line is "N passed, N failed". Exit code 77: every selected run was skipped."""

import argparse
import faulthandler
import os
import random
import signal
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "e2e"), os.path.join(HERE, "..", "vectors")]

import scenarios
from report import Report, Skipped
from federation import Failed


def arguments():
    parser = argparse.ArgumentParser(description="Faults on seven real nodes.")
    parser.add_argument("--kills", type=int, default=20, help="cycles of kill -9; every tenth kills all at once")
    parser.add_argument("--partitions", type=int, default=12, help="cuts between network namespaces")
    parser.add_argument("--minutes", type=float, help="goes through everything again until so much time is over")
    parser.add_argument("--only", action="append", metavar="NAME", choices=list(scenarios.ALL),
                        help="one of: " + ", ".join(scenarios.ALL) + "; may be repeated")
    parser.add_argument("--short", action="store_true", help="the shortest form of each, as in ./run test")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--keep", action="store_true", help="leaves the folder of a scenario that failed")
    return parser.parse_args()


def run_one(name, options, report):
    report.begin(name)
    try:
        scenarios.ALL[name](options, report)
    except Skipped as reason:
        report.skip(str(reason))
    except Failed as reason:
        report.fail(str(reason))
    else:
        report.succeed()


def main():
    options = arguments()
    faulthandler.register(signal.SIGUSR1)
    # Handled as ^C: everything that was started and made is ended and removed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    report = Report()
    report.say(f"seed {options.seed}")
    ends = time.monotonic() + 60 * (options.minutes or 0)
    while True:
        for name in options.only or scenarios.ALL:
            random.seed(f"{options.seed}/{name}/{report.total()}")
            run_one(name, options, report)
        if time.monotonic() >= ends:
            break
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
