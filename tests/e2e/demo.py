"""`./run demo`: four provincial nodes on this machine import four exports and give receipts and proofs. Then they are
stopped, and a third party verifies.

Everything is real: four processes, TLS 1.3 between them, LevelDB and a synced journal under each, key files encrypted
with a passphrase. The companies are made up.
"""

import argparse
import csv
import json
import os
import secrets
import shlex
import shutil
import sys
import tempfile
import time
import unicodedata

from federation import SUITES, Failed, Federation, make_samples, program, run_cli


class Demo:
    def __init__(self, options):
        self.zh = options.lang == "zh"
        self.lang, self.suite, self.keep, self.rows = options.lang, options.suite, options.keep, options.rows
        self.top = tempfile.mkdtemp(prefix="xinlian-demo-")
        self.federation = self.other = None
        self.failures = 0
        self.began = time.monotonic()

    def pick(self, zh, en):
        return zh if self.zh else en

    def step(self, zh, en):
        print(f"\n[{time.monotonic() - self.began:5.1f} s] {self.pick(zh, en)}", flush=True)

    def show(self, text, shorten=True):
        text = text.replace(self.top + "/", "") if shorten else text
        print("\n".join("    " + line for line in text.rstrip().splitlines()), flush=True)

    def command(self, *arguments):
        """Shows a command as a user would type it, with short paths."""
        print("    $ " + shlex.join(["xinlian", *map(str, arguments)]).replace(self.top + "/", ""), flush=True)

    def cli(self, *arguments):
        self.command(*arguments)
        done = run_cli(*arguments, env=self.federation.env if self.federation else None, lang=self.lang)
        self.show(done.stdout + done.stderr)
        return done

    def must(self, done, code=0):
        if done.returncode != code:
            self.failures += 1
            print(self.pick(f"    *** 退出码 {done.returncode}，应为 {code}", f"    *** exit code {done.returncode}, "
                            f"expected {code}"), flush=True)
        return done

    def path(self, name):
        return os.path.join(self.top, name)

    def prepare(self):
        self.step("生成四省样例数据（虚构企业，约每 20 行一处已知缺陷）",
                  "Making four exports (made-up companies, a known defect in about every 20th row)")
        self.command("sample", "--out", "exports", "--rows", self.rows)
        self.files = make_samples(self.path("exports"), self.rows)
        for path in self.files.values():
            self.show(f"{os.path.basename(path):34} {os.path.getsize(path):>9,} B")
        self.step(f"建立四成员联盟，密码套件 {self.suite}", f"Making a federation of four, suite {self.suite}")
        passphrase = secrets.token_urlsafe(12)
        self.federation = Federation(self.suite, passphrase, folder=self.top, outlive=self.keep)
        self.show("\n".join(self.federation.created.splitlines()[:3]))

    def start(self):
        self.step("启动四个节点：TLS 1.3 双向认证、LevelDB、逐次落盘的投票日志",
                  "Starting four nodes: mutual TLS 1.3, LevelDB, a vote journal synced before anything leaves")
        self.federation.start()
        urls = [part for node in self.federation for part in ("--node", node.url)]
        self.must(self.cli("node", "status", *urls))

    def import_all(self):
        self.step("四个机构各自导入", "Each issuer imports its own export")
        rows = []
        for member, path in self.files.items():
            self.command("import", path, "--as", member, "--folder", self.federation[member].folder)
            began = time.monotonic()
            done = self.federation.import_file(member, path)
            seconds = time.monotonic() - began
            if done.returncode not in (0, 1):
                raise Failed(f"import: {done.stdout}{done.stderr}")
            (summary,) = json.loads(done.stdout)
            self.must(done, 1 if summary["refused"] else 0)
            last = self.federation.ask_vault(member, "SELECT MAX(height) AS h FROM batches")[0]["h"]
            rows.append((f"{member} {os.path.basename(path)}", summary["rows"], summary["new"] + summary["changed"],
                         summary["refused"], summary["warned"], summary["same"], last, f"{seconds:.2f} s"))
        self.table((self.pick("文件", "file"), self.pick("行", "rows"), self.pick("接受", "accepted"),
                    self.pick("拒收", "refused"), self.pick("提示", "warned"), self.pick("重复", "repeated"),
                    self.pick("高度", "height"), self.pick("至最终", "until final")), rows)
        stem, extension = os.path.splitext(self.files["310000"])
        if not os.path.exists(stem + "-errors" + extension):
            return
        with open(stem + "-errors" + extension, encoding="utf-8-sig", newline="") as errors:
            first = next(csv.DictReader(errors))
        self.show(self.pick("拒收的行连同原因在错误文件中，改正后可再导入，例如：",
                            "Refused rows are in an error file with the reason, to be corrected and imported again:"))
        self.show("  " + " ".join(first[c] for c in ("行号", "字段", "错误代码", "错误原因")))

    def table(self, header, rows):
        def width(text):
            return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in str(text))
        widths = [max(width(line[i]) for line in [header, *rows]) for i in range(len(header))]
        for line in [header, *rows]:
            cells = [str(cell) + " " * (w - width(cell)) if i == 0 else " " * (w - width(cell)) + str(cell)
                     for i, (cell, w) in enumerate(zip(line, widths))]
            self.show("  ".join(cells))

    def import_again(self):
        self.step("再次导入同一文件：不登记任何条目，首次回执照旧",
                  "The same file again: nothing is entered, the first receipts stand")
        node = self.federation["310000"]
        before = node.json("/v1/feeds/310000")["next_sequence"]
        done = self.federation.import_file("310000", self.files["310000"])
        (summary,) = json.loads(done.stdout)
        after = node.json("/v1/feeds/310000")["next_sequence"]
        if before != after or summary["new"] or summary["changed"]:
            self.failures += 1
        self.show(self.pick(f"相同 {summary['same']} 行，新增 {summary['new']} 行；下一批次号 {before} → {after}",
                            f"{summary['same']} rows the same, {summary['new']} new; next batch number {before} -> {after}"))

    def prove(self):
        folder = self.federation["310000"].folder
        record = self.federation.ask_vault("310000", "SELECT * FROM records ORDER BY row LIMIT 1")[0]
        self.document = self.federation.document_of("310000", record["id"])
        self.subject = record["subject"]
        self.step("一行的回执", "The receipt of one row")
        self.must(self.cli("vault", "show", "--folder", folder, "--document", self.document))
        self.step("趁节点在线，做两份证明：一条记录；一个主体的全部条目",
                  "While the nodes run, two proofs: one record; all entries about one subject")
        self.must(self.cli("prove", "record", "--folder", folder, "--document", self.document, "--out",
                           self.path("record.proof")))
        self.must(self.cli("prove", "subject", "--folder", folder, "--tag", record["subject"].hex(), "--out",
                           self.path("subject.proof")))
        self.must(self.cli("vault", "export-row", "--folder", folder, "--document", self.document, "--out",
                           self.path("row.json")))
        self.federation.assert_agreement()
        self.show(self.pick("四个节点在每个高度的区块标识与状态根一致。",
                            "All four nodes report the same block id and state root at every height."))

    def verify_offline(self):
        genesis = self.federation.genesis
        self.step("停止全部节点", "Stopping all nodes")
        codes = self.federation.stop()
        self.show(" ".join(f"{member}: {code}" for member, code in codes.items()))
        if any(codes.values()):
            self.failures += 1
        self.step("离线核验：只凭证明文件和创世文件", "Verifying offline, with the proof files and the genesis file alone")
        self.must(self.cli("verify", self.path("record.proof"), "--genesis", genesis, "--record", self.path("row.json")))
        self.must(self.cli("verify", self.path("subject.proof"), "--genesis", genesis))

        self.step("改动证明中的一个字节", "One byte of the proof is changed")
        with open(self.path("record.proof"), "rb") as file:
            whole = file.read()
        at = whole.index(self.subject)  # elsewhere the file may no longer parse, which gives another answer
        with open(self.path("changed.proof"), "wb") as file:
            file.write(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
        self.must(self.cli("verify", self.path("changed.proof"), "--genesis", genesis), 1)

        self.step("别的联盟的证明：成员同名，创世不同", "A stolen proof: the same names, another federation's genesis")
        self.other = Federation(self.suite, folder=self.path("other"))
        self.must(self.cli("verify", self.path("record.proof"), "--genesis", self.other.genesis), 1)

    def leave_running(self):
        """Starts the nodes again and says how to explore."""
        self.federation.start()
        passphrase = self.path("passphrase")
        with open(os.open(passphrase, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(self.federation.env["XINLIAN_PASSPHRASE"])
        stop = self.path("stop")
        pids = " ".join(str(node.process.pid) for node in self.federation)
        with open(os.open(stop, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o700), "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\n# Ends the four nodes of this demo (if they still are what was started) and removes its "
                       f"folder.\nfor pid in {pids}; do\n"
                       f"    grep -qs xinliand /proc/$pid/comm && kill $pid\ndone\nsleep 2\n"
                       f"rm -rf {shlex.quote(self.top)}\n")
        node = self.federation["310000"]
        xinlian = program("xinlian")
        self.step("四个节点仍在运行", "The four nodes are left running")
        for each in self.federation:
            self.show(f"{each.member}  {each.url}/v1/status")
        self.show(self.pick("\n看一看：", "\nLook around:"))
        urls = " ".join(f"--node {each.url}" for each in self.federation)
        self.show(f"""
export XINLIAN_PASSPHRASE_FILE={passphrase}
{xinlian} node status {urls}
{xinlian} import {self.files['320000']} --as 320000 --folder {self.federation['320000'].folder}
{xinlian} vault show --folder {node.folder} --document {shlex.quote(self.document)}
{xinlian} prove entry 0 --folder {node.folder} --out /tmp/entry.proof
{xinlian} verify /tmp/entry.proof --genesis {self.federation.genesis}
curl -s {node.url}/v1/blocks/1
curl -N {node.url}/v1/events?from=1
curl -s {node.url}/metrics
tail -f {node.log_path}""".lstrip(), shorten=False)
        self.show(self.pick(f"\n结束并清理：{stop}", f"\nTo end it and clean up: {stop}"), shorten=False)

    def run(self):
        self.prepare()
        self.start()
        self.import_all()
        self.import_again()
        self.prove()
        self.verify_offline()
        if self.failures == 0 and self.keep:
            self.leave_running()
        self.step("完成" if self.failures == 0 else f"有 {self.failures} 处不符",
                  "Done" if self.failures == 0 else f"{self.failures} steps did not do what they should")
        return 0 if self.failures == 0 else 1

    def clean_up(self):
        for federation in (self.federation, self.other):
            if federation is not None:
                federation.kill()
        shutil.rmtree(self.top, ignore_errors=True)


def language_of_locale():
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return "zh" if os.environ[name].startswith("zh") else "en"
    return "en"


def main():
    parser = argparse.ArgumentParser(prog="./run demo", description="Four provinces on this machine.")
    parser.add_argument("--suite", choices=SUITES, default=SUITES[0])
    parser.add_argument("--lang", choices=("zh", "en"), default=language_of_locale())
    parser.add_argument("--rows", type=int, default=500, help="rows in each export")
    parser.add_argument("--story", action="store_true", help="instead: a penalty, a bank's query, a repair, an audit")
    parser.add_argument("--keep", action="store_true", help="leave the nodes running and say how to look around")
    options = parser.parse_args()
    if options.story and options.keep:
        parser.error("--story ends with all nodes off: --keep does not go with it")
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    if options.story:
        from story import Story  # it is made of this one
        demo = Story(options)
    else:
        demo = Demo(options)
    left_running = False
    try:
        code = demo.run()
        left_running = options.keep and code == 0
        return code
    except (Failed, KeyboardInterrupt) as stopped:
        print(f"\n{stopped or 'stopped'}", file=sys.stderr)
        return 1
    finally:
        if not left_running:
            demo.clean_up()


if __name__ == "__main__":
    sys.exit(main())
