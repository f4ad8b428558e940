// watch: reports new entries about a list of subjects
#include <boost/json/serialize.hpp>
#include <chrono>
#include <iostream>
#include <thread>

#include "node/cli/prove.hpp"
#include "node/client/watch.hpp"

namespace xinlian::node {

namespace {

constexpr Duration look_deadline{600'000};

struct WatchOptions {
    ProveOptions prove;
    std::string seen = "watch.json";
    std::uint32_t every_s = 60;
    bool once = false, from_now = false;
};

void tell(const Cli& cli, const ledger::Genesis& genesis, const News& news) {
    if (cli.json) {
        std::cout << boost::json::serialize(news_json(genesis, news, cli.language)) << '\n';
        return;
    }
    std::cout << news.code << '\n';
    for (const std::string& line : news_lines(genesis, news, cli.language)) std::cout << "  " << line << '\n';
}

// One check. It reports first and then stores the state: after a crash in between, the news is reported again rather
// than lost.
Status look(const Cli& cli, const WatchOptions& options, const ledger::Genesis& genesis, const NodeClient& node,
            const SubjectList& subjects) {
    XL_TRY(const Watched before, load_watched(options.seen, genesis));
    XL_TRY(const Look found, look_again(node, genesis, subjects, before));
    const bool quiet = options.from_now && before.height == 0;
    for (const News& news : found.news) {
        if (!quiet) tell(cli, genesis, news);
    }
    std::cout.flush();
    XL_TRY_STATUS(store_watched(options.seen, genesis, found.watched));
    if (!cli.json && options.once) {
        std::cout << cli.say("截至高度 ", "as of height ") << found.watched.height
                  << cli.say("，名单 ", ": subjects watched: ") << subjects.size()
                  << cli.say(" 个主体，有新情况的 ", ", with new entries: ") << (quiet ? 0 : found.news.size()) << '\n';
    }
    return {};
}

Result<int> watch(const Cli& cli, const WatchOptions& options) {
    XL_TRY(const ledger::Genesis genesis, genesis_of(options.prove));
    XL_TRY(const Hash key, open_channel_key(cli, options.prove.folder, options.prove.channel));
    XL_TRY(const SubjectList subjects, load_subject_list(options.prove.subjects, genesis.suite(), key));
    XL_TRY(const std::string url, node_url(options.prove));
    while (std::cout) {
        XL_TRY(const NodeClient node, NodeClient::to(url, look_deadline));
        const Status looked = look(cli, options, genesis, node, subjects);
        const bool comes_back =
            !looked && (looked.error().code == Errc::unavailable || looked.error().code == Errc::busy);
        if (!looked && (options.once || !comes_back)) return looked.error();
        if (!looked) static_cast<void>(cli.fail(looked.error()));  // and tries again
        if (options.once) break;
        std::this_thread::sleep_for(std::chrono::seconds(options.every_s));
    }
    return exit_ok;
}

}  // namespace

void add_watch_command(Command root, Cli& cli) {
    const Command command = root.subcommand("watch", cli.say("关注一份名单：有新增、变更、修复即告知，凭证明，接续上次",
                                                             "watch a list of subjects: report what is new, changed "
                                                             "or repaired since the last run, with proofs"));
    const auto options = std::make_shared<WatchOptions>();
    add_node_options(command, cli, options->prove);
    command.option("--genesis", options->prove.genesis,
                   cli.say("创世文件（默认取文件夹中的）", "genesis file (default: from the folder)"));
    command
        .option("--subjects", options->prove.subjects,
                cli.say("名单：含“统一社会信用代码”列的 CSV 或 JSON，或每行一个代码",
                        "list of subjects: CSV or JSON with a column 统一社会信用代码, or one code per line"))
        .required();
    add_channel_option(command, cli, options->prove.channel);
    command.option("--seen", options->seen, cli.say("记住已告知内容的文件", "file that stores what was reported"))
        .shows_default();
    command.option("--every", options->every_s, cli.say("间隔秒数", "interval in seconds"))
        .range(1u, 86'400u)
        .shows_default();
    command.flag("--once", options->once, cli.say("只看一次", "check once"));
    command.flag("--from-now", options->from_now,
                 cli.say("首次不告知已有条目", "on the first run, do not report existing entries"));
    cli.set_action(command, [&cli, options] {
        const Result<int> done = watch(cli, *options);
        return done ? *done : cli.fail(done.error());
    });
}

}  // namespace xinlian::node
