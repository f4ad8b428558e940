#include "ledger/state/life.hpp"

namespace xinlian::ledger {

namespace {

const Life& life_of(const RecordState& record) {
    static constexpr Life untouched{};
    return record.life ? *record.life : untouched;
}

// A record that may no longer be shown remains so; only these operations may still follow.
bool is_after_the_end(Operation op) { return op == Operation::erased || op == Operation::repair_ack; }

Refusal judge_end(const RecordState& record, Operation op) {
    const Life& life = life_of(record);
    if (life.erased && op != Operation::repair_ack) return {Reason::erased, life.erased->index};
    if (is_after_the_end(op)) return no_refusal;
    if (record.entry.operation == Operation::remove) return {Reason::deleted, record.index};
    if (life.withdrawn && op != Operation::remove) return {Reason::withdrawn, life.withdrawn->index};
    return no_refusal;
}

std::uint32_t version_due(const RecordState& record, Operation op) {
    const bool next = op == Operation::update || op == Operation::remove;
    return record.entry.version + (next ? 1 : 0);
}

// Combines two codes: the greater grade, and special if either is. They cannot be compared as numbers, because special
// is above all grades.
std::uint16_t graver(std::uint16_t one, std::uint16_t other) {
    const auto special = static_cast<std::uint16_t>((one | other) & grade_special);
    const auto grade = std::max(one & ~grade_special, other & ~grade_special);
    return static_cast<std::uint16_t>(grade | special);
}

// Checks the minimum time from the decision to the application, by the rules in force on the day of the application.
Refusal judge_term(const RecordState& record, const Entry& entry, Date applied, const Terms& terms) {
    if (record.entry.decided == date_none) return {Reason::not_repairable, record.index};
    const RepairTerm term = terms.repair_term(applied, graver(entry.code, record.entry.code));
    if (applied < plus_months(record.entry.decided, term.months_min)) return {Reason::repair_too_early, record.index};
    return no_refusal;
}

Refusal judge_repair(const RecordState& record, const Entry& entry, const Terms& terms) {
    const Life& life = life_of(record);
    if (record.entry.category != Category::penalty) return {Reason::not_repairable, record.index};
    if (life.repair == RepairStage::repaired) return {Reason::already_repaired, life.repair_mark.index};
    if (entry.operation == Operation::repair_accepted) {
        if (life.repair == RepairStage::accepted) return {Reason::repair_under_way, life.repair_mark.index};
        return judge_term(record, entry, entry.decided, terms);
    }
    if (life.repair != RepairStage::accepted) return {Reason::repair_not_accepted, record.index};
    if (entry.decided < life.repair_mark.day) return {Reason::repair_not_accepted, life.repair_mark.index};
    return entry.operation == Operation::repaired ? judge_term(record, entry, life.repair_mark.day, terms) : no_refusal;
}

Refusal judge_dispute(const RecordState& record, const Entry& entry, const Terms& terms) {
    const Life& life = life_of(record);
    if (entry.operation == Operation::dispute_opened) {
        if (life.dispute) return {Reason::already_disputed, life.dispute->index};
        const Date due = terms.dispute_due(record.issuer, entry.decided);
        return entry.public_until == due ? no_refusal : Refusal{Reason::wrong_due_day, record.index};
    }
    if (!life.dispute) return {Reason::not_disputed, record.index};
    const bool corrected = entry.code == static_cast<std::uint16_t>(DisputeOutcome::corrected);
    if (corrected && record.index < life.dispute->index) return {Reason::nothing_corrected, life.dispute->index};
    return no_refusal;
}

Refusal judge_copy(const RecordNow& now, const Entry& entry) {
    const RecordState& record = *now.record;
    const Life& life = life_of(record);
    if (entry.operation == Operation::held) {
        if (now.holder != nullptr) return {Reason::already_held, now.holder->held};
        if (life.repair == RepairStage::repaired) return {Reason::already_repaired, life.repair_mark.index};
        return entry.digest == record.entry.digest ? no_refusal : Refusal{Reason::wrong_copy, record.index};
    }
    if (now.holder == nullptr) return {Reason::not_held, record.index};
    if (now.holder->acknowledged) return {Reason::already_acknowledged, now.holder->acknowledged};
    const bool ended = life.repair == RepairStage::repaired || life.withdrawn;
    return ended ? no_refusal : Refusal{Reason::not_repaired, record.index};
}

}  // namespace

// The other party must belong to the channel too.
Refusal judge_right(const Entry& entry, const Speaker& speaker) {
    const Member* member = speaker.genesis.member_at(speaker.number);
    if (!may_do(speaker.rules.roles_of(*member), entry.operation)) return {Reason::no_role, {}};
    if (entry.channel == 0) return no_refusal;
    const Channel* channel = speaker.rules.channel(entry.channel);
    if (channel == nullptr) return {Reason::no_such_channel, {}};
    const Member* party = speaker.genesis.member_at(entry.party);
    const bool both =
        channel->has(speaker.issuer) && (entry.party == nobody || (party != nullptr && channel->has(party->id)));
    if (!both) return {Reason::not_in_channel, {}};
    return channel->covers(entry.category) ? no_refusal : Refusal{Reason::outside_channel, {}};
}

Refusal judge_record(const RecordNow& now, const Entry& entry, const Speaker& speaker) {
    const Operation op = entry.operation;
    const std::string& issuer = speaker.issuer;
    if (op == Operation::create) {
        return now.record == nullptr ? no_refusal : Refusal{Reason::already_exists, now.record->index};
    }
    if (now.record == nullptr) return {Reason::no_such_record, {}};
    const RecordState& record = *now.record;
    const bool of_holder = op == Operation::held || op == Operation::repair_ack;
    if (of_holder && issuer == record.issuer) return {Reason::own_record, record.index};
    if (!of_holder && issuer != record.issuer) return {Reason::wrong_issuer, record.index};
    if (const Refusal refusal = judge_end(record, op); refusal.reason != Reason::accepted) return refusal;
    if (entry.subject != record.entry.subject || entry.category != record.entry.category) {
        return {Reason::wrong_subject, record.index};
    }
    if (entry.channel != record.entry.channel) return {Reason::wrong_channel, record.index};
    if (entry.version != version_due(record, op)) return {Reason::wrong_version, record.index};
    if (is_content(op)) return no_refusal;
    if (entry.decided > speaker.today) return {Reason::future_day, {}};
    switch (op) {
        case Operation::repair_accepted:
        case Operation::repair_refused:
        case Operation::repaired:
            return judge_repair(record, entry, speaker.rules.terms);
        case Operation::dispute_opened:
        case Operation::dispute_resolved:
            return judge_dispute(record, entry, speaker.rules.terms);
        case Operation::held:
        case Operation::repair_ack:
            return judge_copy(now, entry);
        default:
            return no_refusal;  // withdrawn, erased: judge_end allowed them only once
    }
}

void apply_to_record(std::optional<RecordState>& record, const std::string& issuer, const Entry& entry,
                     std::uint64_t index) {
    if (is_content(entry.operation)) {
        const std::optional<Life> life = record ? record->life : std::nullopt;
        record.emplace(RecordState{issuer, entry, index, life});
        return;
    }
    XL_CHECK(record.has_value());  // judged before
    if (!record->life) record->life.emplace();
    Life& life = *record->life;
    const Mark mark{index, entry.decided};
    switch (entry.operation) {
        case Operation::repair_accepted:
            life.repair = RepairStage::accepted;
            life.repair_mark = mark;
            break;
        case Operation::repair_refused:
            life.repair = RepairStage::refused;
            life.repair_mark = mark;
            break;
        case Operation::repaired:
            life.repair = RepairStage::repaired;
            life.repair_mark = mark;
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
        case Operation::held:
            ++life.holders;
            break;
        case Operation::repair_ack:
            ++life.acknowledged;
            break;
        default:
            XL_CHECK(is_about_record(entry.operation));
    }
}

void apply_to_holder(std::optional<HolderState>& holder, const Entry& entry, std::uint64_t index) {
    if (entry.operation == Operation::held) holder = HolderState{index, {}};
    if (entry.operation == Operation::repair_ack && holder) holder->acknowledged = index;
}

}  // namespace xinlian::ledger
