#!/usr/bin/env python3
"""Checks simplex.pml: the rules as they stand must hold, and each rule that is taken away must be missed.

Usage: check.py [--quick] [--only NAME] [--trace NAME]

--quick       the rules over two views only: 20 s on an idle core; without it over three as well: some minutes
--only NAME   a single run of the table, by its name
--trace NAME  the shortest way in which things go wrong without the rule NAME, step by step

Needs Debian's spin and gcc. Works in a temporary folder, on one core. Exit code 1 if the rules fail, if a removed rule
is not missed, or if a run does not finish; 2 if the tools are missing or the command is wrong.
"""

import argparse
import dataclasses
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

MODEL = pathlib.Path(__file__).resolve().parent / "simplex.pml"
MEMORY_MAX_MB = 18000
DEPTH_MAX = 1_000_000
RUN_MAX_S = 3600
QUICK_RUN_MAX_S = 120

# What NEVER(number, ...) of the model stands for.
BROKEN = {
    1: "two notarizations in one view",
    2: "a view finalized and nullified",
    3: "two finalizations in one view",
    4: "final blocks on two chains",
    5: "an honest member can be accused",
    6: "can happen",
}

# What the model prints for a step, among what Spin prints.
STEP = re.compile(r"\d(, on a retry,)? (notarizes|nullifies|finalizes|learns|commits|restarts)")


@dataclasses.dataclass(frozen=True)
class Run:
    name: str
    holds: bool  # what is expected
    views: int = 2
    quick: bool = True
    learning: bool = True  # False: nobody learns what is final; README.md says why that loses nothing

    @property
    def define(self):
        words = self.name.upper().replace("-", "_")
        return "" if self.name == "rules" else words if self.name.startswith("reach-") else "WITHOUT_" + words


RULES = [
    Run("rules", holds=True),
    Run("rules", holds=True, views=3, quick=False, learning=False),
]

# All rules in force; what must be possible is, or the runs above would say nothing.
POSSIBLE = [Run(name, holds=False) for name in ("reach-two-final", "reach-split", "reach-skip", "reach-late-final")]

# Without these, what must never be can be.
NEEDED = [Run(name, holds=False) for name in (
    "quorum", "distinct-signers", "one-statement", "one-notarize", "finalize-excludes-nullify",
    "nullify-excludes-finalize", "one-place", "notarization", "parent-proof", "parent-id", "gap-proof",
    "gap-below-final", "silence-below-final", "journal", "sync", "commit-before-prune",
)] + [Run("whole-gap", holds=False, views=3)]

# Without these nothing goes wrong in the model: they are a second lock, or serve progress.
SPARE = [Run(name, holds=True) for name in (
    "notarize-before-nullify", "one-finalize", "finalize-as-notarized", "parent-above-final",
)] + [Run(name, holds=True, views=3, quick=False, learning=False) for name in (
    "notarize-before-nullify", "one-finalize", "finalize-as-notarized",
)]


class Failed(Exception):
    """A tool could not do its part; the text says which and why."""


def call(command, folder, timeout_s):
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=timeout_s)
    except subprocess.TimeoutExpired as slow:
        raise Failed(f"{command[0]} had not finished after {timeout_s} s") from slow
    return done.returncode, done.stdout + done.stderr


def build(run, folder, named):
    """Translates and compiles the model. Looking for a fault goes by breadth, which finds the shortest way to it."""
    defines = [f"-DVIEWS={run.views}"]
    defines += [f"-D{run.define}"] if run.define else []
    defines += [] if run.learning else ["-DWITHOUT_LEARNING"]
    defines += ["-DACCUSE"] if run.holds else ["-DBREADTH"]
    defines += ["-DNAMED"] if named else []
    code, text = call(["spin", *defines, "-a", str(MODEL)], folder, 60)
    if code != 0 or not (folder / "pan.c").exists() or "Error" in text:
        raise Failed("spin cannot translate the model: " + text.strip())
    options = ["-DSAFETY", "-DNOREDUCE", "-DNOFAIR", f"-DMEMLIM={MEMORY_MAX_MB}"]
    # Most searches are over before a better compiler run would be.
    options += ["-O2" if run.views == 3 else "-O0"] + ([] if run.holds else ["-DBFS"])
    code, text = call(["gcc", "-w", *options, "-o", "pan", "pan.c"], folder, 120)
    if code != 0:
        raise Failed("gcc cannot compile what spin made: " + text.strip()[:500])
    return defines


def search(run, folder, timeout_s):
    """Runs the search; returns (states, depth, number of what broke or None)."""
    table_bits = 27 if run.views == 3 and run.holds else 22
    code, text = call(["./pan", "-E", f"-m{DEPTH_MAX}", f"-w{table_bits}"], folder, timeout_s)
    errors = re.search(r"errors: (\d+)", text)
    depth = re.search(r"depth reached (\d+)", text)
    # In breadth Spin also counts the halves of steps; "nominal" leaves them out.
    states = re.search(r"(\d+) nominal states", text) or re.search(r"(\d+) states, stored", text)
    if not (errors and depth and states):
        raise Failed(f"the search ended with code {code} and without figures: " + text.strip()[-300:])
    broken = re.search(r"assertion violated \(+(\d)==0", text)
    if broken and errors.group(1) != "0":
        return int(states.group(1)), int(depth.group(1)), int(broken.group(1))
    if errors.group(1) != "0":
        raise Failed("the model itself is at fault: " + text.strip()[:300])
    if "not completed" in text or "depth too small" in text or "out of memory" in text:
        raise Failed("the search did not reach every state")
    return int(states.group(1)), int(depth.group(1)), None


def check(run, timeout_s):
    """One line of the table; True if it is as expected."""
    began = time.monotonic()
    states = depth = "-"
    with tempfile.TemporaryDirectory(prefix="xinlian-spec-") as name:
        try:
            build(run, pathlib.Path(name), named=False)
            states, depth, broken = search(run, pathlib.Path(name), timeout_s)
            good = broken is None if run.holds else broken is not None and (broken == 6) == (run in POSSIBLE)
            verdict = "holds" if broken is None else BROKEN[broken]
        except Failed as failed:
            good, verdict = False, str(failed)
    # A step of the model is two of Spin's: what a member does, then the reckoning.
    steps = depth if depth == "-" else (depth + 1) // 2
    label = "without " + run.name if run.define.startswith("WITHOUT") else run.name
    took = time.monotonic() - began
    found = f"{'ok  ' if good else 'FAIL'}  {verdict}"
    print(f"{label:34} {run.views:5} {states!s:>12} {steps!s:>6} {took:7.1f} s  {found}", flush=True)
    return good


def trace(run):
    """Prints what the members do, one line a step, until it goes wrong."""
    with tempfile.TemporaryDirectory(prefix="xinlian-spec-") as name:
        folder = pathlib.Path(name)
        shutil.copy(MODEL, folder)
        defines = build(run, folder, named=True)
        _, _, broken = search(run, folder, RUN_MAX_S)
        if broken is None:
            print("nothing goes wrong: there is no way to show")
            return False
        trail = folder / (MODEL.name + ".trail")
        _, text = call(["spin", "-T", *defines, "-k", str(trail), str(MODEL)], folder, 60)
    steps = [line for line in text.splitlines() if STEP.match(line)]
    print("\n".join(f"{i:3}. member {step}" for i, step in enumerate(steps, 1)))
    print(f"=> {BROKEN[broken]}; the fourth member has cast every vote")
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", metavar="NAME")
    parser.add_argument("--trace", metavar="NAME")
    asked = parser.parse_args()
    missing = [tool for tool in ("spin", "gcc") if shutil.which(tool) is None]
    if missing:
        print(f"check.py: {' and '.join(missing)} not found; on Debian: apt-get install spin gcc", file=sys.stderr)
        return 2
    runs = RULES + POSSIBLE + NEEDED + SPARE
    wanted = asked.trace or asked.only
    if wanted and wanted not in {run.name for run in runs}:
        print(f"check.py: there is no run {wanted}; there are: " + ", ".join(dict.fromkeys(run.name for run in runs)),
              file=sys.stderr)
        return 2
    if asked.trace:
        return 0 if trace(next(run for run in runs if run.name == wanted)) else 1
    if asked.quick:
        runs = [run for run in runs if run.quick]
    if wanted:
        runs = [run for run in runs if run.name == wanted]
    print(f"{'run':34} {'views':>5} {'states':>12} {'steps':>6} {'time':>9}")
    began = time.monotonic()
    good = [check(run, QUICK_RUN_MAX_S if asked.quick else RUN_MAX_S) for run in runs]
    print(f"{sum(good)} as expected, {len(good) - sum(good)} not, in {time.monotonic() - began:.0f} s")
    return 0 if good and all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
