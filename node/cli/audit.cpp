// audit chain, and the code shared by all auditor's commands
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <iostream>
#include <memory>

#include "crypto/files.hpp"
#include "node/audit/audit_report.hpp"
#include "node/cli/audit.hpp"
#include "node/cli/progress_bar.hpp"
#include "node/member/member_files.hpp"
#include "node/wording/plain.hpp"
#include "node/wording/sentence.hpp"

namespace xinlian::node {

namespace {

namespace fs = std::filesystem;

std::string report_text(const Cli& cli, ReportForm form, const ledger::Genesis& genesis, const DataAudit& audit) {
    switch (form) {
        case ReportForm::none:
            return "";
        case ReportForm::text:
            return audit_text(genesis, audit, cli.language);
        case ReportForm::json:
            return boost::json::serialize(audit_json(genesis, audit, cli.language)) + "\n";
        case ReportForm::page:
            return audit_page(genesis, audit, system_now());
    }
    return "";
}

const char* name_of(const Cli& cli, ledger::AuditPart part) {
    switch (part) {
        case ledger::AuditPart::files:
            return cli.say("文件", "files");
        case ledger::AuditPart::blocks:
            return cli.say("区块", "blocks");
        case ledger::AuditPart::rows:
            return cli.say("数据行", "rows");
    }
    return "";
}

Result<int> audit_chain_folder(const Cli& cli, const AuditOptions& options) {
    XL_TRY(const ReportForm form, report_form(options));
    XL_TRY(const TrustedGenesis trust, trusted_genesis(options));
    const ledger::Genesis& genesis = trust.genesis;
    XL_TRY(const DataAudit audit, audited(cli, options, trust, {}));
    if (form != ReportForm::none) {
        const std::string text = report_text(cli, form, genesis, audit);
        XL_TRY_STATUS(write_file(options.report, as_bytes(text), 0644, Existing::replace));
    }
    if (cli.json) {
        std::cout << boost::json::serialize(audit_json(genesis, audit, cli.language)) << '\n';
    } else {
        std::cout << audit_text(genesis, audit, cli.language);
        if (form != ReportForm::none)
            std::cout << cli.say("报告已写入 ", "Report written to ") << options.report << '\n';
    }
    return audit.found.chain.flaw ? exit_refused : exit_ok;
}

int run_audit(const Cli& cli, const AuditOptions& options) {
    const Result<int> code = audit_chain_folder(cli, options);
    return code ? *code : print_unknown(cli, code.error());
}

}  // namespace

Result<ReportForm> report_form(const AuditOptions& options) {
    if (options.report.empty()) return ReportForm::none;
    std::error_code failed;
    const fs::path audited = fs::weakly_canonical(options.folder, failed);
    const fs::path within_it = fs::weakly_canonical(options.report, failed).lexically_relative(audited);
    if (failed) return Error{Errc::io, options.report + ": " + failed.message()};
    if (!within_it.empty() && *within_it.begin() != "..")
        return Error{Errc::unsupported,
                     options.report + ": the report must be outside the audited folder; choose another path"};
    const std::string extension = fs::path(options.report).extension().string();
    if (extension == ".txt") return ReportForm::text;
    if (extension == ".json") return ReportForm::json;
    if (extension == ".html") return ReportForm::page;
    return Error{Errc::unsupported,
                 options.report + ": unknown report format; the name must end with .txt, .json or .html"};
}

Result<TrustedGenesis> trusted_genesis(const AuditOptions& options) {
    const std::string own = MemberFiles{options.folder}.genesis();
    const bool from_copy = options.genesis.empty() && fs::exists(own);
    const std::string path = !options.genesis.empty() ? options.genesis : from_copy ? own : "genesis.json";
    XL_TRY(ledger::Genesis genesis, ledger::Genesis::load(path));
    return TrustedGenesis{std::move(genesis), from_copy};
}

Result<DataAudit> audited(const Cli& cli, const AuditOptions& options, const TrustedGenesis& trust,
                          const Review& review) {
    ProgressBar bar("");
    ledger::AuditWatch watch;
    watch.progress = [&](const ledger::AuditProgress& progress) {
        bar.rename(name_of(cli, progress.part));
        bar.show(progress.done, progress.total, progress.entries);
    };
    watch.block = review.block;
    watch.certificate = review.certificate;
    XL_TRY(DataAudit audit, audit_data(options.folder, trust.genesis, watch));
    audit.own_genesis = trust.from_copy;
    return audit;
}

int print_unknown(const Cli& cli, const Error& why) {
    // Exit code 1 is reserved for a chain that was checked; here there is no result.
    if (cli.json) {
        const boost::json::object json{{"sound", nullptr}, {"reason", printable(why.text)}};
        std::cout << boost::json::serialize(json) << '\n';
    } else {
        std::cout << cli.say("无法判断：", "Could not be verified: ") << printable(why.text) << '\n';
    }
    return exit_unknown;
}

void add_audit_options(Command command, const Cli& cli, AuditOptions& options) {
    command
        .option("FOLDER", options.folder,
                cli.say("成员文件夹、data 文件夹或 data/chain 的副本；只读不写",
                        "copy of a member's folder, of its data folder, or of data/chain (it is not changed)"))
        .required();
    command.option("--genesis", options.genesis,
                   cli.say("创世文件：信任根（默认取副本中的，否则为 ./genesis.json）",
                           "genesis file, the root of trust (default: from the copy, otherwise ./genesis.json)"));
    command.option("--report", options.report,
                   cli.say("另存报告：.txt、.json，或可打印的 .html（中文）",
                           "also write a report: .txt, .json, or printable .html (in Chinese)"));
}

void add_audit_commands(Command root, Cli& cli) {
    const Command audit =
        root.parent("audit", cli.say("审计：离线核查节点数据的副本", "audit a copy of a node's data, offline"));
    const Command chain = audit.subcommand(
        "chain", cli.say("自创世起重新核验、执行整条链，指出第一处错误（退出码：0 完好，1 有误，2 无法判断）",
                         "verify and execute the whole chain again from genesis, and report the first error (exit "
                         "code: 0 sound, 1 not sound, 2 could not be verified)"));
    const auto options = std::make_shared<AuditOptions>();
    add_audit_options(chain, cli, *options);
    cli.set_action(chain, [&cli, options] { return run_audit(cli, *options); });
    add_audit_reviews(audit, cli);
    add_audit_seal(audit, cli);
}

}  // namespace xinlian::node
