"""Erases a record: old proofs stay valid for the digest, the record cannot be opened again, and the certificate of
erasure verifies with all nodes stopped. The commands complete an erasure that was killed in the middle."""

import json
import os
import sqlite3
import subprocess
import unittest

from federation import SUITES, Federation, make_samples, run_cli, start_cli, write_text

VALID, NOT_VALID, CANNOT_TELL = 0, 1, 2
REASON = "主体申请，依个人信息保护法第四十七条"


class Erasure:
    suite = SUITES[0]
    passphrase = None
    kill_step_s = 0.02

    @classmethod
    def setUpClass(cls):
        cls.federation = federation = Federation(suite=cls.suite, passphrase=cls.passphrase)
        files = make_samples(federation.path("exports"), 60)
        federation.start()
        cls.folder = federation["310000"].folder
        cls.export = files["310000"]
        for member in ("310000", "320000"):
            done = federation.import_file(member, files[member])
            assert done.returncode in (0, 1), done.stderr
        rows = federation.ask_vault("310000", "SELECT * FROM records ORDER BY row LIMIT 12")
        cls.records = [row["id"] for row in rows]
        cls.record, cls.other = cls.records[0].hex(), cls.records[1].hex()
        cls.document = federation.document_of("310000", cls.records[0])
        cls.fields = cls.row_of("before", cls.record)
        cls.must("prove", "record", "--folder", cls.folder, "--document", cls.document, "--open", "CF_WSH", "--out",
                 cls.path("opened.proof"))
        cls.must("prove", "record", "--folder", cls.folder, "--record", cls.record, "--out", cls.path("plain.proof"))
        cls.old_vault, cls.old_key = cls.copy_vault("old.sqlite"), cls.path("old.key")
        with open(os.path.join(cls.folder, "keys", "vault.key"), "rb") as key:
            cls.key_before = key.read()
        federation.wait_level()
        cls.feed_before = federation["310000"].json("/v1/feeds/310000")["next_sequence"]
        cls.erased = cls.erase("--document", cls.document, "--out", cls.path("certificate.json"))
        assert cls.erased.returncode == 0, cls.erased.stdout + cls.erased.stderr
        cls.feed_after = federation["310000"].json("/v1/feeds/310000")["next_sequence"]

    @classmethod
    def tearDownClass(cls):
        cls.federation.close()

    @classmethod
    def path(cls, name):
        return cls.federation.path(name)

    @classmethod
    def must(cls, *arguments):
        done = cls.federation.cli(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @classmethod
    def erase(cls, *arguments, reason=REASON):
        return cls.federation.cli("erase", "--folder", cls.folder, "--reason", reason, *arguments)

    @classmethod
    def row_of(cls, name, record):
        path = cls.path(name + ".json")
        cls.must("vault", "export-row", "--folder", cls.folder, "--record", record, "--out", path)
        with open(path, encoding="utf-8") as file:
            return json.load(file)["fields"]

    @classmethod
    def copy_vault(cls, name):
        to = cls.path(name)
        vault = cls.federation.vault("310000")
        with sqlite3.connect(to) as copy:
            vault.backup(copy)
        copy.close()
        vault.close()
        os.chmod(to, 0o600)
        return to

    def verify(self, name, *extra, lang="en"):
        """Verifies as a third party: another folder, no node, only the file and the genesis file."""
        done = run_cli("verify", self.path(name), "--genesis", self.federation.genesis, *extra, cwd="/", lang=lang)
        return done.returncode, done.stdout + done.stderr

    def everything_kept(self):
        data = os.path.join(self.folder, "data")
        kept = b""
        for name in sorted(os.listdir(data)):
            if name.startswith("vault"):
                with open(os.path.join(data, name), "rb") as file:
                    kept += file.read()
        for name in os.listdir(os.path.join(self.folder, "keys")):
            with open(os.path.join(self.folder, "keys", name), "rb") as file:
                kept += file.read()
        return kept

    def test_one_entry_was_written_and_the_ledger_says_so(self):
        self.assertEqual(self.feed_after, self.feed_before + 1)
        said = self.must("prove", "record", "--folder", self.folder, "--record", self.record, "--out", self.path("now.proof"))
        self.assertIn("erased", said)
        self.assertIn("destroy every copy of the old key", self.erased.stdout)

    def test_the_record_is_not_opened_anew_by_any_command(self):
        for command in (("vault", "export-row", "--folder", self.folder, "--record", self.record),
                        ("vault", "export-row", "--folder", self.folder, "--document", self.document),
                        ("prove", "record", "--folder", self.folder, "--record", self.record, "--open", "CF_WSH", "--out",
                         self.path("anew.proof"))):
            done = self.federation.cli(*command)
            self.assertNotEqual(done.returncode, 0)
            self.assertRegex(done.stderr, r"erased on \d{4}-\d\d-\d\d; it can no longer be opened")
        self.assertFalse(os.path.exists(self.path("anew.proof")))
        shown = self.must("vault", "show", "--folder", self.folder, "--document", self.document)
        self.assertRegex(shown, r"erased on \d{4}-\d\d-\d\d")
        self.assertNotIn(self.document, shown)

    def test_the_other_records_are_as_they_were(self):
        self.assertTrue(self.row_of("other", self.other))
        self.must("prove", "record", "--folder", self.folder, "--record", self.other, "--open", "CF_WSH", "--out",
                  self.path("other.proof"))

    def test_nothing_of_it_is_left_in_the_folder(self):
        kept = self.everything_kept()
        self.assertNotIn(self.document.encode(), kept)
        for value in self.fields.values():
            if value and len(value.encode()) > 12:
                self.assertNotIn(value.encode(), kept)
        secret = self.key_before.split(b"secret: ")[1].strip()
        self.assertNotIn(secret, kept)

    def test_an_old_copy_of_the_vault_opens_no_more(self):
        present = os.path.join(self.folder, "data", "vault.sqlite")
        aside = present + ".aside"
        os.rename(present, aside)
        try:
            os.rename(self.old_vault, present)
            done = self.federation.cli("vault", "show", "--folder", self.folder, "--record", self.other)
            self.assertEqual(done.returncode, NOT_VALID)
            self.assertIn("contains another key", done.stderr)
        finally:
            os.rename(present, self.old_vault)
            os.rename(aside, present)

    def test_a_second_erasure_does_nothing_and_writes_the_certificate_again(self):
        before = self.federation["310000"].json("/v1/feeds/310000")["next_sequence"]
        again = self.erase("--document", self.document, "--out", self.path("again.json"))
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("was already erased", again.stdout)
        self.assertEqual(self.federation["310000"].json("/v1/feeds/310000")["next_sequence"], before)
        self.assertEqual(self.verify("again.json")[0], VALID)

    def test_the_record_of_another_and_one_that_is_nowhere_are_refused(self):
        theirs = self.federation.ask_vault("320000", "SELECT id FROM records LIMIT 1")[0]["id"].hex()
        refused = self.erase("--record", theirs, "--out", self.path("theirs.json"))
        self.assertEqual(refused.returncode, NOT_VALID)
        self.assertIn("belongs to 320000, and only its issuer can erase it; nothing was erased", refused.stderr)
        refused = self.erase("--record", "ab" * 32, "--out", self.path("theirs.json"))
        self.assertEqual(refused.returncode, CANNOT_TELL)
        self.assertIn("the ledger contains no record", refused.stderr)
        self.assertFalse(os.path.exists(self.path("theirs.json")))
        with open(os.path.join(self.folder, "keys", "vault.key"), "rb") as key:
            before = key.read()
        refused = self.erase("--record", self.other, "--out", self.path("x.json"), reason="two\nlines")
        self.assertEqual(refused.returncode, NOT_VALID)
        with open(os.path.join(self.folder, "keys", "vault.key"), "rb") as key:
            self.assertEqual(key.read(), before)

    def test_importing_the_same_export_again_does_not_bring_it_back(self):
        again = self.federation.import_file("310000", self.export)
        (summary,) = json.loads(again.stdout)
        self.assertGreaterEqual(summary["erased"], 1)
        self.assertEqual((summary["new"], summary["changed"]), (0, 0))

    def test_killed_again_and_again_it_finishes(self):
        """Erases each record with a command that is killed, at first at once and then a little later each time, until
        one run completes. The number of kills depends on the machine."""
        for record in self.records[2:4]:
            record, kills = record.hex(), 0
            while True:
                process = start_cli("erase", "--folder", self.folder, "--reason", REASON, "--record", record, "--out",
                                    self.path("killed.json"), env=self.federation.env)
                try:
                    process.communicate(timeout=self.kill_step_s * kills)
                    break
                except subprocess.TimeoutExpired:
                    process.kill()
                process.communicate()
                kills += 1
                shown = self.federation.cli("vault", "show", "--folder", self.folder, "--record", self.records[5].hex())
                self.assertEqual(shown.returncode, 0, shown.stderr)
            self.assertEqual(process.returncode, 0)
            self.assertEqual(self.verify("killed.json")[0], VALID)
            keys = os.listdir(os.path.join(self.folder, "keys"))
            self.assertNotIn("vault.key.next", keys)
        self.assertTrue(self.row_of("whole", self.records[5].hex()))

    def test_zz_with_all_nodes_stopped(self):
        self.federation.stop()
        code, said = self.verify("certificate.json")
        self.assertEqual(code, VALID, said)
        self.assertIn(f"nobody can open record {self.record}", said)
        self.assertIn(REASON, said)
        code, said = self.verify("certificate.json", lang="zh")
        self.assertIn("无法再打开", said)
        for name in ("opened.proof", "plain.proof"):  # from before the erasure: valid for the digest, and what was shown stays shown
            code, said = self.verify(name)
            self.assertEqual(code, VALID, said)
            self.assertIn("Unaltered", said)
        self.assertEqual(self.verify("plain.proof", "--record", self.path("before.json"))[0], VALID)
        self.tamper()
        done = self.erase("--record", self.other, "--out", self.path("x.json"))
        self.assertEqual(done.returncode, CANNOT_TELL)
        self.assertTrue(self.row_of("still", self.other))  # no node, nothing destroyed

    def tamper(self):
        with open(self.path("certificate.json"), encoding="utf-8") as file:
            whole = json.load(file)
        for name, value in (("reason", "another"), ("day", "2020-01-01"), ("record", self.other), ("issuer", "320000"),
                            ("destroyed_key", "ab" * 32), ("chain", "ab" * 32), ("proof", ""), ("signature", "AAAA")):
            write_text(self.path("changed.json"), json.dumps({**whole, name: value}, ensure_ascii=False, sort_keys=True,
                                                              separators=(",", ":")) + "\n")
            code, said = self.verify("changed.json")
            self.assertEqual(code, CANNOT_TELL if name == "signature" else NOT_VALID, name + said)
        code, said = self.verify("before.json")  # JSON, but no certificate
        self.assertEqual(code, CANNOT_TELL, said)


class InternationalSuite(Erasure, unittest.TestCase):
    pass


class ChineseSuite(Erasure, unittest.TestCase):
    suite = SUITES[1]
    passphrase = "correct horse battery staple"
    kill_step_s = 0.1  # Argon2id comes first
