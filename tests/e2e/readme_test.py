"""Runs the README's tour: its commands, unchanged, in both languages. Only the ports differ, so that the test can run
beside other programs, and the programs are not built again."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from federation import die_with_parent, free_port_base, program

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
REFUSED_ROWS = "xinlian import"  # the only commands of the tour that exit with 1, as the text says


def tour(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return "".join(re.findall(r"^```sh tour\n(.*?)^```$", file.read(), re.M | re.S))


class Readme(unittest.TestCase):
    def run_tour(self, name):
        script = tour(name)
        self.assertGreater(len(script.splitlines()), 25)
        bin_folder = os.path.dirname(program("xinlian"))
        peers = free_port_base(8)
        script = script.replace("./run build\n", "").replace("$PWD/build/release", bin_folder)
        for i in range(4):
            script = script.replace(f"127.0.0.1:{8310 + i}", f"127.0.0.1:{peers + 4 + i}")
        script = script.replace("--base-port 8300 --api-base-port 8310", f"--base-port {peers} --api-base-port {peers + 4}")
        self.assertNotIn(":83", script)
        folder = tempfile.mkdtemp(prefix="xinlian-tour-")
        # The script has a session of its own, which is ended as a whole: the nodes are the script's children, not ours.
        process = subprocess.Popen(
            ["bash", "-c", "trap 'echo \"@ended $? $BASH_COMMAND\" >&2' ERR\n" + script], cwd=folder, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
            preexec_fn=die_with_parent, env={k: v for k, v in os.environ.items() if not k.startswith("XINLIAN_")})
        try:
            said, complained = process.communicate(timeout=90)
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
            shutil.rmtree(folder, ignore_errors=True)
        ended = re.findall(r"^@ended (\d+) (.*)$", complained, re.M)
        self.assertEqual([code for code, _ in ended], ["1"] * 3, said + complained)
        for _, command in ended:
            self.assertTrue(REFUSED_ROWS in command.replace("--lang zh ", ""), command)
        return said

    def test_the_english_tour(self):
        said = self.run_tour("README.md")
        for text in ("matches the registered one", "current", "no others", "确无条目", "quorum 3", "Sound: ",
                     "Every query since genesis (1) had a valid authorization", "This report shows the quality of reporting from 2026-10-01",
                     "belong to the same history, 0 contradict it"):
            self.assertIn(text, said)

    def test_the_chinese_tour(self):
        said = self.run_tour("README.zh-CN.md")
        for text in ("所给记录与登记的逐字段一致", "现行", "别无其他", "确无条目", "法定 3 个", "账本完好：", "各机构报送质量",
                     "相矛盾 0"):
            self.assertIn(text, said)

    def test_both_languages_show_the_same_commands(self):
        bare = [re.sub(r" --lang zh", "", tour(name)) for name in ("README.md", "README.zh-CN.md")]
        self.assertEqual(bare[0], bare[1])

    def test_every_link_leads_somewhere(self):
        names = ["README.md", "README.zh-CN.md"]
        for folder, _, files in os.walk(os.path.join(ROOT, "docs")):
            names += [os.path.relpath(os.path.join(folder, name), ROOT) for name in files if name.endswith(".md")]
        for name in names:
            with open(os.path.join(ROOT, name), encoding="utf-8") as file:
                links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", file.read())
            for link in links:
                if "://" not in link:
                    self.assertTrue(os.path.exists(os.path.join(ROOT, os.path.dirname(name), link)), f"{name}: {link}")


if __name__ == "__main__":
    unittest.main()
