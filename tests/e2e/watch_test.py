"""Watches a list of subjects: each change is reported once, from where the last look ended, and another history is
detected."""

import json
import os
import unittest

from federation import Federation, make_samples, read_text, write_text


class Watching(unittest.TestCase):
    def setUp(self):
        self.federation = Federation()
        self.addCleanup(self.federation.close)
        self.federation.start()
        files = make_samples(self.federation.path("exports"), 20)
        done = self.federation.import_file("310000", files["310000"])
        self.assertIn(done.returncode, (0, 1), done.stderr)
        row = self.federation.ask_vault("310000", "SELECT * FROM records ORDER BY row LIMIT 1")[0]
        self.document, self.tag = self.federation.document_of("310000", row["id"]), row["subject"].hex()
        self.code = "91310118H7FJGJTW0D"
        self.list = self.federation.path("clients.csv")
        write_text(self.list, f"统一社会信用代码\n{self.code}\n91310000MA1FL0000N\n")
        self.seen = self.federation.path("seen.json")

    def member(self, member):
        return ("--folder", self.federation[member].folder, "--node", self.federation[member].url)

    def look(self, *more, code=0):
        done = self.federation.cli("--json", "watch", "--once", "--subjects", self.list, "--seen", self.seen,
                                   *self.member("320000"), *more)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()] if code == 0 else done.stdout + done.stderr

    def act(self, *arguments):
        done = self.federation.cli(*arguments)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_what_is_new_is_told_once(self):
        first = self.look()
        self.assertEqual([news["code"] for news in first], [self.code])
        self.assertEqual(first[0]["subject"], self.tag)
        self.assertEqual({entry["operation"] for entry in first[0]["new"]}, {"create"})
        self.assertTrue(all(record["may_be_shown"] for record in first[0]["records"]))
        self.assertEqual(self.look(), [])

        paper = self.federation.path("paper.txt")
        write_text(paper, "信用修复")
        for step in ("accept", "complete"):
            self.act("repair", step, "--document", self.document, "--grade", "minor", "--file", paper,
                     *self.member("310000"))
        (news,) = self.look()
        self.assertEqual([entry["operation"] for entry in news["new"]], ["repair-accepted", "repaired"])
        self.assertIn(False, [record["may_be_shown"] for record in news["records"]])
        self.assertEqual(self.look(), [])

        os.remove(self.seen)
        (again,) = self.look()
        self.assertEqual(len(again["new"]), news["entries"])

    def test_from_now_on_says_nothing_of_what_is_there(self):
        self.assertEqual(self.look("--from-now"), [])
        self.assertEqual(self.look(), [])

    def test_another_history_than_the_one_seen_is_found_out(self):
        self.look()
        whole = json.loads(read_text(self.seen))
        for change in ({"head": "11" * 32}, {"count": 99}):
            seen = json.loads(json.dumps(whole))
            seen["seen"][self.tag].update(change)
            write_text(self.seen, json.dumps(seen))
            self.assertIn("is not in the history that this node serves", self.look(code=1))
        write_text(self.seen, json.dumps({**whole, "height": whole["height"] + 1000}))
        self.assertIn("of the last look", self.look(code=1))
        write_text(self.seen, json.dumps({**whole, "chain_id": "22" * 32}))
        self.assertIn("another federation", self.look(code=1))
        for text in ("", "{}", "[1]", json.dumps({**whole, "seen": {"xyz": {"count": 1, "head": ""}}})):
            write_text(self.seen, text)
            self.assertIn("is not a file written by `xinlian watch`", self.look(code=2))

    def test_a_node_that_is_down_is_named(self):
        self.federation.stop()
        self.assertIn("127.0.0.1", self.look(code=2))
        self.assertFalse(os.path.exists(self.seen))


if __name__ == "__main__":
    unittest.main()
