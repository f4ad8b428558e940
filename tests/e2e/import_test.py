"""Imports four exports of four provinces and checks row by row: accepted, refused, repeated; receipts; a second
import."""

import csv
import io
import json
import os
import shutil
import unittest

from federation import MEMBERS, SUITES, Federation, Keeping, make_samples, run_cli

SHARED = os.environ.get("XINLIAN_SHARED")
SAME_FILES = ("same-bom.csv", "same-gb18030.csv", "same.json", "same-labels.csv")


def rows_with(expected, *treatments):
    return {int(row) for row, (_, treatment) in expected["special"].items() if treatment in treatments}


def error_rows(path):
    """Row number -> (column, code, reason), from an error file in any of the layouts."""
    with open(path, "rb") as file:
        data = file.read()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030")
    rows = json.loads(text) if path.endswith(".json") else csv.DictReader(io.StringIO(text))
    return {int(row["行号"]): (row["字段"], row["错误代码"], row["错误原因"]) for row in rows}


class Exports:
    """Tests for a folder of four exports with an expected.json; the classes below give folder and suite."""

    suite = SUITES[0]

    @classmethod
    def setUpClass(cls):
        cls.federation = Federation(suite=cls.suite)
        folder = cls.federation.path("exports")
        cls.files = cls.bring_files(folder)
        with open(os.path.join(folder, "expected.json"), encoding="utf-8") as file:
            cls.expected = json.load(file)
        cls.federation.start()
        cls.first = {m: cls.federation.import_file(m, path) for m, path in cls.files.items()}
        cls.height = cls.federation.wait_level()

    @classmethod
    def tearDownClass(cls):
        cls.federation.close()

    def expected_of(self, member):
        return self.expected[os.path.basename(self.files[member])]

    def test_every_row_is_treated_as_it_should_be(self):
        self.assertEqual(sorted(self.files), sorted(MEMBERS))
        for member, path in self.files.items():
            with self.subTest(file=os.path.basename(path)):
                expected = self.expected_of(member)
                refused = rows_with(expected, "refuse")
                repeated = rows_with(expected, "duplicate")
                self.assertTrue(refused and repeated)
                self.assertEqual(self.first[member].returncode, 1, self.first[member].stderr)
                (file,) = self.federation.ask_vault(member, "SELECT * FROM files")
                self.assertEqual(file["rows"], expected["rows"])
                self.assertEqual(file["refused"], len(refused))
                self.assertEqual(file["same"], len(repeated))
                self.assertEqual(file["warned"], len(rows_with(expected, "warn")))
                self.assertEqual((file["changed"], file["finished"]), (0, 1))
                kept = {r["row"] for r in self.federation.ask_vault(member, "SELECT row FROM records")}
                self.assertEqual(kept, set(range(1, expected["rows"] + 1)) - refused - repeated)

    def test_the_error_file_names_every_refused_row_with_a_reason(self):
        for member, path in self.files.items():
            stem, extension = os.path.splitext(path)
            errors = error_rows(stem + "-errors" + extension)
            self.assertEqual(set(errors), rows_with(self.expected_of(member), "refuse"), path)
            for column, code, reason in errors.values():
                self.assertRegex(code, r"^E\d{3}")
                self.assertTrue(any("\u4e00" <= c <= "\u9fff" for c in reason), reason)

    def test_every_accepted_row_has_a_receipt_that_the_ledger_confirms(self):
        total = 0
        for member in self.files:
            rows = self.federation.ask_vault(
                member, "SELECT r.id, r.digest, r.position, b.id AS batch, b.state, b.height, b.first_index, b.proof, "
                "b.time_ms FROM records r JOIN batches b ON r.batch = b.sequence")
            total += len(rows)
            with Keeping(self.federation["330000"]) as node:
                for row in rows:
                    self.assertEqual(row["state"], 1)
                    self.assertTrue(row["proof"])
                    entry = node.json(f"/v1/entries/{row['first_index'] + row['position']}")
                    self.assertEqual((entry["record"], entry["digest"], entry["issuer"], entry["batch"]),
                                     (row["id"].hex(), row["digest"].hex(), member, row["batch"].hex()))
                    self.assertEqual((entry["height"], entry["time_ms"]), (row["height"], row["time_ms"]))
        self.assertEqual(total, self.federation["310000"].status()["log_size"])

    def test_the_second_import_writes_no_block_and_keeps_the_first_receipts(self):
        receipts = "SELECT r.id, r.version, r.batch, r.position, b.height, b.block, b.time_ms, b.first_index " \
                   "FROM records r JOIN batches b ON r.batch = b.sequence ORDER BY r.id, r.version"
        for member, path in self.files.items():
            before = [tuple(row) for row in self.federation.ask_vault(member, receipts)]
            again = self.federation.import_file(member, path)
            self.assertEqual(again.returncode, 1, again.stderr)
            file = self.federation.ask_vault(member, "SELECT * FROM files ORDER BY id")[-1]
            self.assertEqual((file["created"], file["changed"]), (0, 0))
            self.assertEqual(file["same"], file["rows"] - file["refused"])
            self.assertEqual([tuple(row) for row in self.federation.ask_vault(member, receipts)], before)
        self.assertEqual(self.federation.wait_level(), self.height)

    def test_all_nodes_agree_at_every_height(self):
        self.federation.assert_agreement()


class OwnSamples(Exports, unittest.TestCase):
    @classmethod
    def bring_files(cls, folder):
        return make_samples(folder, 500)

    def test_a_dry_run_writes_nothing(self):
        for member, path in self.files.items():
            copy = self.federation.path(f"dry-{os.path.basename(path)}")
            shutil.copy(path, copy)
            before = len(self.federation.ask_vault(member, "SELECT id FROM files"))
            dry = run_cli("import", copy, "--profile", "auto", "--as", member, "--dry-run",
                          "--folder", self.federation[member].folder)
            self.assertEqual(dry.returncode, 1, dry.stdout + dry.stderr)
            stem, extension = os.path.splitext(copy)
            self.assertEqual(set(error_rows(stem + "-errors" + extension)),
                             rows_with(self.expected_of(member), "refuse"))
            self.assertEqual(len(self.federation.ask_vault(member, "SELECT id FROM files")), before)
        self.assertEqual(self.federation.wait_level(), self.height)

    def test_the_same_seed_makes_the_same_files(self):
        again = make_samples(self.federation.path("again"), 500)
        for member, path in again.items():
            with open(path, "rb") as one, open(self.files[member], "rb") as other:
                self.assertEqual(one.read(), other.read())


class OwnSamplesInTheChineseSuite(OwnSamples):
    suite = SUITES[1]


@unittest.skipUnless(SHARED and os.path.isdir(os.path.join(SHARED, "data")), "XINLIAN_SHARED is not set: passed over")
class SharedExports(Exports, unittest.TestCase):
    @classmethod
    def bring_files(cls, folder):
        shutil.copytree(os.path.join(SHARED, "data"), folder)
        return {name[:6]: os.path.join(folder, name) for name in os.listdir(folder) if name[:6] in MEMBERS}

    def test_the_same_records_in_four_layouts_are_the_same(self):
        folder = os.path.join(os.path.dirname(self.files["310000"]))
        with Federation() as federation:
            federation.start()
            for i, name in enumerate(SAME_FILES):
                done = federation.import_file("310000", os.path.join(folder, name))
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                file = federation.ask_vault("310000", "SELECT * FROM files ORDER BY id")[-1]
                self.assertEqual((file["rows"], file["created"], file["same"], file["changed"]),
                                 (50, 50, 0, 0) if i == 0 else (50, 0, 50, 0), name)
            self.assertEqual(federation["310000"].status()["log_size"], 50)


if __name__ == "__main__":
    unittest.main()
