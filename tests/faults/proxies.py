"""xinlian-proxy between the nodes of a federation: each node dials each of its peers through a port of its own."""

import subprocess

from federation import Failed, die_with_parent, program, read_text, write_text


class Proxy:
    """One running xinlian-proxy and its routes. It ends with close(), or with the process that started it."""

    def __init__(self):
        self.process = subprocess.Popen([program("xinlian-proxy")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, bufsize=1, preexec_fn=die_with_parent)

    def say(self, command):
        """Sends one command; returns what follows "ok" in its answer."""
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if answer.split(" ")[0] != "ok":
            raise Failed(f"xinlian-proxy, told \"{command}\": {answer or 'it has ended'}")
        return answer[3:]

    def route(self, name, host, port):
        """The proxy's port that forwards to this address."""
        return int(self.say(f"route {name} {host}:{port}"))

    def set(self, name, way="both", **settings):
        self.say(f"set {name} {way} " + " ".join(f"{key}={value}" for key, value in settings.items()))

    def stats(self, name):
        return {key: int(value) for key, value in (word.split("=") for word in self.say(f"stats {name}").split())}

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


class Between:
    """A proxy on every connection between two nodes. (a, b) is the route by which a dials b."""

    def __init__(self, federation):
        self.proxy = Proxy()
        self.members = list(federation.nodes)
        self.pairs = [(a, b) for a in self.members for b in self.members if a != b]
        for a, b in self.pairs:
            port = self.proxy.route(self.name(a, b), "127.0.0.1", federation[b].peer_port)
            config = f"{federation[a].folder}/node.toml"
            write_text(config, read_text(config).replace(f'"127.0.0.1:{federation[b].peer_port}"',
                                                         f'"127.0.0.1:{port}"'))

    @staticmethod
    def name(a, b):
        return f"{a}-{b}"

    def from_to(self, a, b, **settings):
        """Sets how traffic from a to b is forwarded, whichever of the two has dialled."""
        self.proxy.set(self.name(a, b), "forward", **settings)
        self.proxy.set(self.name(b, a), "back", **settings)

    def every(self, **settings):
        for a, b in self.pairs:
            self.proxy.set(self.name(a, b), "both", **settings)

    def each(self, command, *values):
        """Sends a command to every route."""
        for a, b in self.pairs:
            self.proxy.say(" ".join([command, self.name(a, b), *map(str, values)]))

    def ways_of(self, member):
        return [(a, b) for a, b in self.pairs if member in (a, b)]

    def close(self):
        self.proxy.close()
