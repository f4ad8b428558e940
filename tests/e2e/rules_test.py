"""The federation sets its own rules: drafted, signed by a quorum, in force from a height; and a channel of two
members."""

import json
import os
import unittest

from federation import Federation, make_samples, read_text, wait_until, write_text

SHANGHAI, JIANGSU, ZHEJIANG, ANHUI = "310000", "320000", "330000", "340000"
BANK = "330000-b"


class Rules(unittest.TestCase):
    def setUp(self):
        self.federation = Federation(bureaus=[BANK])
        self.addCleanup(self.federation.close)
        self.federation.start()
        self.files = make_samples(self.federation.path("exports"), 20)
        self.rules = self.federation.path("rules.json")
        self.paper = self.federation.path("paper.txt")
        write_text(self.paper, "文书")

    def member(self, member):
        node = self.federation[ZHEJIANG if member == BANK else member]
        return ("--folder", os.path.join(self.federation.folder, member), "--node", node.url)

    def cli(self, *arguments, code=0):
        done = self.federation.cli(*arguments)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout if code == 0 else done.stderr

    def shown(self, member=SHANGHAI):
        return json.loads(self.cli("rules", "show", *self.member(member)))

    def draft(self, change, after=3, name="resolution.json"):
        rules = self.shown()
        change(rules)
        write_text(self.rules, json.dumps(rules))
        path = self.federation.path(name)
        height = self.federation.wait_level()
        self.cli("rules", "draft", "--rules", self.rules, "--from", height + after, "--out", path, *self.member(SHANGHAI))
        return path, height + after

    def sign(self, path, *members):
        for member in members:
            self.cli("rules", "sign", path, "--folder", self.federation[member].folder)

    def act(self, member, *arguments, code=0):
        return self.cli(*arguments, *self.member(member), code=code)

    def pass_height(self, height):
        """Sends acts without effect, so that blocks are made until this height."""
        while self.federation.wait_level() < height:
            self.act(BANK, "grant", "--subject", "91310118H7FJGJTW0D", "--requester", BANK, "--from", "2026-01-01",
                     "--until", "2099-12-31", "--file", self.paper)

    def test_a_quorum_sets_terms_from_a_height(self):
        self.federation.import_file(JIANGSU, self.files[JIANGSU])
        self.assertEqual(self.shown()["dispute"]["other"]["days"], 20)
        path, height = self.draft(lambda rules: rules["dispute"]["other"].update(days=10, source="决议第一号"))
        self.sign(path, SHANGHAI, JIANGSU)
        self.assertIn("quorum", self.act(ANHUI, "rules", "submit", path, code=1))
        self.sign(path, JIANGSU, ZHEJIANG)
        self.act(ANHUI, "rules", "submit", path)
        self.assertIn("wrong-number", self.act(ANHUI, "rules", "submit", path, code=1))
        self.pass_height(height)
        for member in (SHANGHAI, ANHUI):
            self.assertEqual(self.shown(member)["dispute"]["other"], {
                "days": 10, "working": False, "certainty": "statute", "source": "决议第一号"})
        self.federation[ANHUI].stop()
        self.federation[ANHUI].start()
        self.federation[ANHUI].wait_ready()
        self.assertEqual(self.shown(ANHUI)["dispute"]["other"]["days"], 10)

    def test_a_quorum_sets_the_federations_times(self):
        """With a heartbeat of a second instead of a minute, blocks are made without work."""
        self.assertEqual(self.shown()["parameters"]["heartbeat_ms"], 60_000)
        path, height = self.draft(lambda rules: rules["parameters"].update(heartbeat_ms=1_000), after=2)
        self.sign(path, SHANGHAI, JIANGSU, ZHEJIANG)
        self.act(ANHUI, "rules", "submit", path)
        self.pass_height(height)
        self.assertEqual(self.shown(ANHUI)["parameters"]["heartbeat_ms"], 1_000)
        here = self.federation.wait_level()
        wait_until(lambda: self.federation[ANHUI].height() > here + 5, "five heartbeats", 45)

    def test_what_is_to_come_is_told_before_it_is_in_force(self):
        show = ("rules", "show", "--to-come", *self.member(SHANGHAI))
        self.assertIn("no resolution is pending", self.cli(*show, code=2))
        path, height = self.draft(lambda rules: rules.update(report_working_days=5), after=4)
        self.sign(path, SHANGHAI, JIANGSU, ZHEJIANG)
        self.act(ANHUI, "rules", "submit", path)
        self.assertEqual(json.loads(self.cli(*show))["report_working_days"], 5)
        now = self.federation.cli("rules", "show", *self.member(SHANGHAI))
        self.assertNotEqual(json.loads(now.stdout)["report_working_days"], 5)
        self.assertIn(f"resolution 1 comes into force at height {height}", now.stderr)

        draft = ("rules", "draft", "--rules", self.rules, "--out", path, *self.member(SHANGHAI))
        done = self.federation.cli(*draft)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"resolution 1 comes into force at height {height}; this draft replaces it", done.stderr)
        self.pass_height(height)
        self.assertIn("no resolution is pending", self.cli(*show, code=2))
        self.assertEqual(self.shown()["report_working_days"], 5)

    def test_rules_that_nobody_could_change_are_refused(self):
        for change, says in ((lambda rules: rules["parameters"].update(heartbeat_ms=1), "from 1000 to"),
                             (lambda rules: rules["parameters"].update(batch_entries_max=1), "it must be as in the genesis"),
                             (lambda rules: rules["roles"].update({BANK: [], **{of: ["validator"] for of in self.files}}),
                              "no member that is issuer or bureau")):
            rules = self.shown()
            change(rules)
            write_text(self.rules, json.dumps(rules))
            self.assertIn(says, self.cli("rules", "draft", "--rules", self.rules, "--out", self.federation.path("no.json"),
                                         *self.member(SHANGHAI), code=1))

    def test_a_changed_text_and_a_non_member_are_refused(self):
        path, _ = self.draft(lambda rules: rules.update(report_working_days=5), after=50)
        self.sign(path, SHANGHAI)
        signed = json.loads(read_text(path))
        write_text(path, json.dumps({**signed, "text": signed["text"].replace('"report_working_days":5',
                                                                              '"report_working_days":6')}))
        self.assertIn("is not valid for this text", self.cli("rules", "sign", path, "--folder",
                                                        self.federation[JIANGSU].folder, code=1))
        write_text(path, json.dumps({**signed, "signatures": {BANK: "00" * 64}}))
        self.assertIn("not a validator", self.cli("rules", "sign", path, "--folder", self.federation[JIANGSU].folder, code=1))

    def test_a_channel_has_a_key_that_its_members_alone_can_open(self):
        rules = self.shown()
        write_text(self.rules, json.dumps(rules))
        with_channel = self.federation.path("with-channel.json")
        self.cli("channel", "make", 7, "--name", "青浦–吴江–嘉善", "--members", f"{SHANGHAI},{JIANGSU}", "--rules",
                 self.rules, "--out", with_channel, "--folder", self.federation[SHANGHAI].folder)
        path, height = self.draft(lambda rules: rules.update(json.loads(read_text(with_channel))))
        self.sign(path, SHANGHAI, JIANGSU, ANHUI)
        self.act(SHANGHAI, "rules", "submit", path)
        self.pass_height(height)
        self.assertIn("青浦–吴江–嘉善", self.act(ANHUI, "channel", "list"))
        for member in (SHANGHAI, JIANGSU):
            self.act(member, "channel", "open", 7)
        self.assertIn("is not a member of channel 7", self.act(ANHUI, "channel", "open", 7, code=2))

        done = self.federation.cli("--json", *self.federation.import_arguments(SHANGHAI, self.files[SHANGHAI]),
                                   "--channel", 7)
        self.assertIn(done.returncode, (0, 1), done.stdout + done.stderr)
        code = "91310118H7FJGJTW0D"
        in_channel, of_all = self.federation.path("7.proof"), self.federation.path("0.proof")
        self.act(JIANGSU, "prove", "subject", "--subject", code, "--channel", 7, "--out", in_channel)
        self.act(JIANGSU, "prove", "subject", "--subject", code, "--out", of_all)
        told = [json.loads(self.cli("--json", "verify", proof, "--genesis", self.federation.genesis))
                for proof in (in_channel, of_all)]
        self.assertGreater(len(told[0]["entries"]), 0)
        self.assertEqual({entry["channel"] for entry in told[0]["entries"]}, {7})
        self.assertEqual(told[1]["entries"], [])
        self.assertNotEqual(told[0]["subject"], told[1]["subject"])
        self.assertIn("no key of channel 7", self.act(ANHUI, "prove", "subject", "--subject", code, "--channel", 7,
                                                      "--out", in_channel, code=2))


if __name__ == "__main__":
    unittest.main()
