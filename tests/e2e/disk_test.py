"""Damages the disk of a stopped node: what the start does not read, the scrub finds and names."""

import os
import unittest

from federation import Federation, make_samples, wait_until

ROWS = 400


class Scrub(unittest.TestCase):
    def setUp(self):
        self.federation = Federation()
        self.files = make_samples(self.federation.path("exports"), ROWS)
        self.federation.start()
        self.federation.import_file("310000", self.files["310000"])
        self.federation.wait_level()

    def tearDown(self):
        self.federation.close()

    def counter(self, node, name):
        text = node.get("/metrics").body.decode()
        return float(next(line.split()[-1] for line in text.splitlines() if line.startswith(name + " ")))

    def is_unwell(self, node):
        try:
            return node.get("/v1/health").status == 503
        except OSError:
            return False  # it is starting

    def test_a_healthy_chain_is_read_again_and_nothing_is_found(self):
        node = self.federation["320000"]
        node.stop()
        node.start().wait_ready()  # so that the first round is over the whole chain
        wait_until(lambda: self.counter(node, "xinlian_scrub_rounds_total") >= 1, "a whole round", 60)
        self.assertGreater(self.counter(node, "xinlian_scrub_bytes_total"), 100 * ROWS)
        self.assertEqual(self.counter(node, "xinlian_scrub_damage_total"), 0)

    def test_a_damaged_body_is_named_and_the_node_signs_nothing_any_more(self):
        node = self.federation["320000"]
        node.stop()
        node.start().wait_ready()
        node.stop()  # the second start made a table of the log
        chain = os.path.join(node.folder, "data", "chain")
        table = max((os.path.join(chain, name) for name in os.listdir(chain) if name.endswith(".ldb")), key=os.path.getsize)
        with open(table, "r+b") as file:  # bodies come first in a table
            file.seek(6000)
            byte = file.read(1)
            file.seek(6000)
            file.write(bytes([byte[0] ^ 1]))
        node.start()
        wait_until(lambda: self.is_unwell(node), lambda: f"the damage is found\n{node.log_tail()}", 60)
        self.assertIn("chain", node.get("/v1/health").json()["reason"])
        self.assertGreaterEqual(self.counter(node, "xinlian_scrub_damage_total"), 1)
        self.assertIn("the chain on disk is damaged", node.log())
        self.federation.import_file("310000", self.files["330000"])  # the others go on without it


if __name__ == "__main__":
    unittest.main()
