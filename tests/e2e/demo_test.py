"""The demo does what it says, in both suites and languages, and leaves nothing behind."""

import glob
import os
import re
import subprocess
import sys
import tempfile
import unittest

from federation import SUITES, die_with_parent, read_text

DEMO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "demo.py")


class Demo(unittest.TestCase):
    def run_demo(self, *arguments):
        with tempfile.TemporaryDirectory(prefix="xinlian-demo-test-") as folder:
            done = subprocess.run([sys.executable, "-B", DEMO, *arguments], capture_output=True, text=True, timeout=300,
                                  env={**os.environ, "TMPDIR": folder}, stdin=subprocess.DEVNULL,
                                  preexec_fn=die_with_parent)
            said = done.stdout + done.stderr
            self.assertEqual(done.returncode, 0, said)
            if "--keep" not in arguments:
                self.assertEqual(os.listdir(folder), [])
                return said
            (stop,) = glob.glob(os.path.join(folder, "*", "stop"))
            pids = [int(pid) for pid in re.search(r"for pid in ([\d ]+);", read_text(stop))[1].split()]
            self.assertEqual(len(pids), 4)
            for pid in pids:
                self.assertTrue(os.path.exists(f"/proc/{pid}"))
            subprocess.run([stop], check=True, timeout=30)
            for pid in pids:
                self.assertFalse(self.runs(pid))
            self.assertEqual(os.listdir(folder), [])
            return said

    @staticmethod
    def runs(pid):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
                return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
        except FileNotFoundError:
            return False

    def test_the_demo_in_english(self):
        said = self.run_demo("--lang", "en")
        for text in ("accepted", "matches the registered one", "no others", "Not valid", "0 new"):
            self.assertIn(text, said)

    def test_the_demo_in_chinese_with_the_chinese_suite(self):
        said = self.run_demo("--lang", "zh", "--suite", SUITES[1], "--rows", "100")
        for text in ("sm2-sm3", "所给记录与登记的逐字段一致", "别无其他", "不成立"):
            self.assertIn(text, said)

    def test_the_story_in_english(self):
        said = self.run_demo("--story", "--lang", "en")
        for text in ("wrong-purpose", "wrong-issuer", "not-repaired", "used-up", "must not be shown: it was repaired",
                     "both parties have signed", "Done"):
            self.assertIn(text, said)

    def test_the_story_in_chinese_with_the_chinese_suite(self):
        said = self.run_demo("--story", "--lang", "zh", "--suite", SUITES[1])
        for text in ("不得展示", "完成信用修复", "授权次数已用完", "别无其他", "完成"):
            self.assertIn(text, said)

    def test_what_is_kept_running_can_be_stopped(self):
        self.assertIn("tail -f", self.run_demo("--keep", "--rows", "40", "--lang", "en"))


if __name__ == "__main__":
    unittest.main()
