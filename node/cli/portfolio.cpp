// prove portfolio, and the verification of portfolio files for `verify`
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>

#include "crypto/files.hpp"
#include "node/cli/prove.hpp"
#include "node/client/fetch_portfolio.hpp"

namespace xinlian::node {

namespace {

constexpr Duration portfolio_deadline{600'000};

Result<SubjectList> list_of(const Cli& cli, const std::string& path, const std::string& folder, std::uint16_t channel,
                            Suite suite) {
    XL_TRY(const Hash key, open_channel_key(cli, folder, channel));
    return load_subject_list(path, suite, key);
}

void print(const Cli& cli, const ledger::Genesis& genesis, const ledger::PortfolioFinding& finding,
           const std::string& out) {
    if (cli.json) {
        boost::json::object json = to_json(genesis, finding, cli.language);
        if (!out.empty()) json["file"] = out;
        std::cout << boost::json::serialize(json) << '\n';
        return;
    }
    std::cout << say(genesis, finding, cli.language) << '\n';
    if (!out.empty()) std::cout << cli.say("已写入 ", "Written to ") << out << '\n';
}

Status prove_portfolio(const Cli& cli, const ProveOptions& options) {
    XL_TRY(const ledger::Genesis genesis, genesis_of(options));
    XL_TRY(const SubjectList subjects,
           list_of(cli, options.subjects, options.folder, options.channel, genesis.suite()));
    XL_TRY(const std::string url, node_url(options));
    XL_TRY(const NodeClient node, NodeClient::to(url, portfolio_deadline));
    XL_TRY(const FetchedPortfolio fetched, fetch_portfolio(node, genesis, subjects));
    XL_TRY_STATUS(write_file(options.out, as_bytes(fetched.file), 0644, Existing::replace));
    print(cli, genesis, fetched.finding, options.out);
    return {};
}

}  // namespace

void add_prove_portfolio(Command prove, Cli& cli) {
    const Command command = prove.subcommand(
        "portfolio", cli.say("名单上每个主体的全部条目，一条不少，合为一个文件",
                             "prove the complete list of entries about each subject of a list, in one file"));
    const auto options = add_prove_options(command, cli);
    command
        .option(
            "--subjects", options->subjects,
            cli.say("名单：含“统一社会信用代码”列的 CSV 或 JSON，或每行一个代码（需文件夹中的通道密钥）",
                    "list of subjects: CSV or JSON with a column 统一社会信用代码, or one code per line (requires the "
                    "channel key in the folder)"))
        .required();
    add_channel_option(command, cli, options->channel);
    cli.set_action(command, [&cli, options] {
        const Status status = prove_portfolio(cli, *options);
        return status ? exit_ok : cli.fail(status.error());
    });
}

int verify_portfolio_file(const Cli& cli, const VerifyPortfolioOptions& options) {
    const auto genesis = ledger::Genesis::load(options.genesis);
    if (!genesis) return print_refused(cli, Outcome::unknown, within("genesis file", genesis.error()).text);
    std::optional<SubjectList> subjects;
    if (!options.subjects.empty()) {
        auto list = list_of(cli, options.subjects, options.folder, options.channel, genesis->suite());
        if (!list) return print_refused(cli, Outcome::unknown, list.error().text);
        subjects = *std::move(list);
    }
    const PortfolioTable table{options.out, cli.json, cli.language == Language::zh};
    const auto finding = read_portfolio(*genesis, options.file, subjects, table);
    if (finding) {
        print(cli, *genesis, *finding, options.out);
        return exit_ok;
    }
    // A file that could not be read has no verdict; one that was read and is invalid is refused.
    const Errc code = finding.error().code;
    const bool refused = code == Errc::invalid || code == Errc::unknown_key || code == Errc::conflict;
    return print_refused(cli, refused ? Outcome::invalid : Outcome::unknown, finding.error().text);
}

}  // namespace xinlian::node
