"""The auditor's commands beside `audit chain`, on a copied folder of a real federation with acts on it."""

import json
import os
import shutil
import unittest

from audit_test import files_in
from federation import Federation, make_samples, read_text, run_cli, write_text

ROWS = 60
BANK, BUREAU = "330000-bank", "310000-bureau"
SUBJECT = "91310118H7FJGJTW0D"


class Reviews(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.federation = federation = Federation(bureaus=(BANK, BUREAU))
        exports = make_samples(federation.path("exports"), ROWS)
        federation.start()
        for member in ("310000", "320000"):
            federation.import_file(member, exports[member])
        write_text(federation.path("form.txt"), "a signed form")
        write_text(federation.path("report.txt"), "a report")
        form, report = federation.path("form.txt"), federation.path("report.txt")
        cls.grant = cls.act(BUREAU, "grant", "--subject", SUBJECT, "--requester", BANK, "--purpose", "loan", "--from",
                            "2020-01-01", "--until", "2199-12-31", "--uses", "3", "--file", form)
        cls.queries = [cls.act(BANK, "query", "--grant", cls.grant, "--provider", "310000") for _ in range(2)]
        cls.act("310000", "answer", cls.queries[0], "--file", report)
        cls.act(BANK, "ack", cls.queries[0], "--file", report)
        federation.wait_level()
        federation["320000"].stop()
        cls.copy = federation.path("copy")
        shutil.copytree(os.path.join(federation["320000"].folder, "data"), cls.copy)
        cls.files = files_in(cls.copy)

    @classmethod
    def tearDownClass(cls):
        cls.federation.close()

    @classmethod
    def act(cls, member, *arguments):
        """Signs an act as the member, at one node; the id of what it speaks of."""
        folder = os.path.join(cls.federation.folder, member)
        done = cls.federation.cli("--json", *arguments, "--folder", folder, "--node", cls.federation["310000"].url)
        if done.returncode != 0:
            raise AssertionError(f"{arguments}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)["id"]

    def audit(self, *arguments, code=0, lang="en", copy=None):
        name, *options = arguments
        done = run_cli("audit", name, copy or self.copy, "--genesis", self.federation.genesis, *options, lang=lang)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertEqual(done.stderr, "")
        self.assertEqual(files_in(self.copy), self.files)
        return done.stdout

    def audit_json(self, *arguments, **options):
        return json.loads(self.audit(*arguments, "--json", **options))

    def damaged(self):
        """A copy whose log is cut short."""
        copy = self.federation.path("damaged")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.copy, copy)
        name = max((n for n in self.files if n.endswith(".log") and "chain" in n), key=lambda n: len(self.files[n]))
        with open(os.path.join(copy, name), "wb") as file:
            file.write(self.files[name][:-3])
        return copy

    def test_every_query_is_listed_with_its_grant(self):
        said = self.audit_json("queries")
        self.assertTrue(said["sound"])
        self.assertEqual((said["report"], said["verdict"]), ("queries", "good"))
        self.assertEqual([q["query"] for q in said["queries"]], self.queries)
        self.assertEqual({(q["grant"], q["requester"], q["provider"], q["purpose"], q["authorization"])
                          for q in said["queries"]}, {(self.grant, BANK, "310000", "loan", "live")})
        first, second = said["queries"]
        self.assertGreaterEqual(first["acknowledged_ms"], first["answered_ms"])
        self.assertIsNone(second["answered_ms"])
        self.assertEqual(said["without_grant"], [])
        self.assertEqual(self.audit_json("queries", "--to", "2020-01-01")["queries"], [])
        self.assertEqual(len(self.audit_json("queries", "--from", "2020-01-01", "--to", "2199-12-31")["queries"]), 2)
        self.assertIn("每一笔都有有效授权", self.audit("queries", lang="zh"))

    def test_the_report_is_text_json_or_a_page(self):
        text, data, page = (self.federation.path("queries." + kind) for kind in ("txt", "json", "html"))
        for path in (text, data, page):
            self.audit("queries", "--report", path)
        self.assertIn("had a live grant", read_text(text))
        self.assertEqual(json.loads(read_text(data)), self.audit_json("queries"))
        self.assertIn("<h1>信链查询授权审计报告</h1>", read_text(page))
        self.assertIn("每一笔都有有效授权", read_text(page))
        self.assertNotIn("<script", read_text(page))

    def test_a_chain_that_is_not_sound_is_said_first(self):
        said = self.audit_json("queries", copy=self.damaged(), code=1)
        self.assertFalse(said["sound"])
        self.assertIsNotNone(said["chain"]["flaw"])
        self.assertIn("The chain is not sound", said["sentence"])

    def test_nothing_is_told_for_a_period_or_a_folder_that_is_none(self):
        self.assertIn("ends before it begins",
                      self.audit("queries", "--from", "2026-02-01", "--to", "2026-01-01", code=2))
        self.assertIn("无法判断", self.audit("queries", "--from", "2026-2-1", code=2, lang="zh"))
        empty = self.federation.path("empty")
        os.makedirs(empty, exist_ok=True)
        self.assertIsNone(self.audit_json("queries", copy=empty, code=2)["sound"])


if __name__ == "__main__":
    unittest.main()
