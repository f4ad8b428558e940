"""`./run demo --story`: one complete example of what the chain is for.

A penalty is registered in Anhui. A bank in Zhejiang queries it under the company's authorization and gets an answer. The
penalty is repaired, and every region that holds a copy acknowledges the repair. The bank queries again and gets the
repaired state. An auditor proves that nothing was left out. Every step leaves a proof file; at the end each of them is
verified with all nodes stopped.
"""

import csv
import datetime
import json
import os
import shutil

from demo import Demo
from federation import Failed, Federation

ANHUI, SHANGHAI, JIANGSU, ZHEJIANG = "340000", "310000", "320000", "330000"
BANK = "330000-b"  # a credit bureau in Zhejiang that asks for its banks
COMPANY = "91340100MXRQ07EMTQ"
DOCUMENT = "皖交罚〔2026〕1号"
LABELS = {"行政相对人名称": "合肥长亭星桥灯具有限公司", "行政相对人类别": "法人及非法人组织", "统一社会信用代码": COMPANY,
          "法定代表人": "乙某", "行政处罚决定书文号": DOCUMENT, "违法行为类型": "超限运输货物",
          "违法事实": "检查发现该公司超限运输货物，当事人承认上述情形。", "处罚依据": "《示例管理办法》第十二条", "处罚类别": "罚款",
          "处罚内容": "处以罚款178200元", "罚款金额(万元)": "17.820000", "没收违法所得、没收非法财物的金额(万元)": "",
          "暂扣或吊销证照名称及编号": "", "处罚决定日期": "", "处罚有效期": "2099/12/31", "公示截止期": "",
          "处罚机关": "合肥交通运输局", "处罚机关统一社会信用代码": "11340100X2EAHN79RL",
          "数据来源单位": "示例四号信用信息中心", "数据来源单位统一社会信用代码": "113400000JT4FHB19B", "备注": ""}


class Story(Demo):
    def __init__(self, options):
        super().__init__(options)
        self.proofs = []

    # --- steps ---

    def as_member(self, member):
        """The folder and node for a member's commands. A bureau has no node and uses its province's."""
        node = self.federation[ZHEJIANG if member == BANK else member]
        return ("--folder", os.path.join(self.federation.folder, member), "--node", node.url)

    def act(self, member, *arguments, out=None, refused=None):
        """Makes one act and its proof. Returns the id of its object; with `refused` the act must be refused for that
        reason."""
        proof = ("--out", self.path(out)) if out else ()
        done = self.cli(*arguments, *self.as_member(member), *proof)
        if refused:
            self.must(done, 1)
            if refused not in done.stderr:
                self.failures += 1
            return None
        self.must(done)
        if done.returncode != 0:
            raise Failed(done.stderr)
        if out:
            self.proofs.append(out)
        first = done.stdout.splitlines()[0]
        return first.split()[-1]

    def prove(self, member, kind, *arguments, out):
        self.must(self.cli("prove", kind, *arguments, *self.as_member(member), "--out", self.path(out)))
        self.proofs.append(out)

    def paper(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text + "\n")
        return self.path(name)

    def expect(self, proof, **values):
        """Checks that the proof has these values in its JSON form."""
        done = self.federation.cli("--json", "verify", self.path(proof), "--genesis", self.federation.genesis)
        said = json.loads(done.stdout)
        said = {**said, **said.get("status", {})}
        for name, value in values.items():
            if said.get(name) != value:
                self.failures += 1
                self.show(f"*** {proof}: {name} = {said.get(name)}, expected {value}")

    # --- the story ---

    def begin(self):
        self.step("四省各设一个节点；浙江一家征信机构代银行查询", "Four provinces, a node each; a bureau in Zhejiang asks for its banks")
        self.federation = Federation(self.suite, folder=self.top, bureaus=[BANK])
        self.federation.start()
        today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).date()
        self.first, self.last = today.isoformat(), (today + datetime.timedelta(days=30)).isoformat()
        row = {**LABELS, "处罚决定日期": (today - datetime.timedelta(days=200)).strftime("%Y/%m/%d"),
               "公示截止期": (today + datetime.timedelta(days=800)).strftime("%Y/%m/%d")}
        with open(self.path("anhui.csv"), "w", encoding="utf-8-sig", newline="") as file:
            table = csv.DictWriter(file, row.keys())
            table.writeheader()
            table.writerow(row)

    def penalty(self):
        self.step("安徽登记一条行政处罚；其余三省登记留存副本", "Anhui records a penalty; the other three say that they keep a copy")
        self.must(self.cli("import", self.path("anhui.csv"), "--as", ANHUI, *self.as_member(ANHUI)))
        self.prove(ANHUI, "record", "--document", DOCUMENT, out="1-penalty.proof")
        self.expect("1-penalty.proof", standing="current", may_be_shown=True)
        for member in (SHANGHAI, JIANGSU, ZHEJIANG):
            self.act(member, "hold", "--proof", self.path("1-penalty.proof"), out=f"2-copy-{member}.proof")

    def first_query(self):
        self.step("企业授权，银行查询：没有授权就没有查询", "The company authorizes, the bank asks: no authorization, no query")
        letter = self.paper("authorization.txt", "授权书：授权该机构为贷前审查查询本企业信用信息两次。")
        self.grant = self.act(BANK, "grant", "--subject", COMPANY, "--requester", BANK, "--purpose", "loan", "--uses", 2,
                              "--from", self.first, "--until", self.last, "--file", letter, out="3-grant.proof")
        self.act(BANK, "query", "--grant", self.grant, "--provider", ANHUI, "--purpose", "guarantee",
                 refused="wrong-purpose")
        self.answered("4-first", self.paper("report-1.txt", "报告：一条行政处罚，现行。"))
        self.step("银行看到现行处罚，暂停放款", "The bank sees a penalty that is current, and suspends the loan")
        self.prove(BANK, "subject", "--subject", COMPANY, out="5-all-before.proof")

    def answered(self, name, report):
        query = self.act(BANK, "query", "--grant", self.grant, "--provider", ANHUI, out=f"{name}-query.proof")
        self.act(ANHUI, "answer", query, "--file", report, out=f"{name}-answer.proof")
        self.act(BANK, "ack", query, "--file", report, out=f"{name}-receipt.proof")

    def repair(self):
        self.step("信用修复：只有原登记机构可以受理和准予", "Repair: only the issuer may take and grant it")
        application = self.paper("application.txt", "信用修复申请书")
        record = ("--proof", self.path("1-penalty.proof"))
        self.act(JIANGSU, "repair", "accept", *record, "--file", application, refused="wrong-issuer")
        self.act(SHANGHAI, "repair", "acknowledge", *record, refused="not-repaired")
        self.act(ANHUI, "repair", "accept", *record, "--grade", "general", "--file", application, out="6-applied.proof")
        self.act(ANHUI, "repair", "complete", *record, "--grade", "general", "--file",
                 self.paper("decision.txt", "准予信用修复决定书"), out="7-repaired.proof")
        self.expect("7-repaired.proof", standing="repaired", may_be_shown=False, unacknowledged=3)
        self.step("其余三省逐一确认已停止展示与共享", "Each of the other three says that it has stopped showing and sharing")
        for member in (SHANGHAI, JIANGSU, ZHEJIANG):
            self.act(member, "repair", "acknowledge", *record, out=f"8-stopped-{member}.proof")
        self.expect(f"8-stopped-{ZHEJIANG}.proof", standing="repaired", unacknowledged=0)

    def second_query(self):
        self.step("银行再次查询：已修复，不得展示", "The bank asks again: repaired, must not be shown")
        self.answered("9-second", self.paper("report-2.txt", "报告：无可展示的行政处罚。"))
        self.prove(BANK, "subject", "--subject", COMPANY, out="A-all-after.proof")
        self.act(BANK, "query", "--grant", self.grant, "--provider", ANHUI, refused="grant-used-up")

    def audit(self):
        self.step("审计：谁查过这家企业、授权的每次使用、安徽报送的全部批次，一条不少",
                  "The auditor: who asked about the company, every use of the grant, all that Anhui reported: nothing left out")
        self.prove(SHANGHAI, "asked", "--subject", COMPANY, out="B-asked.proof")
        self.prove(SHANGHAI, "uses", self.grant, out="C-uses.proof")
        self.prove(SHANGHAI, "dealings", "--member", BANK, out="D-dealings.proof")
        self.prove(SHANGHAI, "feed", "--member", ANHUI, "--from", 1, "--to", 5, out="E-feed.proof")

    def verify_all(self):
        self.step("停止全部节点，离线核验每一份证明", "All nodes are stopped; every proof is verified offline")
        codes = self.federation.stop()
        if any(codes.values()):
            self.failures += 1
        for proof in self.proofs:
            self.must(self.cli("verify", self.path(proof), "--genesis", self.federation.genesis))
        self.step("同一条记录，按修复前的高度再看一遍", "The same company, told as of a height before the repair")
        before = json.loads(self.federation.cli("--json", "verify", self.path("5-all-before.proof"), "--genesis",
                                                self.federation.genesis).stdout)["as_of"]["height"]
        self.must(self.cli("verify", self.path("A-all-after.proof"), "--genesis", self.federation.genesis, "--height",
                           before))

    def audit_copy(self):
        self.step("审计副本：重新执行全部区块，逐笔核查查询有无授权，安徽的报送与修复确认",
                  "A copy is audited: every block again, every query's authorization, Anhui's reports and acknowledgements")
        copy = self.path("copy")
        shutil.copytree(os.path.join(self.federation[SHANGHAI].folder, "data"), copy,
                        ignore=shutil.ignore_patterns("vault*"))
        self.must(self.cli("audit", "queries", copy, "--genesis", self.federation.genesis))
        self.must(self.cli("audit", "feed", copy, "--issuer", ANHUI, "--genesis", self.federation.genesis))

    def run(self):
        for part in (self.begin, self.penalty, self.first_query, self.repair, self.second_query, self.audit,
                     self.verify_all, self.audit_copy):
            part()
        self.step("完成" if self.failures == 0 else f"有 {self.failures} 处不符",
                  "Done" if self.failures == 0 else f"{self.failures} steps did not do what they should")
        return 0 if self.failures == 0 else 1
