"""Kills one node, all nodes and the import itself with SIGKILL, each in the middle of an import: nothing final is lost,
nothing is repeated, and all nodes end with the same chain."""

import json
import os
import time
import unittest

from federation import Failed, Federation, make_samples, wait_until

ROWS = 3000
BATCH_ROWS = 25  # so that an import takes more than a hundred batches


class Crashes(unittest.TestCase):
    def setUp(self):
        self.federation = Federation()
        self.files = make_samples(self.federation.path("exports"), ROWS)
        with open(os.path.join(os.path.dirname(self.files["310000"]), "expected.json"), encoding="utf-8") as file:
            expected = json.load(file)[os.path.basename(self.files["310000"])]
        left_out = [row for row, (_, treatment) in expected["special"].items() if treatment in ("refuse", "duplicate")]
        self.accepted = expected["rows"] - len(left_out)
        self.federation.start()

    def tearDown(self):
        self.federation.close()

    def start_import(self):
        return self.federation.start_import("310000", self.files["310000"], extra=("--batch-rows", BATCH_ROWS))

    def wait_entries(self, entries, importer):
        def there():
            if importer.poll() is not None:
                raise Failed(f"the import was over too soon: {importer.communicate()}")
            return self.federation["320000"].status()["log_size"] >= entries
        wait_until(there, f"{entries} entries", 60, 0.005)

    def finish(self, importer):
        said, complained = importer.communicate(timeout=120)
        self.assertEqual(importer.returncode, 1, said + complained)  # 1: the samples have rows to refuse

    def assert_whole(self):
        chain = self.federation.assert_agreement()
        self.assertEqual(chain[-1][4], self.accepted)
        records = self.federation.ask_vault("310000", "SELECT COUNT(DISTINCT id) AS n, COUNT(*) AS all_rows FROM records")[0]
        self.assertEqual((records["n"], records["all_rows"]), (self.accepted, self.accepted))
        unsettled = self.federation.ask_vault("310000", "SELECT sequence FROM batches WHERE state != 1")
        self.assertEqual(len(unsettled), 0)
        return chain

    def test_one_node_is_killed_and_catches_up_by_itself(self):
        importer = self.start_import()
        self.wait_entries(ROWS // 6, importer)
        victim = self.federation["330000"]
        victim.kill()
        self.finish(importer)
        alive = [node for node in self.federation if node is not victim]
        tip = alive[0].height()
        victim.start().wait_ready()
        wait_until(lambda: victim.height() >= tip, lambda: f"it reaches {tip}: {victim.height()}\n{victim.log_tail()}")
        self.assert_whole()

    def test_the_node_that_takes_the_import_is_killed_and_comes_back(self):
        importer = self.start_import()
        self.wait_entries(ROWS // 6, importer)
        self.federation["310000"].kill()
        time.sleep(0.3)
        self.federation["310000"].start()
        self.finish(importer)
        self.assert_whole()

    def test_all_nodes_are_killed_at_once_and_nothing_final_is_lost(self):
        importer = self.start_import()
        self.wait_entries(ROWS // 6, importer)
        before = {node.member: node.status() for node in self.federation}
        self.federation.kill()
        importer.kill()
        importer.communicate()
        self.federation.start()
        for node in self.federation:
            status = before[node.member]
            self.assertGreaterEqual(node.height(), status["height"])
            block = node.json(f"/v1/blocks/{status['height']}")
            self.assertEqual((block["id"], block["state_root"], block["log_size"]),
                             (status["block"], status["state_root"], status["log_size"]))
        resumed = self.federation.cli("--json", "import", "--resume", "--as", "310000", "--folder",
                                      self.federation["310000"].folder)
        self.assertEqual(resumed.returncode, 0, resumed.stdout + resumed.stderr)
        self.finish(self.start_import())
        self.assert_whole()

    def test_the_import_is_killed_again_and_again(self):
        kills = 0
        for entries in (ROWS // 12, ROWS // 5, ROWS // 3, ROWS // 2):
            importer = self.start_import()
            self.wait_entries(entries, importer)
            importer.kill()
            importer.communicate()
            kills += 1
        self.assertEqual(kills, 4)
        self.finish(self.start_import())
        chain = self.assert_whole()
        self.finish(self.start_import())
        self.assertEqual(self.federation.assert_agreement(), chain)

    def test_what_a_killed_node_alone_had_is_sent_again(self):
        others = [node for node in self.federation if node.member != "310000"]
        for node in others:
            node.kill()
        importer = self.start_import()
        node = self.federation["310000"]
        wait_until(lambda: node.status()["pool"]["batches"] > 0, "it holds a batch")
        node.kill()
        self.federation.start()
        self.finish(importer)
        self.assert_whole()

    def test_two_nodes_down_stop_the_federation_and_one_back_goes_on(self):
        importer = self.start_import()
        self.wait_entries(ROWS // 6, importer)
        for member in ("330000", "340000"):
            self.federation[member].kill()
        time.sleep(1.0)
        stands = self.federation["320000"].height()
        time.sleep(1.0)
        self.assertLessEqual(self.federation["320000"].height(), stands)
        self.assertIsNone(importer.poll())
        self.federation["330000"].start()
        self.finish(importer)
        self.federation["340000"].start().wait_ready()
        self.assert_whole()


if __name__ == "__main__":
    unittest.main()
