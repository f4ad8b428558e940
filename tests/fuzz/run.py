#!/usr/bin/env python3
"""Runs the fuzz targets, each for the same time, and ends with "N passed, N failed".

  run.py [--seconds N] [--bin FOLDER] [TARGET ...]   fuzzes (default: every target, 60 s each, one per core at a time)
  run.py --replay                                    only runs every seed once

Seeds are in tests/fuzz/corpus/TARGET. New inputs of a run are kept in FOLDER/corpus/TARGET and used again. An input that
violates a law is kept in FOLDER/findings; it becomes a seed, and a test, once the fault is repaired.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
MEMORY_MB = 512
INPUT_SECONDS_MAX = 10

# Longer inputs only slow these targets down.
BYTES_MAX = {"core": 300, "chain_open": 256, "journal": 2048, "merkle_map": 1024, "map_multiproof": 1024,
             "merkle_log": 1024, "signature": 512, "import_csv": 2048, "import_json": 2048, "import_text": 1024,
             "proof": 8192, "portfolio": 8192, "rules": 8192, "answers": 2048, "api_request": 512, "sealed_box": 512}
BYTES_MAX_DEFAULT = 4096

# Entropic scheduling takes half of the core target's time, since the core reaches so many features. Its cached
# signatures look like a leak to libFuzzer after every input (the sanitizer still looks for leaks at the end).
OPTIONS = {"core": ["-entropic=0", "-detect_leaks=0"]}

# Words that a decoder expects and chance does not find.
WORDS = {
    "genesis": ["xinlian-genesis/1", "validator", "issuer", "bureau", "regulator", "observer", "ed25519-sha256",
                "sm2-sm3", "validator_key", "issuer_key", "transport_key", "parameters", "members", "roles", "name"],
    "rules": ["repair", "dispute", "calendar", "roles", "channels", "least_months", "greatest_months", "not-stated", "other",
              "working", "certainty", "statute", "sealed", "members", "categories", "penalty", "2027-01-01", "310000"],
    "erasure": ["xinlian-erasure/1", "chain_id", "issuer", "record", "versions", "digest", "day", "reason", "proof",
                "signature", "seals", "report"],
    "config": ["member = ", "[peer]", "[api]", "[log]", "[storage]", "[[peers]]", "listen = ", "level = ", "folder = ",
               "id = ", "address = ", "127.0.0.1:8300", "[::1]:80", "trace", "debug"],
    "record_file": ["xinlian-record/1", "category", "penalty", "licence", "form", "salt", "fields", "null"],
    "key_file": ["xinlian key file v1", "purpose: ", "suite: ", "owner: ", "public: ", "protection: none",
                 "protection: argon2id ", "secret: "],
    "answers": ["batch", "outcome", "accepted", "entry", "height", "block", "time_ms", "first_index", "entry_count",
                "obstacle", "next_sequence", "head", "peers", "connected", "last_error", "as_of", "issuers", "in_force",
                "to_come", "signatures", "right", "neighbour", "310000", "xinlian-watch/1", "$chain", "seen", "null",
                "统一社会信用代码", "91310000MA1FL0000N", "\\x5cu0000", "\\x5cu001b"],
    "api_request": ["GET ", "POST ", "HEAD ", "/v1/", "blocks/", "entries/", "records/", "subjects/", "proofs/", "batches/",
                    "/receipt", "feeds/", "certificates/", "evidence", "quality", "events", "?from=", "&to=", "limit=",
                    "wait_ms=", "$r1", "$s200", "$b1", "$k2", "$g1", "$q1", "310000", "2026-01-01", "%20",
                    "18446744073709551615", "\\x0aLast-Event-ID: ", "\\x0aAccept: text/plain"],
    "http_text": ["data:", "event:", "id:", "retry:", "%2f", "%00", "\\x0d\\x0a"],
    "import_csv": ["长期", "2026-02-28", "91310000MA1FL0000N", "CF_XDR_SHXYM", "\\x22\\x22", "\\x0d\\x0a", "万元", "1e5"],
    "import_json": ["长期", "2026-02-28", "91310000MA1FL0000N", "CF_XDR_SHXYM", "null", "[{", "}]", "1e5"],
    "jcs": ["1e21", "1e-7", "-0", "\\x5cu0000", "\\x5cud834\\x5cudd1e", "true", "null", "5e-324"],
}


def environment():
    strict = {"ASAN_OPTIONS": "detect_leaks=1:quarantine_size_mb=64",
              "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1"}
    return {**os.environ, **strict}


def dictionary(folder, target):
    words = WORDS.get(target)
    if not words:
        return []
    path = folder / f"{target}.dict"
    path.write_text("".join('"%s"\n' % "".join(
        c if c.isascii() and c != '"' else "".join(f"\\x{b:02x}" for b in c.encode()) for c in word) for word in words))
    return [f"-dict={path}"]


def command(folder, target, seconds, replay):
    grown = folder / "corpus" / target
    findings = folder / "findings"
    grown.mkdir(parents=True, exist_ok=True)
    findings.mkdir(parents=True, exist_ok=True)
    seeds = HERE / "corpus" / target
    longest = BYTES_MAX.get(target, BYTES_MAX_DEFAULT)
    effort = ["-runs=0"] if replay else [f"-max_total_time={seconds}", f"-max_len={longest}"]
    return [str(folder / f"fuzz_{target}"), *effort, f"-rss_limit_mb={MEMORY_MB}", f"-timeout={INPUT_SECONDS_MAX}",
            "-print_final_stats=1", f"-artifact_prefix={findings}/{target}-", *dictionary(folder, target),
            *OPTIONS.get(target, []),
            *([] if replay else [str(grown)]), *([str(seeds)] if seeds.is_dir() else [])]


def told(log):
    """Extracts from the log: the violated law or the sanitizer's report, our own frames, and the path of the input."""
    wanted = re.compile(r"broken assumption|ERROR|runtime error|SUMMARY|Test unit written|^terminate|what\(\)|^    #.* /.*\.[ch]pp:")
    lines = [line for line in log.splitlines() if wanted.search(line) and "/include/" not in line]
    return "\n".join(line[:200] if len(line) < 200 else f"{line[:60]} … {line[-130:]}" for line in lines[:30])


def run(folder, target, seconds, replay):
    """Returns whether it passed, and a line (with the log's end if it failed)."""
    limit = None if replay else seconds + 60
    try:
        done = subprocess.run(command(folder, target, seconds, replay), env=environment(), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return False, f"{target:18} did not end"
    log = done.stdout.decode(errors="replace")
    executions = re.search(r"stat::number_of_executed_units: (\d+)", log)
    coverage = re.findall(r"cov: (\d+) ft: (\d+) corp: (\d+)", log)
    cov, features, inputs = coverage[-1] if coverage else ("?", "?", "?")
    line = f"{target:18} {executions.group(1) if executions else '?':>9} executions, cov {cov}, features {features}, inputs {inputs}"
    if done.returncode == 0:
        return True, line
    return False, f"{line}\n--- {target} FAILED\n{told(log)}"


def main():
    parser = argparse.ArgumentParser(description="Runs the fuzz targets.")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--bin", default=str(HERE.parent.parent / "build/fuzz/tests"), help="folder with the targets")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="targets at a time")
    parser.add_argument("--replay", action="store_true", help="only run every seed once")
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    given = parser.parse_args()
    folder = pathlib.Path(given.bin).resolve()
    known = sorted(path.stem for path in HERE.rglob("*.cpp") if path.stem != "seeds")
    for target in given.targets:
        if target not in known:
            sys.exit(f"there is no target {target}; there are {', '.join(known)}")
    targets = given.targets or known
    missing = [target for target in targets if not (folder / f"fuzz_{target}").exists()]
    if missing:
        sys.exit(f"not built in {folder}: {', '.join(missing)}; build them with ./run fuzz")
    passed = 0
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        for good, text in pool.map(lambda target: run(folder, target, given.seconds, given.replay), targets):
            passed += good
            print(text, flush=True)
    print(f"{passed} passed, {len(targets) - passed} failed")
    sys.exit(0 if passed == len(targets) else 1)


if __name__ == "__main__":
    main()
