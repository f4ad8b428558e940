"""A federation of real processes on loopback, for the end-to-end tests and the demo.

Makes a federation with `xinlian federation create` in a folder of its own, on ports that were free a moment ago; starts,
stops and kills its nodes; queries them over HTTP. Every wait has a deadline, and its failure names the condition. Only
processes that were started here are ended, by their own ids.
"""

import ctypes
import http.client
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time

MEMBERS = ("310000", "320000", "330000", "340000")
SUITES = ("ed25519-sha256", "sm2-sm3")
START_DEADLINE_S = 30
PR_SET_PDEATHSIG = 1


def program(name):
    """The path of one of our programs, in the folder XINLIAN_BIN or in build/release."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    folder = os.environ.get("XINLIAN_BIN") or os.path.join(root, "build", "release")
    path = os.path.join(folder, name)
    if not os.access(path, os.X_OK):
        raise SystemExit(f"{path} is not there; `./run build` makes it, XINLIAN_BIN names its folder")
    return path


def read_text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write_text(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


class Failed(AssertionError):
    """A condition or an answer of a node did not come in time."""


def wait_until(condition, what, deadline_s=30.0, pause_s=0.02):
    """Calls condition() until it returns something true, and returns that."""
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failed(f"not within {deadline_s:g} s: {what() if callable(what) else what}")
        time.sleep(pause_s)


class Answer:
    """An HTTP answer: status, headers (lower-case names), body as bytes."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


def ask(port, method, path, body=None, headers=None, timeout_s=35.0):
    """Sends one HTTP request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        response = connection.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


def free_port_base(count):
    """The first of `count` consecutive ports that are free now, below those that the kernel assigns by itself."""
    for _ in range(500):
        base = random.randrange(20000, 32000 - count)
        sockets = []
        try:
            for port in range(base, base + count):
                taken = socket.socket()
                sockets.append(taken)
                taken.bind(("127.0.0.1", port))
            return base
        except OSError:
            continue
        finally:
            for taken in sockets:
                taken.close()
    raise Failed("no free ports on 127.0.0.1 between 20000 and 32000")


LIBC = ctypes.CDLL(None, use_errno=True)


def die_with_parent():
    """Runs in the child before its program, so that a killed test leaves no nodes behind. (The signal follows the end
    of the starting thread.)"""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def run_cli(*arguments, env=None, cwd=None, timeout_s=120.0, lang="en"):
    """Runs `xinlian` and returns the finished process with its texts."""
    return subprocess.run([program("xinlian"), "--lang", lang, *map(str, arguments)], capture_output=True, text=True,
                          env={**os.environ, **(env or {})}, cwd=cwd, timeout=timeout_s, stdin=subprocess.DEVNULL)


def start_cli(*arguments, env=None, lang="en"):
    """Starts `xinlian` and returns at once, for runs that are to be killed."""
    return subprocess.Popen([program("xinlian"), "--lang", lang, *map(str, arguments)], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, env={**os.environ, **(env or {})},
                            stdin=subprocess.DEVNULL, preexec_fn=die_with_parent)


class Keeping:
    """Sends many GETs to one node over one connection."""

    def __init__(self, node):
        self.connection = http.client.HTTPConnection("127.0.0.1", node.api_port, timeout=35)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.connection.close()

    def json(self, path):
        self.connection.request("GET", path)
        response = self.connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise Failed(f"GET {path}: {response.status} {body[:300]!r}")
        return json.loads(body)


def make_samples(folder, rows, seed=1):
    """Makes four exports of made-up companies and the expected results of importing them; returns their paths by
    member."""
    made = run_cli("sample", "--out", folder, "--rows", rows, "--seed", seed)
    if made.returncode != 0:
        raise Failed(f"sample: {made.stdout}{made.stderr}")
    files = {}
    for name in sorted(os.listdir(folder)):
        if name[:6] in MEMBERS:
            files[name[:6]] = os.path.join(folder, name)
    return files


def other_certificate(node, days):
    """Replaces a node's TLS certificate by one of the same key that ends after `days`. An unrelated key signs it, since
    that signature is never checked."""
    path = os.path.join(node.folder, "keys", "transport.crt")
    signer, public = path + ".signer", path + ".pub"

    def openssl(*arguments):
        return subprocess.run(["openssl", *arguments], check=True, capture_output=True, text=True).stdout
    write_text(public, openssl("x509", "-in", path, "-noout", "-pubkey"))
    openssl("genpkey", "-algorithm", "ed25519", "-out", signer)
    openssl("x509", "-new", "-force_pubkey", public, "-key", signer, "-subj", f"/CN={node.member}", "-days", str(days),
            "-out", path)
    os.remove(signer)
    os.remove(public)


class Node:
    """One member's folder and, between start and stop, its process."""

    def __init__(self, folder, member, peer_port, api_port, env, outlive):
        self.folder, self.member, self.peer_port, self.api_port = folder, member, peer_port, api_port
        self.log_path = os.path.join(folder, "node.log")
        self.process = None
        self.extra_env = {}  # for this process alone, for example a clock of its own
        self.enter = None    # called in the child before its program, for example to enter a network of its own
        self._env, self._outlive = env, outlive

    @property
    def url(self):
        return f"http://127.0.0.1:{self.api_port}"

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [program("xinliand"), "--folder", self.folder], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                env={**os.environ, **self._env, **self.extra_env}, start_new_session=self._outlive,
                preexec_fn=None if self._outlive else self._prepare)
        return self

    def _prepare(self):
        die_with_parent()
        if self.enter:
            self.enter()

    def kill(self):
        """Kills the process as a power cut would, without a clean end."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self, deadline_s=20.0):
        """Asks the process to end; returns its exit code."""
        if self.process is None:
            return None
        self.process.terminate()
        return self.wait_stopped(deadline_s)

    def wait_stopped(self, deadline_s=20.0):
        try:
            code = self.process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"{self.member} did not stop within {deadline_s:g} s of SIGTERM:\n{self.log_tail()}") from None
        self.process = None
        return code

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def log_tail(self, lines=15):
        return "\n".join(self.log().splitlines()[-lines:]) if os.path.exists(self.log_path) else "(no log)"

    def get(self, path, headers=None, timeout_s=35.0):
        return ask(self.api_port, "GET", path, headers=headers, timeout_s=timeout_s)

    def json(self, path):
        answer = self.get(path)
        if answer.status != 200:
            raise Failed(f"GET {path} of {self.member}: {answer.status} {answer.body[:300]!r}")
        return answer.json()

    def status(self):
        return self.json("/v1/status")

    def height(self):
        return self.status()["height"]

    def is_ready(self):
        if self.process is not None and self.process.poll() is not None:
            raise Failed(f"{self.member} ended with {self.process.returncode}:\n{self.log_tail()}")
        try:
            return self.get("/v1/ready", timeout_s=2).status == 200
        except OSError:
            return False

    def wait_ready(self, deadline_s=START_DEADLINE_S):
        wait_until(self.is_ready, lambda: f"{self.member} is ready; its log ends:\n{self.log_tail()}", deadline_s)
        return self


class Federation:
    """A federation, of four members by default. Use it as a context manager: it stops the nodes and removes the folder
    at the end."""

    def __init__(self, suite=SUITES[0], passphrase=None, folder=None, outlive=False, members=MEMBERS, name=None,
                 bureaus=()):
        self.own_folder = folder is None
        self.top = folder or tempfile.mkdtemp(prefix="xinlian-")
        self.folder = os.path.join(self.top, "federation")
        self.suite = suite
        self.env = {"XINLIAN_PASSPHRASE": passphrase} if passphrase else {}
        base = free_port_base(2 * len(members))
        api_base = base + len(members)
        made = run_cli("federation", "create", "--out", self.folder, "--members", ",".join(members), "--suite", suite,
                       "--base-port", base, "--api-base-port", api_base, *(["--name", name] if name else []),
                       *(["--bureaus", ",".join(bureaus)] if bureaus else []),
                       *([] if passphrase else ["--unprotected"]), env=self.env)
        if made.returncode != 0:
            raise Failed(f"federation create: {made.stdout}{made.stderr}")
        self.created = made.stdout
        self.genesis = os.path.join(self.folder, "genesis.json")
        self.nodes = {m: Node(os.path.join(self.folder, m), m, base + i, api_base + i, self.env, outlive)
                      for i, m in enumerate(members)}

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def __getitem__(self, member):
        return self.nodes[member]

    def __iter__(self):
        return iter(self.nodes.values())

    def start(self):
        for node in self:
            node.start()
        for node in self:
            node.wait_ready()
        return self

    def kill(self):
        for node in self:
            if node.process is not None:
                node.process.kill()
        for node in self:
            node.kill()

    def stop(self):
        """Asks all nodes to end, once, and waits; returns their exit codes by member."""
        running = [node for node in self if node.process is not None]
        for node in running:
            node.process.terminate()
        return {node.member: node.wait_stopped() for node in running}

    def close(self):
        self.kill()
        if self.own_folder:
            shutil.rmtree(self.top, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.top, name)

    def cli(self, *arguments, **options):
        return run_cli(*arguments, env=self.env, **options)

    def vault(self, member):
        """Opens the member's vault read-only, as a connection whose rows have column names."""
        vault = sqlite3.connect(f"file:{self[member].folder}/data/vault.sqlite?mode=ro", uri=True)
        vault.row_factory = sqlite3.Row
        return vault

    def ask_vault(self, member, sql, *values):
        vault = self.vault(member)
        try:
            return vault.execute(sql, values).fetchall()
        finally:
            vault.close()

    def document_of(self, member, record):
        """The document number of a record (its id as bytes), which the vault keeps encrypted."""
        shown = self.cli("--json", "vault", "show", "--folder", self[member].folder, "--record", record.hex())
        if shown.returncode != 0:
            raise Failed(f"vault show: {shown.stdout}{shown.stderr}")
        return json.loads(shown.stdout)[0]["document"]

    def import_arguments(self, member, *files):
        node = self[member]
        return ("import", *files, "--profile", "auto", "--as", member, "--folder", node.folder, "--node", node.url)

    def import_file(self, member, *files, extra=(), timeout_s=120.0):
        return self.cli("--json", *self.import_arguments(member, *files), *extra, timeout_s=timeout_s)

    def start_import(self, member, *files, extra=()):
        return start_cli("--json", *self.import_arguments(member, *files), *extra, env=self.env)

    def wait_height(self, height, deadline_s=30.0):
        for node in self:
            wait_until(lambda n=node: n.height() >= height,
                       lambda n=node: f"{n.member} reaches height {height}; it is at {n.height()}\n{n.log_tail()}",
                       deadline_s)

    def wait_level(self, deadline_s=30.0, quiet_s=0.5):
        """Waits until all running nodes have been at one height for a while, and returns it. (An import is done when
        its last block is final; an empty block that was already proposed may still follow.)"""
        def heights():
            return [(node.member, node.height()) for node in self if node.process is not None]
        seen, since = None, time.monotonic()

        def level():
            nonlocal seen, since
            now = {height for _, height in heights()}
            if len(now) != 1 or now != seen:
                seen, since = now, time.monotonic()
            return len(now) == 1 and time.monotonic() - since >= quiet_s
        wait_until(level, lambda: f"all nodes stand at one height: {heights()}", deadline_s)
        return seen.pop()

    def chains(self):
        """What each node reports at every height: block id, state root, log root, log size, batches."""
        height = self.wait_level()
        chains = {}
        for node in self:
            if node.process is None:
                continue
            with Keeping(node) as kept:
                blocks = [kept.json(f"/v1/blocks/{h}") for h in range(height + 1)]
            chains[node.member] = [(b["height"], b["id"], b["state_root"], b["log_root"], b["log_size"],
                                    tuple(b["batches"])) for b in blocks]
        return chains

    def assert_agreement(self):
        """Checks that all nodes report the same at every height, and that no batch is in two blocks. Returns the
        chain."""
        chains = self.chains()
        first = next(iter(chains.values()))
        for member, chain in chains.items():
            for ours, theirs in zip(first, chain):
                if ours != theirs:
                    raise Failed(f"{member} differs at height {ours[0]}:\n{ours}\n{theirs}")
        batches = [b for block in first for b in block[5]]
        if len(batches) != len(set(batches)):
            raise Failed("a batch stands in two blocks")
        return first
