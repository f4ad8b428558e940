#!/usr/bin/env python3
"""Breaks one rule of the program at a time and checks that the test named for the rule fails (docs/testing.md).

It reads every *.toml beside this file, one for each room: crypto.toml holds the mutants of crypto/, ledger-state.toml
those of ledger/state/. Fields of a [[mutant]]:
  name, rule   the name is unique over all files; the rule is a statement that holds in the unchanged program
  file         a source file of the room
  text         occurs exactly once in that file; `becomes` replaces it
  tests        "MODULE: CASE" is the case CASE of the program test_MODULE; each must fail
  hangs        true for a rule of progress, whose test may also never end
It works in a copy of the tree, build/mutants/src, so the tree itself is not changed. A mutant is caught if each of its
tests fails by an assertion, its own or the program's XL_CHECK. A mutant that does not compile, or whose test also fails
without it, is an error of the list. The last line is "N passed, N failed".
"""

import argparse
import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import time
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLES = pathlib.Path(__file__).parent
TREE = ROOT / "build/mutants/src"
BUILT = TREE / "build/release"
LIST_HEAD = "| mutation | rule | caught by |\n|---|---|---|\n"
TEST_SECONDS_MAX = 120
# Rebuilding after a change of a widely included header takes a minute; nothing here should take longer than this.
BUILD_SECONDS_MAX = 1800


@dataclasses.dataclass(frozen=True)
class Mutant:
    name: str
    rule: str
    file: str
    text: str
    becomes: str
    tests: tuple  # "consensus: one sentence" is a case of test_consensus
    hangs: bool  # a rule of progress: the test may also never end

    def row(self):
        return f"| {self.name} | {self.rule} | {'; '.join(self.tests)} |\n"


class Broken(Exception):
    """An error of the list, in words."""


def room_of(file):
    """The table of a source file's mutants: ledger/state/life.cpp belongs to ledger-state, net/tls.cpp to net."""
    parts = pathlib.PurePosixPath(file).parts
    return "-".join(parts[:2]) if parts[0] in ("ledger", "node") else parts[0]


def load_table(path):
    with path.open("rb") as table:
        entries = tomllib.load(table)["mutant"]
    for e in entries:
        if room_of(e["file"]) != path.stem:
            raise Broken(f"{path.name}: {e['name']} changes {e['file']}; move it to {room_of(e['file'])}.toml")
    return [Mutant(e["name"], e["rule"], e["file"], e["text"], e["becomes"], tuple(e["tests"]), e.get("hangs", False))
            for e in entries]


def load():
    """The mutants of all rooms, the rooms in the order of their names."""
    mutants = [mutant for path in sorted(TABLES.glob("*.toml")) for mutant in load_table(path)]
    names = [m.name for m in mutants]
    for name in names:
        if names.count(name) > 1:
            raise Broken(f"the name {name} is used {names.count(name)} times; give each mutant its own")
    return mutants


def program_and_case(test):
    room, _, case = test.partition(": ")
    return f"test_{room}", case


def check_entry(mutant):
    """Checks without building: the text occurs once, and the tests exist."""
    source = ROOT / mutant.file
    found = source.read_text(encoding="utf-8").count(mutant.text) if source.exists() else 0
    if found != 1:
        raise Broken(f"{mutant.name}: its text stands {found} times in {mutant.file}; it must stand there once")
    if mutant.text == mutant.becomes:
        raise Broken(f"{mutant.name}: it changes nothing")
    if not mutant.tests:
        raise Broken(f"{mutant.name}: it names no test")
    for test in mutant.tests:
        program, case = program_and_case(test)
        room = program.removeprefix("test_")
        folders = [ROOT / "tests/unit" / room, ROOT / "tests" / room]
        written = f'TEST_CASE("{case}"'
        if not any(written in f.read_text(encoding="utf-8") for folder in folders for f in folder.rglob("*.cpp")):
            raise Broken(f"{mutant.name}: no file of tests/unit/{room} or tests/{room} has a test \"{case}\"")


# --- the copy of the tree ---

def write_if_changed(path, content):
    if not path.exists() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def copy_tree():
    """Copies what git tracks or would add, with uncommitted changes. Unchanged files keep their time."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True,
                            capture_output=True).stdout.decode().split("\0")
    files = {name for name in listed if name and (ROOT / name).is_file()}
    for name in files:
        write_if_changed(TREE / name, (ROOT / name).read_bytes())
    for path in TREE.rglob("*"):
        name = path.relative_to(TREE).as_posix()
        if path.is_file() and not name.startswith("build/") and name not in files:
            path.unlink()


def environment():
    """Objects that a mutant does not affect come from the compiler's cache, whatever folder they were built in."""
    return {"CCACHE_BASEDIR": str(ROOT), "CCACHE_NOHASHDIR": "1", **os.environ}


def run(command, seconds, **options):
    return subprocess.run(command, cwd=TREE, env=environment(), capture_output=True, text=True, errors="replace",
                          timeout=seconds, **options)


def configure():
    done = run(["cmake", "--preset", "release"], BUILD_SECONDS_MAX)
    if done.returncode != 0:
        raise Broken("the copy of the tree cannot be configured:\n" + done.stdout + done.stderr)


def build(programs):
    done = run(["cmake", "--build", str(BUILT), "-j", str(os.cpu_count() or 1), "--target", *sorted(programs)],
               BUILD_SECONDS_MAX)
    if done.returncode != 0:
        raise Broken("it does not build:\n" + done.stdout[-3000:] + done.stderr[-1000:])


# --- running one test ---

def spec_of(case):
    """Escapes a name for Catch, which gives commas, brackets and stars a meaning."""
    return re.sub(r"([\\,\[*])", r"\\\1", case)


def outcome_of(test, seconds=TEST_SECONDS_MAX):
    """Returns "passed", "asserted", "hung", or in words what else happened."""
    program, case = program_and_case(test)
    try:
        done = run([str(BUILT / "tests" / program), spec_of(case)], seconds)
    except subprocess.TimeoutExpired:
        return "hung"
    if re.search(r"^All tests passed \(\d+ assertions? in 1 test case\)$", done.stdout, re.M) and done.returncode == 0:
        return "passed"
    if "broken assumption: " in done.stderr and "SIGABRT" in done.stdout:
        return "asserted"  # the program's own XL_CHECK
    if "due to a fatal error condition" not in done.stdout and re.search(r"^test cases: +1 \|.* 1 failed$", done.stdout, re.M):
        return "asserted"
    return f"neither passed nor failed by an assertion (exit {done.returncode}):\n{(done.stdout + done.stderr)[-1500:]}"


def check_unmutated(mutants):
    tests = {test for m in mutants for test in m.tests}
    build({program_and_case(test)[0] for test in tests})
    for test in sorted(tests):
        outcome = outcome_of(test)
        if outcome != "passed":
            raise Broken(f"\"{test}\" must pass when nothing is broken, but: {outcome}")
    return len(tests)


def try_mutant(mutant):
    """Returns None if it was caught; otherwise the reason."""
    place = TREE / mutant.file
    whole = place.read_text(encoding="utf-8")
    place.write_text(whole.replace(mutant.text, mutant.becomes), encoding="utf-8")
    try:
        build({program_and_case(test)[0] for test in mutant.tests})
        for test in mutant.tests:
            outcome = outcome_of(test)
            if outcome == "asserted" or (outcome == "hung" and mutant.hangs):
                continue
            return f"not caught by \"{test}\": {outcome}"
    except (Broken, subprocess.TimeoutExpired) as fault:
        return str(fault)
    finally:
        place.write_text(whole, encoding="utf-8")
    return None


def try_all(mutants):
    copy_tree()
    configure()
    began = time.monotonic()
    tests = check_unmutated(mutants)
    print(f"{tests} tests pass when nothing is broken ({time.monotonic() - began:.0f} s with building)", flush=True)
    failed = 0
    for number, mutant in enumerate(mutants, 1):
        began = time.monotonic()
        why = try_mutant(mutant)
        failed += why is not None
        verdict = "caught" if why is None else "NOT CAUGHT"
        print(f"{number:3}/{len(mutants)}  {verdict:10} {time.monotonic() - began:4.0f} s  {mutant.name}: {mutant.rule}", flush=True)
        if why:
            print(f"     {why}", flush=True)
    print(f"{len(mutants) - failed} passed, {failed} failed")
    return 1 if failed else 0


def part_of(mutants, part):
    match = re.fullmatch(r"(\d+)/(\d+)", part)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise Broken(f"--part {part}: write K/N, as 2/5, with K from 1 to N")
    return mutants[int(match[1]) - 1::int(match[2])]


def chosen(mutants, options):
    for name in options.only:
        if name not in {m.name for m in mutants}:
            raise Broken(f"there is no mutant {name}; --list names them")
    wanted = [m for m in mutants if not options.only or m.name in options.only]
    return part_of(wanted, options.part) if options.part else wanted


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="prints a table: each mutant, its rule, the tests that catch it")
    parser.add_argument("--check", action="store_true", help="only checks that the list fits the sources and that its tests exist")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this mutant; may be repeated")
    parser.add_argument("--part", metavar="K/N", help="every N-th mutant, from the K-th")
    options = parser.parse_args()
    try:
        mutants = chosen(load(), options)
        if options.list:
            print(LIST_HEAD + "".join(m.row() for m in mutants), end="")
            return 0
        for mutant in mutants:
            check_entry(mutant)
        if options.check:
            print(f"{len(mutants)} mutants fit the sources")
            return 0
        return try_all(mutants)
    except Broken as fault:
        print(f"mutants: {fault}\n0 passed, 1 failed")
        return 1


if __name__ == "__main__":
    sys.exit(main())
