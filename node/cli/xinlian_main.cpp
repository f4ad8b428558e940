// The command line `xinlian`.
#include <algorithm>
#include <csignal>
#include <iostream>
#include <new>
#include <string>
#include <vector>

#include "node/cli/cli.hpp"

namespace xinlian::node {

namespace {

// Help texts are chosen while the commands are added, before the arguments are parsed.
Language language_of(const std::vector<std::string>& arguments) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i] == "--") break;
        std::string value;
        if (arguments[i].starts_with("--lang=")) value = arguments[i].substr(7);
        if (arguments[i] == "--lang" && i + 1 < arguments.size()) value = arguments[i + 1];
        if (value == "zh") return Language::zh;
        if (value == "en") return Language::en;
    }
    return language_of_locale();
}

int run(int argc, char** argv) {
    Cli cli;
    cli.language = language_of(std::vector<std::string>(argv, argv + argc));
    CommandLine line("xinlian", cli.say("信链 Xinlian：可离线验证的征信联盟账本",
                                        "Xinlian: a federated credit ledger with proofs that verify offline"));
    const Command root = line.root();
    std::string language;
    root.option("--lang", language, cli.say("语言：zh 或 en", "language: zh or en")).one_of({"zh", "en"});
    root.flag("--json", cli.json, cli.say("输出 JSON", "print one JSON value"));
    line.add_version("xinlian " XL_VERSION);
    line.require_command();
    add_federation_commands(root, cli);
    add_key_commands(root, cli);
    add_node_commands(root, cli);
    add_import_commands(root, cli);
    add_proof_commands(root, cli);
    add_audit_commands(root, cli);
    add_quality_command(root, cli);
    add_act_commands(root, cli);
    add_watch_command(root, cli);
    add_rules_commands(root, cli);
    add_channel_commands(root, cli);
    add_erase_commands(root, cli);
    add_sample_commands(root, cli);
    if (const std::optional<int> code = line.parse(argc, argv)) return *code;
    return cli.run ? cli.run() : exit_unknown;
}

}  // namespace

}  // namespace xinlian::node

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);  // a closed connection must be reported as an error, not end the process
    try {
        return xinlian::node::run(argc, argv);
    } catch (const std::bad_alloc&) {
        std::cerr << "error: out of memory\n";
    } catch (const std::exception& error) {
        std::cerr << "error: " << error.what() << '\n';
    }
    return xinlian::node::exit_unknown;
}
