"""Audits an auditor's copy of a node's folder offline: the audit changes no byte, and names the file of every flipped
byte."""

import json
import os
import random
import shutil
import unittest

from federation import Federation, make_samples, read_text, run_cli, wait_until

ROWS = 300


def files_in(folder):
    """All files below the folder, with their bytes."""
    files = {}
    for place, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(place, name), "rb") as file:
                files[os.path.relpath(os.path.join(place, name), folder)] = file.read()
    return files


def holds_data(name):
    folder, base = os.path.split(name)
    if folder == "chain":
        return not base.startswith("LO")  # LOG, LOG.old and LOCK say nothing about the chain
    return folder == "journal" and base.startswith("journal.")


class Audit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.federation = federation = Federation()
        exports = make_samples(federation.path("exports"), ROWS)
        federation.start()
        for member in ("310000", "320000"):
            federation.import_file(member, exports[member])
        federation.wait_level()
        federation["310000"].stop()
        shutil.copytree(os.path.join(federation["310000"].folder, "data"), federation.path("older"))
        for _ in range(2):  # each start makes a table of the log
            federation["310000"].start().wait_ready()
            federation.import_file("330000", exports["330000"])
            federation["310000"].stop()
        federation["310000"].start().wait_ready()
        federation.import_file("340000", exports["340000"])
        federation.wait_level()
        cls.height = federation["310000"].height()
        federation["310000"].stop()
        cls.member = federation.path("copy")
        shutil.copytree(federation["310000"].folder, cls.member)
        cls.data = os.path.join(cls.member, "data")
        cls.files = files_in(cls.member)

    @classmethod
    def tearDownClass(cls):
        cls.federation.close()

    def audit(self, folder, *options, code=0, lang="en", genesis=True):
        """Returns the output; `code` is the expected exit code, None for any."""
        given = ("--genesis", self.federation.genesis) if genesis else ()
        done = run_cli("audit", "chain", folder, *given, *options, lang=lang)
        if code is not None:
            self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertEqual(done.stderr, "")
        return done.stdout

    def put_back(self, path, content):
        with open(path, "wb") as file:
            file.write(content)

    def test_a_copy_is_sound_whichever_of_its_folders_is_given_and_is_not_changed_by_a_byte(self):
        for folder in (self.member, self.data, os.path.join(self.data, "chain")):
            said = json.loads(self.audit(folder, "--json"))
            self.assertTrue(said["sound"])
            self.assertGreaterEqual(said["height"], self.height)
            self.assertGreater(said["entries"], ROWS)
            self.assertGreater(said["certificates"], 0)
            self.assertEqual(said["members"], 4)
            self.assertEqual(said["journal"], "absent" if folder.endswith("chain") else "fits")
            self.assertIn("LOG", said["files_without_data"])
            self.assertFalse(said["genesis_from_copy"])
        self.assertTrue(json.loads(self.audit(self.member, "--json", genesis=False))["genesis_from_copy"])
        self.assertIn("compare its fingerprint", self.audit(self.member, genesis=False))
        self.assertIn("Sound: ", self.audit(self.member, genesis=False))
        self.assertIn("账本完好", self.audit(self.member, lang="zh"))
        self.assertEqual(files_in(self.member), self.files)

    def test_the_report_is_text_json_or_a_page(self):
        text, data, page = (self.federation.path("report." + kind) for kind in ("txt", "json", "html"))
        for path in (text, data, page):
            self.audit(self.member, "--report", path)
        self.assertIn("certificates", read_text(text))
        self.assertTrue(json.loads(read_text(data))["sound"])
        self.assertIn("<h1>信链账本审计报告</h1>", read_text(page))
        self.assertIn("账本完好", read_text(page))
        self.assertNotIn("<script", read_text(page))
        self.audit(self.member, "--report", self.federation.path("report.pdf"), code=2)
        self.audit(self.member, "--report", os.path.join(self.data, "report.txt"), code=2)
        self.assertEqual(files_in(self.member), self.files)

    def test_a_flipped_byte_of_any_file_with_data_is_named(self):
        chance = random.Random(7)
        tried = set()
        figures = ("height", "entries", "certificates", "rows")
        whole = json.loads(self.audit(self.member, "--json"))
        for name, content in self.files.items():
            within = os.path.relpath(name, "data")
            if not holds_data(within):
                continue
            tried.add(os.path.splitext(name)[1][:5] if "." in name else os.path.basename(name)[:8])
            for at in {chance.randrange(len(content)) for _ in range(6)} | {0, len(content) - 1}:
                changed = bytearray(content)
                changed[at] ^= 1 << chance.randrange(8)
                path = os.path.join(self.member, name)
                self.put_back(path, bytes(changed))
                said = json.loads(self.audit(self.member, "--json", code=None))
                self.put_back(path, content)
                where = f"{name}, byte {at}: {said['flaw']}"
                if said["sound"]:  # no row depends on the byte: a filter of a table, or padding
                    self.assertTrue(name.endswith(".ldb") and 0 < at < len(content) - 1, where)
                    self.assertEqual([said[key] for key in figures], [whole[key] for key in figures], where)
                    continue
                self.assertEqual(said["flaw"]["kind"], "journal" if "journal" in name else "file", where)
                if name.endswith((".ldb", ".log")):
                    self.assertEqual(said["flaw"]["file"], os.path.basename(name), where)
        self.assertEqual(tried, {"CURRENT", "MANIFEST", ".ldb", ".log", ".0000"})
        self.assertIn("Not sound: ", self.changed("en"))
        self.assertIn("账本有误：数据文件损坏或缺失", self.changed("zh"))

    def changed(self, lang):
        """The output for a copy whose log is truncated."""
        name = max((n for n in self.files if n.endswith(".log") and "chain" in n), key=lambda n: len(self.files[n]))
        path = os.path.join(self.member, name)
        self.put_back(path, self.files[name][:-3])
        said = self.audit(self.member, code=1, lang=lang)
        self.put_back(path, self.files[name])
        return said

    def test_a_chain_that_lost_its_end_is_noticed_by_the_journal(self):
        older = self.federation.path("beheaded")
        shutil.copytree(self.data, older)
        shutil.rmtree(os.path.join(older, "chain"))
        shutil.copytree(self.federation.path("older/chain"), os.path.join(older, "chain"))
        said = json.loads(self.audit(older, "--json", code=1))
        self.assertEqual(said["flaw"]["kind"], "journal")
        self.assertIn("the end of the chain was lost", said["flaw"]["what"])
        self.assertTrue(json.loads(self.audit(os.path.join(older, "chain"), "--json"))["sound"])  # nothing else tells

    def test_a_journal_that_lost_its_end_is_noticed_by_the_chain(self):
        newer = self.federation.path("forgetful")
        shutil.copytree(self.data, newer)
        shutil.rmtree(os.path.join(newer, "journal"))
        shutil.copytree(self.federation.path("older/journal"), os.path.join(newer, "journal"))
        said = json.loads(self.audit(newer, "--json", code=1))
        self.assertEqual((said["flaw"]["kind"], said["journal"]), ("journal", "lost"))
        self.assertIn("shorter than the chain recorded", said["flaw"]["what"])

    def test_nothing_is_told_of_a_folder_in_use_of_another_chain_or_without_one(self):
        running = self.federation["320000"].folder
        self.assertIn("stop it", self.audit(running, code=2))
        with Federation() as other:
            done = run_cli("audit", "chain", self.member, "--genesis", other.genesis)
            self.assertEqual(done.returncode, 2, done.stdout)
            self.assertIn("contains the chain", done.stdout)
        empty = self.federation.path("empty")
        os.makedirs(empty, exist_ok=True)
        self.assertIn("无法判断", self.audit(empty, code=2, lang="zh"))
        self.assertIsNone(json.loads(self.audit(empty, "--json", code=2))["sound"])
        self.assertEqual(os.listdir(empty), [])
        wait_until(lambda: self.federation["320000"].is_ready(), "the node that was looked at still works")


if __name__ == "__main__":
    unittest.main()
