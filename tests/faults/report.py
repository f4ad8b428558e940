"""The report of a fault run: progress, figures, and what passed."""

import sys
import time


class Skipped(Exception):
    """This machine cannot run the case; the text says why."""


def percentile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


class Report:
    def __init__(self):
        self.passed, self.failed, self.skipped = [], [], []
        self.name, self.began = None, 0.0
        self.figures = {}

    def say(self, text):
        print(f"  {text}", flush=True)

    def begin(self, name):
        self.name, self.began = name, time.monotonic()
        self.figures = {}
        print(f"== {name}", flush=True)

    def measure(self, what, value):
        """Records one value of a distribution whose name contains the unit. It is printed at the end of the
        scenario."""
        self.figures.setdefault(what, []).append(value)

    def values(self, what):
        return self.figures.get(what, [])

    def total(self):
        return len(self.passed) + len(self.failed) + len(self.skipped)

    def print_figures(self):
        for what, values in self.figures.items():
            self.say(f"{what}: p50 {percentile(values, 0.5):.2f}  p99 {percentile(values, 0.99):.2f}  "
                     f"max {max(values):.2f}  (n={len(values)})")

    def close(self, verdict, names, reason=""):
        self.print_figures()
        names.append(self.name)
        print(f"{verdict} {self.name} ({time.monotonic() - self.began:.0f} s){': ' if reason else ''}{reason}", flush=True)

    def succeed(self):
        self.close("PASS", self.passed)

    def fail(self, reason):
        self.close("FAIL", self.failed, reason)

    def skip(self, reason):
        self.close("SKIP", self.skipped, reason)

    def end(self):
        if self.skipped:
            print(f"skipped: {', '.join(self.skipped)}")
        print(f"{len(self.passed)} passed, {len(self.failed)} failed")
        sys.stdout.flush()
        if self.failed:
            return 1
        return 0 if self.passed else 77
