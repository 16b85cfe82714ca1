"""``chatfile doctor``, and --trace: both without secrets."""

import json
import unittest

from command_line import CommandLine

SECRETS = ["e1a2b3c4d5f6", "4b1e7c52d09f4a86b3a5f0c7e9d21864", "openIM123", "emulator-app-secret", "client-secret", "hunter2", "acctk"]


class Doctor(CommandLine):
    def accounts(self):
        """As variables, by the service."""
        found = {}
        for account, _ in self.emulator.accounts():
            fields = {name: value for name, value in account.__dict__.items() if isinstance(value, str)}
            found[account._service] = {f"{account._service}_{name}".upper(): value for name, value in fields.items()}
        return found

    def examine(self, service, *words, code=0, **more):
        variables = {**self.accounts()[service], **more}
        out, errors = self.run_it("doctor", "--json", "--service", service, *words, code=code, **variables)
        for secret in SECRETS:
            self.assertNotIn(secret, out + errors)
        return {one["step"]: one for one in map(json.loads, out.splitlines())}

    def test_all_is_well(self):
        for service in self.accounts():
            with self.subTest(service):
                steps = self.examine(service)
                self.assertNotIn("failed", {one["verdict"] for one in steps.values()}, steps)
                wanted = "not tried" if service == "netease" else "ok"
                self.assertEqual(steps["service"]["verdict"], wanted, steps)
        self.assertEqual(self.examine("netease", "--write")["service"]["verdict"], "ok")
        out, _ = self.run_it("doctor")
        self.assertRegex(out, r"(?m)^ok +clock +\d+ ms  this machine is")

    def test_what_is_wrong_is_named(self):
        for service, name in (("netease", "NETEASE_APP_SECRET"), ("smh", "SMH_LIBRARY_SECRET"), ("easemob", "EASEMOB_CLIENT_SECRET")):
            steps = self.examine(service, "--write", code=1, **{name: "hunter2"})
            found = steps["service" if service == "netease" else "credentials"]
            self.assertEqual((found["verdict"], found["status"]), ("failed", "CHATFILE_E_AUTH"), found)
        steps = self.examine("smh", code=1, SMH_BASE_URL="http://127.0.0.1:1")
        self.assertEqual([steps[name]["verdict"] for name in ("name", "connection", "TLS", "clock")], ["ok", "failed", "not tried", "not tried"])
        self.assertIn("firewall", steps["connection"]["advice"])
        steps = self.examine("smh", code=1, SMH_BASE_URL="http://no.such.host.invalid")
        self.assertEqual(steps["name"]["verdict"], "failed")
        steps = self.examine("smh", "--proxy", "http://hunter2:hunter2@127.0.0.1:1", code=1)
        self.assertEqual((steps["proxy"]["text"], steps["connection"]["verdict"]), ("http://127.0.0.1:1", "failed"))
        self.emulator.ask("POST", "clock", {"advance_seconds": 3600})
        clock = self.examine("easemob")["clock"]
        self.assertEqual(clock["verdict"], "warning", clock)
        self.assertIn("behind the service", clock["text"])

    def test_a_trace_of_what_failed(self):
        trace = self.folder / "trace"
        self.run_it("upload", "-q", "--trace", trace, self.file)
        self.assertFalse(trace.exists())
        for service, wrong in (("netease", "NETEASE_APP_SECRET"), ("smh", "SMH_LIBRARY_SECRET"), ("easemob", "EASEMOB_CLIENT_SECRET")):
            variables = {**self.accounts()[service], wrong: "hunter2"}
            self.run_it("upload", "-q", "--trace", trace, "--service", service, self.file, code=5, **variables)
        self.emulator.fault("service_error", verb="begin_simple", name="InternalServerError")
        self.run_it(
            "upload", "-q", "--trace", trace, "--service", "smh", self.file, code=5, **self.accounts()["smh"]
        )
        text = trace.read_text()
        self.assertEqual(text.count("status: CHATFILE_E_AUTH"), 3)
        self.assertRegex(text, r"POST http://127\.0\.0\.1:\d+/nimserver/msg/fileUpload\.action\n")
        self.assertRegex(text, r"(?m)^\+\d+ ms answer 200$")
        self.assertIn("request_id: ", text)
        for secret in SECRETS:
            self.assertNotIn(secret, text)


if __name__ == "__main__":
    unittest.main()
