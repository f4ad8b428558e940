// verify: a proof file, a portfolio file, a certificate of erasure, or a table of proof files
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <iostream>

#include "node/cli/progress_bar.hpp"
#include "node/cli/prove.hpp"
#include "node/client/fetch_portfolio.hpp"
#include "node/client/rules_file.hpp"
#include "node/client/verify_table.hpp"
#include "node/issuer/erasure.hpp"

namespace xinlian::node {

namespace {

struct VerifyOptions {
    std::string file, genesis = "genesis.json", record;
    std::string subjects, folder = ".", out;  // for a portfolio; `out` also for a table
    std::string table, proofs;
    std::string on;  // the day for which the display status is stated
    std::optional<Height> height;
    std::uint16_t channel = 0;  // channel of --subjects
    std::string rules;
};

// The beginning of a file, to detect its kind. Empty if it cannot be read; the code that reads the whole file reports
// the error.
Bytes beginning_of(const std::string& path) {
    Bytes first(32);
    std::FILE* file = std::fopen(path.c_str(), "rbe");
    if (file == nullptr) return {};
    first.resize(std::fread(first.data(), 1, first.size(), file));
    std::fclose(file);
    return first;
}

FileCheck check_with_row(const VerifyOptions& options) {
    if (options.record.empty()) return check_proof_file(options.file, options.genesis, {});
    const auto row = load_record_file(options.record);
    if (row) return check_proof_file(options.file, options.genesis, *row);
    FileCheck check;
    check.reason = row.error().text;
    return check;
}

// The terms for a record's display status: those of a given resolution, otherwise the shipped ones.
Result<ledger::Terms> terms_of(const VerifyOptions& options) {
    if (options.rules.empty()) return ledger::shipped_terms();
    XL_TRY(const ledger::Genesis genesis, ledger::Genesis::load(options.genesis));
    XL_TRY(const ledger::SignedRules rules, load_rules_file(options.rules, genesis));
    XL_TRY(const ledger::ParsedResolution parsed, ledger::check_resolution(genesis, rules));
    return parsed.rulebook.terms;
}

Result<ReadContext> context_of(const VerifyOptions& options, const ledger::Terms& terms) {
    ReadContext context;
    context.terms = &terms;
    context.height = options.height;
    context.now = system_now();
    if (options.on.empty()) return context;
    XL_TRY(context.on, ledger::date_from_iso(options.on));
    return context;
}

int verify_proof_file(const Cli& cli, const VerifyOptions& options) {
    const Result<ledger::Terms> terms = terms_of(options);
    if (!terms) return print_refused(cli, Outcome::unknown, terms.error().text);
    const Result<ReadContext> context = context_of(options, *terms);
    if (!context) return print_refused(cli, Outcome::unknown, context.error().text);
    const FileCheck check = check_with_row(options);
    if (!check.checked || !check.genesis) return print_refused(cli, check.outcome, check.reason);
    print_checked(cli, *check.genesis, *check.checked, *context, "");
    return exit_code_of(check.outcome);
}

Result<int> verify_batch(const Cli& cli, const VerifyOptions& options) {
    XL_TRY(const ledger::Genesis genesis, ledger::Genesis::load(options.genesis));
    const auto checked = [&]() {
        ProgressBar bar(options.table);
        return verify_table(genesis, {options.table, options.proofs, options.out, cli.language,
                                      [&bar](std::uint64_t bytes, std::uint64_t total, std::uint64_t rows) {
                                          bar.show(bytes, total, rows);
                                      }});
    };
    XL_TRY(const TableCheck check, checked());
    if (cli.json) {
        std::cout << boost::json::serialize(boost::json::object{{"rows", check.rows()},
                                                                {"valid", check.valid},
                                                                {"not_valid", check.not_valid},
                                                                {"unknown", check.unknown},
                                                                {"file", check.out}})
                  << '\n';
    } else {
        std::cout << cli.say("成立 ", "valid ") << check.valid << cli.say("，不成立 ", ", not valid ")
                  << check.not_valid << cli.say("，无法判断 ", ", could not be verified ") << check.unknown
                  << cli.say("；已写入 ", "; written to ") << check.out << '\n';
    }
    return exit_code_of(check.outcome());
}

int verify(const Cli& cli, const VerifyOptions& options) {
    if (!options.table.empty()) {
        const auto done = verify_batch(cli, options);
        if (done) return *done;
        static_cast<void>(cli.fail(done.error()));
        return exit_unknown;  // no proof was verified
    }
    const Bytes beginning = beginning_of(options.file);
    if (looks_like_erasure(beginning)) {
        const bool asks_more = !options.record.empty() || !options.on.empty() || options.height ||
                               !options.out.empty() || !options.subjects.empty();
        if (!asks_more) return verify_erasure_file(cli, options.file, options.genesis);
        return print_refused(cli, Outcome::unknown,
                             options.file + " is a certificate of erasure, for which --genesis is the only option");
    }
    if (ledger::is_portfolio(beginning)) {
        if (!options.record.empty()) {
            return print_refused(cli, Outcome::unknown,
                                 options.file + " is a portfolio; --record is for proof files only");
        }
        if (!options.on.empty() || options.height) {
            return print_refused(cli, Outcome::unknown,
                                 options.file + " is a portfolio; --on and --height are for proof files only");
        }
        return verify_portfolio_file(
            cli, {options.file, options.genesis, options.subjects, options.folder, options.out, options.channel});
    }
    if (!options.out.empty() || !options.subjects.empty()) {
        return print_refused(cli, Outcome::unknown,
                             options.file + " is not a portfolio; --out and --subjects are for portfolios only");
    }
    return verify_proof_file(cli, options);
}

}  // namespace

void add_verify_command(Command root, Cli& cli) {
    const Command command = root.subcommand(
        "verify", cli.say("离线验证证明文件（退出码：0 成立，1 不成立，2 无法判断）",
                          "verify a proof file offline (exit code: 0 valid, 1 not valid, 2 could not be verified)"));
    const auto options = std::make_shared<VerifyOptions>();
    const Command what = command.exactly_one_of("what");
    what.option("FILE", options->file,
                cli.say("证明文件、名单证明文件或擦除证明", "proof file, portfolio file or certificate of erasure"));
    const Option batch =
        what.option("--batch", options->table,
                    cli.say("表格（CSV）：每行的“证明文件”列所指的证明逐一验证，结论写成新表",
                            "table (CSV) with a column proof: verify the file of each row, write a table of results"));
    command.option("--genesis", options->genesis, cli.say("创世文件：信任根", "genesis file, the root of trust"))
        .shows_default();
    command
        .option("--record", options->record,
                cli.say("记录文件：与证明逐字段比对", "record file to compare with the proof, field by field"))
        .excludes(batch);
    command
        .option("--subjects", options->subjects,
                cli.say("名单证明：须恰为此名单（需文件夹中的通道密钥）",
                        "portfolio: check that it covers exactly this list (requires the channel key in the folder)"))
        .excludes(batch);
    command.option("--folder", options->folder, cli.say("成员文件夹（通道密钥）", "the member's folder (channel key)"))
        .shows_default();
    command.option("--out", options->out,
                   cli.say("结果表格（名单证明：每个主体一行；加 --json 则每行一个 JSON）",
                           "table to write (portfolio: one row per subject; with --json, one JSON value per line)"));
    command
        .option("--proofs", options->proofs,
                cli.say("与 --batch 同用：证明文件所在文件夹（默认为表格所在）",
                        "with --batch: folder of the proof files (default: the folder of the table)"))
        .needs(batch);
    command
        .option("--on", options->on,
                cli.say("按此日期说明能否展示，例如 2026-11-25（默认为证明的日期）",
                        "day for which to state whether the record may be shown, for example 2026-11-25 (default: the "
                        "proof's)"))
        .excludes(batch);
    command
        .option("--height", options->height,
                cli.say("主体证明：按此较早高度说明各条记录",
                        "proof of a subject: state its records as of this earlier height"))
        .excludes(batch);
    command
        .option(
            "--rules", options->rules,
            cli.say(
                "决议文件：按其规则说明能否展示（默认按程序自带的）",
                "resolution file whose rules decide whether the record may be shown (default: the program's rules)"))
        .excludes(batch);
    add_channel_option(command, cli, options->channel);
    cli.set_action(command, [&cli, options] { return verify(cli, *options); });
}

}  // namespace xinlian::node
