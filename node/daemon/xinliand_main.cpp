// xinliand: runs one member's node.
#include <CLI/CLI.hpp>
#include <iostream>

#include "node/daemon/daemon.hpp"
#include "node/wording/outcome.hpp"

namespace {

int run(const std::string& folder) {
    const xinlian::node::MemberFiles files{folder};
    std::string passphrase;
    for (const char* name : {"validator", "transport"}) {
        if (!passphrase.empty() || !xinlian::needs_passphrase(files.key(name))) continue;
        auto read = xinlian::node::read_passphrase(std::string(name) + " key");
        if (!read) {
            std::cerr << "xinliand: " << read.error().text << "\n";
            return xinlian::node::exit_unknown;
        }
        passphrase = *std::move(read);
    }
    auto daemon = xinlian::node::Daemon::open(files, passphrase);
    if (!daemon) {
        std::cerr << "xinliand: " << daemon.error().text << "\n";
        return xinlian::node::exit_unknown;
    }
    const xinlian::Status ended = (*daemon)->run();
    if (ended) return xinlian::node::exit_ok;
    std::cerr << "xinliand: " << ended.error().text << "\n";
    return xinlian::node::exit_code_of(ended.error().code);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"xinliand: a node of a Xinlian federation. `xinlian federation create` creates its folder."};
    std::string folder = ".";
    app.add_option("--folder", folder, "the member's folder (genesis.json, node.toml, keys/, data/)")
        ->check(CLI::ExistingDirectory);
    app.set_version_flag("--version", std::string("xinliand ") + XL_VERSION);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? xinlian::node::exit_ok : xinlian::node::exit_unknown;
    }
    return run(folder);
}
