"""Proof files, made while the nodes run and verified when they are stopped: valid, not valid, or not verifiable."""

import json
import os
import shutil
import unittest

from federation import SUITES, Federation, make_samples, run_cli

VALID, NOT_VALID, CANNOT_TELL = 0, 1, 2


class Proofs:
    suite = SUITES[0]
    blocks_above = 1000  # above the early proof

    @classmethod
    def setUpClass(cls):
        cls.federation = federation = Federation(suite=cls.suite)
        files = make_samples(federation.path("exports"), 120)
        federation.start()
        # Few entries and a proof; then many more blocks above it.
        first = federation.path("first.csv")
        with open(files["310000"], encoding="utf-8-sig", newline="") as whole, \
                open(first, "w", encoding="utf-8", newline="") as part:
            part.write("".join(whole.readlines()[:8]))
        done = federation.import_file("310000", first)
        assert done.returncode in (0, 1), done.stderr
        cls.folder = federation["310000"].folder
        cls.row = federation.ask_vault("310000", "SELECT * FROM records ORDER BY row LIMIT 1")[0]
        cls.document = federation.document_of("310000", cls.row["id"])
        cls.early_height = federation.wait_level()
        cls.record_id, cls.subject = cls.row["id"].hex(), cls.row["subject"].hex()
        cls.batch = federation.ask_vault("310000", "SELECT id FROM batches WHERE sequence = 1")[0]["id"].hex()
        cls.make("early", "record", "--record", cls.record_id)
        seed = 1
        while federation["310000"].height() <= cls.early_height + cls.blocks_above:
            for member, path in files.items():
                done = federation.import_file(member, path, extra=("--batch-rows", "1"))
                assert done.returncode in (0, 1), done.stderr
            seed += 1
            files = make_samples(federation.path(f"exports-{seed}"), 300, seed)
        cls.height = federation.wait_level()
        cls.make("record", "record", "--document", cls.document)
        cls.make("subject", "subject", "--tag", cls.subject)
        cls.make("absent", "subject", "--subject", "91310000MA1FL0000N")
        cls.make("unknown", "record", "--record", "ab" * 32)
        cls.make("entry", "entry", "3")
        cls.make("batch", "batch", cls.batch)
        exported = federation.cli("vault", "export-row", "--folder", cls.folder, "--document", cls.document,
                                  "--out", federation.path("row.json"))
        assert exported.returncode == 0, exported.stdout + exported.stderr
        with open(federation.path("row.json"), encoding="utf-8") as file:
            code = json.load(file)["fields"]["CF_XDR_SHXYM"]
        # The sample may have given the code a wrong check digit.
        cls.make("plain", "subject", "--any-check-digit", "--subject", code)
        cls.make("spelled", "subject", "--any-check-digit", "--subject", f" {code[:8].lower()} {code[8:]}\u3000")
        cls.make("bracketed", "record", "--document", cls.document.replace("〔", "[").replace("〕", "］") + " ")
        federation.stop()

    @classmethod
    def tearDownClass(cls):
        cls.federation.close()

    @classmethod
    def path(cls, name):
        return cls.federation.path(name + ".proof")

    @classmethod
    def make(cls, name, *question):
        done = cls.federation.cli("prove", *question, "--folder", cls.folder, "--out", cls.path(name))
        assert done.returncode == 0, done.stdout + done.stderr

    def verify(self, name, *extra, genesis=None, lang="en"):
        """Verifies as a third party: another folder, no node, only the file and the genesis file."""
        path = name if os.path.sep in name else self.path(name)
        done = run_cli("verify", path, "--genesis", genesis or self.federation.genesis, *extra, cwd="/", lang=lang)
        return done.returncode, done.stdout + done.stderr

    def assert_valid(self, name, *texts, extra=(), lang="en"):
        code, said = self.verify(name, *extra, lang=lang)
        self.assertEqual(code, VALID, said)
        for text in texts:
            self.assertIn(text, said)

    def test_a_record_is_unaltered_and_current(self):
        self.assert_valid("record", "Unaltered", "310000 (上海市公共信用信息中心)", "current", "quorum 3",
                          f"as of height {self.height}")
        self.assert_valid("record", "未被篡改", "上海市公共信用信息中心（310000）", "现行", "法定 3 个", lang="zh")

    def test_an_early_proof_verifies_after_many_more_blocks(self):
        self.assertLess(self.early_height, 3)
        self.assertGreater(self.height, self.early_height + self.blocks_above)
        self.assert_valid("early", "Unaltered", f"as of height {self.early_height} ")

    def test_a_subject_has_exactly_these_entries(self):
        self.assert_valid("subject", "exactly", "no others")

    def test_a_subject_without_entries_is_proven_to_have_none(self):
        self.assert_valid("absent", "No entries")
        self.assert_valid("absent", "确无条目", lang="zh")

    def test_a_subject_is_the_same_however_its_code_is_spelled(self):
        self.assert_valid("spelled", "exactly", "no others")
        said = {self.verify(name)[1] for name in ("plain", "spelled", "subject")}
        self.assertEqual(len(said), 1, said)

    def test_a_record_is_the_same_whatever_brackets_its_document_number_has(self):
        self.assertEqual(self.verify("bracketed"), self.verify("record"))

    def test_what_is_no_code_is_refused_before_a_node_is_asked(self):
        for typed in ("9131", "91310118H7FJGJTW0", "91310118H7FJGJTW0E", "某公司", ""):
            out = self.path("refused")
            done = self.federation.cli("prove", "subject", "--subject", typed, "--folder", self.folder, "--out", out)
            self.assertEqual(done.returncode, CANNOT_TELL, done.stdout)  # no node is running
            self.assertIn("--subject: ", done.stderr)
            self.assertFalse(os.path.exists(out))

    def test_an_unknown_record_is_proven_to_be_absent(self):
        self.assert_valid("unknown", "No such record")

    def test_an_entry_and_a_batch(self):
        self.assert_valid("entry", "Unaltered", "entry 3")
        self.assert_valid("batch", "Accepted", "batch 1 of 310000")

    def test_the_row_is_the_one_committed_and_a_changed_one_is_not(self):
        row_path = self.federation.path("row.json")
        self.assert_valid("record", "matches the registered one", extra=("--record", row_path))
        with open(row_path, encoding="utf-8") as file:
            row = json.load(file)
        for code, value in row["fields"].items():
            changed = json.loads(json.dumps(row))
            changed["fields"][code] = (value or "") + "1"
            path = self.federation.path("changed.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(changed, file, ensure_ascii=False)
            said_of_it = self.verify("record", "--record", path)
            # A malformed code is not compared: the file was not made by an import.
            expected = CANNOT_TELL if code == "CF_XDR_SHXYM" else NOT_VALID
            self.assertEqual(said_of_it[0], expected, said_of_it[1])
        # The right row with a proof of another record.
        code, said = self.verify("entry", "--record", row_path)
        self.assertEqual(code, NOT_VALID, said)

    def test_a_row_of_an_unknown_form_could_not_be_verified(self):
        with open(self.federation.path("row.json"), encoding="utf-8") as file:
            row = json.load(file)
        row["form"] = 2
        path = self.federation.path("newer.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(row, file, ensure_ascii=False)
        code, said = self.verify("record", "--record", path)
        self.assertEqual(code, CANNOT_TELL, said)
        self.assertIn("newer.json: record file: form 2 of category ", said)

    def test_a_changed_byte_is_never_taken_for_valid(self):
        for name in ("record", "subject", "absent", "entry", "batch"):
            with open(self.path(name), "rb") as file:
                whole = file.read()
            places = sorted({i * (len(whole) - 1) // 11 for i in range(12)})
            for at in places:
                changed = self.federation.path("changed.proof")
                with open(changed, "wb") as file:
                    file.write(whole[:at] + bytes([whole[at] ^ 0x04]) + whole[at + 1:])
                code, said = self.verify(changed)
                self.assertIn(code, (NOT_VALID, CANNOT_TELL), f"byte {at} of {name}: {said}")

    def test_a_cut_or_longer_file_is_refused(self):
        with open(self.path("record"), "rb") as file:
            whole = file.read()
        for data in (b"", whole[:-1], whole[:len(whole) // 2], whole + b"\0"):
            path = self.federation.path("cut.proof")
            with open(path, "wb") as file:
                file.write(data)
            code, said = self.verify(path)
            self.assertIn(code, (NOT_VALID, CANNOT_TELL), said)

    def test_a_proof_does_not_hold_under_another_genesis(self):
        with Federation(suite=self.suite) as other:
            code, said = self.verify("record", genesis=other.genesis)
            self.assertEqual(code, NOT_VALID, said)
            self.assertIn("chain", said)

    def test_what_cannot_be_read_is_not_called_wrong(self):
        self.assertEqual(self.verify("record", genesis="/nowhere/genesis.json")[0], CANNOT_TELL)
        self.assertEqual(self.verify("/nowhere/record.proof")[0], CANNOT_TELL)
        newer = self.federation.path("newer.proof")
        shutil.copy(self.path("record"), newer)
        with open(newer, "r+b") as file:
            data = file.read().replace(b"xinlian-proof/1", b"xinlian-proof/9", 1)
            file.seek(0)
            file.write(data)
        self.assertEqual(self.verify(newer)[0], CANNOT_TELL)
        self.assertEqual(self.verify("record", "--record", "/nowhere/row.json")[0], CANNOT_TELL)

    def test_no_proof_without_a_node(self):
        done = self.federation.cli("prove", "entry", "0", "--folder", self.folder, "--out", self.path("none"))
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertFalse(os.path.exists(self.path("none")))


class InternationalSuite(Proofs, unittest.TestCase):
    pass


class ChineseSuite(Proofs, unittest.TestCase):
    suite = SUITES[1]
    blocks_above = 100


if __name__ == "__main__":
    unittest.main()
