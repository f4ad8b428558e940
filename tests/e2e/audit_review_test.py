"""Runs the auditor's commands besides `audit chain` on a copied folder of a real federation with acts."""

import json
import os
import shutil
import time
import unittest

from audit_test import files_in
from federation import MEMBERS, Federation, make_samples, read_text, run_cli, write_text

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
        cls.receipts = federation.path("kept")
        os.makedirs(cls.receipts)
        cls.prove(cls.receipts, "entry.proof", "entry", "0")
        cls.prove(cls.receipts, "query.proof", "query", cls.queries[0])
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
        """Signs an act as the member, at one node, and returns the id of its object."""
        folder = os.path.join(cls.federation.folder, member)
        done = cls.federation.cli("--json", *arguments, "--folder", folder, "--node", cls.federation["310000"].url)
        if done.returncode != 0:
            raise AssertionError(f"{arguments}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)["id"]

    @classmethod
    def prove(cls, folder, name, *question):
        done = run_cli("prove", *question, "--genesis", cls.federation.genesis, "--node", cls.federation["310000"].url,
                       "--out", os.path.join(folder, name))
        if done.returncode != 0:
            raise AssertionError(f"{question}: {done.stdout}{done.stderr}")

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
        """A copy whose log is truncated."""
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
        self.assertIn("had a valid authorization", read_text(text))
        self.assertEqual(json.loads(read_text(data)), self.audit_json("queries"))
        self.assertIn("<h1>信链查询授权审计报告</h1>", read_text(page))
        self.assertIn("每一笔都有有效授权", read_text(page))
        self.assertNotIn("<script", read_text(page))

    def test_a_feed_has_no_gap_and_its_late_reports_are_named(self):
        said = self.audit_json("feed", "--issuer", "310000")
        self.assertEqual((said["issuer"], said["gaps"], said["first_sequence"]), ("310000", [], 1))
        self.assertEqual(said["last_sequence"], said["batches"])
        for late in said["late_reports"]:
            self.assertGreater(late["done"], late["due"])
        self.assertEqual(self.audit_json("feed", "--issuer", "340000")["batches"], 0)
        self.assertIn("连续无缺口", self.audit("feed", "--issuer", "310000", lang="zh"))
        self.assertIn("neither an issuer nor a bureau", self.audit("feed", "--issuer", "999999", code=2))

    def test_the_table_of_quality_is_the_nodes_own_to_the_digit(self):
        block = self.federation["310000"].json("/v1/blocks/1")
        year, month = time.strftime("%Y %m", time.gmtime(block["time_ms"] / 1000 + 8 * 3600)).split()
        periods = (("--quarter", f"{year}Q{(int(month) + 2) // 3}"), ("--month", f"{year}-{month}"),
                   ("--quarter", "2020Q1"))
        for period in periods:
            said = self.audit_json("quality", *period)
            asked = run_cli("quality", *period, "--node", self.federation["310000"].url, "--json")
            self.assertEqual(asked.returncode, 0, asked.stderr)
            self.assertEqual(json.loads(asked.stdout)["issuers"], said["issuers"])
            self.assertEqual([row["issuer"] for row in said["issuers"]], [*MEMBERS, "all"])
        said = self.audit_json("quality", *periods[0])
        shanghai, everybody = said["issuers"][0], said["issuers"][-1]
        self.assertGreater(shanghai["reported"], 0)
        self.assertEqual(shanghai["compliance"]["text"], "100.00%")
        self.assertEqual(everybody["reported"], sum(row["reported"] for row in said["issuers"][:-1]))
        self.assertEqual(said["issuers"][0]["lateness"]["part"],
                         len(self.audit_json("feed", "--issuer", "310000")["late_reports"]))
        one = self.audit_json("quality", *periods[0], "--issuer", "320000")["issuers"]
        self.assertEqual([row["issuer"] for row in one], ["320000"])
        self.assertIn("报送量", self.audit("quality", *periods[0], lang="zh"))
        asked = run_cli("quality", *periods[0], "--node", self.federation["310000"].url, lang="zh")
        self.assertIn("不是证据", asked.stdout)
        self.assertIn("2026Q5", self.audit("quality", "--quarter", "2026Q5", code=2))
        self.assertEqual(self.federation["310000"].get("/v1/quality?from=2026-1-1").status, 400)

    def test_members_are_listed_with_what_each_did(self):
        said = self.audit_json("members")
        self.assertEqual({row["member"] for row in said["members"]}, {*MEMBERS, BANK, BUREAU})
        terms = {row["member"]: row for row in said["terms"]}
        self.assertEqual(terms[BANK]["roles"], ["bureau"])
        self.assertIsNone(terms[BANK]["validator_key"])
        seen = {row["member"]: row for row in said["members"]}
        self.assertEqual(sum(row["proposed"]["count"] for row in seen.values()), said["chain"]["height"])
        self.assertGreater(seen[BANK]["reported"]["count"], 2)
        self.assertEqual(seen[BANK]["certified"]["count"], 0)
        self.assertEqual(said["evidence"], [])
        self.assertIn("没有双签证据", self.audit("members", lang="zh"))

    def test_receipts_from_elsewhere_are_of_this_history(self):
        receipts, extra = self.federation.path("receipts"), self.federation.path("extra")
        for folder in (receipts, extra):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.receipts, receipts)
        said = self.audit_json("receipts", receipts)
        self.assertEqual({r["verdict"] for r in said["receipts"]}, {"same"})
        self.assertEqual({r["kind"] for r in said["receipts"]}, {"entry", "query"})
        with open(os.path.join(receipts, "entry.proof"), "rb") as file:
            data = file.read()
        os.makedirs(extra)
        self.assertIn("contains no proof file", self.audit("receipts", extra, code=2))
        with open(os.path.join(extra, "changed.proof"), "wb") as file:
            file.write(data[:-8] + bytes([data[-8] ^ 1]) + data[-7:])
        self.assertIn(self.audit_json("receipts", extra, code=1)["receipts"][0]["verdict"], ("not-valid", "unreadable"))
        write_text(os.path.join(receipts, "note.txt"), "a note")
        self.assertEqual(self.audit_json("receipts", receipts, code=2)["unknown"], 1)
        self.assertIn("与此账本一致 2", self.audit("receipts", receipts, code=2, lang="zh"))

    def test_a_receipt_of_a_later_height_cannot_be_told(self):
        later = self.federation.path("later")
        os.makedirs(later, exist_ok=True)
        self.act(BANK, "query", "--grant", self.grant, "--provider", "310000")
        self.prove(later, "entry.proof", "entry", "0")
        self.assertEqual(self.audit_json("receipts", later, code=2)["receipts"][0]["verdict"], "above")

    def test_two_auditors_seal_a_report_and_anybody_checks_it(self):
        keys = [self.federation.path(name + ".key") for name in ("first", "second")]
        for key in keys:
            made = run_cli("key", "new", "--purpose", "issuer", "--owner", "100000-pbc", "--out", key, "--unprotected")
            self.assertEqual(made.returncode, 0, made.stderr)
        report = self.federation.path("sealed.json")
        self.audit("queries", "--report", report, "--sign", keys[0])
        sealed = report + ".sealed"
        self.assertEqual(json.loads(read_text(sealed))["sealed_report"], json.loads(read_text(report)))

        def seal(*options, code=0):
            done = run_cli("--json", "audit", "seal", sealed, *options)
            self.assertEqual(done.returncode, code, done.stdout + done.stderr)
            return done.stdout

        self.assertEqual(len(json.loads(seal("--check"))["seals"]), 1)
        seal("--key", keys[0], code=1)  # once
        seal("--key", keys[1])
        said = json.loads(seal("--check"))
        self.assertEqual(len({one["fingerprint"] for one in said["seals"]}), 2)
        whole = read_text(sealed)
        write_text(sealed, whole.replace('"queries_total":2', '"queries_total":1'))
        self.assertFalse(json.loads(seal("--check", code=1))["valid"])
        seal("--key", keys[1], code=1)
        write_text(sealed, whole[:-3])
        seal("--check", code=2)
        self.assertIn("--sign requires --report", self.audit("queries", "--sign", keys[0], code=2))

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
