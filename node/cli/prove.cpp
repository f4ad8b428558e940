// prove record | subject | entry | batch | grant | query | account | asked | uses | dealings | feed
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>
#include <memory>

#include "crypto/files.hpp"
#include "node/cli/prove.hpp"
#include "node/issuer/open_keys.hpp"
#include "node/issuer/record_lookup.hpp"
#include "node/member/channel_keys.hpp"
#include "node/member/member_files.hpp"
#include "node/wording/plain.hpp"

namespace xinlian::node {

namespace {

void print_saying(const ProofMessage& saying) {
    std::cout << saying.sentence << '\n';
    for (const std::string& line : saying.lines) std::cout << "  " << line << '\n';
}

}  // namespace

void add_node_options(Command command, const Cli& cli, ProveOptions& options) {
    command.option("--folder", options.folder, cli.say("成员文件夹（创世文件、密钥、保管库）", "the member's folder"))
        .shows_default();
    command.option("--node", options.node,
                   cli.say("节点地址（默认取 node.toml）", "address of a node (default: from node.toml)"));
}

std::shared_ptr<ProveOptions> add_prove_options(Command command, const Cli& cli) {
    auto options = std::make_shared<ProveOptions>();
    command.option("--out", options->out, cli.say("写出的证明文件", "proof file to write")).required();
    add_node_options(command, cli, *options);
    command.option("--genesis", options->genesis,
                   cli.say("创世文件（默认取文件夹中的）", "genesis file (default: from the folder)"));
    return options;
}

Result<ledger::Genesis> genesis_of(const ProveOptions& options) {
    return ledger::Genesis::load(options.genesis.empty() ? MemberFiles{options.folder}.genesis() : options.genesis);
}

Result<std::string> node_url(const ProveOptions& options) {
    return node_url_of(MemberFiles{options.folder}, options.node);
}

void add_channel_option(Command command, const Cli& cli, std::uint16_t& channel) {
    command.option("--channel", channel,
                   cli.say("通道号（默认为全联盟）", "channel number (default: the whole federation)"));
}

Result<Hash> open_channel_key(const Cli& cli, const std::string& folder, std::uint16_t channel) {
    XL_TRY(const std::string path, newest_channel_key(MemberFiles{folder}, channel));
    std::string passphrase;
    if (needs_passphrase(path)) {
        XL_TRY(passphrase, read_passphrase(path + cli.say(" 的口令", ": passphrase")));
    }
    return open_key_file_secret(path, KeyPurpose::channel, passphrase);
}

void print_checked(const Cli& cli, const ledger::Genesis& genesis, const CheckedProof& checked, ReadContext reader,
                   const std::string& out) {
    reader.language = cli.language;
    reader.row = checked.row;
    if (!cli.json) {
        print_saying(say(genesis, checked.finding, reader));
        if (!out.empty()) std::cout << cli.say("证明文件已写入 ", "Proof written to ") << out << '\n';
        return;
    }
    boost::json::object json = to_json(genesis, checked.finding, reader);
    if (!out.empty()) json["file"] = out;
    std::cout << boost::json::serialize(json) << '\n';
}

int print_refused(const Cli& cli, Outcome outcome, const std::string& reason) {
    const bool unknown = outcome == Outcome::unknown;
    if (cli.json) {
        boost::json::object json{{"valid", false}, {"reason", reason}};
        if (unknown) json["valid"] = nullptr;
        std::cout << boost::json::serialize(json) << '\n';
    } else {
        std::cout << (unknown ? cli.say("无法判断：", "Could not be verified: ") + printable(reason)
                              : cli.say("不成立：", "Not valid: ") + refusal(reason, cli.language))
                  << '\n';
    }
    return exit_code_of(outcome);
}

namespace {

Result<Hash> tag_of_subject(const Cli& cli, const ledger::Genesis& genesis, const ProveOptions& options) {
    XL_TRY(const Hash key, open_channel_key(cli, options.folder, options.channel));
    return ledger::subject_tag(genesis.suite(), key, *options.subject.code);
}

Result<Question> record_question(const ledger::Genesis& genesis, const ProveOptions& options) {
    if (!options.document.number) {
        XL_TRY(const Hash id, hash_from_hex(options.hex));
        return Question(RecordQuestion{id});
    }
    XL_TRY(const auto vault, open_vault_to_read(genesis, MemberFiles{options.folder}));
    XL_TRY(const Hash id, record_of_document(*vault, *options.document.number));
    return Question(RecordQuestion{id});
}

Status open_fields_of(const ledger::Genesis& genesis, const ProveOptions& options, CheckedProof& checked) {
    const ledger::RecordContent* content = content_of(checked.finding);
    if (content == nullptr || !content->entry) {
        return Error{Errc::not_found, "the ledger contains no such record, so --open cannot disclose its fields"};
    }
    const ledger::Entry& entry = content->entry->entry.entry;
    XL_TRY(const auto vault, open_vault_to_read(genesis, MemberFiles{options.folder}));
    XL_TRY(const RecordFile row, record_with_digest(*vault, entry.record, entry.digest));
    return open_in_proof(genesis, checked, row, options.open);
}

Status prove(const Cli& cli, ProveOptions& options, const MakeQuestion& make_question) {
    XL_TRY_STATUS(options.subject.read());
    XL_TRY_STATUS(options.document.read());
    XL_TRY(const ledger::Genesis genesis, genesis_of(options));
    XL_TRY(const Question question, make_question(genesis));
    XL_TRY(const std::string url, node_url(options));
    XL_TRY(const NodeClient node, NodeClient::to(url, proof_deadline));
    XL_TRY(CheckedProof checked, fetch_proof(node, genesis, question));
    if (!options.open.empty()) XL_TRY_STATUS(open_fields_of(genesis, options, checked));
    XL_TRY_STATUS(write_file(options.out, ledger::print_proof(checked.proof), 0644, Existing::replace));
    print_checked(cli, genesis, checked, {}, options.out);
    return Status();
}

}  // namespace

void run_prove(Command command, Cli& cli, const std::shared_ptr<ProveOptions>& options, const MakeQuestion& question) {
    cli.set_action(command, [&cli, options, question] {
        const Status status = prove(cli, *options, question);
        return status ? exit_ok : cli.fail(status.error());
    });
}

namespace {

// A question about an object whose id is a hash.
template <class Asked>
MakeQuestion by_hash(const std::shared_ptr<ProveOptions>& options) {
    return [options](const ledger::Genesis&) -> Result<Question> {
        XL_TRY(const Hash id, hash_from_hex(options->hex));
        return Question(Asked{id});
    };
}

void add_open_option(Command command, const Cli& cli, const std::shared_ptr<ProveOptions>& options) {
    command
        .option("--open", options->open,
                cli.say("在证明中公开这些字段，逗号分隔（取自保管库）",
                        "fields to disclose in the proof, comma-separated (from the vault)"))
        .comma_separated();
}

void add_prove_record(Command prove, Cli& cli) {
    const Command command = prove.subcommand(
        "record", cli.say("一条记录现在如何（或确无此记录）", "prove the standing of a record, or its absence"));
    const auto options = add_prove_options(command, cli);
    const Command names = command.exactly_one_of("record");
    names.option("--record", options->hex, cli.say("记录标识（64 位十六进制）", "record id (64 hex digits)"));
    options->document.add_to(
        names, cli.say("文书号（查文件夹中的保管库）", "document number, looked up in the folder's vault"));
    add_open_option(command, cli, options);
    run_prove(command, cli, options,
              [options](const ledger::Genesis& genesis) { return record_question(genesis, *options); });
}

void add_subject_options(Command command, const Cli& cli, const std::shared_ptr<ProveOptions>& options) {
    const Command names = command.exactly_one_of("subject");
    options->subject.add_to(names, cli.say("统一社会信用代码（需文件夹中的通道密钥）",
                                           "unified social credit code (requires the channel key in the folder)"));
    options->subject.add_check_digit_to(command, cli);
    names.option("--tag", options->hex, cli.say("主体标签（64 位十六进制）", "subject tag (64 hex digits)"));
    add_channel_option(command, cli, options->channel);
}

// A question about one of a subject's lists.
template <class List>
MakeQuestion subject_question(const Cli& cli, const std::shared_ptr<ProveOptions>& options) {
    return [&cli, options](const ledger::Genesis& genesis) -> Result<Question> {
        const bool by_tag = !options->subject.code;
        XL_TRY(const Hash tag, by_tag ? hash_from_hex(options->hex) : tag_of_subject(cli, genesis, *options));
        return Question(ListQuestion{List{tag}});
    };
}

void add_prove_subject(Command prove, Cli& cli) {
    const Command command = prove.subcommand(
        "subject", cli.say("关于一个主体的全部条目，一条不少", "prove the complete list of entries about a subject"));
    const auto options = add_prove_options(command, cli);
    add_subject_options(command, cli, options);
    run_prove(command, cli, options, subject_question<ledger::EntriesOfSubject>(cli, options));
}

template <class Asked>
void add_prove_by_id(Command prove, Cli& cli, ledger::ProofKind kind, const char* zh, const char* en) {
    const Command command = prove.subcommand(std::string(name_of(kind)), cli.say(zh, en));
    const auto options = add_prove_options(command, cli);
    command.option("ID", options->hex, cli.say("标识（64 位十六进制）", "id (64 hex digits)")).required();
    run_prove(command, cli, options, by_hash<Asked>(options));
}

// Lists other than a subject's records.
void add_prove_lists(Command prove, Cli& cli) {
    const Command asked =
        prove.subcommand("asked", cli.say("谁查过这个主体：授权与查询，一条不少",
                                          "prove the complete list of authorizations and queries about a subject"));
    const auto of_asked = add_prove_options(asked, cli);
    add_subject_options(asked, cli, of_asked);
    run_prove(asked, cli, of_asked, subject_question<ledger::GrantsOfSubject>(cli, of_asked));

    const Command uses =
        prove.subcommand("uses", cli.say("一项授权的全部使用", "prove the complete list of uses of an authorization"));
    const auto of_uses = add_prove_options(uses, cli);
    uses.option("GRANT", of_uses->hex, cli.say("授权标识（64 位十六进制）", "authorization id (64 hex digits)"))
        .required();
    run_prove(uses, cli, of_uses, [of_uses](const ledger::Genesis&) -> Result<Question> {
        XL_TRY(const Hash id, hash_from_hex(of_uses->hex));
        return Question(ListQuestion{ledger::UsesOfGrant{id}});
    });

    const Command dealings = prove.subcommand(
        "dealings", cli.say("一个成员作为一方的授权、查询与对账",
                            "prove the complete list of authorizations, queries and accounts of a member"));
    const auto of_dealings = add_prove_options(dealings, cli);
    dealings.option("--member", of_dealings->member, cli.say("成员标识", "member id")).required();
    run_prove(dealings, cli, of_dealings, [of_dealings](const ledger::Genesis&) -> Result<Question> {
        return Question(ListQuestion{ledger::ActsOfMember{of_dealings->member}});
    });
}

void add_prove_acts(Command prove, Cli& cli) {
    add_prove_by_id<GrantQuestion>(prove, cli, ledger::ProofKind::grant, "一项授权现在如何",
                                   "prove the state of an authorization");
    add_prove_by_id<QueryQuestion>(prove, cli, ledger::ProofKind::query, "一次查询的回执：双方的签名",
                                   "prove a query with the signatures of both parties");
    add_prove_by_id<AccountQuestion>(prove, cli, ledger::ProofKind::account, "两个成员一个月的对账",
                                     "prove the account of two members for a month");
    add_prove_lists(prove, cli);
    const Command feed = prove.subcommand(
        "feed",
        cli.say("一个机构两个批次号之间的全部条目", "prove all entries of a member's feed between two batch numbers"));
    const auto options = add_prove_options(feed, cli);
    feed.option("--member", options->member, cli.say("成员标识", "member id")).required();
    feed.option("--from", options->index, cli.say("第一个批次号", "number of the first batch")).required();
    feed.option("--to", options->last, cli.say("最后一个批次号", "number of the last batch")).required();
    run_prove(feed, cli, options, [options](const ledger::Genesis&) -> Result<Question> {
        return Question(FeedQuestion{options->member, options->index, options->last});
    });
}

}  // namespace

void add_proof_commands(Command root, Cli& cli) {
    const Command prove = root.parent("prove", cli.say("向节点索取证明，验证后写成文件",
                                                       "request a proof from a node, verify it, write it to a file"));
    add_prove_record(prove, cli);
    add_prove_subject(prove, cli);
    add_prove_portfolio(prove, cli);

    const Command entry = prove.subcommand(
        "entry", cli.say("一个日志条目，以及它是否仍然现行", "prove a log entry, and whether it is current"));
    const auto of_entry = add_prove_options(entry, cli);
    add_open_option(entry, cli, of_entry);
    entry.option("INDEX", of_entry->index, cli.say("条目号", "index of the entry in the log")).required();
    run_prove(entry, cli, of_entry, [of_entry](const ledger::Genesis&) -> Result<Question> {
        return Question(EntryQuestion{of_entry->index});
    });

    const Command batch = prove.subcommand("batch", cli.say("一个批次的回执", "prove the outcome of a batch"));
    const auto of_batch = add_prove_options(batch, cli);
    batch.option("BATCH", of_batch->hex, cli.say("批次标识（64 位十六进制）", "batch id (64 hex digits)")).required();
    run_prove(batch, cli, of_batch, by_hash<BatchQuestion>(of_batch));

    add_prove_acts(prove, cli);
    add_evidence_commands(root, cli);

    add_verify_command(root, cli);
}

}  // namespace xinlian::node
