"""Unknown peers, garbage and mistakes are refused with a reason, and the federation continues."""

import os
import re
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import time
import unittest

from federation import Federation, ask, make_samples, program, read_text, wait_until, write_text


def refusals(node, reason):
    return [line for line in node.log().splitlines() if "connection refused" in line and reason in line]


class PeerPort(unittest.TestCase):
    """Connections to the peer port."""

    @classmethod
    def setUpClass(cls):
        cls.ours = Federation().start()
        cls.theirs = Federation()
        cls.node = cls.ours["310000"]

    @classmethod
    def tearDownClass(cls):
        cls.ours.close()
        cls.theirs.close()

    def knock(self, data):
        """Sends the bytes to the peer port; returns once the node has closed the connection."""
        with socket.create_connection(("127.0.0.1", self.node.peer_port), timeout=10) as peer:
            peer.sendall(data)
            try:
                while peer.recv(4096):
                    pass
            except ConnectionError:
                pass

    def shake_hands(self, context, alpn=None):
        """Does a TLS handshake and one read; returns the TLS error, or None if the node accepted."""
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if alpn:
            context.set_alpn_protocols([alpn])
        try:
            with socket.create_connection(("127.0.0.1", self.node.peer_port), timeout=10) as raw:
                with context.wrap_socket(raw) as peer:
                    return None if peer.recv(1) else "closed"
        except (ssl.SSLError, ConnectionError) as error:
            return str(error)

    def alpn(self):
        return "xinlian/1/" + self.node.status()["chain_id"][:16]

    def refused_once(self, attempt, reason):
        for _ in range(5):
            attempt()
        wait_until(lambda: refusals(self.node, reason), lambda: f'a log line with "{reason}":\n{self.node.log_tail()}', 10)
        time.sleep(0.2)  # a second line would be here by now
        self.assertEqual(len(refusals(self.node, reason)), 1, self.node.log_tail(30))
        self.still_whole()

    def still_whole(self):
        for node in self.ours:
            status = node.status()
            self.assertTrue(status["ready"])
            self.assertEqual([p["connected"] for p in status["peers"]], [True] * 3, node.log_tail())

    def test_garbage_is_refused_and_logged_once(self):
        self.refused_once(lambda: self.knock(os.urandom(7).replace(b"\x16", b"x") + b"\0" * 4096), "does not speak TLS")

    def test_plain_http_is_refused_and_told_where_to_go(self):
        self.refused_once(lambda: self.knock(b"GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n"), "another port")

    def test_tls_1_2_is_refused(self):
        def attempt():
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            self.assertIsNotNone(self.shake_hands(context, self.alpn()))
        self.refused_once(attempt, "does not offer TLS 1.3")

    def test_a_client_without_a_certificate_is_refused(self):
        self.refused_once(lambda: self.assertIsNotNone(
            self.shake_hands(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), self.alpn())), "presents no certificate")

    def test_a_key_that_the_genesis_does_not_name_is_refused(self):
        key, certificate = self.ours.path("unknown.key"), self.ours.path("unknown.crt")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-days", "9000", "-subj", "/CN=320000",
                        "-keyout", key, "-out", certificate], check=True, capture_output=True)

        def attempt():
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.load_cert_chain(certificate, key)
            self.assertIsNotNone(self.shake_hands(context, self.alpn()))
        self.refused_once(attempt, "presents a key of no known peer")

    def test_a_node_of_another_federation_is_refused(self):
        foreign = self.theirs["330000"]
        config = os.path.join(foreign.folder, "node.toml")
        text = read_text(config)
        own, other = self.theirs["310000"].peer_port, self.node.peer_port
        write_text(config, text.replace(f'"127.0.0.1:{own}"', f'"127.0.0.1:{other}"'))
        foreign.start()
        try:
            wait_until(lambda: refusals(self.node, "another chain"), "the foreign node to be refused", 20)
            peer = next(p for p in foreign.status()["peers"] if p["id"] == "310000")
            self.assertFalse(peer["connected"])
            self.assertIn("another chain", peer["last_error"])
        finally:
            foreign.stop()
        self.still_whole()

    def test_a_handshake_that_never_comes_ends_by_itself(self):
        with socket.create_connection(("127.0.0.1", self.node.peer_port), timeout=120) as silent:
            self.assertEqual(silent.recv(1), b"")
        self.still_whole()

    def test_http_garbage_harms_nobody(self):
        for data in (b"\0" * 100, b"GET / HTTP/9.9\r\n\r\n", b"POST /v1/batches HTTP/1.1\r\nHost: x\r\n"
                     b"Content-Length: 99999999999\r\n\r\n", b"GET /" + b"a" * 40000 + b" HTTP/1.1\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", self.node.api_port), timeout=10) as client:
                client.settimeout(10)
                try:
                    client.sendall(data)
                    client.shutdown(socket.SHUT_WR)
                    while client.recv(4096):
                        pass
                except ConnectionError:
                    pass
        self.still_whole()

    def test_what_is_no_batch_is_refused_with_a_reason(self):
        for body in (b"", b"\0" * 500, os.urandom(5000)):
            answer = ask(self.node.api_port, "POST", "/v1/batches", body)
            self.assertEqual(answer.status, 400)
            self.assertTrue(answer.json()["error"]["message"])
        # The request is refused for its announced length, before the body is sent.
        with socket.create_connection(("127.0.0.1", self.node.api_port), timeout=10) as client:
            client.sendall(b"POST /v1/batches HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n")
            self.assertRegex(client.recv(100), rb"^HTTP/1\.1 413 ")
        self.still_whole()


class Mistakes(unittest.TestCase):
    """Mistakes of an operator: the daemon reports what is wrong and does not start."""

    @classmethod
    def setUpClass(cls):
        cls.federation = Federation(passphrase="four provinces, one ledger")

    @classmethod
    def tearDownClass(cls):
        cls.federation.close()

    def start_badly(self, folder, passphrase="four provinces, one ledger"):
        ended = subprocess.run([program("xinliand"), "--folder", folder], capture_output=True, text=True, timeout=30,
                               env={**os.environ, "XINLIAN_PASSPHRASE": passphrase}, stdin=subprocess.DEVNULL)
        self.assertEqual(ended.returncode, 2, ended.stderr)
        return ended.stderr

    def with_config(self, member, change):
        copy = self.federation.path(f"bad-{self.id().rsplit('.', 1)[-1]}")
        shutil.copytree(self.federation[member].folder, copy)
        config = os.path.join(copy, "node.toml")
        text = read_text(config)
        changed = change(text)
        self.assertNotEqual(text, changed)
        write_text(config, changed)
        return copy

    def test_wrong_use_ends_with_2_and_help_with_0(self):
        for arguments, code in ((["--foldre", "."], 2), (["--folder", self.federation.path("nowhere")], 2), (["more"], 2),
                                (["--help"], 0), (["--version"], 0)):
            ended = subprocess.run([program("xinliand"), *arguments], capture_output=True, text=True, timeout=30)
            self.assertEqual(ended.returncode, code, f"{arguments}: {ended.stdout}{ended.stderr}")
            self.assertTrue(ended.stdout + ended.stderr)

    def test_a_disk_that_takes_no_more_ends_it_with_2(self):
        def no_more_room():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

        with Federation() as federation:
            node = federation["310000"]
            node.enter = no_more_room
            federation.start()
            federation.import_file("320000", make_samples(federation.path("exports"), 400)["320000"])
            wait_until(lambda: node.process.poll() is not None, lambda: f"the disk is full:\n{node.log_tail()}", 60)
            self.assertEqual(node.process.returncode, 2, node.log_tail())
            self.assertIn("File too large", node.log_tail())

    def test_an_unknown_key_is_refused_and_the_nearest_is_named(self):
        said = self.start_badly(self.with_config("310000", lambda text: text.replace("level =", "levle =")))
        self.assertRegex(said, r'node\.toml: line \d+: unknown key "levle" in \[log\]; did you mean "level"\?')

    def test_a_wrong_value_is_refused_with_the_right_ones(self):
        said = self.start_badly(self.with_config("310000", lambda text: text.replace('"info"', '"loud"')))
        self.assertIn("trace, debug, info, warn or error", said)

    def test_a_wrong_passphrase_is_called_one(self):
        said = self.start_badly(self.federation["310000"].folder, "three provinces")
        self.assertIn("passphrase", said)
        self.assertIn("validator.key", said)

    def test_a_key_of_another_member_is_refused(self):
        copy = self.federation.path("bad-key")
        shutil.copytree(self.federation["310000"].folder, copy)
        shutil.copy(os.path.join(self.federation["320000"].folder, "keys", "validator.key"),
                    os.path.join(copy, "keys", "validator.key"))
        self.assertIn("not the validator key that the genesis file names", self.start_badly(copy))

    def test_two_nodes_on_one_folder_are_refused(self):
        node = self.federation["340000"].start()
        try:
            wait_until(lambda: "started" in node.log(), "the first node to start", 20)
            config = os.path.join(node.folder, "node.toml")
            before = read_text(config)
            # Other ports, so that only the folder is in use.
            write_text(config, re.sub(r'listen = "127\.0\.0\.1:\d+"', 'listen = "127.0.0.1:0"', before))
            said = self.start_badly(node.folder)
            write_text(config, before)
            self.assertRegex(said, r"another|in use|locked|already")
            self.assertIsNone(node.process.poll())
        finally:
            self.assertEqual(node.stop(), 0)

    def test_a_taken_port_is_named(self):
        node = self.federation["330000"]
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", node.peer_port))
            taken.listen()
            said = self.start_badly(node.folder)
        self.assertIn(f"127.0.0.1:{node.peer_port}", said)


if __name__ == "__main__":
    unittest.main()
