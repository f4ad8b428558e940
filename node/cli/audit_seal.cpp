// audit seal: adds an auditor's seal to a report, or verifies its seals
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>

#include "crypto/files.hpp"
#include "crypto/fingerprint.hpp"
#include "node/cli/audit.hpp"
#include "node/member/member_files.hpp"
#include "node/wording/plain.hpp"
#include "node/wording/sentence.hpp"

namespace xinlian::node {

namespace {

struct SealOptions {
    std::string report, key, out;
    bool check = false;
};

Result<SealedReport> read_report(const std::string& path) {
    XL_TRY(const Bytes bytes, read_file(path, sealed_bytes_max));
    Result<SealedReport> sealed = parse_report(as_text(bytes));
    if (!sealed) return within(path, std::move(sealed).error());
    return sealed;
}

Result<int> seal(const Cli& cli, const SealOptions& options) {
    XL_TRY(SealedReport sealed, read_report(options.report));
    // A seal must not be added to a report with an invalid one.
    if (!sealed.seals.empty()) XL_TRY_STATUS(check(sealed));
    const bool first = sealed.seals.empty();
    const std::string out = !options.out.empty() ? options.out : first ? options.report + ".sealed" : options.report;
    XL_TRY_STATUS(seal_with(cli, sealed, options.key));
    XL_TRY_STATUS(write_file(out, as_bytes(print_sealed(sealed)), 0644, Existing::replace));
    print_seals(cli, sealed, out);
    return exit_ok;
}

Result<int> checked(const Cli& cli, const SealOptions& options) {
    XL_TRY(const SealedReport sealed, read_report(options.report));
    if (const Status holds = check(sealed); !holds) {
        if (cli.json) {
            std::cout << boost::json::serialize(boost::json::object{{"valid", false}, {"reason", holds.error().text}})
                      << '\n';
        } else {
            std::cout << cli.say("封签不成立：", "Not valid: ") << holds.error().text << '\n';
        }
        return exit_refused;
    }
    print_seals(cli, sealed, options.report);
    return exit_ok;
}

}  // namespace

Status seal_with(const Cli& cli, SealedReport& sealed, const std::string& key_file) {
    XL_TRY(const KeyFile about, describe_key_file(key_file));
    std::string passphrase;
    if (needs_passphrase(key_file)) {
        XL_TRY(passphrase, read_passphrase(cli.say("审计人员密钥的口令：", "auditor's key of ") + about.owner));
    }
    XL_TRY(const SecretKey key, open_key_file(key_file, KeyPurpose::issuer, passphrase));
    return add_seal(sealed, key);
}

void print_seals(const Cli& cli, const SealedReport& sealed, const std::string& file) {
    if (cli.json) {
        boost::json::array keys;
        for (const Seal& one : sealed.seals)
            keys.push_back(boost::json::object{{"public", one.key.text()}, {"fingerprint", fingerprint(one.key)}});
        const boost::json::object json{
            {"valid", true}, {"file", file}, {"chain_id", sealed.chain_id.hex()}, {"seals", std::move(keys)}};
        std::cout << boost::json::serialize(json) << '\n';
        return;
    }
    std::cout << printable(file) << cli.say("：", ": ") << sealed.seals.size()
              << cli.say(" 个封签，均成立；请当面核对密钥指纹",
                         " seals, all valid; compare the key fingerprints out of band")
              << '\n';
    for (const Seal& one : sealed.seals) std::cout << "  " << fingerprint(one.key) << "  " << one.key.text() << '\n';
}

void add_audit_seal(Command audit, Cli& cli) {
    const Command command = audit.subcommand(
        "seal", cli.say("以密钥封签一份 JSON 报告，或核对封签（退出码：0 均成立，1 不成立，2 无法判断）",
                        "seal a report (JSON) with a key, or verify its seals (exit code: 0 all valid, 1 not valid, "
                        "2 could not be verified)"));
    const auto options = std::make_shared<SealOptions>();
    command.option("REPORT", options->report, cli.say("报告或已封签的报告", "report, or report that is already sealed"))
        .required();
    const Command what = command.exactly_one_of("what");
    what.option("--key", options->key, cli.say("密钥文件（用途 issuer）", "key file with the purpose issuer"));
    what.flag("--check", options->check,
              cli.say("核对封签，列出密钥指纹", "verify the seals and list the key fingerprints"));
    command.option("--out", options->out,
                   cli.say("输出文件（默认：REPORT.sealed；已封签的就地添加）",
                           "file to write (default: REPORT.sealed; a seal is added to a sealed report in place)"));
    cli.set_action(command, [&cli, options] {
        const Result<int> code = options->check ? checked(cli, *options) : seal(cli, *options);
        return code ? *code : cli.fail(code.error());
    });
}

}  // namespace xinlian::node
