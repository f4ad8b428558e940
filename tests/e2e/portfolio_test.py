"""Portfolio files and tables of proofs: made while the nodes run, verified when they are stopped, and refused after any
change."""

import csv
import json
import os
import re
import unittest

from federation import SUITES, Federation, make_samples, run_cli

VALID, NOT_VALID, CANNOT_TELL = 0, 1, 2
ABSENT = ["91310000MA1FL0000N", "91310000MA1FL0001R"]


class Portfolios:
    suite = SUITES[0]

    @classmethod
    def setUpClass(cls):
        cls.federation = federation = Federation(suite=cls.suite)
        files = make_samples(federation.path("exports"), 60)
        federation.start()
        for member, path in files.items():
            done = federation.import_file(member, path)
            assert done.returncode in (0, 1), done.stderr
        cls.height = federation.wait_level()
        cls.folder = federation["310000"].folder
        with open(files["330000"], encoding="utf-8") as file:
            codes = [row["CF_XDR_SHXYM"] for row in json.load(file)]
        cls.codes = sorted({code for code in codes if re.fullmatch("9[0-9A-HJ-NPQRTUWXY]{17}", code)})[:30] + ABSENT
        cls.list = federation.path("clients.csv")
        with open(cls.list, "w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([["企业", "统一社会信用代码"], *(["某公司", code] for code in cls.codes)])
        cls.portfolio = federation.path("clients.portfolio")
        cls.made = federation.cli("--json", "prove", "portfolio", "--subjects", cls.list, "--folder", cls.folder, "--out",
                                  cls.portfolio)
        cls.proofs = federation.path("proofs")
        os.makedirs(cls.proofs)
        for i, code in enumerate(cls.codes[-4:]):
            done = federation.cli("prove", "subject", "--subject", code, "--any-check-digit", "--folder", cls.folder, "--out",
                                  os.path.join(cls.proofs, f"{i}.proof"))
            assert done.returncode == 0, done.stdout + done.stderr
        federation.stop()

    @classmethod
    def tearDownClass(cls):
        cls.federation.close()

    def verify(self, *arguments, lang="en"):
        done = run_cli("verify", *arguments, "--genesis", self.federation.genesis, cwd="/", lang=lang)
        return done.returncode, done.stdout + done.stderr

    def changed(self, data):
        path = self.federation.path("changed.portfolio")
        with open(path, "wb") as file:
            file.write(data)
        return path

    def test_the_file_is_of_every_company_on_the_list_and_says_as_of_when(self):
        self.assertEqual(self.made.returncode, 0, self.made.stdout + self.made.stderr)
        said = json.loads(self.made.stdout)
        self.assertEqual(said["subjects"], len(self.codes))
        self.assertEqual(said["as_of"]["height"], self.height)
        code, text = self.verify(self.portfolio)
        self.assertEqual(code, VALID, text)
        self.assertIn(f"Complete: as of height {self.height}", text)
        code, text = self.verify(self.portfolio, lang="zh")
        self.assertIn("别无其他", text)

    def test_it_becomes_a_table_that_agrees_with_the_vault(self):
        table = self.federation.path("table.csv")
        code, text = self.verify(self.portfolio, "--subjects", self.list, "--folder", self.folder, "--out", table)
        self.assertEqual(code, VALID, text)
        with open(table, encoding="utf-8-sig", newline="") as file:
            rows = {row["code"]: row for row in csv.DictReader(file)}
        self.assertEqual(sorted(rows), sorted(self.codes))
        for absent in ABSENT:
            self.assertEqual((rows[absent]["entries"], rows[absent]["latest_height"]), ("0", ""))
        known = 0
        for code in self.codes:
            tag = bytes.fromhex(rows[code]["subject"])
            held = self.federation.ask_vault("330000", "SELECT count(*) AS n FROM records WHERE subject = ?", tag)[0]["n"]
            self.assertGreaterEqual(int(rows[code]["entries"]), held)
            known += held
        self.assertGreater(known, 20)

    def test_a_list_with_another_company_is_not_this_portfolio(self):
        for codes, words in ((self.codes[1:], "not on the list"), ([*self.codes, "91310000MA1FL0002W"], "lacks 1")):
            path = self.federation.path("other.txt")
            with open(path, "w", encoding="utf-8") as file:
                file.write("\n".join(codes))
            table = self.federation.path("none.csv")
            code, text = self.verify(self.portfolio, "--subjects", path, "--folder", self.folder, "--out", table)
            self.assertEqual(code, NOT_VALID, text)
            self.assertIn(words, text)
            self.assertFalse(os.path.exists(table))

    def test_a_changed_cut_or_longer_file_never_holds_and_leaves_no_table(self):
        with open(self.portfolio, "rb") as file:
            whole = file.read()
        table = self.federation.path("never.csv")
        tries = [whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1:]
                 for at in sorted({i * (len(whole) - 1) // 23 for i in range(24)})]
        for data in [*tries, whole[:-1], whole[:len(whole) // 2], b"xinlian-portfolio/1\n", whole + b"\0"]:
            code, text = self.verify(self.changed(data), "--out", table)
            self.assertIn(code, (NOT_VALID, CANNOT_TELL), text)
            self.assertFalse(os.path.exists(table))
        self.assertEqual(self.verify(self.changed(whole.replace(b"portfolio/1", b"portfolio/9", 1)))[0], CANNOT_TELL)
        with Federation(suite=self.suite) as other:
            done = run_cli("verify", self.portfolio, "--genesis", other.genesis, cwd="/")
            self.assertEqual(done.returncode, NOT_VALID, done.stdout)

    def test_what_cannot_be_compared_is_said_and_not_passed_over(self):
        for options in ((self.portfolio, "--record", self.list), ("--batch", self.list, "--record", self.list),
                        ("--batch", self.list, "--subjects", self.list), (self.portfolio, "--proofs", self.proofs)):
            code, text = self.verify(*options)
            self.assertEqual(code, CANNOT_TELL, text)

    def test_a_list_with_a_wrong_code_names_the_row(self):
        path = self.federation.path("wrong.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("统一社会信用代码\n" + self.codes[0] + "\n12345\n")
        done = self.federation.cli("prove", "portfolio", "--subjects", path, "--folder", self.folder, "--out",
                                   self.federation.path("none.portfolio"))
        self.assertEqual(done.returncode, CANNOT_TELL)
        self.assertIn("row 2: not a unified social credit code: it has 5 characters", done.stderr)

    def test_a_table_of_proofs_gets_a_verdict_in_each_row(self):
        bad = os.path.join(self.proofs, "bad.proof")
        with open(os.path.join(self.proofs, "0.proof"), "rb") as good, open(bad, "wb") as file:
            data = good.read()
            file.write(data[:-8] + bytes([data[-8] ^ 1]) + data[-7:])
        table = self.federation.path("desk.csv")
        out = self.federation.path("desk-verified.csv")

        def judged(names, lang="zh"):
            with open(table, "w", encoding="gb18030", newline="") as file:
                csv.writer(file).writerows([["客户", "证明文件"], *(["=甲", name] for name in names)])
            code, text = self.verify("--batch", table, "--proofs", self.proofs, lang=lang)
            with open(out, encoding="gb18030", newline="") as file:
                return code, text, list(csv.DictReader(file))

        code, text, rows = judged([f"{i}.proof" for i in range(4)])
        self.assertEqual(code, VALID, text)
        self.assertEqual([row["结论"] for row in rows], ["成立"] * 4)
        self.assertEqual({row["截至高度"] for row in rows}, {str(self.height)})
        self.assertEqual({row["客户"] for row in rows}, {"'=甲"})
        code, text, rows = judged(["0.proof", "missing.proof"])
        self.assertEqual((code, rows[1]["结论"]), (CANNOT_TELL, "无法判断"), text)
        code, text, rows = judged(["0.proof", "missing.proof", "bad.proof", "../desk.csv"])
        self.assertIn(code, (NOT_VALID, CANNOT_TELL), text)
        self.assertEqual([row["结论"] == "成立" for row in rows], [True, False, False, False])


class InternationalSuite(Portfolios, unittest.TestCase):
    pass


class ChineseSuite(Portfolios, unittest.TestCase):
    suite = SUITES[1]


if __name__ == "__main__":
    unittest.main()
