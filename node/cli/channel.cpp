// channel make | open | list: groups of members with their own subject-tag key
#include <algorithm>
#include <iostream>

#include "crypto/files.hpp"
#include "ledger/rules/resolution.hpp"
#include "node/cli/cli.hpp"
#include "node/client/rules_file.hpp"
#include "node/issuer/open_keys.hpp"
#include "node/member/channel_keys.hpp"

namespace xinlian::node {

namespace {

constexpr Duration channel_deadline{30'000};

struct ChannelOptions {
    std::string folder = ".", node, rules, out, name;
    std::uint16_t number = 0;
    std::vector<std::string> members, categories{"penalty", "licence"};
};

Result<RulesNow> rules_now(const ledger::Genesis& genesis, const ChannelOptions& options) {
    XL_TRY(const std::string url, node_url_of(MemberFiles{options.folder}, options.node));
    XL_TRY(const NodeClient node, NodeClient::to(url, channel_deadline));
    return fetch_rules(node, genesis);
}

// Adds the channel to rules that will be resolved: a new one, or an existing one with a new key.
Status make(const Cli& cli, const ChannelOptions& options) {
    XL_TRY(const ledger::Genesis genesis, ledger::Genesis::load(MemberFiles{options.folder}.genesis()));
    XL_TRY(const Bytes given, read_file(options.rules, ledger::resolution_text_bytes_max));
    XL_TRY(ledger::Rulebook rulebook, ledger::parse_rulebook(genesis, as_text(given)));
    std::vector<ledger::Category> categories;
    for (const std::string& name : options.categories) {
        XL_TRY(const ledger::Category category, ledger::category_named(name));
        categories.push_back(category);
    }
    const ledger::Channel* old = rulebook.channel(options.number);
    const std::uint32_t key_epoch = old == nullptr ? 1 : old->key_epoch + 1;
    XL_TRY(ledger::Channel made,
           make_channel(genesis, options.number, options.name, options.members, std::move(categories), key_epoch));
    std::erase_if(rulebook.channels, [&](const ledger::Channel& of) { return of.number == options.number; });
    const auto at = std::find_if(rulebook.channels.begin(), rulebook.channels.end(),
                                 [&](const ledger::Channel& of) { return of.number > options.number; });
    rulebook.channels.insert(at, std::move(made));
    const std::string text = ledger::print_rulebook(rulebook, genesis.parameters());
    if (const auto checked = ledger::parse_rulebook(genesis, text); !checked) return checked.error();
    XL_TRY_STATUS(write_file(options.out, as_bytes(text + "\n"), 0644, Existing::replace));
    std::cout << cli.say("规则已写入 ", "rules written to ") << options.out << cli.say("：通道 ", ": channel ")
              << options.number << cli.say("，第 ", ", key epoch ") << key_epoch
              << cli.say(" 个密钥；请起草决议", "; next, draft a resolution with `xinlian rules draft`") << '\n';
    return {};
}

// Opens the member's copy of the key in the rules in force or to come.
Status open(const Cli& cli, const ChannelOptions& options) {
    const MemberFiles files{options.folder};
    XL_TRY(const ledger::Genesis genesis, ledger::Genesis::load(files.genesis()));
    XL_TRY(const RulesNow now, rules_now(genesis, options));
    const ledger::Channel* channel = now.rulebook().channel(options.number);
    if (channel == nullptr && now.to_come) channel = now.to_come->rulebook.channel(options.number);
    if (channel == nullptr) {
        return Error{Errc::not_found, "the rules contain no channel " + std::to_string(options.number) +
                                          "; `xinlian channel list` shows the channels"};
    }
    const std::string path = files.key("transport");
    XL_TRY(const KeyFile about, describe_key_file(path));
    std::string passphrase;
    if (needs_passphrase(path)) {
        XL_TRY(passphrase, read_passphrase("transport key of " + about.owner));
    }
    XL_TRY(const SecretKey transport, open_key_file(path, KeyPurpose::transport, passphrase));
    XL_TRY(const Hash key, open_channel(*channel, about.owner, transport));
    const std::string name = channel_key_name(channel->number, channel->key_epoch);
    const KeyFile file{KeyPurpose::channel, genesis.suite(), about.owner, name};
    const Protection protection = passphrase.empty() ? Protection::unprotected : Protection::passphrase;
    XL_TRY_STATUS(write_key_file(files.key(name), file, key.view(), protection, passphrase));
    std::cout << cli.say("通道密钥已写入 ", "channel key written to ") << files.key(name) << '\n';
    return {};
}

Status list(const Cli& cli, const ChannelOptions& options) {
    XL_TRY(const ledger::Genesis genesis, ledger::Genesis::load(MemberFiles{options.folder}.genesis()));
    XL_TRY(const RulesNow now, rules_now(genesis, options));
    for (const ledger::Channel& channel : now.rulebook().channels) {
        std::cout << channel.number << ' ' << channel.name << cli.say("：第 ", ": key epoch ") << channel.key_epoch
                  << cli.say(" 个密钥；", "; members");
        for (const std::string& id : channel.members) std::cout << ' ' << id;
        std::cout << '\n';
    }
    return {};
}

using Verb = Status (*)(const Cli&, const ChannelOptions&);

Command add_verb(Command parent, Cli& cli, const char* name, const char* about, Verb verb,
                 const std::shared_ptr<ChannelOptions>& options) {
    const Command command = parent.subcommand(name, about);
    command.option("--folder", options->folder, cli.say("成员文件夹", "the member's folder")).shows_default();
    cli.set_action(command, [&cli, options, verb] {
        const Status status = verb(cli, *options);
        return status ? exit_ok : cli.fail(status.error());
    });
    return command;
}

}  // namespace

void add_channel_commands(Command root, Cli& cli) {
    const Command channel =
        root.parent("channel", cli.say("通道：部分成员之间的共享，主体标签另用密钥",
                                       "channels: sharing among some of the members, with a separate "
                                       "key for subject tags"));
    const auto made = std::make_shared<ChannelOptions>();
    Command command = add_verb(
        channel, cli, "make",
        cli.say("在规则中新设通道或更换其密钥", "add a channel to a rules file, or replace its key"), make, made);
    command.option("NUMBER", made->number, cli.say("通道号", "channel number")).required().range(1, 65535);
    command.option("--name", made->name, cli.say("名称", "channel name")).required();
    command.option("--members", made->members, cli.say("成员，逗号分隔", "member ids, comma-separated"))
        .comma_separated()
        .required();
    command.option("--categories", made->categories, cli.say("类别，逗号分隔", "categories, comma-separated"))
        .comma_separated()
        .shows_default();
    command
        .option("--rules", made->rules,
                cli.say("现有规则（rules show 的输出）", "current rules, as printed by `xinlian rules show`"))
        .required();
    command.option("--out", made->out, cli.say("写出的规则", "rules file to write")).required();

    const auto opened = std::make_shared<ChannelOptions>();
    command = add_verb(channel, cli, "open",
                       cli.say("取出本成员的通道密钥", "decrypt this member's copy of the channel key"), open, opened);
    command.option("NUMBER", opened->number, cli.say("通道号", "channel number")).required().range(1, 65535);
    command.option("--node", opened->node,
                   cli.say("节点地址（默认取 node.toml）", "address of a node (default: from node.toml)"));

    const auto listed = std::make_shared<ChannelOptions>();
    command = add_verb(channel, cli, "list", cli.say("现有通道", "list the channels in force"), list, listed);
    command.option("--node", listed->node,
                   cli.say("节点地址（默认取 node.toml）", "address of a node (default: from node.toml)"));
}

}  // namespace xinlian::node
