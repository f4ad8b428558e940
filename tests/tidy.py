#!/usr/bin/env python3
"""House rules that no compiler checks (docs/style.md).
Usage: tidy.py [project root]; prints file:line, the offending text and its replacement."""

import pathlib
import re
import sys

FOLDERS = ("crypto", "ledger", "consensus", "net", "node", "tests")
LINES_MAX = 500
FUNCTION_LINES_MAX = 60
UNITS_MAX = 25  # a header with its source is one unit

# The rooms in order: a room may include itself and every room of an earlier line (docs/architecture.md). Rooms of one
# line do not include each other.
ORDER = (
    ("crypto",),
    ("ledger/entry",),
    ("ledger/rules",),
    ("ledger/block",),
    ("ledger/state",),
    ("ledger/proof",),
    ("ledger/store",),
    ("ledger/chain",),
    ("ledger/audit",),
    ("consensus",),
    ("net",),
    ("node/wording", "node/tables", "node/member", "node/vault", "node/replica"),
    ("node/storage",),
    ("node/client",),
    ("node/audit", "node/issuer", "node/api"),
    ("node/import", "node/daemon"),
    ("node/cli",),
)
LEVEL = {room: level for level, rooms in enumerate(ORDER) for room in rooms}
# The exceptions: rooms that must not be included although they stand earlier.
ONLY_CRYPTO = ("consensus", "net", "ledger/store")
NEVER = {
    "ledger/proof": ("ledger/store",),
    "node/daemon": ("node/import", "node/issuer", "node/vault", "node/tables"),
}

# CLI11 is slow to compile, and in a library's unit it would link the command line to every program.
READS_COMMAND_LINE = ("node/cli/command.cpp", "node/daemon/xinliand_main.cpp")
TEST_MAIN = re.compile(r"tests/.*(main|_bench)\.cpp$")

# The same input gives the same bytes on every machine, so these rooms use no time, randomness, threads or rounding.
PURE = ("crypto/", "ledger/", "consensus/", "node/replica/")
PURE_RULES = {
    "order": [(r"\bunordered_\w+", "std::map, std::set or a sorted vector: its order is the same everywhere")],
    "clock": [
        (r"\b(system|steady|high_resolution|file|utc)_clock\b", "an argument `Time now` (crypto/time.hpp)"),
        (r"\b(std::time|gettimeofday|clock_gettime|localtime|gmtime|mktime)\b", "an argument `Time now` (crypto/time.hpp)"),
        (r"#include <ctime>", "an argument `Time now` (crypto/time.hpp)"),
    ],
    "chrono": [(r"#include <chrono>", "an argument `Time now` (crypto/time.hpp), ledger/entry/date.hpp for days")],
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
    "ledger/entry/date.cpp": ({"chrono"}, "the Gregorian calendar of <chrono> is arithmetic; its clocks stay refused"),
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


def room_of(name):
    """The folder of a source file, which for tests is "tests"."""
    return "tests" if name.startswith("tests/") else name.rpartition("/")[0]


def may_include(room, other):
    if room == other or room == "tests":
        return True
    if other == "tests" or (room in ONLY_CRYPTO and other != "crypto") or other in NEVER.get(room, ()):
        return False
    return LEVEL[other] < LEVEL[room]


def check_include(name, line):
    room = "main" if name.endswith("_main.cpp") else room_of(name)
    match = INCLUDE.match(line)
    if not match:
        if line.startswith("#include <CLI/") and name not in READS_COMMAND_LINE and not TEST_MAIN.match(name):
            return f"{name} includes CLI11", "node/cli/command.hpp in node/cli, plain arguments elsewhere"
        return None
    other = room_of(match.group(1))
    if other != "tests" and other not in LEVEL:
        return f'include "{match.group(1)}" names no room', 'the path from the root, as in "crypto/bytes.hpp"'
    if room != "main" and not may_include(room, other):
        return f"{room} includes {other}", "the order of rooms in docs/architecture.md: move it down, or pass it as a value"
    return None


NOT_A_FUNCTION = re.compile(r"(if|for|while|switch|else|do|try|catch|namespace|class|struct|enum|union)\b")


def long_functions(code):
    """First line and number of lines of each function that is too long; a lambda counts for its enclosing function."""
    line, previous, open_braces = 1, 0, []
    text = "\n".join("" if raw.startswith("#") else raw for raw in code)
    for at, char in enumerate(text):
        if char == "\n":
            line += 1
        elif char in ";{}":
            head = text[previous:at].strip()
            previous = at + 1
            if char == "{":
                inside = any(function for _, function in open_braces)
                open_braces.append((line, not inside and ")" in head and not NOT_A_FUNCTION.match(head)))
            elif char == "}" and open_braces:
                first, function = open_braces.pop()
                if function and line - first + 1 > FUNCTION_LINES_MAX:
                    yield first, line - first + 1


def rules_for(name):
    rules = list(CODE_RULES)
    if name.startswith(PURE):
        allowed = ALLOWED.get(name, (set(), ""))[0]
        rules += [rule for group, group_rules in PURE_RULES.items() if group not in allowed for rule in group_rules]
    return rules


def check_file(root, path):
    name = path.relative_to(root).as_posix()
    text = path.read_text(encoding="utf-8")
    raw = text.split("\n")
    rules = rules_for(name)
    if text.count("\n") > LINES_MAX:
        yield f"{name}:{LINES_MAX + 1}", f"{text.count(chr(10))} lines", f"files of one idea each, at most {LINES_MAX} lines"
    if path.suffix == ".hpp" and "#pragma once" not in raw:
        yield f"{name}:1", "no include guard", "#pragma once"
    for number, lines in long_functions(code_of(text)):
        yield f"{name}:{number}", f"a function of {lines} lines", f"functions of one thing each, at most {FUNCTION_LINES_MAX} lines"
    for number, (code, line) in enumerate(zip(code_of(text), raw), 1):
        found = check_include(name, code)
        if found:
            yield f"{name}:{number}", *found
        for patterns, where in ((rules, code), (TEXT_RULES, line)):
            for pattern, instead in patterns:
                match = re.search(pattern, where)
                if match:
                    yield f"{name}:{number}", match.group(0), instead


def check_itself():
    """Checks that the rules find known violations: a broken check must not pass."""
    bad = 'int a; // throw\nauto s = "throw"; throw 1;\nauto c = \'"\'; double d;\nint n = 1\'000; rand();\nR"(throw)";\n'
    code = code_of(bad)
    assert not re.search(r"\bthrow\b", code[0]) and re.search(r"\bthrow\b", code[1]), code
    assert re.search(r"\bdouble\b", code[2]) and re.search(r"\brand\b", code[3]) and "throw" not in code[4], code
    assert check_include("crypto/a.cpp", '#include "ledger/block/batch.hpp"') and not check_include("ledger/entry/a.cpp", '#include "crypto/key.hpp"')
    assert check_include("ledger/entry/a.cpp", '#include "ledger/rules/terms.hpp"') and check_include("net/a.cpp", '#include "ledger/entry/date.hpp"')
    assert check_include("ledger/proof/a.cpp", '#include "ledger/entry/x.hpp"') is None and check_include("node/vault/a.cpp", '#include "node/member/x.hpp"')
    assert check_include("node/daemon/a.cpp", '#include "node/vault/vault.hpp"') and check_include("node/cli/a.cpp", "#include <CLI/CLI.hpp>")
    assert check_include("node/cli/xinlian_main.cpp", "#include <CLI/CLI.hpp>") and not check_include("node/cli/command.cpp", "#include <CLI/CLI.hpp>")
    assert check_include("tests/unit/a.cpp", "#include <CLI/CLI.hpp>") and not check_include("tests/sim/sim_main.cpp", "#include <CLI/CLI.hpp>")
    assert any(re.search(rule[0], "double d;") for rule in rules_for("ledger/entry/x.cpp"))
    assert not any(re.search(rule[0], "double d;") for rule in rules_for("crypto/jcs.cpp"))
    assert check_include("node/cli/a.cpp", '#include "tests/support/x.hpp"') and check_include("net/a.cpp", '#include "x.hpp"')
    body = ["    f();"] * FUNCTION_LINES_MAX
    assert list(long_functions(["int g(int a) {", *body, "}"])) == [(1, FUNCTION_LINES_MAX + 2)]
    assert list(types_of(["namespace a::b {", "struct C { struct D { int e = {}; }; };", "namespace {", "class F {};", "}", "}"])) == ["a::b::C", "a::b::C::D"]
    assert not list(long_functions(["namespace n {", "struct S {", *body, "};", "int g(int a) {", "}", "}"]))


NAMESPACE_OR_TYPE = re.compile(r"\bnamespace\s*([\w:]*)\s*\{|\b(?:struct|class|enum class|union)\s+([\w:]+)\s*(?:final\s*)?(?::(?!:)[^;{}()]*)?\{|[{}]")


def types_of(code):
    """Names of the types that a program sees from everywhere: with their namespaces, without those of anonymous ones."""
    depth, scopes = 0, []
    for match in NAMESPACE_OR_TYPE.finditer("\n".join("" if raw.startswith("#") else raw for raw in code)):
        if match.group(0) == "}":
            depth -= 1
            if scopes and scopes[-1][1] == depth:
                scopes.pop()
            continue
        name = match.group(2) or (match.group(1) or "?" if match.group(0).startswith("namespace") else None)
        if match.group(2) and not any(scope == "?" for scope, _ in scopes):
            yield "::".join([scope for scope, _ in scopes] + [name])
        if name:
            scopes.append((name, depth))
        depth += 1


def check_types(root, files):
    """The linker mixes two types of one name without a word."""
    seen = {}
    for file in files:
        name = file.relative_to(root).as_posix()
        if name.startswith("tests/"):
            continue
        for kind in types_of(code_of(file.read_text(encoding="utf-8"))):
            first = seen.setdefault(kind, name)
            if first != name:
                yield name, f"{kind}, which is also in {first}", "one name for one type"


def check_folders(root, files):
    units = {}
    for file in files:
        units.setdefault(file.parent.relative_to(root).as_posix(), set()).add(file.stem)
    for folder, names in sorted(units.items()):
        if len(names) > UNITS_MAX:
            yield folder, f"{len(names)} units", f"rooms of one subject each, at most {UNITS_MAX} units"
        if folder in ("ledger", "node"):
            yield folder, f"{len(names)} units outside a room", "the room they belong to (docs/architecture.md)"


def main():
    check_itself()
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    files = sorted(f for folder in FOLDERS for kind in ("*.hpp", "*.cpp") for f in (root / folder).rglob(kind))
    if not files:
        sys.exit(f"{root}: no sources found; give the project's root")
    findings = [finding for file in files for finding in check_file(root, file)]
    findings += check_folders(root, files)
    findings += check_types(root, files)
    for place, culprit, instead in findings:
        print(f"{place}: {culprit}; instead: {instead}")
    print(f"tidy: {len(files)} files, {len(findings)} findings")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
