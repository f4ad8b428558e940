// rules show | draft | sign | submit: the federation's own rules
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>

#include "crypto/files.hpp"
#include "node/cli/cli.hpp"
#include "node/client/rules_file.hpp"
#include "node/issuer/feed_writer.hpp"
#include "node/issuer/open_keys.hpp"

namespace xinlian::node {

namespace {

constexpr Duration rules_deadline{30'000};

struct RulesOptions {
    std::string folder = ".", node, file, in, out;
    bool shipped = false, to_come = false;
    std::optional<Height> from;
};

Result<NodeClient> node_of(const RulesOptions& options) {
    XL_TRY(const std::string url, node_url_of(MemberFiles{options.folder}, options.node));
    return NodeClient::to(url, rules_deadline);
}

// On stderr, because the rules themselves are printed to stdout for a file.
void tell_of_what_comes(const Cli& cli, const ledger::ParsedResolution& parsed, const char* zh, const char* en) {
    if (cli.json) {
        const boost::json::object of{{"number", parsed.number}, {"from", parsed.from}};
        std::cerr << boost::json::serialize(boost::json::object{{"to_come", of}}) << '\n';
        return;
    }
    std::cerr << cli.say("注意：决议 ", "note: resolution ") << parsed.number
              << cli.say(" 将自高度 ", " comes into force at height ") << parsed.from << cli.say(" 起生效；", "; ")
              << cli.say(zh, en) << '\n';
}

Status show(const Cli& cli, const RulesOptions& options) {
    if (options.shipped) {
        std::cout << ledger::print_rulebook(ledger::shipped_rulebook(), ledger::Parameters{}) << '\n';
        return {};
    }
    XL_TRY(const ledger::Genesis genesis, ledger::Genesis::load(MemberFiles{options.folder}.genesis()));
    XL_TRY(const NodeClient node, node_of(options));
    XL_TRY(const RulesNow now, fetch_rules(node, genesis));
    if (options.to_come && !now.to_come) {
        return Error{Errc::not_found, "no resolution is pending at height " + std::to_string(now.height) +
                                          "; omit --to-come to show the rules in force"};
    }
    const ledger::Rulebook& rules = options.to_come ? now.to_come->rulebook : now.rulebook();
    std::cout << ledger::print_rulebook(rules, genesis.parameters()) << '\n';
    if (!options.to_come && now.to_come) {
        tell_of_what_comes(cli, *now.to_come, "其规则见 rules show --to-come",
                           "`xinlian rules show --to-come` shows its rules");
    }
    return {};
}

// Prints what a signer must know before signing.
void tell(const Cli& cli, const ledger::Genesis& genesis, const ledger::SignedRules& rules,
          const ledger::ParsedResolution& parsed) {
    const std::size_t signers = rules.signatures.size(), quorum = genesis.committee().quorum();
    const std::string id = ledger::resolution_id(genesis.suite(), rules.text).hex();
    if (cli.json) {
        boost::json::array by;
        for (const MemberSignature& of : rules.signatures) by.emplace_back(genesis.validator(of.member).id);
        std::cout << boost::json::serialize(boost::json::object{{"id", id},
                                                                {"number", parsed.number},
                                                                {"from", parsed.from},
                                                                {"signed_by", std::move(by)},
                                                                {"quorum", quorum}})
                  << '\n';
        return;
    }
    std::cout << cli.say("决议 ", "resolution ") << parsed.number << cli.say("，自高度 ", ", in force from height ")
              << parsed.from << cli.say(" 起生效；摘要 ", "; digest ") << id << cli.say("；已签署 ", "; signed by ")
              << signers << cli.say("，法定 ", ", quorum ") << quorum << '\n';
}

Status draft(const Cli& cli, const RulesOptions& options) {
    XL_TRY(const ledger::Genesis genesis, ledger::Genesis::load(MemberFiles{options.folder}.genesis()));
    XL_TRY(const Bytes given, read_file(options.in, ledger::resolution_text_bytes_max));
    XL_TRY(const NodeClient node, node_of(options));
    XL_TRY(const RulesNow now, fetch_rules(node, genesis));
    const Height from = options.from.value_or(now.height + 1'000);
    if (from <= now.height) {
        return Error{Errc::invalid, "--from " + std::to_string(from) +
                                        " must be above the height of the node, which is " +
                                        std::to_string(now.height) + "; allow time for all members to sign"};
    }
    ledger::SignedRules rules;
    XL_TRY(rules.text, ledger::print_resolution(genesis, now.count + 1, from, as_text(given)));
    XL_TRY(const ledger::ParsedResolution parsed, ledger::parse_resolution(genesis, rules.text));
    XL_TRY_STATUS(store_rules_file(options.out, genesis, rules));
    tell(cli, genesis, rules, parsed);
    if (now.to_come) {
        tell_of_what_comes(
            cli, *now.to_come, "本草案将整体取代之；若应保留其内容，请据 rules show --to-come 起草",
            "this draft replaces it completely; to keep its content, draft from `xinlian rules show --to-come`");
    }
    return {};
}

Status sign(const Cli& cli, const RulesOptions& options) {
    const MemberFiles files{options.folder};
    XL_TRY(const ledger::Genesis genesis, ledger::Genesis::load(files.genesis()));
    XL_TRY(ledger::SignedRules rules, load_rules_file(options.file, genesis));
    XL_TRY(const ledger::ParsedResolution parsed, ledger::parse_resolution(genesis, rules.text));
    std::string passphrase;
    if (needs_passphrase(files.key("validator"))) {
        XL_TRY(passphrase, read_passphrase("validator key in " + options.folder));
    }
    XL_TRY(const SecretKey key, open_key_file(files.key("validator"), KeyPurpose::validator, passphrase));
    XL_TRY_STATUS(sign_rules(rules, genesis, key));
    XL_TRY_STATUS(store_rules_file(options.file, genesis, rules));
    tell(cli, genesis, rules, parsed);
    return {};
}

Status submit(const Cli& cli, const RulesOptions& options) {
    const MemberFiles files{options.folder};
    XL_TRY(const Keys keys, open_keys(files));
    XL_TRY(const ledger::SignedRules rules, load_rules_file(options.file, keys.genesis));
    XL_TRY(const ledger::ParsedResolution parsed, ledger::check_resolution(keys.genesis, rules));
    XL_TRY(const std::string url, node_url_of(files, options.node));
    XL_TRY(NodeClient node, NodeClient::to(url, submit_deadline));
    XL_TRY(const std::unique_ptr<Vault> vault,
           Vault::open(files.vault(), keys.genesis.chain_id(), keys.vault, VaultUse::write));
    const Issuer issuer{keys.genesis, keys.member, keys.key, keys.channel, keys.record};
    XL_TRY(const std::unique_ptr<FeedWriter> feed, FeedWriter::open(issuer, *vault, std::move(node)));
    XL_TRY_STATUS(feed->resume());
    const ledger::Entry entry = ledger::entry_of(keys.genesis.suite(), parsed, rules);
    XL_TRY(const ledger::Receipt receipt, feed->act(entry, {rules}));
    if (receipt.outcome.reason != ledger::Reason::accepted) return refusal_of(entry, receipt, cli.language);
    tell(cli, keys.genesis, rules, parsed);
    if (!cli.json) {
        std::cout << cli.say("已载入账本：高度 ", "on the ledger: height ") << receipt.outcome.height
                  << cli.say("，日志条目 ", ", log entry ") << receipt.outcome.first_index << '\n';
    }
    return {};
}

using RulesVerb = Status (*)(const Cli&, const RulesOptions&);

std::shared_ptr<RulesOptions> set_up(Command command, Cli& cli, RulesVerb verb) {
    auto options = std::make_shared<RulesOptions>();
    command.option("--folder", options->folder, cli.say("成员文件夹", "the member's folder")).shows_default();
    command.option("--node", options->node,
                   cli.say("节点地址（默认取 node.toml）", "address of a node (default: from node.toml)"));
    cli.set_action(command, [&cli, options, verb] {
        const Status status = verb(cli, *options);
        return status ? exit_ok : cli.fail(status.error());
    });
    return options;
}

}  // namespace

void add_rules_commands(Command root, Cli& cli) {
    const Command rules =
        root.parent("rules", cli.say("联盟规则：期限、日历、参数、角色、通道，由法定多数签署的决议设定",
                                     "rules of the federation: terms, calendar, parameters, roles, channels, "
                                     "set by resolutions that a quorum signs"));
    Command command = rules.subcommand("show", cli.say("现行规则", "show the rules in force"));
    const auto shown = set_up(command, cli, show);
    command.flag("--shipped", shown->shipped,
                 cli.say("程序自带的规则，不询问节点", "show the rules of this program; contacts no node"));
    command.flag("--to-come", shown->to_come,
                 cli.say("已决议、尚未生效的规则", "show the rules of a resolution that is not yet in force"));
    command = rules.subcommand("draft", cli.say("起草决议", "draft a resolution that sets the given rules"));
    const auto drafted = set_up(command, cli, draft);
    command
        .option("--rules", drafted->in,
                cli.say("规则（JSON，如 rules show 所示）", "rules (JSON, as printed by `xinlian rules show`)"))
        .required();
    command.option("--from", drafted->from,
                   cli.say("生效高度（默认当前加 1000）",
                           "height at which they come into force (default: the current height plus 1000)"));
    command.option("--out", drafted->out, cli.say("写出的决议文件", "resolution file to write")).required();
    const auto add_file_verb = [&](const char* name, const char* about, RulesVerb verb) {
        const Command of_file = rules.subcommand(name, about);
        const auto options = set_up(of_file, cli, verb);
        of_file.option("FILE", options->file, cli.say("决议文件", "resolution file")).required();
    };
    add_file_verb("sign", cli.say("以验证密钥签署", "sign a resolution with the validator key in the folder"), sign);
    add_file_verb("submit", cli.say("提交已由法定多数签署的决议", "submit a resolution that a quorum signed"), submit);
}

}  // namespace xinlian::node
