"""Replaces a member's TLS certificate by another of the same key, while one member is down that has not heard of it."""

import os
import re
import subprocess
import unittest

from federation import Federation, make_samples, other_certificate, read_text, wait_until, write_text


def certificate(node):
    return os.path.join(node.folder, "keys", "transport.crt")


def served(node):
    """The certificate that the node presents at the peer port, as PEM."""
    alpn = "xinlian/1/" + node.status()["chain_id"][:16]
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{node.peer_port}", "-alpn", alpn],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=20, check=False)
    found = re.search("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", done.stdout, re.S)
    return found.group(0) if found else done.stderr


class Certificates(unittest.TestCase):
    def setUp(self):
        self.federation = Federation()
        self.files = make_samples(self.federation.path("exports"), 40)
        self.federation.start()
        self.renewed, self.away = self.federation["320000"], self.federation["340000"]

    def tearDown(self):
        self.federation.close()

    def all_connected(self):
        return all(peer["connected"] for node in self.federation for peer in node.status()["peers"])

    def import_of(self, member):
        done = self.federation.import_file(member, self.files[member])
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_another_certificate_of_the_same_key_is_one_and_the_same_member(self):
        self.import_of("310000")
        self.away.stop()
        before = read_text(certificate(self.renewed))
        self.renewed.stop()
        other_certificate(self.renewed, days=30)
        after = read_text(certificate(self.renewed))
        self.assertNotEqual(before.strip(), after.strip())
        self.renewed.start().wait_ready()
        self.assertEqual(served(self.renewed), after.strip())
        self.import_of("320000")  # one is away, so this needs the renewed one's votes
        self.away.start().wait_ready()
        wait_until(self.all_connected, lambda: f"all are connected with all:\n{self.away.log_tail()}", 30)
        self.import_of("340000")
        self.federation.assert_agreement()
        for node in self.federation:
            self.assertNotIn("presents a key of no known peer", node.log())

    def test_a_certificate_of_another_key_is_refused_at_the_start(self):
        own = read_text(certificate(self.renewed))
        self.renewed.stop()
        write_text(certificate(self.renewed), read_text(certificate(self.away)))
        self.assertNotEqual(self.renewed.start().wait_stopped(), 0)
        self.assertIn("certificate", self.renewed.log_tail(3))
        write_text(certificate(self.renewed), own)
        self.renewed.start().wait_ready()
        wait_until(self.all_connected, "all are connected with all", 30)


if __name__ == "__main__":
    unittest.main()
