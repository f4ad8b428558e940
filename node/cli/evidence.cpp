// evidence list | export
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <iostream>

#include "node/cli/prove.hpp"
#include "node/wording/plain.hpp"

namespace xinlian::node {

namespace {

// One line for each member. The list is only the node's claim; a proof file is verifiable.
std::string evidence_line(const Cli& cli, const boost::json::object& item) {
    const auto text = [&item](const char* name) { return printable(item.at(name).as_string()); };
    std::string line = text("member") + cli.say("：", ": ") + text("first") + cli.say("；", "; ") + text("second");
    if (item.at("height").is_null()) return line + cli.say("；尚未载入账本", "; not on the ledger yet");
    const std::string height = std::to_string(item.at("height").to_number<std::uint64_t>());
    const std::string time = time_text(Time{item.at("time_ms").to_number<std::uint64_t>()});
    return line + (cli.language == Language::zh ? "；于 " + time + "（高度 " + height + "）载入账本"
                                                : "; on the ledger since " + time + " (height " + height + ")");
}

Status list_evidence(const Cli& cli, const ProveOptions& options) {
    XL_TRY(const std::string url, node_url(options));
    XL_TRY(const NodeClient node, NodeClient::to(url, proof_deadline));
    XL_TRY(const boost::json::object list, node.get_object("/v1/evidence"));
    if (cli.json) {
        std::cout << boost::json::serialize(list) << '\n';
        return Status();
    }
    try {
        const boost::json::array& items = list.at("evidence").as_array();
        for (const boost::json::value& item : items) std::cout << evidence_line(cli, item.as_object()) << '\n';
        if (items.empty()) std::cout << cli.say("没有双签证据", "no evidence of equivocation") << '\n';
    } catch (const std::exception&) {  // thrown by Boost.JSON for a missing member or a wrong type
        return Error{Errc::malformed, url +
                                          ": the node's list of evidence has an unknown form; check that the versions "
                                          "of xinlian and the node match"};
    }
    return Status();
}

}  // namespace

void add_evidence_commands(Command root, Cli& cli) {
    const Command evidence =
        root.parent("evidence", cli.say("验证成员双重签署的证据", "evidence of equivocation by validators"));
    const Command list = evidence.subcommand(
        "list", cli.say("节点所知的全部双签证据", "list all evidence of equivocation that a node knows"));
    const auto asked = std::make_shared<ProveOptions>();
    add_node_options(list, cli, *asked);
    cli.set_action(list, [&cli, asked] {
        const Status status = list_evidence(cli, *asked);
        return status ? exit_ok : cli.fail(status.error());
    });
    const Command exported = evidence.subcommand(
        "export", cli.say("写出一个成员的双签证据（或确无证据）的证明文件，可离线验证",
                          "write a proof file of the evidence against a member, or of its absence"));
    const auto options = add_prove_options(exported, cli);
    exported.option("--member", options->member, cli.say("成员标识，例如 320000", "member id, for example 320000"))
        .required();
    run_prove(exported, cli, options, [options](const ledger::Genesis& genesis) -> Result<Question> {
        if (!genesis.validator_index(options->member)) {
            return Error{Errc::not_found, "\"" + options->member + "\" is not a validator of this federation"};
        }
        return Question(EvidenceQuestion{options->member});
    });
}

}  // namespace xinlian::node
