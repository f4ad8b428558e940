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

// Allows --json and --lang after the command too.
void let_options_fall_through(CLI::App& app) {
    for (CLI::App* command : app.get_subcommands({})) {
        command->fallthrough();
        let_options_fall_through(*command);
    }
}

int run(int argc, char** argv) {
    Cli cli;
    cli.language = language_of(std::vector<std::string>(argv, argv + argc));
    CLI::App app(
        cli.say("信链 Xinlian：可离线验证的征信联盟账本", "Xinlian: a federated credit ledger that verifies offline"),
        "xinlian");
    std::string language;
    app.add_option("--lang", language, cli.say("语言：zh 或 en", "language: zh or en"))
        ->check(CLI::IsMember({"zh", "en"}));
    app.add_flag("--json", cli.json, cli.say("输出 JSON", "print one JSON value"));
    app.set_version_flag("--version", std::string("xinlian " XL_VERSION));
    app.require_subcommand(1);
    add_federation_commands(app, cli);
    add_key_commands(app, cli);
    add_node_commands(app, cli);
    add_import_commands(app, cli);
    add_proof_commands(app, cli);
    add_audit_commands(app, cli);
    add_quality_command(app, cli);
    add_act_commands(app, cli);
    add_watch_command(app, cli);
    add_rules_commands(app, cli);
    add_channel_commands(app, cli);
    add_erase_commands(app, cli);
    add_sample_commands(app, cli);
    let_options_fall_through(app);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? exit_ok : exit_unknown;  // help and version are not errors
    }
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
