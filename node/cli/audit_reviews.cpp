// audit queries|feed|quality|members|receipts: the whole audit, with a review of the blocks
#include <algorithm>
#include <filesystem>
#include <iostream>

#include "crypto/files.hpp"
#include "node/audit/review_report.hpp"
#include "node/cli/audit.hpp"
#include "node/cli/quality.hpp"
#include "node/tables/csv_writer.hpp"

namespace xinlian::node {

namespace {

// Makes a command's review for the genesis file, or returns why it is not possible.
using MakeReview = std::function<Result<Review>(const ledger::Genesis&)>;

Status print(const Cli& cli, ReportForm form, const TrustedGenesis& trust, const DataAudit& audit, const Report& report,
             const LineOut& out) {
    switch (form) {
        case ReportForm::none:
            return {};
        case ReportForm::text:
            return print_text(trust.genesis, audit, report, cli.language, out);
        case ReportForm::json:
            return print_json(trust.genesis, audit, report, cli.language, out);
        case ReportForm::page:
            return print_page(trust.genesis, audit, report, system_now(), out);
    }
    return {};
}

// Writes the sealed JSON of the report beside the report.
Status write_sealed(const Cli& cli, const AuditOptions& options, const TrustedGenesis& trust, const DataAudit& audit,
                    const Report& report) {
    std::string text;
    XL_TRY_STATUS(print_json(trust.genesis, audit, report, cli.language, [&text](std::string_view line) -> Status {
        if (text.size() + line.size() > sealed_bytes_max)
            return Error{Errc::too_large, "the report is too long to be sealed; review a shorter period"};
        text += line;
        return {};
    }));
    XL_TRY(SealedReport sealed, parse_report(text));
    XL_TRY_STATUS(seal_with(cli, sealed, options.key));
    return write_file(options.report + ".sealed", as_bytes(print_sealed(sealed)), 0644, Existing::replace);
}

Result<int> reviewed(const Cli& cli, const AuditOptions& options, const MakeReview& make) {
    XL_TRY(const ReportForm form, report_form(options));
    if (!options.key.empty() && form == ReportForm::none)
        return Error{Errc::unsupported, "--sign requires --report, which names the report to seal"};
    XL_TRY(const TrustedGenesis trust, trusted_genesis(options));
    XL_TRY(const Review review, make(trust.genesis));
    XL_TRY(const DataAudit audit, audited(cli, options, trust, review));
    const Report report = review.report(audit);
    if (form != ReportForm::none) {
        XL_TRY(const std::unique_ptr<TableFile> file, TableFile::create(options.report, Encoding::utf8));
        XL_TRY_STATUS(
            print(cli, form, trust, audit, report, [&file](std::string_view line) { return file->line(line); }));
        XL_TRY_STATUS(file->finish());
    }
    if (!options.key.empty()) XL_TRY_STATUS(write_sealed(cli, options, trust, audit, report));
    const LineOut to_screen = [](std::string_view line) -> Status {
        std::cout << line << '\n';
        return {};
    };
    XL_TRY_STATUS(print(cli, cli.json ? ReportForm::json : ReportForm::text, trust, audit, report, to_screen));
    if (!cli.json && form != ReportForm::none)
        std::cout << cli.say("报告已写入 ", "Report written to ") << options.report << '\n';
    return exit_code_of(audit, report);
}

// `options` has a member `audit` of type AuditOptions and must outlive the command.
template <class Options>
void run_review(Command command, Cli& cli, const std::shared_ptr<Options>& options,
                Result<Review> (*make)(const ledger::Genesis&, const Options&)) {
    add_audit_options(command, cli, options->audit);
    command.option("--sign", options->audit.key,
                   cli.say("以此密钥封签报告（JSON），写成 REPORT.sealed",
                           "seal the report (JSON) with this key and write REPORT.sealed"));
    cli.set_action(command, [&cli, options, make] {
        const Result<int> code =
            reviewed(cli, options->audit, [&](const ledger::Genesis& genesis) { return make(genesis, *options); });
        return code ? *code : print_unknown(cli, code.error());
    });
}

struct PeriodOptions {
    AuditOptions audit;
    std::string from, to;
};
void add_days(Command command, const Cli& cli, std::string& from, std::string& to) {
    command.option("--from", from,
                   cli.say("首日，例如 2026-10-01（默认自创世起）",
                           "first day, for example 2026-10-01 (default: the day of genesis)"));
    command.option("--to", to,
                   cli.say("末日，含当日（默认至链末）", "last day, included (default: the end of the chain)"));
}

Result<Review> queries_review(const ledger::Genesis& genesis, const PeriodOptions& options) {
    XL_TRY(const ledger::Period period, ledger::period_of_days(options.from, options.to));
    const auto review = std::make_shared<ledger::QueryReview>(genesis, period);
    return Review{[review](const ledger::ExecutedBlock& executed) { review->take(executed); },
                  {},
                  [review, &genesis](const DataAudit&) { return queries_report(genesis, *review); }};
}

void add_queries_review(Command audit, Cli& cli) {
    const Command command = audit.subcommand(
        "queries",
        cli.say("一段时间内的每一笔查询及其授权、应答与签收（退出码：0 每笔都有有效授权，1 "
                "账本有误或有查询缺少授权，2 无法判断）",
                "list every query of a period with its authorization, answer and acknowledgement (exit code: 0 "
                "every query had a valid authorization, 1 the chain is not sound or a query had none, 2 could not be "
                "verified)"));
    const auto options = std::make_shared<PeriodOptions>();
    run_review(command, cli, options, queries_review);
    add_days(command, cli, options->from, options->to);
}

struct FeedOptions {
    AuditOptions audit;
    std::string from, to, issuer;
};

Result<Review> feed_review(const ledger::Genesis& genesis, const FeedOptions& options) {
    XL_TRY(const ledger::Period period, ledger::period_of_days(options.from, options.to));
    const ledger::Member* member = genesis.member(options.issuer);
    if (member == nullptr || !member->roles.writes())
        return Error{Errc::not_found,
                     "\"" + options.issuer + "\" is neither an issuer nor a bureau of this federation"};
    const auto review = std::make_shared<ledger::FeedReview>(options.issuer, period);
    return Review{[review](const ledger::ExecutedBlock& executed) { review->take(executed); },
                  {},
                  [review](const DataAudit&) { return feed_report(*review); }};
}

void add_feed_review(Command audit, Cli& cli) {
    const Command command = audit.subcommand(
        "feed", cli.say("一个成员的报送：缺口、迟报、迟撤、被拒批次、逾期异议、未确认的修复",
                        "review the feed of a member: gaps, late reports and withdrawals, rejected batches, overdue "
                        "disputes, repairs that were not acknowledged"));
    const auto options = std::make_shared<FeedOptions>();
    run_review(command, cli, options, feed_review);
    command.option("--issuer", options->issuer, cli.say("报送成员的代码", "member id")).required();
    add_days(command, cli, options->from, options->to);
}

struct QualityOptions {
    AuditOptions audit;
    QualityPeriod period;
    std::string issuer;
};

Result<Review> quality_review(const ledger::Genesis& genesis, const QualityOptions& options) {
    XL_TRY(const ledger::Period period, period_of(options.period));
    XL_TRY_STATUS(
        quality_table(genesis, ledger::Quality(genesis, period), options.issuer));  // so that it cannot fail below
    const auto quality = std::make_shared<ledger::Quality>(genesis, period);
    return Review{[quality](const ledger::ExecutedBlock& executed) { quality->take(executed); },
                  {},
                  [quality, period, &genesis, issuer = options.issuer](const DataAudit& audit) {
                      return quality_report(period, *quality_table(genesis, *quality, issuer),
                                            ledger::date_of(audit.found.chain.last_time));
                  }};
}

void add_quality_review(Command audit, Cli& cli) {
    const Command command = audit.subcommand(
        "quality",
        cli.say("一个月或一季度各机构的报送质量：报送量、合规率、迟报率、修复、异议",
                "review the data quality of each issuer in a month or quarter: entries, compliance, late reports, "
                "repairs, disputes"));
    const auto options = std::make_shared<QualityOptions>();
    run_review(command, cli, options, quality_review);
    add_quality_period(command, cli, options->period);
    command.option("--issuer", options->issuer, cli.say("只列此成员", "only this member"));
}

struct MemberOptions {
    AuditOptions audit;
};

Result<Review> member_review(const ledger::Genesis& genesis, const MemberOptions&) {
    const auto review = std::make_shared<ledger::MemberReview>(genesis);
    return Review{[review](const ledger::ExecutedBlock& executed) { review->take(executed); },
                  [review](const ledger::BlockHeader& header, const Certificate& certificate) {
                      review->take(header, certificate);
                  },
                  [review](const DataAudit&) { return members_report(*review); }};
}

void add_members_review(Command audit, Cli& cli) {
    const Command command = audit.subcommand(
        "members",
        cli.say("成员、角色与密钥指纹的沿革，各自出块、签署、报送的首末，以及双签证据",
                "list the members with their roles and keys over time, what each proposed, signed and reported "
                "first and last, and evidence against it"));
    run_review(command, cli, std::make_shared<MemberOptions>(), member_review);
}

struct ReceiptOptions {
    AuditOptions audit;
    std::string receipts;
};

// All files of the folder, sorted by name.
Result<std::vector<std::filesystem::path>> files_of(const std::string& folder) {
    std::vector<std::filesystem::path> files;
    std::error_code failed;
    for (std::filesystem::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
        if (!it->is_directory(failed)) files.push_back(it->path());
    }
    if (failed) return Error{Errc::io, folder + ": " + failed.message()};
    if (files.empty()) return Error{Errc::not_found, folder + ": the folder contains no proof file"};
    std::sort(files.begin(), files.end());
    return files;
}

Result<Review> receipt_review(const ledger::Genesis& genesis, const ReceiptOptions& options) {
    XL_TRY(const std::vector<std::filesystem::path> files, files_of(options.receipts));
    const auto review = std::make_shared<ledger::ReceiptReview>(genesis);
    for (const std::filesystem::path& file : files) {
        XL_TRY_STATUS(review->add(file.filename().string(), read_file(file.string(), ledger::proof_bytes_max)));
    }
    return Review{[review](const ledger::ExecutedBlock& executed) { review->take(executed); },
                  {},
                  [review](const DataAudit&) { return receipts_report(*review); }};
}

void add_receipts_review(Command audit, Cli& cli) {
    const Command command = audit.subcommand(
        "receipts",
        cli.say("别处收集的证明文件逐份与此账本比对，可见分叉或改写（退出码：0 全部一致，1 有矛盾或不成立，2 "
                "有无法判断的）",
                "compare proof files that were collected elsewhere with this chain, to detect a fork or a rewritten "
                "history (exit code: 0 all agree, 1 a file contradicts the chain or is not valid, 2 could not be "
                "verified)"));
    const auto options = std::make_shared<ReceiptOptions>();
    run_review(command, cli, options, receipt_review);
    command.option("RECEIPTS", options->receipts, cli.say("证明文件所在文件夹", "folder of the proof files"))
        .required();
}

}  // namespace

void add_audit_reviews(Command audit, Cli& cli) {
    add_queries_review(audit, cli);
    add_feed_review(audit, cli);
    add_quality_review(audit, cli);
    add_members_review(audit, cli);
    add_receipts_review(audit, cli);
}

}  // namespace xinlian::node
