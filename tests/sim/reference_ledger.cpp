// Applies accepted entries to log and state.
#include "tests/sim/reference_ledger.hpp"

namespace xinlian::sim {

using ledger::Operation;
using own::Account;
using own::Copy;
using own::Grant;
using own::Mark;
using own::Out;
using own::Query;
using own::Resolved;
using own::Stage;

namespace {

Hash key_of(int kind, ByteView id) {
    return own::tagged("xinlian/v1/map-key", Out().number(static_cast<std::uint64_t>(kind), 1).raw(id).bytes);
}

bool of_content(Operation op) { return op <= Operation::remove; }
bool of_record(Operation op) { return op <= Operation::repair_ack; }

}  // namespace

std::string ReferenceLedger::rules_at(Height height) const {
    if (last_ && last_->from <= height) return last_->text;
    return before_ ? before_->text : "";
}

Hash ReferenceLedger::state_root() const {
    own::MapLeaves all;
    for (const auto& [key, value] : values_)
        all.emplace_back(key, own::sha256(Out().number(2, 1).raw(key.view()).raw(own::sha256(value).view()).bytes));
    return own::map_root(all, 0);
}

void ReferenceLedger::run(const ledger::Block& block, const std::vector<ledger::Batch>& batches) {
    for (const Evidence& evidence : block.evidence) {
        const Bytes id = Out().number(block.header.epoch, 8).number(evidence.member, 2).bytes;
        values_[key_of(5, id)] = Out()
                                     .text(committee_.at(evidence.member))
                                     .number(evidence.first.view, 8)
                                     .raw(own::tagged("xinlian/v1/evidence", own::evidence_bytes(evidence)).view())
                                     .number(block.header.height, 8)
                                     .number(block.header.time.ms, 8)
                                     .bytes;
    }
    for (std::size_t i = 0; i < batches.size(); ++i) run_batch(block.header, block.batches[i], batches[i]);
}

void ReferenceLedger::run_batch(const ledger::BlockHeader& header, const Hash& id, const ledger::Batch& batch) {
    const std::string& issuer = batch.header.issuer;
    auto& [next, head] = feeds_.try_emplace(issuer, 1, Hash{}).first->second;
    Refusal refusal;
    std::uint64_t broke = 0;
    if (batch.header.sequence != next) {
        refusal.reason = 1;
    } else if (batch.header.previous != head) {
        refusal.reason = 2;
    } else if (!batch.resolutions.empty()) {
        refusal = check_resolution(batch, header.height);
    } else {
        Speaker by{issuer, number_of(issuer), header.height, day_of(header.time)};
        for (std::size_t i = 0; i < batch.entries.size() && refusal.reason == 0; ++i) {
            refusal = check(by, batch.entries[i]);
            broke = refusal.reason == 0 ? 0 : i;
        }
    }
    const std::uint64_t first = leaves_.size();
    if (refusal.reason == 0) {
        for (const Entry& entry : batch.entries) apply(header, issuer, entry);
        if (!batch.resolutions.empty()) resolve(header.height, batch.resolutions[0].text);
        next += 1;
        head = id;
        values_[key_of(3, as_bytes(issuer))] = Out().number(next, 8).raw(head.view()).bytes;
    }
    values_[key_of(4, id.view())] = Out()
                                        .number(static_cast<std::uint64_t>(refusal.reason), 1)
                                        .number(broke, 4)
                                        .number(header.height, 8)
                                        .number(refusal.reason == 0 ? first : 0, 8)
                                        .number(batch.entries.size(), 4)
                                        .optional(refusal.conflicting_entry)
                                        .bytes;
}

void ReferenceLedger::apply(const ledger::BlockHeader& header, const std::string& issuer, const Entry& entry) {
    const Index index = leaves_.size();
    leaves_.push_back(own::sha256(Out()
                                      .number(0, 1)
                                      .number(header.height, 8)
                                      .number(header.time.ms, 8)
                                      .text(issuer)
                                      .raw(own::entry_bytes(entry))
                                      .bytes));
    extend_lists(issuer, entry);
    if (of_record(entry.operation))
        apply_to_record(issuer, entry, index);
    else
        apply_to_act(header, issuer, entry, index);
}

// For the leaf that was just added.
void ReferenceLedger::extend(int kind, ByteView id) {
    const Hash key = key_of(kind, id);
    auto& [count, head] = lists_[key];
    const Bytes over = Out().raw(head.view()).raw(leaves_.back().view()).number(leaves_.size() - 1, 8).bytes;
    head = own::tagged("xinlian/v1/list", over);
    values_[key] = Out().number(++count, 8).raw(head.view()).bytes;
}

void ReferenceLedger::extend_lists(const std::string& issuer, const Entry& entry) {
    constexpr int subject = 2, asked = 6, uses = 7, dealings = 8;
    const Operation op = entry.operation;
    if (of_record(op)) return extend(subject, entry.subject.view());
    if (op == Operation::resolve) return;
    if (op != Operation::account) extend(asked, entry.subject.view());
    if (op == Operation::grant || op == Operation::revoke) extend(uses, entry.record.view());
    if (op == Operation::query) extend(uses, entry.digest.view());
    extend(dealings, as_bytes(issuer));
    const bool other = entry.party < members_.size() && members_[entry.party] != issuer;
    if (other) extend(dealings, as_bytes(members_[entry.party]));
}

void ReferenceLedger::apply_to_record(const std::string& issuer, const Entry& entry, Index index) {
    Record& record = records_[entry.record];
    if (of_content(entry.operation)) {
        record.issuer = issuer;
        record.entry = entry;
        record.index = index;
    } else {
        if (!record.life) record.life.emplace();
        Life& life = *record.life;
        const Mark mark{index, entry.decided};
        switch (entry.operation) {
            case Operation::repair_accepted:
                life.stage = Stage::accepted, life.repair = mark;
                break;
            case Operation::repair_refused:
                life.stage = Stage::refused, life.repair = mark;
                break;
            case Operation::repaired:
                life.stage = Stage::repaired, life.repair = mark;
                break;
            case Operation::dispute_opened:
                life.dispute = Mark{index, entry.public_until};
                break;
            case Operation::dispute_resolved:
                life.dispute.reset();
                break;
            case Operation::withdrawn:
                life.withdrawn = mark;
                break;
            case Operation::erased:
                life.erased = mark;
                break;
            default: {  // held, repair-ack
                const std::uint16_t holder = number_of(issuer);
                Copy& copy = copies_[{entry.record, holder}];
                if (entry.operation == Operation::held)
                    copy.held = index, ++life.holders;
                else
                    copy.acknowledged = index, ++life.acknowledged;
                values_[key_of(9, Out().raw(entry.record.view()).number(holder, 2).bytes)] =
                    Out().number(copy.held, 8).optional(copy.acknowledged).bytes;
            }
        }
    }
    Out state;
    state.text(record.issuer)
        .raw(own::entry_bytes(record.entry))
        .number(record.index, 8)
        .number(record.life ? 1 : 0, 1);
    if (record.life) {
        const Life& life = *record.life;
        state.number(static_cast<std::uint8_t>(life.stage), 1).number(life.repair.index, 8).number(life.repair.day, 4);
        for (const std::optional<Mark>& mark : {life.dispute, life.withdrawn, life.erased}) {
            state.optional(mark ? std::optional(mark->index) : std::nullopt);
            if (mark) state.number(mark->day, 4);
        }
        state.number(life.holders, 2).number(life.acknowledged, 2);
    }
    values_[key_of(1, entry.record.view())] = state.bytes;
}

void ReferenceLedger::apply_to_act(const ledger::BlockHeader& header, const std::string& issuer, const Entry& entry,
                                   Index index) {
    const Operation op = entry.operation;
    if (op == Operation::resolve) return;
    if (op == Operation::grant || op == Operation::revoke || op == Operation::query) {
        const Hash& id = op == Operation::query ? entry.digest : entry.record;
        Grant& grant = grants_[id];
        if (op == Operation::grant) grant = Grant{{issuer, entry, index}, 0, 0, {}};
        if (op == Operation::revoke) grant.revoked = index;
        if (op == Operation::query) ++grant.used, grant.last_use = index;
        values_[key_of(10, id.view())] = Out()
                                             .text(grant.issuer)
                                             .raw(own::entry_bytes(grant.entry))
                                             .number(grant.index, 8)
                                             .number(grant.used, 4)
                                             .number(grant.last_use, 8)
                                             .optional(grant.revoked)
                                             .bytes;
    }
    if (op == Operation::query || op == Operation::answer || op == Operation::acknowledge) {
        Query& query = queries_[entry.record];
        if (op == Operation::query) query = Query{{issuer, entry, index}, {}, {}, {}, 0};
        if (op == Operation::answer) {
            query.answered = index;
            query.report = entry.digest;
            query.report_height = entry.version;
        }
        if (op == Operation::acknowledge) query.acknowledged = index;
        values_[key_of(11, entry.record.view())] = Out()
                                                       .text(query.issuer)
                                                       .raw(own::entry_bytes(query.entry))
                                                       .number(query.index, 8)
                                                       .optional(query.answered)
                                                       .raw(query.report.view())
                                                       .number(query.report_height, 4)
                                                       .optional(query.acknowledged)
                                                       .bytes;
    }
    if (op == Operation::acknowledge || op == Operation::account) {
        const Day month = day_of(header.time) / 100 * 100 + 1;
        const Hash id = op == Operation::account ? entry.record : account(number_of(issuer), entry.party, month);
        Account& of = accounts_[id];
        if (op == Operation::acknowledge) ++of.count;
        if (op == Operation::account) (entry.code == 1 ? of.by_requester : of.by_provider) = index;
        values_[key_of(12, id.view())] =
            Out().number(of.count, 4).optional(of.by_requester).optional(of.by_provider).bytes;
    }
}

// Its leaf is the last one.
void ReferenceLedger::resolve(Height height, const std::string& text) {
    if (last_ && last_->from <= height) before_ = last_;
    last_ = Resolved{leaves_.size() - 1, own::number_in(text, "from").value_or(0), text};
    Out state;
    state.number(++resolutions_, 4);
    for (const std::optional<Resolved>& rules : {before_, last_}) {
        state.number(rules ? 1 : 0, 1);
        if (rules) state.number(rules->index, 8).number(rules->from, 8).text(rules->text);
    }
    values_[key_of(13, {})] = state.bytes;
}

}  // namespace xinlian::sim
