// node status
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <iostream>
#include <memory>
#include <thread>

#include "node/cli/cli.hpp"
#include "node/client/error_json.hpp"
#include "node/client/node_client.hpp"
#include "node/client/node_status.hpp"

namespace xinlian::node {

namespace {

constexpr Duration deadline{5'000};
constexpr std::chrono::seconds watch_interval{2};

struct StatusOptions {
    std::vector<std::string> nodes;
    bool watch = false;
};

AskedNode ask(const std::string& url) {
    AskedNode asked{.url = url, .status = Error{Errc::unavailable, ""}, .raw = {}};
    const auto node = NodeClient::to(url, deadline);
    if (!node) {
        asked.status = node.error();
        return asked;
    }
    auto json = node->get_object("/v1/status");
    if (!json) {
        asked.status = json.error();
        return asked;
    }
    asked.status = parse_status(*json);
    asked.raw = *std::move(json);
    return asked;
}

std::string print_json(const std::vector<AskedNode>& nodes) {
    boost::json::array list;
    for (const AskedNode& node : nodes) {
        boost::json::object one{{"node", node.url}, {"reachable", node.status.ok()}};
        if (node.status) one["status"] = node.raw;
        if (!node.status) one["error"] = error_json(node.status.error()).at("error");
        list.push_back(std::move(one));
    }
    return boost::json::serialize(boost::json::object{{"nodes", std::move(list)}}) + "\n";
}

int status(const Cli& cli, const StatusOptions& options) {
    const bool on_terminal = ::isatty(STDOUT_FILENO) == 1;
    const std::vector<std::string> urls =
        options.nodes.empty() ? std::vector<std::string>{default_node_url} : options.nodes;
    while (true) {
        std::vector<AskedNode> asked;
        asked.reserve(urls.size());
        for (const std::string& url : urls) asked.push_back(ask(url));
        const std::string text = cli.json ? print_json(asked) : print_statuses(asked, cli.language);
        if (options.watch && on_terminal && !cli.json) std::cout << "\x1b[H\x1b[2J";
        std::cout << text << std::flush;
        if (!options.watch || !std::cout) return exit_code_of(asked);
        std::this_thread::sleep_for(watch_interval);
    }
}

}  // namespace

void add_node_commands(Command root, Cli& cli) {
    const Command node = root.parent("node", cli.say("节点", "nodes"));
    const Command command = node.subcommand(
        "status",
        cli.say("每个节点一行：高度、就绪、连接；落后或断开的说明原因（退出码：1 未就绪，2 连不上）",
                "show one line for each node, and why a peer is behind (exit code: 1 not ready, 2 unreachable)"));
    const auto options = std::make_shared<StatusOptions>();
    command.option("--node", options->nodes, cli.say("节点地址，可多次给出", "address of a node; can be repeated"))
        .shows_default(default_node_url);
    command.flag("--watch", options->watch,
                 cli.say("每两秒刷新，Ctrl-C 结束", "refresh every two seconds until Ctrl-C"));
    cli.set_action(command, [&cli, options] { return status(cli, *options); });
}

}  // namespace xinlian::node
