"""Tests the HTTP interface of a running federation: every documented path, events that resume, receipts that repeat."""

import http.client
import json
import os
import re
import unittest

from federation import Failed, Federation, ask, run_cli, wait_until

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ABSENT = "00" * 32


class Events:
    """A reader of the event stream of one node."""

    def __init__(self, node, path="/v1/events", headers=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", node.api_port, timeout=20)
        self.connection.request("GET", path, headers={"Accept": "text/event-stream", **(headers or {})})
        self.response = self.connection.getresponse()
        if self.response.status != 200 or "text/event-stream" not in self.response.getheader("Content-Type"):
            raise Failed(f"GET {path}: {self.response.status} {self.response.getheader('Content-Type')}")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.response.close()
        self.connection.close()

    def next(self):
        fields = {}
        while True:
            line = self.response.readline().decode().rstrip("\r\n")
            if not line and "data" in fields:
                return int(fields["id"]), fields["event"], json.loads(fields["data"])
            name, _, value = line.partition(":")
            if name:
                fields[name] = value.removeprefix(" ")


class Interface(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.federation = Federation().start()
        samples = cls.federation.path("samples")
        made = run_cli("sample", "--out", samples, "--rows", "60")
        if made.returncode != 0:
            raise Failed(made.stderr)
        cls.csv = os.path.join(samples, "310000-penalties.csv")
        imported = cls.federation.import_file("310000", cls.csv, extra=("--batch-rows", "10"))
        if imported.returncode not in (0, 1):
            raise Failed(imported.stdout + imported.stderr)
        cls.height = cls.federation.wait_level()
        cls.node = cls.federation["320000"]

    @classmethod
    def tearDownClass(cls):
        cls.federation.close()

    def some_batch(self):
        for height in range(1, self.height + 1):
            batches = self.node.json(f"/v1/blocks/{height}")["batches"]
            if batches:
                return batches[0]
        raise Failed("no block has a batch")

    def test_every_documented_path_answers(self):
        with open(os.path.join(ROOT, "docs", "openapi.yaml"), encoding="utf-8") as file:
            paths = re.findall(r"^  (/[^\s:]+):\s*$", file.read(), re.M)
        self.assertGreaterEqual(len(paths), 18, paths)
        entry = self.node.json("/v1/entries/0")
        values = {"/v1/batches/": self.some_batch(), "/v1/feeds/": "310000", "/v1/records/": entry["record"],
                  "/v1/subjects/": entry["subject"], "/v1/entries/": "0", "/v1/blocks/": "1", "/v1/certificates/": "1",
                  "/v1/proofs/record/": entry["record"], "/v1/proofs/subject/": entry["subject"],
                  "/v1/proofs/entry/": "0", "/v1/proofs/batch/": self.some_batch(), "/v1/evidence/": "310000",
                  "/v1/proofs/asked/": entry["subject"], "/v1/proofs/uses/": ABSENT, "/v1/proofs/grant/": ABSENT,
                  "/v1/proofs/query/": ABSENT, "/v1/proofs/account/": ABSENT, "/v1/proofs/dealings/": "310000",
                  "/v1/proofs/feed/": "310000?from=1&to=1"}
        for path in paths:
            if path in ("/v1/batches", "/v1/proofs/portfolio", "/v1/events"):
                continue  # POST, POST, and a stream: tested below
            full = path
            for prefix in sorted(values, key=len, reverse=True):
                if full.startswith(prefix + "{"):
                    full = prefix + re.sub(r"^\{[^}]*\}", values[prefix], full[len(prefix):])
                    break
            self.assertNotIn("{", full, "a path the test cannot fill")
            answer = self.node.get(full)
            self.assertEqual(answer.status, 200, f"GET {full}: {answer.body[:200]!r}")
            self.assertTrue(answer.body)

    def test_every_answer_about_the_ledger_says_as_of_when(self):
        entry = self.node.json("/v1/entries/0")
        for path in ("/v1/feeds/310000", "/v1/records/" + entry["record"], "/v1/records/" + ABSENT,
                     "/v1/subjects/" + entry["subject"], "/v1/entries/0", "/v1/checkpoint", "/v1/evidence"):
            as_of = self.node.json(path)["as_of"]
            block = self.node.json(f"/v1/blocks/{as_of['height']}")
            self.assertEqual(block["id"], as_of["block"])
            self.assertEqual(block["time_ms"], as_of["time_ms"])

    def test_what_is_not_there_is_said_so(self):
        for path in ("/v1/blocks/999999", "/v1/batches/" + ABSENT, "/v1/batches/" + ABSENT + "/receipt",
                     "/v1/entries/999999", "/v1/feeds/999999", "/v1/nothing", "/v1/proofs/batch/" + ABSENT,
                     "/v1/evidence/990000"):
            answer = self.node.get(path)
            self.assertEqual(answer.status, 404, path)
            self.assertEqual(answer.json()["error"]["code"], "not_found", path)
        for path in ("/v1/blocks/one", "/v1/records/xyz", "/v1/entries/-1"):
            self.assertEqual(self.node.get(path).status, 400, path)
        self.assertFalse(self.node.json("/v1/records/" + ABSENT)["found"])
        self.assertEqual(self.node.json("/v1/subjects/" + ABSENT)["count"], 0)
        self.assertEqual(ask(self.node.api_port, "DELETE", "/v1/blocks/1").status, 405)

    def test_the_same_batch_again_gives_the_same_receipt_on_every_node(self):
        batch = self.some_batch()
        body = self.node.get(f"/v1/batches/{batch}").body
        receipts = [ask(node.api_port, "POST", "/v1/batches?wait_ms=5000", body).json() for node in self.federation]
        receipts.append(self.node.json(f"/v1/batches/{batch}/receipt"))
        self.assertEqual(receipts[0]["outcome"], "accepted")
        for receipt in receipts:
            self.assertEqual(receipt, receipts[0])
        self.assertEqual(self.federation.wait_level(), self.height)

    def test_a_portfolio_is_asked_for_with_tags_one_a_line(self):
        subject = self.node.json("/v1/entries/0")["subject"]
        answer = ask(self.node.api_port, "POST", "/v1/proofs/portfolio", f"{subject}\n{ABSENT}\n".encode())
        self.assertEqual(answer.status, 200, answer.body[:200])
        self.assertTrue(answer.body.startswith(b"xinlian-portfolio/1\n"))
        for body in (b"", b"rubbish\n", subject.encode() + b"\n\n"):
            self.assertEqual(ask(self.node.api_port, "POST", "/v1/proofs/portfolio", body).status, 400, body)
        self.assertEqual(self.node.get("/v1/proofs/portfolio").status, 405)

    def test_a_batch_with_a_changed_byte_is_refused(self):
        body = self.node.get(f"/v1/batches/{self.some_batch()}").body
        for at in (0, 40, len(body) // 2, len(body) - 1):
            changed = body[:at] + bytes([body[at] ^ 1]) + body[at + 1:]
            answer = ask(self.node.api_port, "POST", "/v1/batches?wait_ms=2000", changed)
            self.assertIn(answer.status, (400, 403), f"byte {at}: {answer.body[:200]!r}")
        self.assertEqual(self.federation.wait_level(), self.height)

    def test_events_resume_after_the_last_one_seen(self):
        with Events(self.node, "/v1/events?from=1") as stream:
            seen = [stream.next() for _ in range(2)]
        self.assertEqual([(number, event) for number, event, _ in seen], [(1, "block"), (2, "block")])
        self.assertEqual([data["height"] for _, _, data in seen], [1, 2])
        with Events(self.node, headers={"Last-Event-ID": "2"}) as stream:
            rest = [stream.next() for _ in range(self.height - 2)]
        self.assertEqual([number for number, _, _ in rest], list(range(3, self.height + 1)))
        events = [data for _, _, data in seen + rest]
        self.assertEqual(sum(data["entries"] for data in events), self.node.status()["log_size"])
        for data in events:
            block = self.node.json(f"/v1/blocks/{data['height']}")
            self.assertEqual((data["id"], data["state_root"]), (block["id"], block["state_root"]))

    def test_certificates_have_a_quorum_of_distinct_signers(self):
        for height in range(1, self.height + 1):
            certificate = self.node.json(f"/v1/certificates/{height}")
            self.assertGreaterEqual(certificate["height"], height)
            self.assertGreaterEqual(len(set(certificate["signers"])), 3)
            self.assertEqual(len(certificate["signers"]), len(certificate["signatures"]))

    def test_the_checkpoint_has_the_three_lines_of_the_standard(self):
        text = self.node.get("/v1/checkpoint", headers={"Accept": "text/plain"}).body.decode()
        status = self.node.status()
        lines = text.split("\n")
        self.assertEqual((lines[0], lines[1], lines[3:]), ("xinlian/" + status["chain_id"], str(status["log_size"]), [""]))

    def test_metrics_are_prometheus_text(self):
        answer = self.node.get("/metrics")
        self.assertTrue(answer.headers["content-type"].startswith("text/plain"))
        metrics = {}
        for line in answer.body.decode().splitlines():
            if line.startswith("#"):
                self.assertRegex(line, r"^# (HELP|TYPE) xinlian_\w+ ")
                continue
            match = re.fullmatch(r'(xinlian_\w+)(\{[^{}]*\})? (\S+)', line)
            self.assertIsNotNone(match, line)
            metrics[match[1] + (match[2] or "")] = float(match[3])
        self.assertEqual(metrics["xinlian_height"], self.height)
        self.assertEqual(metrics["xinlian_ready"], 1)
        self.assertEqual(metrics['xinlian_peer_connected{peer="310000"}'], 1)

    def test_nothing_of_a_record_is_in_logs_blocks_or_metrics(self):
        with open(self.csv, encoding="utf-8-sig") as file:
            row = file.read().splitlines()[1].split(",")
        secrets = [cell for cell in row[:5] if len(cell) >= 6]
        self.assertTrue(secrets)
        for node in self.federation:
            heard = node.log().encode() + node.get("/metrics").body + node.get("/v1/blocks/1").body
            for batch in node.json("/v1/blocks/1")["batches"]:
                heard += node.get(f"/v1/batches/{batch}").body
            for secret in secrets:
                self.assertNotIn(secret.encode(), heard)


class Readiness(unittest.TestCase):
    def test_a_node_that_is_behind_is_not_ready_until_it_has_caught_up(self):
        with Federation() as federation:
            federation.start()
            samples = federation.path("samples")
            self.assertEqual(run_cli("sample", "--out", samples, "--rows", "1500").returncode, 0)
            late = federation["340000"]
            late.kill()
            imported = federation.import_file("310000", os.path.join(samples, "310000-penalties.csv"),
                                              extra=("--batch-rows", "3"))
            self.assertIn(imported.returncode, (0, 1), imported.stderr)
            tip = federation["310000"].height()
            self.assertGreater(tip, 20)
            late.start()
            answers = []

            def caught_up():
                try:
                    answer = late.get("/v1/ready", timeout_s=2)
                except OSError:
                    return False
                body = answer.json()
                answers.append((answer.status, body["ready"], body["height"], body["highest_known"]))
                return answer.status == 200 and body["height"] + 2 >= tip

            wait_until(caught_up, lambda: f"340000 catches up to {tip}: {answers[-3:]}\n{late.log_tail()}", 30, 0.002)
            self.assertIn(503, [status for status, *_ in answers])
            for status, ready, height, known in answers:
                self.assertEqual(status, 200 if ready else 503)
                if known > height + 2:
                    self.assertFalse(ready)
            federation.assert_agreement()

    def test_a_node_that_has_heard_nobody_is_not_ready(self):
        with Federation() as federation:
            node = federation["310000"].start()

            def answers():
                try:
                    return node.get("/v1/ready", timeout_s=2)
                except OSError:
                    return None
            self.assertEqual(wait_until(answers, "an answer").status, 503)


if __name__ == "__main__":
    unittest.main()
