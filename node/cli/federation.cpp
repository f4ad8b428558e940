// federation create
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>
#include <memory>

#include "node/cli/cli.hpp"
#include "node/member/federation.hpp"
#include "node/member/passphrase.hpp"

namespace xinlian::node {

namespace {

struct FederationOptions {
    FederationPlan plan;
    std::string suite = "ed25519-sha256";
    bool unprotected = false;
};

void print_made(const Cli& cli, const FederationPlan& plan, const ledger::Genesis& genesis) {
    if (cli.json) {
        boost::json::array members;
        for (const ledger::Member& member : genesis.members()) members.emplace_back(member.id);
        std::cout << boost::json::serialize(boost::json::object{{"folder", plan.out},
                                                                {"name", genesis.name()},
                                                                {"suite", name_of(genesis.suite())},
                                                                {"chain_id", genesis.chain_id().hex()},
                                                                {"fingerprint", genesis.fingerprint()},
                                                                {"members", members}})
                  << '\n';
        return;
    }
    const std::string first = plan.members.front();
    std::cout << cli.say("已建立联盟 ", "Created the federation ") << genesis.name() << cli.say("：", ": ")
              << genesis.members().size() << cli.say(" 个成员，密码套件 ", " members, suite ")
              << name_of(genesis.suite()) << cli.say("。\n链标识  ", ".\nchain id     ") << genesis.chain_id().hex()
              << cli.say("\n创世指纹 ", "\nfingerprint  ") << genesis.fingerprint() << "\n\n";
    if (cli.language == Language::zh) {
        std::cout << "下一步：\n"
                  << "  1. 各成员当面或电话核对创世指纹；持有 " << plan.out << "/genesis.json 即持有信任根。\n"
                  << "  2. 把 " << plan.out << "/<成员> 只交给该成员，并在此处销毁副本；地址不同则改其 node.toml。\n"
                  << "  3. 启动节点：xinliand --folder " << plan.out << "/" << first << "\n"
                  << "  4. 查看状态：xinlian node status\n";
    } else {
        std::cout << "Next:\n"
                  << "  1. All members compare the fingerprint out of band; " << plan.out
                  << "/genesis.json is the root of trust.\n"
                  << "  2. Give " << plan.out
                  << "/<member> to that member only, destroy the copy here, and set the real "
                  << "addresses in node.toml.\n"
                  << "  3. Start a node:    xinliand --folder " << plan.out << "/" << first << "\n"
                  << "  4. Show its status: xinlian node status\n";
    }
    if (plan.protection == Protection::unprotected) {
        std::cout << cli.say(
            "注意：密钥文件未加密，只靠文件权限保护；仅用于试验。\n",
            "Note: the key files have no passphrase; only file permissions protect them. For trials only.\n");
    }
}

int create(const Cli& cli, FederationOptions& options) {
    const auto suite = suite_named(options.suite);
    if (!suite) return cli.fail(suite.error());
    FederationPlan& plan = options.plan;
    plan.suite = *suite;
    while (plan.out.size() > 1 && plan.out.ends_with('/')) plan.out.pop_back();
    plan.time = system_now();
    if (options.unprotected) {
        plan.protection = Protection::unprotected;
    } else {
        auto passphrase = read_new_passphrase(cli.say("新密钥文件的口令", "passphrase for the new key files"),
                                              cli.say("再输入一次", "repeat it"));
        if (!passphrase) return cli.fail(passphrase.error());
        plan.passphrase = *std::move(passphrase);
    }
    const auto genesis = create_federation(plan);
    if (!genesis) return cli.fail(genesis.error());
    print_made(cli, plan, *genesis);
    return exit_ok;
}

}  // namespace

void add_federation_commands(Command root, Cli& cli) {
    const Command federation = root.parent("federation", cli.say("联盟", "federations"));
    const Command command =
        federation.subcommand("create", cli.say("建立联盟：各成员的文件夹、密钥、创世文件",
                                                "create a federation: folders of the members, keys, genesis file"));
    const auto options = std::make_shared<FederationOptions>();
    FederationPlan& plan = options->plan;
    command.option("--out", plan.out, cli.say("输出文件夹（新的或空的）", "folder to create (new or empty)"))
        .required();
    command
        .option(
            "--members", plan.members,
            cli.say("成员的行政区划代码，逗号分隔", "administrative division codes of the members, comma-separated"))
        .required()
        .comma_separated();
    command
        .option("--observers", plan.observers,
                cli.say("观察节点（无投票权）", "observers: nodes without a vote, comma-separated"))
        .comma_separated();
    command
        .option("--bureaus", plan.bureaus,
                cli.say("征信机构（授权与查询，不设节点）",
                        "bureaus: authorizations and queries, without a node, comma-separated"))
        .comma_separated();
    command.option("--suite", options->suite, "ed25519-sha256 | sm2-sm3").shows_default();
    command.option("--name", plan.name, cli.say("联盟名称", "name of the federation")).shows_default();
    command.option("--host", plan.host, cli.say("监听地址", "host that the nodes listen on")).shows_default();
    command.option("--base-port", plan.base_port, cli.say("节点间端口起点", "first port for other nodes"))
        .shows_default();
    command.option("--api-base-port", plan.api_base_port, cli.say("接口端口起点", "first port for clients"))
        .shows_default();
    command.flag("--unprotected", options->unprotected,
                 cli.say("密钥文件不加口令（仅试验）", "key files without a passphrase (trials only)"));
    cli.set_action(command, [&cli, options] { return create(cli, *options); });
}

}  // namespace xinlian::node
