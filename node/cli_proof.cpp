// prove record | subject | entry | batch, and evidence list | export
#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <iostream>
#include <memory>

#include "node/cli_proof.hpp"
#include "node/config.hpp"
#include "node/files.hpp"
#include "node/member_files.hpp"
#include "node/record_lookup.hpp"

namespace xinlian::node {

namespace {

constexpr Duration proof_deadline{30'000};

void print_saying(const Saying& saying) {
    std::cout << saying.sentence << '\n';
    for (const std::string& line : saying.lines) std::cout << "  " << line << '\n';
}

}  // namespace

void add_node_options(CLI::App& command, const Cli& cli, ProveOptions& options) {
    command
        .add_option("--folder", options.folder, cli.say("成员文件夹（创世文件、密钥、保管库）", "the member's folder"))
        ->capture_default_str();
    command.add_option("--node", options.node,
                       cli.say("节点地址（默认取 node.toml）", "address of a node (default: node.toml's)"));
}

std::shared_ptr<ProveOptions> add_prove_options(CLI::App& command, const Cli& cli) {
    auto options = std::make_shared<ProveOptions>();
    command.add_option("--out", options->out, cli.say("写出的证明文件", "proof file to write"))->required();
    add_node_options(command, cli, *options);
    command.add_option("--genesis", options->genesis,
                       cli.say("创世文件（默认取文件夹中的）", "genesis file (default: the folder's)"));
    return options;
}

Result<ledger::Genesis> genesis_of(const ProveOptions& options) {
    return ledger::Genesis::load(options.genesis.empty() ? MemberFiles{options.folder}.genesis() : options.genesis);
}

Result<std::string> node_url(const ProveOptions& options) {
    if (!options.node.empty()) return options.node;
    const std::string path = MemberFiles{options.folder}.config();
    if (!std::filesystem::exists(path)) return std::string(default_node_url);
    XL_TRY(const Config config, load_config(path));
    const bool v6 = config.api_listen.host.find(':') != std::string::npos;
    const std::string host = v6 ? "[" + config.api_listen.host + "]" : config.api_listen.host;
    return "http://" + host + ":" + std::to_string(config.api_listen.port);
}

Result<Hash> open_channel_key(const Cli& cli, const std::string& folder) {
    const std::string path = MemberFiles{folder}.key("channel");
    std::string passphrase;
    if (needs_passphrase(path)) {
        XL_TRY(passphrase, read_passphrase(path + cli.say(" 的口令", ": passphrase")));
    }
    return open_key_file_secret(path, KeyPurpose::channel, passphrase);
}

void print_checked(const Cli& cli, const ledger::Genesis& genesis, const CheckedProof& checked,
                   const std::string& out) {
    if (!cli.json) {
        print_saying(say(genesis, checked.finding, checked.row, cli.language));
        if (!out.empty()) std::cout << cli.say("证明文件已写入 ", "Proof written to ") << out << '\n';
        return;
    }
    boost::json::object json = to_json(genesis, checked.finding, checked.row, cli.language);
    if (!out.empty()) json["file"] = out;
    std::cout << boost::json::serialize(json) << '\n';
}

int print_refused(const Cli& cli, int exit_code, const std::string& reason) {
    const bool unknown = exit_code == exit_unknown;
    if (cli.json) {
        boost::json::object json{{"valid", false}, {"reason", reason}};
        if (unknown) json["valid"] = nullptr;
        std::cout << boost::json::serialize(json) << '\n';
    } else {
        std::cout << (unknown ? cli.say("无法判断：", "Cannot tell: ") + printable(reason)
                              : cli.say("不成立：", "Not valid: ") + refusal(reason, cli.language))
                  << '\n';
    }
    return exit_code;
}

namespace {

Result<Hash> tag_of_subject(const Cli& cli, const ledger::Genesis& genesis, const ProveOptions& options) {
    XL_TRY(const Hash key, open_channel_key(cli, options.folder));
    std::string code = options.subject;  // codes are upper case in the canonical form
    std::transform(code.begin(), code.end(), code.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    return ledger::subject_tag(genesis.suite(), key, code);
}

// The vault of the member whose folder this is.
Result<std::unique_ptr<Vault>> open_vault(const ledger::Genesis& genesis, const ProveOptions& options) {
    const MemberFiles files{options.folder};
    XL_TRY(const KeyFile issuer, describe_key_file(files.key("issuer")));
    return Vault::open(files.vault(), genesis.chain_id(), issuer.owner, VaultUse::read);
}

Result<Question> record_question(const ledger::Genesis& genesis, const ProveOptions& options) {
    Question question{.kind = ledger::ProofKind::record, .id = {}};
    if (options.document.empty()) {
        XL_TRY(question.id, hash_from_hex(options.hex));
        return question;
    }
    XL_TRY(const auto vault, open_vault(genesis, options));
    XL_TRY(question.id, record_of_document(*vault, options.document));
    return question;
}

Status open_fields_of(const ledger::Genesis& genesis, const ProveOptions& options, CheckedProof& checked) {
    if (!checked.finding.entry) return Error{Errc::not_found, "there is no such record, so there is nothing to open"};
    const ledger::Entry& entry = checked.finding.entry->entry;
    XL_TRY(const auto vault, open_vault(genesis, options));
    XL_TRY(const RecordFile row, record_with_digest(*vault, entry.record, entry.digest));
    return open_in_proof(genesis, checked, row, options.open);
}

// How each command finds out what to ask, given the genesis file.
using MakeQuestion = std::function<Result<Question>(const ledger::Genesis&)>;

Status prove(const Cli& cli, const ProveOptions& options, const MakeQuestion& make_question) {
    XL_TRY(const ledger::Genesis genesis, genesis_of(options));
    XL_TRY(const Question question, make_question(genesis));
    XL_TRY(const std::string url, node_url(options));
    XL_TRY(const Fetch fetch, fetch_from(url, proof_deadline));
    XL_TRY(CheckedProof checked, fetch_proof(fetch, genesis, question));
    if (!options.open.empty()) XL_TRY_STATUS(open_fields_of(genesis, options, checked));
    XL_TRY_STATUS(write_file(options.out, ledger::print_proof(checked.proof), 0644, Existing::replace));
    print_checked(cli, genesis, checked, options.out);
    return Status();
}

void run_prove(CLI::App& command, Cli& cli, const std::shared_ptr<ProveOptions>& options,
               const MakeQuestion& question) {
    command.callback([&cli, options, question] {
        cli.run = [&cli, options, question] {
            const Status status = prove(cli, *options, question);
            return status ? exit_ok : cli.fail(status.error());
        };
    });
}

// A question about a thing with a hash for a name.
MakeQuestion by_hash(ledger::ProofKind kind, const std::shared_ptr<ProveOptions>& options) {
    return [kind, options](const ledger::Genesis&) -> Result<Question> {
        XL_TRY(const Hash id, hash_from_hex(options->hex));
        return Question{.kind = kind, .id = id};
    };
}

void add_open_option(CLI::App& command, const Cli& cli, const std::shared_ptr<ProveOptions>& options) {
    command
        .add_option("--open", options->open,
                    cli.say("在证明中公开这些字段，逗号分隔（取自保管库）",
                            "fields to show in the proof, by commas (from the vault)"))
        ->delimiter(',');
}

// One line for each member; only its proof file is more than the node's word.
std::string evidence_line(const Cli& cli, const boost::json::object& item) {
    const auto text = [&item](const char* name) { return printable(item.at(name).as_string()); };
    std::string line = text("member") + cli.say("：", ": ") + text("first") + cli.say("；", "; ") + text("second");
    if (item.at("height").is_null()) return line + cli.say("；尚未载入账本", "; not yet part of the ledger");
    const std::string height = std::to_string(item.at("height").to_number<std::uint64_t>());
    const std::string time = time_text(Time{item.at("time_ms").to_number<std::uint64_t>()});
    return line + (cli.language == Language::zh ? "；于 " + time + "（高度 " + height + "）载入账本"
                                                : "; part of the ledger since " + time + " (height " + height + ")");
}

Status list_evidence(const Cli& cli, const ProveOptions& options) {
    XL_TRY(const std::string url, node_url(options));
    XL_TRY(const Fetch fetch, fetch_from(url, proof_deadline));
    XL_TRY(const boost::json::object list, get_object(fetch, "/v1/evidence"));
    if (cli.json) {
        std::cout << boost::json::serialize(list) << '\n';
        return Status();
    }
    try {
        const boost::json::array& items = list.at("evidence").as_array();
        for (const boost::json::value& item : items) std::cout << evidence_line(cli, item.as_object()) << '\n';
        if (items.empty()) std::cout << cli.say("没有双签证据", "no evidence of equivocation") << '\n';
    } catch (const std::exception&) {  // Boost.JSON's, of a member that is missing or of another type
        return Error{Errc::malformed, url + ": the list of evidence is of a form this program does not know"};
    }
    return Status();
}

void add_evidence_commands(CLI::App& app, Cli& cli) {
    CLI::App* evidence = app.add_subcommand(
        "evidence", cli.say("验证成员双重签署的证据", "evidence of equivocation against validators"));
    evidence->require_subcommand(1);
    CLI::App* list = evidence->add_subcommand(
        "list", cli.say("节点所知的全部双签证据", "all evidence of equivocation that a node knows"));
    const auto asked = std::make_shared<ProveOptions>();
    add_node_options(*list, cli, *asked);
    list->callback([&cli, asked] {
        cli.run = [&cli, asked] {
            const Status status = list_evidence(cli, *asked);
            return status ? exit_ok : cli.fail(status.error());
        };
    });
    CLI::App* exported = evidence->add_subcommand(
        "export", cli.say("写出一个成员的双签证据（或确无证据）的证明文件，可离线验证",
                          "write the proof file of the evidence against a member, or that there is none"));
    const auto options = add_prove_options(*exported, cli);
    exported->add_option("--member", options->member, cli.say("成员标识，例如 320000", "its id, e.g. 320000"))
        ->required();
    run_prove(*exported, cli, options, [options](const ledger::Genesis& genesis) -> Result<Question> {
        if (!genesis.validator_index(options->member)) {
            return Error{Errc::not_found, "\"" + options->member + "\" is not a validator of this federation"};
        }
        return Question{.kind = ledger::ProofKind::evidence, .id = {}, .index = 0, .member = options->member};
    });
}

void add_prove_record(CLI::App& prove, Cli& cli) {
    CLI::App* command = prove.add_subcommand(
        "record", cli.say("一条记录现在如何（或确无此记录）", "how a record stands (or that there is none)"));
    const auto options = add_prove_options(*command, cli);
    auto* names = command->add_option_group("record");
    names->add_option("--record", options->hex, cli.say("记录标识（64 位十六进制）", "record id (64 hex digits)"));
    names->add_option("--document", options->document,
                      cli.say("文书号（查文件夹中的保管库）", "document number, looked up in the folder's vault"));
    names->require_option(1);
    add_open_option(*command, cli, options);
    run_prove(*command, cli, options,
              [options](const ledger::Genesis& genesis) { return record_question(genesis, *options); });
}

void add_prove_subject(CLI::App& prove, Cli& cli) {
    CLI::App* command = prove.add_subcommand(
        "subject", cli.say("关于一个主体的全部条目，一条不少", "all entries about a subject, and no other"));
    const auto options = add_prove_options(*command, cli);
    auto* names = command->add_option_group("subject");
    names->add_option("--subject", options->subject,
                      cli.say("统一社会信用代码（需文件夹中的通道密钥）",
                              "unified social credit code (needs the folder's channel key)"));
    names->add_option("--tag", options->hex, cli.say("主体标签（64 位十六进制）", "subject tag (64 hex digits)"));
    names->require_option(1);
    run_prove(*command, cli, options, [&cli, options](const ledger::Genesis& genesis) -> Result<Question> {
        if (options->subject.empty()) return by_hash(ledger::ProofKind::subject, options)(genesis);
        XL_TRY(const Hash tag, tag_of_subject(cli, genesis, *options));
        return Question{.kind = ledger::ProofKind::subject, .id = tag};
    });
}

}  // namespace

void add_proof_commands(CLI::App& app, Cli& cli) {
    CLI::App* prove = app.add_subcommand(
        "prove", cli.say("向节点索取证明，验证后写成文件", "ask a node for a proof, verify it, write it to a file"));
    prove->require_subcommand(1);
    add_prove_record(*prove, cli);
    add_prove_subject(*prove, cli);
    add_prove_portfolio(*prove, cli);

    CLI::App* entry = prove->add_subcommand(
        "entry", cli.say("一个日志条目，以及它是否仍然现行", "one log entry, and whether it still holds"));
    const auto of_entry = add_prove_options(*entry, cli);
    add_open_option(*entry, cli, of_entry);
    entry->add_option("INDEX", of_entry->index, cli.say("条目号", "its index in the log"))->required();
    run_prove(*entry, cli, of_entry, [of_entry](const ledger::Genesis&) -> Result<Question> {
        return Question{.kind = ledger::ProofKind::entry, .id = {}, .index = of_entry->index};
    });

    CLI::App* batch = prove->add_subcommand("batch", cli.say("一个批次的回执", "what became of a batch"));
    const auto of_batch = add_prove_options(*batch, cli);
    batch->add_option("BATCH", of_batch->hex, cli.say("批次标识（64 位十六进制）", "batch id (64 hex digits)"))
        ->required();
    run_prove(*batch, cli, of_batch, by_hash(ledger::ProofKind::batch, of_batch));

    add_evidence_commands(app, cli);

    add_verify_command(app, cli);
}

}  // namespace xinlian::node
