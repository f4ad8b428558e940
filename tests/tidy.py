#!/usr/bin/env python3
"""House rules that no compiler checks (docs/style.md). Usage: tidy.py [project root]; prints file:line, culprit, replacement."""

import pathlib
import re
import sys

ROOMS = ("crypto", "ledger", "consensus", "net", "node")
FOLDERS = ROOMS + ("tests",)
LINES_MAX = 500

# What each room may include besides itself. Links go down only.
BELOW = {
    "crypto": set(),
    "ledger": {"crypto"},
    "consensus": {"crypto"},
    "net": {"crypto"},
    "node": {"crypto", "ledger", "consensus", "net"},
    "tests": set(ROOMS),
}

# Same input, same bytes, on every machine: so these rooms know no time, chance, threads or rounding.
PURE = ("crypto", "ledger", "consensus", "node/replica")
PURE_RULES = {
    "order": [(r"\bunordered_\w+", "std::map, std::set or a sorted vector: its order is the same everywhere")],
    "clock": [
        (r"\b(system|steady|high_resolution|file|utc)_clock\b", "an argument `Time now` (crypto/time.hpp)"),
        (r"\b(std::time|gettimeofday|clock_gettime|localtime|gmtime|mktime)\b", "an argument `Time now` (crypto/time.hpp)"),
        (r"#include <(chrono|ctime)>", "an argument `Time now` (crypto/time.hpp)"),
    ],
    "chance": [
        (r"\b(s?rand|random_device|mt19937(_64)?|default_random_engine)\b", "crypto/random.hpp, or a seed as an argument"),
        (r"#include <random>", "crypto/random.hpp, or a seed as an argument"),
    ],
    "rounding": [(r"\b(float|double)\b", "integers, in the smallest unit")],
    "thread": [
        (r"\bstd::(j?thread|async|future|promise|condition_variable)\b", "plain values; threads live in node"),
        (r"#include <(thread|future|condition_variable)>", "plain values; threads live in node"),
    ],
    "lock": [
        (r"\bstd::(shared_|recursive_)?mutex\b", "plain values, handed over; locks live in node"),
        (r"#include <(shared_)?mutex>", "plain values, handed over; locks live in node"),
    ],
    "locale": [
        (r"\b(setlocale|isalpha|isalnum|isdigit|isspace|toupper|tolower|strtod|std::(locale|sto[a-z]+))\b",
         "std::from_chars, or comparing characters: no locale"),
        (r"#include <c?locale>", "std::from_chars, or comparing characters: no locale"),
    ],
    "log": [
        (r"\bspdlog\b", "an Error or a Note; node turns it into a log line"),
        (r"#include <iostream>", "an Error or a Note; node turns it into a log line"),
    ],
}

# file -> what it may use, and why
ALLOWED = {
    "crypto/jcs.cpp": ({"rounding"}, "RFC 8785 numbers are IEEE doubles"),
    "ledger/store/leveldb_store.cpp": ({"thread", "lock", "clock"}, "the store that touches the disk"),
    "ledger/store/leveldb_store.hpp": ({"thread", "lock", "clock"}, "the store that touches the disk"),
    "ledger/chain/chain.cpp": ({"lock"}, "hands each final snapshot to readers in other threads; no result depends on it"),
    "ledger/chain/shared.hpp": ({"lock"}, "hands each final snapshot to readers in other threads; no result depends on it"),
}

CODE_RULES = [
    (r"\bthrow\b", "return Error{...} (crypto/result.hpp)"),
    (r"\bcatch\s*\(\s*\.\.\.\s*\)", "catching what the library documents, where it is called"),
]
TEXT_RULES = [(r"\b(TODO|FIXME|XXX|HACK)\b", "doing it now, or a sentence that says how things are")]

INCLUDE = re.compile(r'#include "([^"]+)"')
# Comments and literals, longest forms first; a digit separator is no quote.
NOT_CODE = re.compile(
    r'R"(?P<mark>[^()\\ ]{0,16})\(.*?\)(?P=mark)"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'',
    re.DOTALL)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def code_of(text):
    """The text with comments and literals blanked, line for line; #include lines keep their file names."""
    lines = NOT_CODE.sub(blank, text).split("\n")
    return [raw if raw.startswith("#include") else line for line, raw in zip(lines, text.split("\n"))]


def check_include(folder, line):
    match = INCLUDE.match(line)
    if not match:
        return None
    path = match.group(1)
    room = path.split("/")[0] if "/" in path else None
    if room not in FOLDERS:
        return f'include "{path}" names no room', 'the path from the root, as in "crypto/bytes.hpp"'
    if room != folder and room not in BELOW[folder]:
        return f"{folder} includes {room}", f"only {', '.join(sorted(BELOW[folder] | {folder}))}: move it down, or hand it in as a value"
    return None


def rules_for(name, folder):
    rules = list(CODE_RULES)
    if name.startswith(tuple(f"{room}/" for room in PURE)):
        allowed = ALLOWED.get(name, (set(), ""))[0]
        rules += [rule for group, group_rules in PURE_RULES.items() if group not in allowed for rule in group_rules]
    return rules


def check_file(root, path):
    name = path.relative_to(root).as_posix()
    folder = name.split("/")[0]
    text = path.read_text(encoding="utf-8")
    raw = text.split("\n")
    rules = rules_for(name, folder)
    if text.count("\n") > LINES_MAX:
        yield f"{name}:{LINES_MAX + 1}", f"{text.count(chr(10))} lines", f"files of one idea each, at most {LINES_MAX} lines"
    if path.suffix == ".hpp" and "#pragma once" not in raw:
        yield f"{name}:1", "no include guard", "#pragma once"
    for number, (code, line) in enumerate(zip(code_of(text), raw), 1):
        found = check_include(folder, code)
        if found:
            yield f"{name}:{number}", *found
        for patterns, where in ((rules, code), (TEXT_RULES, line)):
            for pattern, instead in patterns:
                match = re.search(pattern, where)
                if match:
                    yield f"{name}:{number}", match.group(0), instead


def check_itself():
    """A tidy that finds nothing because it is broken must not pass."""
    bad = 'int a; // throw\nauto s = "throw"; throw 1;\nauto c = \'"\'; double d;\nint n = 1\'000; rand();\nR"(throw)";\n'
    code = code_of(bad)
    assert not re.search(r"\bthrow\b", code[0]) and re.search(r"\bthrow\b", code[1]), code
    assert re.search(r"\bdouble\b", code[2]) and re.search(r"\brand\b", code[3]) and "throw" not in code[4], code
    assert check_include("crypto", '#include "ledger/block/batch.hpp"') and not check_include("ledger", '#include "crypto/key.hpp"')
    assert any(re.search(rule[0], "double d;") for rule in rules_for("ledger/x.cpp", "ledger"))
    assert not any(re.search(rule[0], "double d;") for rule in rules_for("crypto/jcs.cpp", "crypto"))
    assert any(re.search(rule[0], "double d;") for rule in rules_for("node/replica/x.cpp", "node"))
    assert not any(re.search(rule[0], "double d;") for rule in rules_for("node/api/x.cpp", "node"))
    assert check_include("node", '#include "tests/support/x.hpp"') and check_include("net", '#include "x.hpp"')


def main():
    check_itself()
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    files = sorted(f for folder in FOLDERS for kind in ("*.hpp", "*.cpp") for f in (root / folder).rglob(kind))
    if not files:
        sys.exit(f"{root}: no sources found; give the project's root")
    findings = [finding for file in files for finding in check_file(root, file)]
    for place, culprit, instead in findings:
        print(f"{place}: {culprit}; instead: {instead}")
    print(f"tidy: {len(files)} files, {len(findings)} findings")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
