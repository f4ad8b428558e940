// The command line `xinlian`: one file per group of verbs, each of which adds its commands to the app.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "crypto/result.hpp"
#include "crypto/time.hpp"
#include "node/wording/language.hpp"
#include "node/wording/outcome.hpp"

namespace xinlian::node {

// Shared by all commands. The chosen command sets `run`, which returns the exit code.
struct Cli {
    Language language = Language::en;
    bool json = false;  // --json: one JSON value on standard output, nothing else
    std::function<int()> run;

    // Selects the text in the chosen language.
    const char* say(const char* zh, const char* en) const { return node::say(language, zh, en); }
    // Prints the error (to stderr; as JSON with --json) and returns its exit code.
    int fail(const Error& error) const;
};

Time system_now();  // the machine's clock

void add_federation_commands(CLI::App& app, Cli& cli);  // federation create
void add_key_commands(CLI::App& app, Cli& cli);         // key new, key show, key passphrase
void add_node_commands(CLI::App& app, Cli& cli);        // node status
void add_import_commands(CLI::App& app, Cli& cli);      // import, vault …
void add_proof_commands(CLI::App& app, Cli& cli);    // prove record|subject|entry|batch, evidence list|export, verify
void add_audit_commands(CLI::App& app, Cli& cli);    // audit chain|queries|feed|quality|members|receipts|seal
void add_quality_command(CLI::App& app, Cli& cli);   // quality: asks a node
void add_rules_commands(CLI::App& app, Cli& cli);    // rules show|draft|sign|submit
void add_channel_commands(CLI::App& app, Cli& cli);  // channel make|open|list
void add_watch_command(CLI::App& app, Cli& cli);     // watch
void add_act_commands(CLI::App& app,
                      Cli& cli);  // repair …, hold, dispute …, withdraw, grant, revoke, query, answer, ack, account
void add_erase_commands(CLI::App& app, Cli& cli);   // erase
void add_sample_commands(CLI::App& app, Cli& cli);  // sample: makes the project's own example exports

}  // namespace xinlian::node
