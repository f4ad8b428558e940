// The command line `xinlian`: one file per group of verbs, each of which adds its commands to the root.
#pragma once

#include <functional>
#include <string>

#include "crypto/result.hpp"
#include "crypto/time.hpp"
#include "node/cli/command.hpp"
#include "node/wording/language.hpp"
#include "node/wording/outcome.hpp"

namespace xinlian::node {

// Shared by all commands.
struct Cli {
    Language language = Language::en;
    bool json = false;         // --json: one JSON value on standard output, nothing else
    std::function<int()> run;  // the action of the given command; returns the exit code

    // Selects the text in the chosen language.
    const char* say(const char* zh, const char* en) const { return node::say(language, zh, en); }
    // Prints the error (to stderr; as JSON with --json) and returns its exit code.
    int fail(const Error& error) const;
    // Sets what `run` is if this command is given.
    void set_action(Command command, std::function<int()> action);
};

Time system_now();  // the machine's clock

void add_federation_commands(Command root, Cli& cli);  // federation create
void add_key_commands(Command root, Cli& cli);         // key new, key show, key passphrase
void add_node_commands(Command root, Cli& cli);        // node status
void add_import_commands(Command root, Cli& cli);      // import, vault …
void add_proof_commands(Command root, Cli& cli);       // prove record|subject|entry|batch, evidence list|export, verify
void add_audit_commands(Command root, Cli& cli);       // audit chain|queries|feed|quality|members|receipts|seal
void add_quality_command(Command root, Cli& cli);      // quality: asks a node
void add_rules_commands(Command root, Cli& cli);       // rules show|draft|sign|submit
void add_channel_commands(Command root, Cli& cli);     // channel make|open|list
void add_watch_command(Command root, Cli& cli);        // watch
// repair …, hold, dispute …, withdraw, grant, revoke, query, answer, ack, account
void add_act_commands(Command root, Cli& cli);
void add_erase_commands(Command root, Cli& cli);   // erase
void add_sample_commands(Command root, Cli& cli);  // sample: makes the project's own example exports

}  // namespace xinlian::node
