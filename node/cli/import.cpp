// import, and vault show | export-row
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>

#include "crypto/files.hpp"
#include "node/cli/arguments.hpp"
#include "node/cli/progress_bar.hpp"
#include "node/client/node_client.hpp"
#include "node/client/record_file.hpp"
#include "node/import/importer.hpp"
#include "node/issuer/open_keys.hpp"
#include "node/issuer/record_lookup.hpp"
#include "node/member/config.hpp"
#include "node/member/member_files.hpp"

namespace xinlian::node {

namespace {

namespace json = boost::json;

struct ImportOptions {
    std::vector<std::string> files;
    std::string profile = "auto", as, folder = ".", node, errors, personal = "drop";
    std::size_t batch_rows = batch_rows_default;
    bool dry = false, resume = false;
    std::uint16_t channel = 0;
};

json::object to_json(const ImportSummary& summary, bool dry) {
    json::object problems;
    for (const auto& [problem, count] : summary.problems) problems[code_of(problem)] = count;
    json::array unknown;
    for (const std::string& column : summary.unknown_columns) unknown.emplace_back(column);
    return {{"file", summary.facts.path},
            {"raw_hash", summary.facts.raw_hash.hex()},
            {"encoding", name_of(summary.facts.encoding)},
            {"layout", name_of(summary.facts.layout)},
            {"profile", summary.profile == nullptr ? "" : std::string(name_of(summary.profile->category))},
            {"dry_run", dry},
            {"rows", summary.rows},
            {"new", summary.created},
            {"changed", summary.changed},
            {"same", summary.same},
            {"refused", summary.refused},
            {"erased", summary.erased},
            {"warned", summary.warned},
            {"batches", summary.batches},
            {"problems", std::move(problems)},
            {"ignored_columns", std::move(unknown)},
            {"error_file", summary.error_file}};
}

void print(const Cli& cli, const ImportSummary& summary, bool dry) {
    std::cout << summary.facts.path << ": " << name_of(summary.facts.layout) << ", " << name_of(summary.facts.encoding);
    if (summary.profile != nullptr) {
        std::cout << ", " << cli.say(summary.profile->name_zh, name_of(summary.profile->category).data());
    }
    std::cout << (dry ? cli.say("（试运行，未写入）", " (dry run, nothing written)") : "") << "\n";
    std::cout << cli.say("  行数 ", "  rows ") << summary.rows << cli.say("  新增 ", "  new ") << summary.created
              << cli.say("  变更 ", "  changed ") << summary.changed << cli.say("  已上传，不重复登记 ", "  same ")
              << summary.same << cli.say("  拒收 ", "  refused ") << summary.refused << cli.say("  提示 ", "  warned ")
              << summary.warned << "\n";
    if (summary.erased > 0) {
        std::cout << cli.say("  已擦除的记录，不再登记：", "  rows of erased records, not imported again: ")
                  << summary.erased << "\n";
    }
    for (const std::string& column : summary.unknown_columns) {
        std::cout << cli.say("  未识别的列，已忽略：", "  unknown column, ignored: ") << column << "\n";
    }
    for (const auto& [row, finding] : summary.shown) {
        std::cout << cli.say("  行 ", "  row ") << row << " " << code_of(finding.problem) << " "
                  << (cli.language == Language::zh ? describe_zh(*summary.profile, finding)
                                                   : describe_en(*summary.profile, finding))
                  << "\n";
    }
    if (summary.shown.size() == shown_findings_max) std::cout << "  …\n";
    if (!summary.error_file.empty()) {
        std::cout << cli.say("  拒收的行已写入，改正后可再次导入：", "  refused rows, to correct and import again: ")
                  << summary.error_file << "\n";
    }
}

using RunFile = std::function<Result<ImportSummary>(const std::string&, const OnProgress&)>;

int run_files(const Cli& cli, const ImportOptions& options, const RunFile& run) {
    json::array all;
    bool refused = false;
    for (const std::string& path : options.files) {
        Result<ImportSummary> summary = [&] {
            ProgressBar bar(path);
            return run(path, [&bar](std::uint64_t bytes, std::uint64_t total, std::uint64_t rows) {
                bar.show(bytes, total, rows);
            });
        }();
        if (!summary) {
            // Exit code 1 is reserved for refused rows; here there is no result.
            static_cast<void>(cli.fail(summary.error()));
            return exit_unknown;
        }
        refused = refused || summary->refused > 0;
        if (cli.json) all.emplace_back(to_json(*summary, options.dry));
        if (!cli.json) print(cli, *summary, options.dry);
    }
    if (cli.json) std::cout << json::serialize(all) << "\n";
    return refused ? exit_refused : exit_ok;
}

Result<ImportSettings> settings_of(const ImportOptions& options) {
    ImportSettings settings;
    XL_TRY(settings.profile, profile_choice_named(options.profile));
    settings.personal = options.personal == "seal" ? Personal::seal : Personal::drop;
    settings.batch_rows = options.batch_rows;
    settings.errors_path = options.errors;
    if (!options.errors.empty() && options.files.size() > 1) {
        return Error{Errc::unsupported,
                     "--errors is allowed for one input only; omit it to write an error file beside each input"};
    }
    if (options.files.empty() && !options.resume)
        return Error{Errc::unsupported, "there is no file to import; give at least one, or --resume"};
    if (options.as.empty() && !options.dry) {
        return Error{Errc::unsupported, "the importing member is missing; give --as MEMBER, for example --as 310000"};
    }
    return settings;
}

Result<int> import_for_real(const Cli& cli, const ImportOptions& options, const ImportSettings& settings) {
    const MemberFiles files{options.folder};
    XL_TRY(const Keys keys, open_keys(files, options.as, options.channel));
    XL_TRY(const std::string url, node_url_of(files, options.node));
    XL_TRY_STATUS(make_folder(options.folder + "/data"));
    XL_TRY(const std::unique_ptr<Vault> vault,
           Vault::open(files.vault(), keys.genesis.chain_id(), keys.vault, VaultUse::write));
    XL_TRY(NodeClient node, NodeClient::to(url, submit_deadline));
    const Issuer issuer{keys.genesis, keys.member, keys.key, keys.channel, keys.record, keys.channel_number};
    XL_TRY(const std::unique_ptr<FeedWriter> feed, FeedWriter::open(issuer, *vault, std::move(node)));
    XL_TRY(const std::uint64_t resumed, feed->resume());
    if (resumed > 0 && !cli.json) {
        std::cout << cli.say("已补发上次未完成的批次：", "batches of an interrupted run, now final: ") << resumed
                  << "\n";
    }
    Importer importer(*feed);
    return run_files(cli, options, [&](const std::string& path, const OnProgress& on_progress) {
        return importer.import(path, settings, system_now(), on_progress);
    });
}

int run_import(const Cli& cli, const ImportOptions& options) {
    const auto settings = settings_of(options);
    Result<int> code = settings ? Result<int>(0) : Result<int>(settings.error());
    if (settings && options.dry) {
        return run_files(cli, options, [&](const std::string& path, const OnProgress& on_progress) {
            return dry_run(path, *settings, on_progress);
        });
    }
    if (settings) code = import_for_real(cli, options, *settings);
    if (code) return *code;
    static_cast<void>(cli.fail(code.error()));
    return exit_unknown;
}

void add_import(Command root, Cli& cli) {
    auto options = std::make_shared<ImportOptions>();
    const Command command = root.subcommand(
        "import", cli.say("导入处罚、许可数据（CSV、JSON），每行一份回执",
                          "import exports of penalties or licences (CSV, JSON), with a receipt for each row"));
    command.option("files", options->files,
                   cli.say("要导入的文件（CSV 不超过 2 GiB，JSON 不超过 512 MiB）",
                           "files to import (CSV up to 2 GiB, JSON up to 512 MiB)"));
    command.option("--profile", options->profile,
                   cli.say("列的含义：auto、penalty（处罚）、licence（许可）",
                           "profile of the columns: auto, penalty or licence"));
    command.option("--as", options->as, cli.say("以哪个成员的名义，如 310000", "importing member, for example 310000"));
    command.option("--folder", options->folder, cli.say("该成员的文件夹", "the member's folder"));
    command.option("--node", options->node,
                   cli.say("节点地址；默认取 node.toml", "address of a node (default: from node.toml)"));
    command.option("--errors", options->errors,
                   cli.say("拒收行写入的文件；默认在原文件旁加 -errors",
                           "file for refused rows (default: beside the input, with -errors in its name)"));
    command.option("--channel", options->channel,
                   cli.say("通道号（默认为全联盟）", "channel number (default: the whole federation)"));
    command.option("--batch-rows", options->batch_rows, cli.say("每批行数", "rows per batch"))
        .range(std::size_t{1}, ledger::batch_entries_max);
    command
        .option(
            "--personal", options->personal,
            cli.say(
                "个人信息列（法定代表人、证件）：drop 丢弃；seal 用记录密钥加密后只存本地。两者都不进入链上摘要",
                "columns of personal information (legal representative, identity documents): drop them, or seal them "
                "with the record key in the vault. Either way they are not part of the digest"))
        .one_of({"drop", "seal"});
    command.flag("--dry-run", options->dry,
                 cli.say("只检查：不用密钥，不写入，不联系节点（仍写出拒收行文件）",
                         "only check: use no key, no vault and no node (the error file is written)"));
    command.flag(
        "--resume", options->resume,
        cli.say("先补发上次中断的批次；可不带文件", "first submit the batches of an interrupted run; needs no file"));
    command.flag("--json", cli.json, cli.say("输出 JSON", "print JSON"));
    cli.set_action(command, [options, &cli] { return run_import(cli, *options); });
}

struct VaultOptions {
    std::string folder = ".", record, out;
    DocumentArgument document;
};

Result<std::unique_ptr<Vault>> open_vault(const MemberFiles& files) {
    XL_TRY(const ledger::Genesis genesis, ledger::Genesis::load(files.genesis()));
    return open_vault_to_read(genesis, files);
}

Result<std::vector<VaultRecord>> find(Vault& vault, const VaultOptions& options) {
    std::vector<VaultRecord> found;
    const auto keep = [&found](const VaultRecord& record) {
        found.push_back(record);
        return true;
    };
    if (!options.record.empty()) {
        XL_TRY(const Hash id, hash_from_hex(options.record));
        XL_TRY_STATUS(vault.find_record(id, keep));
    } else if (options.document.number) {
        XL_TRY_STATUS(vault.find_document(*options.document.number, keep));
    } else {
        return Error{Errc::unsupported, "the record is missing; give --document NUMBER or --record ID"};
    }
    if (found.empty()) return Error{Errc::not_found, "the vault contains no such record"};
    return found;
}

const char* name_of(BatchState state) {
    switch (state) {
        case BatchState::pending:
            return "pending";
        case BatchState::final:
            return "final";
        case BatchState::rejected:
            return "rejected";
    }
    return "";
}

std::string erased_text(const Cli& cli, ledger::Date day) {
    return cli.say("已于 ", "erased on ") + ledger::date_text(day) +
           cli.say(" 擦除，无法再打开", "; it can no longer be opened");
}

Result<int> show(const Cli& cli, const VaultOptions& options) {
    XL_TRY(const std::unique_ptr<Vault> vault, open_vault(MemberFiles{options.folder}));
    XL_TRY(const std::vector<VaultRecord> records, find(*vault, options));
    json::array all;
    for (const VaultRecord& record : records) {
        XL_TRY(const std::optional<VaultBatch> batch, vault->batch(record.batch));
        if (!batch)
            return Error{Errc::corrupt,
                         "batch " + std::to_string(record.batch) + " is missing in the vault; restore a backup"};
        const bool is_final = batch->state == BatchState::final;
        json::object one{{"record", record.id.hex()},
                         {"version", record.version},
                         {"document", record.document},
                         {"digest", record.digest.hex()},
                         {"sequence", record.batch},
                         {"batch", batch->id.hex()},
                         {"position", record.position},
                         {"state", name_of(batch->state)},
                         {"height", nullptr},
                         {"index", nullptr},
                         {"row", record.row},
                         {"personal_sealed", !record.sealed.empty()},
                         {"erased", nullptr}};
        if (record.erased) one["erased"] = ledger::date_text(*record.erased);
        if (is_final) {
            one["height"] = batch->receipt.outcome.height;
            one["index"] = batch->receipt.outcome.first_index + record.position;
            one["time_ms"] = batch->receipt.time.ms;
        }
        if (!cli.json) {
            const std::string named = record.erased
                                          ? cli.say("（", "(") + erased_text(cli, *record.erased) + cli.say("）", ")")
                                          : record.document;
            std::cout << named << "  " << record.id.hex() << cli.say("\n  版本 ", "\n  version ") << record.version
                      << cli.say("  批次 ", "  batch ") << record.batch << " (" << name_of(batch->state) << ")";
            if (is_final) {
                std::cout << cli.say("  高度 ", "  height ") << batch->receipt.outcome.height
                          << cli.say("  序号 ", "  index ") << batch->receipt.outcome.first_index + record.position;
            }
            std::cout << "\n";
        }
        all.emplace_back(std::move(one));
    }
    if (cli.json) std::cout << json::serialize(all) << "\n";
    return exit_ok;
}

Result<int> export_row(const Cli& cli, const VaultOptions& options) {
    XL_TRY(const std::unique_ptr<Vault> vault, open_vault(MemberFiles{options.folder}));
    XL_TRY(const std::vector<VaultRecord> records, find(*vault, options));
    for (const VaultRecord& record : records) {
        if (record.id == records.front().id) continue;
        return Error{Errc::conflict,
                     "several records have this document number; list them with `xinlian vault show --document` "
                     "and choose one with --record"};
    }
    const VaultRecord& newest = records.back();  // versions ascend
    if (newest.erased)
        return Error{Errc::not_found, cli.say("记录 ", "record ") + newest.id.hex() + cli.say(" ", " was ") +
                                          erased_text(cli, *newest.erased)};
    XL_TRY(const RecordFile row, record_in(newest));
    const std::string text = print_record_file(row);
    if (options.out.empty() || options.out == "-") {
        std::cout << text;
        return exit_ok;
    }
    XL_TRY_STATUS(write_file(options.out, as_bytes(text), 0600, Existing::replace));
    if (!cli.json) {
        std::cout << cli.say("已写出第 ", "version ") << newest.version << cli.say(" 版：", " written to ")
                  << options.out << "\n";
    }
    return exit_ok;
}

using VaultVerb = Result<int> (*)(const Cli&, const VaultOptions&);

void add_vault_verb(Command command, Cli& cli, const std::shared_ptr<VaultOptions>& options, VaultVerb verb) {
    command.option("--folder", options->folder, cli.say("成员的文件夹", "the member's folder"));
    options->document.add_to(command, cli.say("文书号", "document number (文书号)"));
    command.option("--record", options->record, cli.say("记录标识（十六进制）", "record id (64 hex digits)"));
    command.flag("--json", cli.json, cli.say("输出 JSON", "print JSON"));
    cli.set_action(command, [options, verb, &cli] {
        if (const Status named = options->document.read(); !named) return cli.fail(named.error());
        const Result<int> code = verb(cli, *options);
        return code ? *code : cli.fail(code.error());
    });
}

}  // namespace

void add_import_commands(Command root, Cli& cli) {
    add_import(root, cli);
    const Command vault =
        root.parent("vault", cli.say("本地保管库：记录、盐、回执", "local vault: records, salts, receipts"));
    auto options = std::make_shared<VaultOptions>();
    add_vault_verb(
        vault.subcommand("show", cli.say("列出记录的各版本及回执", "list the versions of a record and their receipts")),
        cli, options, show);
    const Command row = vault.subcommand(
        "export-row",
        cli.say("导出一行及其盐，供核验", "export a record with its salt, for `xinlian verify --record`"));
    row.option("--out", options->out, cli.say("写入的文件；默认标准输出", "file to write (default: standard output)"));
    add_vault_verb(row, cli, options, export_row);
}

}  // namespace xinlian::node
