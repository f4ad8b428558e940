// erase, and the verification of its certificate for `verify`.
//
// The keys of the record are destroyed first, then the ledger is told, so that an entry "erased" is always true. After
// a crash between the two steps, the record can no longer be opened and the ledger does not say so yet. Running the
// command again adds the entry, with the day of the destruction.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>
#include <memory>

#include "crypto/files.hpp"
#include "ledger/state/life.hpp"
#include "node/cli/progress_bar.hpp"
#include "node/cli/prove.hpp"
#include "node/issuer/erasure.hpp"
#include "node/issuer/feed_writer.hpp"
#include "node/issuer/open_keys.hpp"
#include "node/issuer/record_lookup.hpp"
#include "node/wording/plain.hpp"

namespace xinlian::node {

namespace {

using ledger::Entry;
using ledger::Operation;

constexpr Duration node_patience{20'000};  // nothing is destroyed before the node has answered

struct EraseOptions {
    std::string folder = ".", node, record, reason, out;
    DocumentArgument document;
};

// The context of an erasure.
struct Erasing {
    const Cli& cli;
    const EraseOptions& options;
    Keys keys;
    NodeClient node;
    std::unique_ptr<Vault> vault;
};

Result<Hash> record_named(Erasing& at) {
    if (!at.options.document.number) return hash_from_hex(at.options.record);
    return record_of_document(*at.vault, *at.options.document.number);
}

Result<ledger::RecordState> state_of(Erasing& at, const Hash& record, CheckedProof& checked) {
    XL_TRY(checked, fetch_proof(at.node, at.keys.genesis, RecordQuestion{record}));
    if (const auto& state = std::get<ledger::RecordFinding>(checked.finding.what).state) return *state;
    return Error{Errc::not_found, "the ledger contains no record " + record.hex() + "; nothing was erased"};
}

Entry erased_entry(const ledger::RecordState& state, ledger::Date day) {
    Entry entry = ledger::entry_about(state.entry, Operation::erased);
    entry.version = state.entry.version;
    entry.decided = day;
    return entry;
}

// Checks the ledger's own rules, before anything is destroyed.
Status check_allowed(const Erasing& at, const ledger::RecordState& state, ledger::Date today) {
    if (state.issuer != at.keys.member) {
        return Error{Errc::conflict, "record " + state.entry.record.hex() + " belongs to " + state.issuer +
                                         ", and only its issuer can erase it; nothing was erased"};
    }
    const ledger::Genesis& genesis = at.keys.genesis;
    const auto self = static_cast<ledger::MemberNumber>(genesis.number_of(*genesis.member(at.keys.member)));
    // An erasure depends on no term and no height.
    const ledger::Speaker speaker{genesis, ledger::shipped_rulebook(), at.keys.member, self, 0, today};
    const ledger::Refusal refusal = ledger::judge_record({&state, nullptr}, erased_entry(state, today), speaker);
    if (refusal.reason == ledger::Reason::accepted || refusal.reason == ledger::Reason::erased) return {};
    return Error{Errc::conflict, "the ledger would reject the erasure (" + std::string(name_of(refusal.reason)) +
                                     "); nothing was erased"};
}

Result<std::vector<ErasureCertificate::Version>> versions_of(Vault& vault, const Hash& record) {
    std::vector<ErasureCertificate::Version> versions;
    XL_TRY_STATUS(vault.find_record(record, [&versions](const VaultRecord& row) {
        versions.push_back({row.version, row.digest});
        return versions.size() < erasure_versions_max;
    }));
    if (versions.empty()) return Error{Errc::not_found, "the vault contains no record " + record.hex()};
    return versions;
}

Result<VaultErasure> destroy(Erasing& at, const Hash& record, ledger::Date day) {
    ProgressBar bar(at.cli.say("重新封装", "sealing the vault again"));
    return at.vault->erase(record, at.options.reason, day,
                           {.on_step = {}, .on_progress = [&bar](std::uint64_t done, std::uint64_t total) {
                                bar.show(done, total, done);
                            }});
}

// Adds the entry unless the ledger has it, and fetches the record's proof.
Status enter(Erasing& at, FeedWriter& feed, const ledger::RecordState& state, ledger::Date day, CheckedProof& checked) {
    if (!state.life || !state.life->erased) {
        XL_TRY(const ledger::Receipt receipt, feed.act(erased_entry(state, day)));
        if (receipt.outcome.reason != ledger::Reason::accepted) {
            return Error{Errc::conflict,
                         "the ledger rejected the entry: " + std::string(name_of(receipt.outcome.reason))};
        }
        XL_TRY(const ledger::RecordState after, state_of(at, state.entry.record, checked));
        if (!after.life || !after.life->erased)
            return Error{Errc::unavailable, "the node does not serve the new entry yet"};
    }
    return at.vault->set_entered(state.entry.record);
}

Result<ErasureCertificate> certify(Erasing& at, const Hash& record, const VaultErasure& erasure,
                                   std::vector<ErasureCertificate::Version> versions, const CheckedProof& checked) {
    ErasureCertificate made{at.keys.genesis.chain_id(),
                            at.keys.member,
                            record,
                            std::move(versions),
                            erasure.day,
                            erasure.reason,
                            erasure.key,
                            ledger::print_proof(checked.proof)};
    made.signature = at.keys.key.sign(erasure_signing_bytes(at.keys.genesis.suite(), made));
    XL_TRY_STATUS(check_erasure(at.keys.genesis, made));
    return made;
}

// --- output ---

std::string day_said(const Cli& cli, ledger::Date day) { return ledger::date_text(day) + cli.say(" ", ""); }

// The log entry that says so, of what check_erasure() found.
std::uint64_t index_of_erasure(const ledger::Finding& finding) {
    return content_of(finding)->state->life->erased->index;
}

boost::json::object to_json(const Cli& cli, const ledger::Genesis& genesis, const ErasureCertificate& certificate,
                            const ledger::Finding& finding) {
    boost::json::array digests;
    for (const auto& each : certificate.versions) {
        digests.push_back(boost::json::object{{"version", each.version}, {"digest", each.digest.hex()}});
    }
    return {{"valid", true},
            {"record", certificate.record.hex()},
            {"issuer", certificate.issuer},
            {"day", ledger::date_text(certificate.day)},
            {"reason", certificate.reason},
            {"versions", std::move(digests)},
            {"destroyed_key", certificate.destroyed_key.hex()},
            {"index", index_of_erasure(finding)},
            {"proof", to_json(genesis, finding, ReadContext{.language = cli.language})}};
}

void print(const Cli& cli, const ledger::Genesis& genesis, const ErasureCertificate& certificate,
           const ledger::Finding& finding) {
    const ledger::Member* issuer = genesis.member(certificate.issuer);
    std::cout << cli.say("擦除证明成立：", "Certificate of erasure, valid: ") << issuer->name << cli.say("（", " (")
              << issuer->id << cli.say("）声明，自 ", ") states that since ") << day_said(cli, certificate.day)
              << cli.say("起，记录 ", " nobody can open record ") << certificate.record.hex()
              << cli.say(" 的内容任何人都无法再打开；账本第 ", "; log entry ") << index_of_erasure(finding)
              << cli.say(" 号条目载明已擦除。", " records the erasure.") << '\n'
              << cli.say("  理由：", "  reason: ") << printable(certificate.reason) << '\n';
    for (const auto& each : certificate.versions) {
        std::cout << cli.say("  无法再打开的摘要，版本 ", "  digest that can no longer be opened, version ")
                  << each.version << ": " << each.digest.hex() << '\n';
    }
    std::cout << cli.say("  已销毁的保管库密钥：", "  destroyed vault key: ") << certificate.destroyed_key.hex() << '\n'
              << cli.say("  账本：", "  ledger: ")
              << say(genesis, finding, ReadContext{.language = cli.language}).sentence << '\n';
}

void tell_done(const Erasing& at, const ErasureCertificate& certificate, const ledger::Finding& finding, bool before) {
    const Cli& cli = at.cli;
    if (cli.json) {
        boost::json::object json = to_json(cli, at.keys.genesis, certificate, finding);
        json["already"] = before;
        json["file"] = at.options.out;
        json["vault_key"] = at.vault->key_id().hex();
        std::cout << boost::json::serialize(json) << '\n';
        return;
    }
    if (before) {
        std::cout << cli.say("该记录早已擦除，未再写入账本；重新出具证明。",
                             "The record was already erased; only the certificate was written again.")
                  << '\n';
    }
    print(cli, at.keys.genesis, certificate, finding);
    std::cout << cli.say("证明已写入 ", "Certificate written to ") << at.options.out << '\n';
    if (before) return;
    const MemberFiles files{at.options.folder};
    std::cout << cli.say("请立即备份新的 ", "Back up the new ") << files.key("vault") << cli.say(" 和 ", " and ")
              << files.vault()
              << cli.say("，并销毁旧密钥的所有副本（标识 ", " now, and destroy every copy of the old key (id ")
              << certificate.destroyed_key.hex().substr(0, 16)
              << cli.say("…）：持有旧密钥和旧备份者仍可打开该记录。",
                         "…): the old key with an old backup can still open the record.")
              << '\n';
}

void tell_others(Erasing& at, const Hash& record) {
    const auto others = at.vault->not_entered();
    if (!others || at.cli.json) return;
    for (const Hash& other : *others) {
        if (other == record) continue;
        std::cerr << at.cli.say("另有未完成的擦除，请运行：", "another erasure is not complete; run: ")
                  << "xinlian erase --record " << other.hex() << '\n';
    }
}

Status erase_record(Erasing& at, FeedWriter& feed) {
    XL_TRY(const Hash record, record_named(at));
    CheckedProof checked;
    XL_TRY(const ledger::RecordState state, state_of(at, record, checked));
    const ledger::Date today = ledger::date_of(system_now());
    XL_TRY_STATUS(check_allowed(at, state, today));
    XL_TRY(std::vector<ErasureCertificate::Version> versions, versions_of(*at.vault, record));
    XL_TRY(const std::optional<VaultErasure> known, at.vault->erasure(record));
    const bool entered = state.life && state.life->erased;
    XL_TRY(const VaultErasure erasure, destroy(at, record, entered ? state.life->erased->day : today));
    const Status told = enter(at, feed, state, erasure.day, checked);
    if (!told) {
        return Error{told.error().code,
                     "the keys of the record were destroyed, but the ledger does not record the erasure yet: " +
                         told.error().text + "; run the same command again"};
    }
    XL_TRY(const ErasureCertificate certificate, certify(at, record, erasure, std::move(versions), checked));
    XL_TRY_STATUS(write_file(at.options.out, as_bytes(print_erasure(certificate)), 0644, Existing::replace));
    tell_done(at, certificate, checked.finding, known && known->entered);
    tell_others(at, record);
    return Status();
}

Status erase(const Cli& cli, const EraseOptions& options) {
    const MemberFiles files{options.folder};
    XL_TRY(Keys keys, open_keys(files));
    XL_TRY(const std::string url, node_url_of(files, options.node));
    XL_TRY(NodeClient node, NodeClient::to(url, proof_deadline));
    XL_TRY(NodeClient submitting, NodeClient::to(url, submit_deadline));
    XL_TRY(std::unique_ptr<Vault> vault,
           Vault::open(files.vault(), keys.genesis.chain_id(), keys.vault, VaultUse::write));
    Erasing at{cli, options, std::move(keys), std::move(node), std::move(vault)};
    const Issuer issuer{at.keys.genesis, at.keys.member, at.keys.key, at.keys.channel, at.keys.record};
    XL_TRY(const std::unique_ptr<FeedWriter> feed,
           FeedWriter::open(issuer, *at.vault, std::move(submitting), {.duration = node_patience}));
    XL_TRY_STATUS(feed->resume());
    return erase_record(at, *feed);
}

}  // namespace

int verify_erasure_file(const Cli& cli, const std::string& path, const std::string& genesis_path) {
    const auto genesis = ledger::Genesis::load(genesis_path);
    if (!genesis) return print_refused(cli, Outcome::unknown, "genesis file: " + genesis.error().text);
    const auto bytes = read_file(path, erasure_file_bytes_max);
    if (!bytes) return print_refused(cli, Outcome::unknown, bytes.error().text);
    const auto certificate = parse_erasure(as_text(*bytes));
    if (!certificate) return print_refused(cli, Outcome::unknown, path + ": " + certificate.error().text);
    const auto finding = check_erasure(*genesis, *certificate);
    if (!finding) {
        const bool refused = finding.error().code == Errc::invalid;
        return print_refused(cli, refused ? Outcome::invalid : Outcome::unknown, finding.error().text);
    }
    if (cli.json) {
        std::cout << boost::json::serialize(to_json(cli, *genesis, *certificate, *finding)) << '\n';
    } else {
        print(cli, *genesis, *certificate, *finding);
    }
    return exit_ok;
}

void add_erase_commands(Command root, Cli& cli) {
    const Command command =
        root.subcommand("erase", cli.say("擦除一条记录：销毁其内容、盐与密钥，登记于账本，出具证明（不可撤销）",
                                         "erase a record: destroy its content, salts and key, record that on the "
                                         "ledger, write a certificate (irreversible)"));
    const auto options = std::make_shared<EraseOptions>();
    command.option("--folder", options->folder, cli.say("成员文件夹", "the member's folder")).shows_default();
    command.option("--node", options->node,
                   cli.say("节点地址（默认取 node.toml）", "address of a node (default: from node.toml)"));
    const Command which = command.exactly_one_of("record");
    which.option("--record", options->record, cli.say("记录标识", "record id"));
    options->document.add_to(which, cli.say("文书号", "document number"));
    command
        .option("--reason", options->reason,
                cli.say("理由，一行，写入证明；勿含个人信息",
                        "reason, in one line, for the certificate; must not contain personal information"))
        .required();
    command.option("--out", options->out, cli.say("写出的擦除证明", "certificate to write")).required();
    cli.set_action(command, [&cli, options] {
        if (const Status named = options->document.read(); !named) return cli.fail(named.error());
        const Status status = erase(cli, *options);
        return status ? exit_ok : cli.fail(status.error());
    });
}

}  // namespace xinlian::node
