"""A network for each node: one network namespace per node, joined by a bridge in a namespace of its own.

Nothing outside these namespaces is changed; their names carry this process's id, and close() removes them all.

Needs root, iproute2 and nftables; why_not() says what is missing.
"""

import contextlib
import ctypes
import os
import random
import re
import shutil
import subprocess

from federation import LIBC, Failed, read_text, write_text

CLONE_NEWNET = 0x40000000
PEER_PORT = 8300
TABLE = """
table bridge cuts {
    set pairs { type ifname . ifname; }
    chain forward { type filter hook forward priority 0; iifname . oifname @pairs drop; }
}
"""


def enter(fd):
    """Moves this thread, and the children it starts, into the network namespace."""
    if LIBC.setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def run(*command, stdin=None):
    done = subprocess.run(command, input=stdin, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def why_not():
    """The reason why namespaces cannot be used here, as a sentence; None if they can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    for tool in ("ip", "nft"):
        if shutil.which(tool) is None:
            return f"network namespaces need `{tool}`; ./run faults installs it"
    try:
        with contextlib.closing(Networks(2)):
            return None
    except Failed as reason:
        return f"this kernel gives no network namespaces with a bridge: {reason}"


def sweep():
    """Removes what killed runs left behind: namespaces named after processes that no longer exist."""
    for name in os.listdir("/run/netns") if os.path.isdir("/run/netns") else []:
        owner = re.fullmatch(r"xl(\d+)x[0-9a-f]+(?:sw|n\d+)", name)
        if owner and not os.path.exists(f"/proc/{owner[1]}"):
            subprocess.run(["ip", "netns", "delete", name], capture_output=True)


class Networks:
    """`count` namespaces with the addresses 10.77.0.1, 10.77.0.2 …; numbered from 0."""

    def __init__(self, count):
        self.prefix = f"xl{os.getpid()}x{random.randrange(1 << 16):x}"
        self.switch = self.prefix + "sw"
        self.names = [f"{self.prefix}n{i}" for i in range(count)]
        self.made, self.fds = [], []
        sweep()
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY)
        try:
            self.build()
        except Failed:
            self.close()
            raise

    def build(self):
        self.make(self.switch)
        inside = ("ip", "-n", self.switch)
        run(*inside, "link", "add", "br0", "type", "bridge", "forward_delay", "0")
        run(*inside, "link", "set", "br0", "up")
        for i, name in enumerate(self.names):
            self.make(name)
            run(*inside, "link", "add", f"p{i}", "type", "veth", "peer", "name", "eth0", "netns", name)
            run(*inside, "link", "set", f"p{i}", "master", "br0", "up")
            run("ip", "-n", name, "address", "add", f"{self.address(i)}/24", "dev", "eth0")
            run("ip", "-n", name, "link", "set", "eth0", "up")
            run("ip", "-n", name, "link", "set", "lo", "up")
            self.fds.append(os.open(f"/run/netns/{name}", os.O_RDONLY | os.O_CLOEXEC))
        self.nft(TABLE)

    def make(self, name):
        run("ip", "netns", "add", name)
        self.made.append(name)

    @staticmethod
    def address(i):
        return f"10.77.0.{i + 1}"

    def nft(self, text):
        run("ip", "netns", "exec", self.switch, "nft", "-f", "-", stdin=text)

    @contextlib.contextmanager
    def inside(self, i):
        """What this thread opens inside the context belongs to that namespace, and stays there."""
        enter(self.fds[i])
        try:
            yield
        finally:
            enter(self.home)

    def cut(self, pairs):
        """From now on nothing is transmitted from a to b, for exactly these pairs (a, b)."""
        elements = ", ".join(f'"p{a}" . "p{b}"' for a, b in sorted(pairs))
        self.nft("flush set bridge cuts pairs\n" + (f"add element bridge cuts pairs {{ {elements} }}\n" if elements else ""))

    def unplug(self, i, away):
        run("ip", "-n", self.switch, "link", "set", f"p{i}", "down" if away else "up")

    def close(self):
        for fd in self.fds:
            os.close(fd)
        self.fds = []
        for name in reversed(self.made):
            subprocess.run(["ip", "netns", "delete", name], capture_output=True)
        self.made = []
        if self.home is not None:
            os.close(self.home)
            self.home = None


def spread(federation):
    """Moves each node of a federation that is not started yet into a namespace of its own. Close the returned object
    after the federation."""
    members = list(federation.nodes)
    networks = Networks(len(members))
    for i, node in enumerate(federation):
        config = f"{node.folder}/node.toml"
        text = read_text(config)
        for k, member in enumerate(members):
            text = text.replace(f'"127.0.0.1:{federation[member].peer_port}"', f'"{networks.address(k)}:{PEER_PORT}"')
        write_text(config, text)
        node.network = (networks, i)
        node.enter = lambda fd=networks.fds[i]: enter(fd)
    return networks


def leftovers():
    """The names of this process's namespaces that still exist."""
    names = os.listdir("/run/netns") if os.path.isdir("/run/netns") else []
    return [name for name in names if name.startswith(f"xl{os.getpid()}x")]
