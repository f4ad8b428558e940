// key new, key show, key passphrase
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>
#include <memory>

#include "node/cli/cli.hpp"
#include "node/member/make_key.hpp"
#include "node/member/member_files.hpp"
#include "node/member/passphrase.hpp"

namespace xinlian::node {

namespace {

struct KeyOptions {
    NewKey wanted;
    std::string purpose, suite = "ed25519-sha256", file;
    bool unprotected = false;
};

void print_about(const Cli& cli, const std::string& path, const KeyFile& about) {
    const bool sealed = needs_passphrase(path);
    if (cli.json) {
        std::cout << boost::json::serialize(boost::json::object{{"file", path},
                                                                {"purpose", name_of(about.purpose)},
                                                                {"suite", name_of(about.suite)},
                                                                {"owner", about.owner},
                                                                {"public", about.public_text},
                                                                {"sealed", sealed}})
                  << '\n';
        return;
    }
    std::cout << cli.say("文件    ", "file     ") << path << '\n'
              << cli.say("用途    ", "purpose  ") << name_of(about.purpose) << '\n'
              << cli.say("套件    ", "suite    ") << name_of(about.suite) << '\n'
              << cli.say("所有者  ", "owner    ") << about.owner << '\n'
              << cli.say("公钥    ", "public   ") << about.public_text << '\n'
              << cli.say("口令    ", "sealed   ") << (sealed ? cli.say("有", "with a passphrase") : cli.say("无", "no"))
              << '\n';
}

Error no_passphrase() {
    return Error{Errc::unavailable,
                 "a passphrase is required; set XINLIAN_PASSPHRASE or XINLIAN_PASSPHRASE_FILE, or run the command on a "
                 "terminal"};
}

int make(const Cli& cli, KeyOptions& options) {
    const auto purpose = purpose_named(options.purpose);
    if (!purpose) return cli.fail(purpose.error());
    const auto suite = suite_named(options.suite);
    if (!suite) return cli.fail(suite.error());
    NewKey& wanted = options.wanted;
    wanted.purpose = *purpose;
    wanted.suite = *suite;
    if (options.unprotected) {
        wanted.protection = Protection::unprotected;
    } else {
        auto passphrase = read_new_passphrase(cli.say("新密钥文件的口令", "passphrase for the new key file"),
                                              cli.say("再输入一次", "repeat it"));
        if (!passphrase) return cli.fail(passphrase.error());
        if (passphrase->empty()) return cli.fail(no_passphrase());
        wanted.passphrase = *std::move(passphrase);
    }
    const auto made = make_key(wanted);
    if (!made) return cli.fail(made.error());
    print_about(cli, wanted.path, *made);
    return exit_ok;
}

int show(const Cli& cli, const KeyOptions& options) {
    const auto about = describe_key_file(options.file);
    if (!about) return cli.fail(about.error());
    print_about(cli, options.file, *about);
    return exit_ok;
}

Result<std::string> old_passphrase(const Cli& cli, const std::string& file) {
    if (!needs_passphrase(file)) return std::string();
    XL_TRY(std::string passphrase, read_passphrase(cli.say("现在的口令", "current passphrase")));
    if (passphrase.empty()) return no_passphrase();
    return passphrase;
}

Status change(const Cli& cli, const KeyOptions& options) {
    XL_TRY_STATUS(describe_key_file(options.file));
    XL_TRY(const std::string before, old_passphrase(cli, options.file));
    if (options.unprotected) return change_passphrase(options.file, before, Protection::unprotected, "");
    XL_TRY(const std::string after,
           read_replacement_passphrase(cli.say("新口令", "new passphrase"), cli.say("再输入一次", "repeat it")));
    if (after.empty()) {
        return Error{Errc::unavailable,
                     "a new passphrase is required; set XINLIAN_NEW_PASSPHRASE or XINLIAN_NEW_PASSPHRASE_FILE, or run "
                     "the command on a terminal"};
    }
    return change_passphrase(options.file, before, Protection::passphrase, after);
}

int passphrase(const Cli& cli, const KeyOptions& options) {
    if (const Status status = change(cli, options); !status) return cli.fail(status.error());
    return show(cli, options);
}

void add_new(Command key, Cli& cli) {
    const Command command = key.subcommand("new", cli.say("生成密钥文件", "create a key file"));
    const auto options = std::make_shared<KeyOptions>();
    command.option("--purpose", options->purpose, "validator | issuer | transport | channel").required();
    command.option("--suite", options->suite, "ed25519-sha256 | sm2-sm3").shows_default();
    command.option("--owner", options->wanted.owner, cli.say("所属成员的代码", "id of the member that owns the key"))
        .required();
    command.option("--out", options->wanted.path, cli.say("输出文件（不覆盖）", "file to create (never overwritten)"))
        .required();
    command.flag("--unprotected", options->unprotected, cli.say("不加口令（仅试验）", "no passphrase (trials only)"));
    cli.set_action(command, [&cli, options] { return make(cli, *options); });
}

}  // namespace

void add_key_commands(Command root, Cli& cli) {
    const Command key = root.parent("key", cli.say("密钥文件", "key files"));
    add_new(key, cli);
    Command command = key.subcommand("show", cli.say("显示用途、所有者、公钥（不需口令）",
                                                     "show purpose, owner and public key (needs no passphrase)"));
    const auto shown = std::make_shared<KeyOptions>();
    command.option("FILE", shown->file, cli.say("密钥文件", "key file")).required();
    cli.set_action(command, [&cli, shown] { return show(cli, *shown); });

    command = key.subcommand("passphrase", cli.say("更换口令", "change the passphrase"));
    const auto changed = std::make_shared<KeyOptions>();
    command.option("FILE", changed->file, cli.say("密钥文件", "key file")).required();
    command.flag("--unprotected", changed->unprotected,
                 cli.say("去掉口令（仅试验）", "remove the passphrase (trials only)"));
    cli.set_action(command, [&cli, changed] { return passphrase(cli, *changed); });
}

}  // namespace xinlian::node
