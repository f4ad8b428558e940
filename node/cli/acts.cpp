// The commands for acts about records, authorizations and queries. Each command signs one entry, waits until it is
// final, and prints the resulting state from a proof.
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>
#include <memory>

#include "crypto/files.hpp"
#include "crypto/random.hpp"
#include "ledger/rules/terms.hpp"
#include "node/cli/arguments.hpp"
#include "node/client/fetch_proof.hpp"
#include "node/client/rules_file.hpp"
#include "node/issuer/feed_writer.hpp"
#include "node/issuer/open_keys.hpp"
#include "node/issuer/record_lookup.hpp"
#include "node/wording/words.hpp"

namespace xinlian::node {

namespace {

using ledger::Entry;
using ledger::Operation;

constexpr Duration node_deadline{30'000};
constexpr std::size_t document_bytes_max = 64u << 20;

struct ActOptions {
    std::string folder = ".", node, out;
    std::string record, proof;  // which record: by id, or from a proof file,
    DocumentArgument document;  // or by document number in the vault
    std::string id;             // of a grant or query
    std::string file;           // the document behind the act: its digest goes onto the ledger
    std::string date, from, until, grade = "not-stated", outcome = "corrected";
    bool special = false;
    SubjectArgument subject;
    std::string requester, provider, purpose = "loan", category = "any", with, side = "requester";
    std::uint32_t uses = 1;
    std::optional<Height> height;
    std::uint16_t channel = 0;
};

// The context of one act: the member's keys, its node, and the options.
class Desk {
public:
    static Result<std::unique_ptr<Desk>> open(const Cli& cli, const ActOptions& options) {
        const MemberFiles files{options.folder};
        XL_TRY(Keys keys, open_keys(files, {}, options.channel));
        XL_TRY(const std::string url, node_url_of(files, options.node));
        XL_TRY(NodeClient node, NodeClient::to(url, node_deadline));
        XL_TRY(NodeClient submitting, NodeClient::to(url, submit_deadline));
        XL_TRY(std::unique_ptr<Vault> vault,
               Vault::open(files.vault(), keys.genesis.chain_id(), keys.vault, VaultUse::write));
        return std::unique_ptr<Desk>(
            new Desk(cli, options, {std::move(keys), std::move(node), std::move(submitting), std::move(vault)}));
    }

    const ledger::Genesis& genesis() const { return has_.keys.genesis; }
    Suite suite() const { return genesis().suite(); }
    const ActOptions& options() const { return options_; }
    const Hash& channel() const { return has_.keys.channel; }
    Vault& vault() { return *has_.vault; }

    Result<RulesNow> rules() const { return fetch_rules(has_.node, genesis()); }
    Result<CheckedProof> ask(const Question& question) const { return fetch_proof(has_.node, genesis(), question); }
    Result<ledger::MemberNumber> number_of(const std::string& id) const {
        const ledger::Member* member = genesis().member(id);
        if (member == nullptr) return Error{Errc::not_found, "\"" + id + "\" is not a member of this federation"};
        return static_cast<ledger::MemberNumber>(genesis().number_of(*member));
    }
    ledger::MemberNumber self() const { return *number_of(has_.keys.member); }
    Result<Hash> digest_of_file() const {
        XL_TRY(const Bytes bytes, read_file(options_.file, document_bytes_max));
        return hash(suite(), bytes);
    }
    // The day in the options, or today by this machine's clock.
    Result<ledger::Date> day() const {
        if (options_.date.empty()) return ledger::date_of(system_now());
        return ledger::date_from_iso(options_.date);
    }

    // Signs and sends the entry and waits until it is final; then fetches the proof and prints it.
    Status carry_out(const Entry& entry, const Question& question) {
        const Issuer issuer{genesis(),         has_.keys.member, has_.keys.key,
                            has_.keys.channel, has_.keys.record, has_.keys.channel_number};
        XL_TRY(const std::unique_ptr<FeedWriter> feed, FeedWriter::open(issuer, vault(), has_.submitting));
        XL_TRY_STATUS(feed->resume());
        XL_TRY(const ledger::Receipt receipt, feed->act(entry));
        if (receipt.outcome.reason != ledger::Reason::accepted) return refusal_of(entry, receipt, cli_.language);
        XL_TRY(const CheckedProof checked, ask(question));
        if (!options_.out.empty()) {
            XL_TRY_STATUS(write_file(options_.out, ledger::print_proof(checked.proof), 0644, Existing::replace));
        }
        tell(entry, receipt, checked);
        return Status();
    }

private:
    struct Has {
        Keys keys;
        NodeClient node;
        NodeClient submitting;  // with submit_deadline
        std::unique_ptr<Vault> vault;
    };
    Desk(const Cli& cli, const ActOptions& options, Has has) : cli_(cli), options_(options), has_(std::move(has)) {}

    void tell(const Entry& entry, const ledger::Receipt& receipt, const CheckedProof& checked) const {
        const ReadContext reader{.language = cli_.language, .row = RowCheck::not_given};
        if (cli_.json) {
            boost::json::object json{{"operation", name_of(entry.operation)},
                                     {"id", entry.record.hex()},
                                     {"height", receipt.outcome.height},
                                     {"index", receipt.outcome.first_index},
                                     {"proof", to_json(genesis(), checked.finding, reader)}};
            if (!options_.out.empty()) json["file"] = options_.out;
            std::cout << boost::json::serialize(json) << '\n';
            return;
        }
        std::cout << words(entry.operation, cli_.language) << cli_.say("：高度 ", ": height ") << receipt.outcome.height
                  << cli_.say("，日志条目 ", ", log entry ") << receipt.outcome.first_index
                  << cli_.say("，标识 ", ", id ") << entry.record.hex() << '\n'
                  << say(genesis(), checked.finding, reader).sentence << '\n';
        if (!options_.out.empty())
            std::cout << cli_.say("证明文件已写入 ", "Proof written to ") << options_.out << '\n';
    }

    const Cli& cli_;
    const ActOptions& options_;
    Has has_;
};

using Act = std::function<Status(Desk&)>;

// The id of the object: 64 hex digits, or a proof file of this kind that contains it.
template <class Found>
Result<Hash> id_from(Desk& desk, const std::string& text, std::string_view kind) {
    if (const Result<Hash> id = hash_from_hex(text)) return *id;
    XL_TRY(const Bytes file, read_file(text, ledger::proof_bytes_max));
    XL_TRY(const ledger::Proof proof, ledger::parse_proof(file));
    XL_TRY(const ledger::Finding finding, ledger::verify_proof(desk.genesis(), proof));
    if (const auto* found = std::get_if<Found>(&finding.what)) return found->id;
    return Error{Errc::invalid, text + ": expected a proof that `xinlian prove " + std::string(kind) + "` writes"};
}

// --- about a record ---

// The record's current state on the ledger: found by its id, the vault's document number, or a proof file.
Result<ledger::RecordState> record_of(Desk& desk) {
    const ActOptions& options = desk.options();
    Hash id;
    if (!options.proof.empty()) {
        XL_TRY(id, id_from<ledger::RecordFinding>(desk, options.proof, "record"));
    } else if (options.document.number) {
        XL_TRY(id, record_of_document(desk.vault(), *options.document.number));
    } else {
        XL_TRY(id, hash_from_hex(options.record));
    }
    XL_TRY(const CheckedProof checked, desk.ask(RecordQuestion{id}));
    const auto& state = std::get<ledger::RecordFinding>(checked.finding.what).state;
    if (!state) return Error{Errc::not_found, "the ledger contains no record " + id.hex()};
    return *state;
}

Result<std::uint16_t> grade_of(const ActOptions& options) {
    static constexpr std::string_view grades[] = {"not-stated", "minor", "general", "serious"};
    for (std::uint16_t i = 0; i < std::size(grades); ++i) {
        if (grades[i] == options.grade)
            return static_cast<std::uint16_t>(i | (options.special ? ledger::grade_special : 0));
    }
    return Error{Errc::unsupported,
                 "invalid grade \"" + options.grade + "\"; expected one of not-stated, minor, general, serious"};
}

Result<std::uint16_t> outcome_of(const ActOptions& options) {
    static constexpr std::string_view outcomes[] = {"corrected", "refused", "undecided"};
    for (std::uint16_t i = 0; i < std::size(outcomes); ++i) {
        if (outcomes[i] == options.outcome) return static_cast<std::uint16_t>(i + 1);
    }
    return Error{Errc::unsupported,
                 "invalid outcome \"" + options.outcome + "\"; expected one of corrected, refused, undecided"};
}

Status act_on_record(Desk& desk, Operation operation) {
    XL_TRY(const ledger::RecordState record, record_of(desk));
    Entry entry = ledger::entry_about(record.entry, operation);
    entry.version = record.entry.version;
    if (operation == Operation::held) entry.digest = record.entry.digest;
    if (operation != Operation::held) {
        XL_TRY(entry.decided, desk.day());
    }
    const bool documented =
        operation != Operation::held && operation != Operation::repair_ack && operation != Operation::erased;
    if (documented) {
        XL_TRY(entry.digest, desk.digest_of_file());
    }
    if (operation == Operation::repair_accepted || operation == Operation::repaired) {
        XL_TRY(entry.code, grade_of(desk.options()));
    }
    if (operation == Operation::dispute_resolved) {
        XL_TRY(entry.code, outcome_of(desk.options()));
    }
    if (operation == Operation::dispute_opened) {
        XL_TRY(const RulesNow now, desk.rules());
        entry.public_until = now.rulebook().terms.dispute_due(record.issuer, entry.decided);
    }
    return desk.carry_out(entry, RecordQuestion{entry.record});
}

// --- authorization and query ---

Status register_grant(Desk& desk) {
    const ActOptions& options = desk.options();
    Entry entry;
    entry.operation = Operation::grant;
    entry.record = random_hash();
    entry.version = options.uses;
    XL_TRY(entry.category, ledger::category_named(options.category));
    XL_TRY(const ledger::Purpose purpose, ledger::purpose_of_query(options.purpose));
    entry.code = static_cast<std::uint16_t>(purpose);
    XL_TRY(entry.party, desk.number_of(options.requester));
    XL_TRY(entry.decided, ledger::date_from_iso(options.from));
    XL_TRY(entry.public_until, ledger::date_from_iso(options.until));
    XL_TRY(entry.digest, desk.digest_of_file());
    entry.channel = options.channel;
    entry.subject = ledger::subject_tag(desk.suite(), desk.channel(), *options.subject.code);  // --subject is required
    return desk.carry_out(entry, GrantQuestion{entry.record});
}

Result<ledger::GrantState> grant_of(Desk& desk) {
    XL_TRY(const Hash id, id_from<ledger::GrantFinding>(desk, desk.options().id, "grant"));
    XL_TRY(const CheckedProof checked, desk.ask(GrantQuestion{id}));
    const auto& state = std::get<ledger::GrantFinding>(checked.finding.what).state;
    if (!state) return Error{Errc::not_found, "the ledger contains no authorization " + id.hex()};
    return *state;
}

Status revoke_grant(Desk& desk) {
    XL_TRY(const ledger::GrantState grant, grant_of(desk));
    Entry entry = ledger::entry_about(grant.entry, Operation::revoke);
    XL_TRY(entry.decided, desk.day());
    XL_TRY(entry.digest, desk.digest_of_file());
    return desk.carry_out(entry, GrantQuestion{entry.record});
}

// Subject and purpose are the grant's, unless others are given: then the ledger decides.
Status ask_query(Desk& desk) {
    const ActOptions& options = desk.options();
    XL_TRY(const ledger::GrantState grant, grant_of(desk));
    Entry entry = ledger::entry_about(grant.entry, Operation::query);
    entry.record = random_hash();
    entry.digest = grant.entry.record;
    entry.code = grant.entry.code;
    if (options.subject.code) {
        entry.subject = ledger::subject_tag(desk.suite(), desk.channel(), *options.subject.code);
    }
    if (!options.purpose.empty()) {
        XL_TRY(const ledger::Purpose purpose, ledger::purpose_of_query(options.purpose));
        entry.code = static_cast<std::uint16_t>(purpose);
    }
    XL_TRY(entry.party, desk.number_of(options.provider));
    return desk.carry_out(entry, QueryQuestion{entry.record});
}

// An entry about a query, with the query's subject and category.
Result<Entry> about_query(Desk& desk, Operation operation) {
    XL_TRY(const Hash id, id_from<ledger::QueryFinding>(desk, desk.options().id, "query"));
    XL_TRY(const CheckedProof checked, desk.ask(QueryQuestion{id}));
    const auto& state = std::get<ledger::QueryFinding>(checked.finding.what).state;
    if (!state) return Error{Errc::not_found, "the ledger contains no query " + id.hex()};
    const ledger::QueryState& query = *state;
    Entry entry = ledger::entry_about(query.entry, operation);
    entry.party = query.entry.party;
    XL_TRY(entry.digest, desk.digest_of_file());
    if (operation == Operation::acknowledge) return entry;
    XL_TRY(entry.party, desk.number_of(query.issuer));
    const Height height = desk.options().height.value_or(checked.finding.height);
    if (height > UINT32_MAX) {
        return Error{Errc::invalid, "--height " + std::to_string(height) +
                                        " is too large; the largest height of a report is 4294967295"};
    }
    entry.version = static_cast<std::uint32_t>(height);
    return entry;
}

Status act_on_query(Desk& desk, Operation operation) {
    XL_TRY(const Entry entry, about_query(desk, operation));
    return desk.carry_out(entry, QueryQuestion{entry.record});
}

// 对账: signs the count of the ledger. A member with a different count must not sign.
Status agree_account(Desk& desk) {
    const ActOptions& options = desk.options();
    Entry entry;
    entry.operation = Operation::account;
    entry.category = ledger::Category::any;
    XL_TRY(entry.decided, ledger::date_from_iso(options.date + "-01"));
    XL_TRY(entry.party, desk.number_of(options.with));
    const bool requester = options.side == "requester";
    entry.code = static_cast<std::uint16_t>(requester ? ledger::Side::requester : ledger::Side::provider);
    entry.record = ledger::account_id(desk.suite(), requester ? desk.self() : entry.party,
                                      requester ? entry.party : desk.self(), entry.decided);
    const AccountQuestion question{entry.record};
    XL_TRY(const CheckedProof checked, desk.ask(question));
    const auto& account = std::get<ledger::AccountFinding>(checked.finding.what).state;
    const std::uint32_t counted = account ? account->count : 0;
    if (options.uses != counted) {
        return Error{Errc::conflict, "--count is " + std::to_string(options.uses) + ", but the ledger counts " +
                                         std::to_string(counted) + " queries; nothing was signed"};
    }
    entry.version = counted;
    return desk.carry_out(entry, question);
}

// --- the commands ---

Status run_act(const Cli& cli, ActOptions& options, const Act& act) {
    XL_TRY_STATUS(options.subject.read());
    XL_TRY_STATUS(options.document.read());
    XL_TRY(const std::unique_ptr<Desk> desk, Desk::open(cli, options));
    return act(*desk);
}

std::shared_ptr<ActOptions> add_act(Command command, Cli& cli, const Act& act) {
    const auto options = std::make_shared<ActOptions>();
    command.option("--folder", options->folder, cli.say("成员文件夹", "the member's folder")).shows_default();
    command.option("--node", options->node,
                   cli.say("节点地址（默认取 node.toml）", "address of a node (default: from node.toml)"));
    command.option("--out", options->out, cli.say("写出的证明文件", "proof file to write"));
    cli.set_action(command, [&cli, options, act] {
        const Status status = run_act(cli, *options, act);
        return status ? exit_ok : cli.fail(status.error());
    });
    return options;
}

void add_document(Command command, const Cli& cli, const std::shared_ptr<ActOptions>& options) {
    command
        .option("--file", options->file,
                cli.say("依据的文书（只登记其摘要）", "supporting document (only its digest is recorded)"))
        .required();
}

void add_day(Command command, const Cli& cli, const std::shared_ptr<ActOptions>& options) {
    command.option("--date", options->date,
                   cli.say("日期，例如 2026-11-25（默认今天）", "date, for example 2026-11-25 (default: today)"));
}

std::shared_ptr<ActOptions> add_record_act(Command parent, Cli& cli, Operation operation, const char* name,
                                           const char* zh, const char* en) {
    const Command command = parent.subcommand(name, cli.say(zh, en));
    const auto options = add_act(command, cli, [operation](Desk& desk) { return act_on_record(desk, operation); });
    const Command which = command.exactly_one_of("record");
    which.option("--record", options->record, cli.say("记录标识", "record id"));
    options->document.add_to(which, cli.say("文书号（查保管库）", "document number, looked up in the vault"));
    which.option("--proof", options->proof, cli.say("记录的证明文件", "proof file of the record"));
    if (operation == Operation::held) return options;
    add_day(command, cli, options);
    if (operation == Operation::repair_ack || operation == Operation::erased) return options;
    add_document(command, cli, options);
    if (operation == Operation::repair_accepted || operation == Operation::repaired) {
        command.option("--grade", options->grade,
                       cli.say("失信程度：minor general serious", "severity: minor, general or serious"));
        command.flag("--special", options->special,
                     cli.say("食品药品、特种设备、安全生产、消防领域",
                             "the case concerns food, drugs, special equipment, work safety or fire safety"));
    }
    if (operation == Operation::dispute_resolved) {
        command
            .option("--outcome", options->outcome,
                    cli.say("结果：corrected refused undecided", "outcome: corrected, refused or undecided"))
            .required();
    }
    return options;
}

void add_record_acts(Command root, Cli& cli) {
    const Command repair = root.parent("repair", cli.say("信用修复", "credit repair"));
    add_record_act(repair, cli, Operation::repair_accepted, "accept", "受理申请", "accept an application for repair");
    add_record_act(repair, cli, Operation::repair_refused, "refuse", "不予修复", "refuse the repair");
    add_record_act(repair, cli, Operation::repaired, "complete", "准予修复，终止公示与共享",
                   "complete the repair: publication and sharing end");
    add_record_act(repair, cli, Operation::repair_ack, "acknowledge", "确认已停止展示与共享副本",
                   "acknowledge that the copy is no longer shown or shared");
    add_record_act(root, cli, Operation::held, "hold", "登记留存了他地记录的副本",
                   "register that this member holds a copy of another member's record");
    const Command dispute = root.parent("dispute", cli.say("异议", "disputes"));
    add_record_act(dispute, cli, Operation::dispute_opened, "open", "受理异议", "open a dispute");
    add_record_act(dispute, cli, Operation::dispute_resolved, "resolve", "办结异议", "resolve a dispute");
    add_record_act(root, cli, Operation::withdrawn, "withdraw", "原决定被撤销，撤下记录",
                   "withdraw a record whose decision was revoked");
}

void add_grants(Command root, Cli& cli) {
    const Command grant = root.subcommand("grant", cli.say("登记一项授权", "register an authorization by a subject"));
    const auto of_grant = add_act(grant, cli, register_grant);
    of_grant->subject.add_to(grant, cli.say("统一社会信用代码", "unified social credit code of the subject"))
        .required();
    of_grant->subject.add_check_digit_to(grant, cli);
    grant.option("--requester", of_grant->requester, cli.say("可以查询的成员", "member that may query")).required();
    grant.option("--purpose", of_grant->purpose, "loan post-loan guarantee procurement own").shows_default();
    grant.option("--category", of_grant->category, "penalty licence any").shows_default();
    grant.option("--from", of_grant->from, cli.say("生效日", "first day of validity")).required();
    grant.option("--until", of_grant->until, cli.say("截止日", "last day of validity")).required();
    grant.option("--uses", of_grant->uses, cli.say("可用次数", "number of queries that it permits")).shows_default();
    grant.option("--channel", of_grant->channel,
                 cli.say("通道号（默认为全联盟）", "channel number (default: the whole federation)"));
    add_document(grant, cli, of_grant);

    const Command revoke = root.subcommand("revoke", cli.say("撤回授权", "revoke an authorization"));
    const auto of_revoke = add_act(revoke, cli, revoke_grant);
    revoke
        .option("GRANT", of_revoke->id,
                cli.say("授权标识或其证明文件", "authorization id, or proof file of the authorization"))
        .required();
    add_document(revoke, cli, of_revoke);
    add_day(revoke, cli, of_revoke);
}

void add_queries(Command root, Cli& cli) {
    const Command query = root.subcommand("query", cli.say("依据授权查询", "register a query under an authorization"));
    const auto of_query = add_act(query, cli, ask_query);
    of_query->purpose.clear();
    query
        .option("--grant", of_query->id,
                cli.say("授权标识或其证明文件", "authorization id, or proof file of the authorization"))
        .required();
    query.option("--provider", of_query->provider, cli.say("被查询的成员", "member that is queried")).required();
    of_query->subject.add_to(
        query, cli.say("主体代码（默认为授权的）", "unified social credit code (default: from the authorization)"));
    of_query->subject.add_check_digit_to(query, cli);
    query.option("--purpose", of_query->purpose,
                 cli.say("用途（默认为授权的）", "purpose (default: from the authorization)"));

    const Command answer = root.subcommand(
        "answer",
        cli.say("应答查询：登记所交付报告的摘要", "answer a query: register the digest of the delivered report"));
    const auto of_answer = add_act(answer, cli, [](Desk& desk) { return act_on_query(desk, Operation::answer); });
    answer.option("QUERY", of_answer->id, cli.say("查询标识或其证明文件", "query id, or proof file of the query"))
        .required();
    answer.option("--height", of_answer->height,
                  cli.say("报告所依据的高度（默认当前）",
                          "ledger height that the report is based on (default: the current height)"));
    add_document(answer, cli, of_answer);

    const Command ack = root.subcommand("ack", cli.say("签收报告", "acknowledge the receipt of a report"));
    const auto of_ack = add_act(ack, cli, [](Desk& desk) { return act_on_query(desk, Operation::acknowledge); });
    ack.option("QUERY", of_ack->id, cli.say("查询标识或其证明文件", "query id, or proof file of the query")).required();
    add_document(ack, cli, of_ack);

    const Command account =
        root.subcommand("account", cli.say("对账：确认一个月的查询笔数", "confirm the number of queries of a month"));
    const auto of_account = add_act(account, cli, agree_account);
    account.option("--with", of_account->with, cli.say("对方成员", "other member")).required();
    account.option("--month", of_account->date, cli.say("月份，例如 2026-10", "month, for example 2026-10")).required();
    account.option("--count", of_account->uses, cli.say("本方统计的笔数", "number of queries in your own records"))
        .required();
    account.option("--side", of_account->side, "requester provider").one_of({"requester", "provider"}).required();
}

}  // namespace

void add_act_commands(Command root, Cli& cli) {
    add_record_acts(root, cli);
    add_grants(root, cli);
    add_queries(root, cli);
}

}  // namespace xinlian::node
