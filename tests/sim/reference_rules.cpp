// Which entries are refused, and why: the table of docs/acts.md, section 5, from top to bottom and left to right.
#include <chrono>

#include "tests/sim/reference_ledger.hpp"

namespace xinlian::sim {

using ledger::Category;
using ledger::Operation;
using own::Account;
using own::Copy;
using own::Grant;
using own::Mark;
using own::Query;
using own::Resolved;
using own::Stage;

namespace {

using Days = std::chrono::sys_days;

Days days_of(std::uint32_t day) {
    using namespace std::chrono;
    return year(static_cast<int>(day / 10'000)) / month(day / 100 % 100) / std::chrono::day(day % 100);
}
std::uint32_t day_number(Days days) {
    const std::chrono::year_month_day of(days);
    return static_cast<std::uint32_t>(static_cast<int>(of.year())) * 10'000 + static_cast<unsigned>(of.month()) * 100 +
           static_cast<unsigned>(of.day());
}

// docs/rules.md: the same day of a later month, or the last of a shorter one.
std::uint32_t months_after(std::uint32_t day, unsigned months) {
    using namespace std::chrono;
    const year_month_day then = year_month_day(days_of(day)) + std::chrono::months(months);
    return day_number(then.ok() ? Days(then) : Days(then.year() / then.month() / last));
}

unsigned least_months(std::uint32_t applied, unsigned grade, bool special) {
    constexpr unsigned minor = 1, serious = 3;
    if (applied < 20'230'501) return grade == serious ? 6 : 3;
    if (applied < 20'260'401) return special ? 12 : 3;
    if (grade == minor) return 0;
    return grade == serious ? 12 : 3;
}

// The due date in a year without an arrangement of holidays, as are all years in a simulation.
std::uint32_t dispute_due(const std::string& issuer, std::uint32_t opened) {
    const std::string region = issuer.substr(0, 2);
    Days day = days_of(opened);
    if (region != "31" && region != "33") return day_number(day + std::chrono::days(20));
    for (int left = region == "31" ? 5 : 20; left > 0;) {
        day += std::chrono::days(1);
        const std::chrono::weekday of(day);
        if (of != std::chrono::Saturday && of != std::chrono::Sunday) --left;
    }
    return day_number(day);
}

}  // namespace

ReferenceLedger::Day ReferenceLedger::day_of(Time time) {
    const std::chrono::milliseconds in_beijing(static_cast<std::int64_t>(time.ms) + 8 * 3'600'000);
    return day_number(
        std::chrono::floor<std::chrono::days>(std::chrono::sys_time<std::chrono::milliseconds>(in_beijing)));
}

std::uint16_t ReferenceLedger::number_of(const std::string& id) const {
    return static_cast<std::uint16_t>(std::find(members_.begin(), members_.end(), id) - members_.begin());
}

Hash ReferenceLedger::account(std::uint16_t requester, std::uint16_t provider, Day month) const {
    return own::tagged("xinlian/v1/account",
                       own::Out().number(requester, 2).number(provider, 2).number(month, 4).bytes);
}

ReferenceLedger::Refusal ReferenceLedger::check_resolution(const ledger::Batch& batch, Height height) const {
    const std::string& text = batch.resolutions.at(0).text;
    if (own::number_in(text, "number") != resolutions_ + 1) return {51};
    return own::number_in(text, "from") <= height ? Refusal{52} : Refusal{};
}

ReferenceLedger::Refusal ReferenceLedger::check(Speaker& by, const Entry& entry) const {
    if (entry.channel != 0) return {47};
    switch (entry.operation) {
        case Operation::grant:
            return check_grant(entry);
        case Operation::revoke: {
            const Refusal refusal = check_revoke(by, entry);
            by.revoked.insert(entry.record);
            return refusal;
        }
        case Operation::query: {
            const Refusal refusal = check_query(by, entry);
            ++by.uses[entry.digest];
            return refusal;
        }
        case Operation::answer:
            return check_answer(by, entry);
        case Operation::acknowledge:
            return check_acknowledge(by, entry);
        case Operation::account:
            return check_account(by, entry);
        default:
            return check_record(by, entry);
    }
}

ReferenceLedger::Refusal ReferenceLedger::check_record(const Speaker& by, const Entry& entry) const {
    const Operation op = entry.operation;
    const auto known = records_.find(entry.record);
    if (op == Operation::create) return known == records_.end() ? Refusal{} : Refusal{3, known->second.index};
    if (known == records_.end()) return {4};
    const Record& record = known->second;
    const Life life = record.life.value_or(Life{});
    const bool of_copy = op == Operation::held || op == Operation::repair_ack;
    if (of_copy && record.issuer == by.id) return {21, record.index};
    if (!of_copy && record.issuer != by.id) return {7, record.index};
    if (life.erased && op != Operation::repair_ack) return {10, life.erased->index};
    if (op != Operation::erased && op != Operation::repair_ack) {
        if (record.entry.operation == Operation::remove) return {6, record.index};
        if (life.withdrawn && op != Operation::remove) return {9, life.withdrawn->index};
    }
    if (entry.subject != record.entry.subject || entry.category != record.entry.category) return {8, record.index};
    const std::uint64_t due = record.entry.version + (op == Operation::update || op == Operation::remove ? 1ull : 0ull);
    if (entry.version != due) return {5, record.index};
    if (op <= Operation::remove) return {};
    if (entry.decided > by.today) return {11};
    if (op <= Operation::repaired) return check_repair(record, life, entry);
    if (op <= Operation::dispute_resolved) return check_dispute(record, life, entry);
    return of_copy ? check_copy(by, record, life, entry) : Refusal{};
}

ReferenceLedger::Refusal ReferenceLedger::check_repair(const Record& record, const Life& life,
                                                       const Entry& entry) const {
    if (record.entry.category != Category::penalty) return {12, record.index};
    if (life.stage == Stage::repaired) return {16, life.repair.index};
    const bool applies = entry.operation == Operation::repair_accepted;
    if (applies && life.stage == Stage::accepted) return {13, life.repair.index};
    if (!applies && life.stage != Stage::accepted) return {14, record.index};
    if (!applies && entry.decided < life.repair.day) return {14, life.repair.index};
    if (entry.operation == Operation::repair_refused) return {};
    if (record.entry.decided == 0) return {12, record.index};
    const Day applied = applies ? entry.decided : life.repair.day;
    const unsigned grade = std::max(entry.code % 256u, record.entry.code % 256u);
    const bool special = entry.code >= 256 || record.entry.code >= 256;
    const Day first = months_after(record.entry.decided, least_months(applied, grade, special));
    return applied < first ? Refusal{15, record.index} : Refusal{};
}

ReferenceLedger::Refusal ReferenceLedger::check_dispute(const Record& record, const Life& life,
                                                        const Entry& entry) const {
    if (entry.operation == Operation::dispute_opened) {
        if (life.dispute) return {17, life.dispute->index};
        if (entry.public_until != dispute_due(record.issuer, entry.decided)) return {19, record.index};
        return {};
    }
    if (!life.dispute) return {18, record.index};
    constexpr int corrected = 1;
    if (entry.code == corrected && record.index < life.dispute->index) return {20, life.dispute->index};
    return {};
}

ReferenceLedger::Refusal ReferenceLedger::check_copy(const Speaker& by, const Record& record, const Life& life,
                                                     const Entry& entry) const {
    const auto copy = copies_.find({entry.record, by.number});
    if (entry.operation == Operation::held) {
        if (copy != copies_.end()) return {22, copy->second.held};
        if (life.stage == Stage::repaired) return {16, life.repair.index};
        return entry.digest == record.entry.digest ? Refusal{} : Refusal{23, record.index};
    }
    if (copy == copies_.end()) return {24, record.index};
    if (copy->second.acknowledged) return {26, copy->second.acknowledged};
    return life.stage == Stage::repaired || life.withdrawn ? Refusal{} : Refusal{25, record.index};
}

ReferenceLedger::Refusal ReferenceLedger::check_grant(const Entry& entry) const {
    if (const auto known = grants_.find(entry.record); known != grants_.end()) return {3, known->second.index};
    return entry.party < members_.size() ? Refusal{} : Refusal{35};
}

ReferenceLedger::Refusal ReferenceLedger::check_revoke(const Speaker& by, const Entry& entry) const {
    const auto known = grants_.find(entry.record);
    if (known == grants_.end()) return {27};
    const Grant& grant = known->second;
    if (grant.issuer != by.id && grant.entry.party != by.number) return {7, grant.index};
    if (entry.subject != grant.entry.subject || entry.category != grant.entry.category) return {8, grant.index};
    if (grant.revoked) return {28, grant.revoked};
    return entry.decided > by.today ? Refusal{11} : Refusal{};
}

ReferenceLedger::Refusal ReferenceLedger::check_query(const Speaker& by, const Entry& entry) const {
    if (const auto same = queries_.find(entry.record); same != queries_.end()) return {3, same->second.index};
    const auto known = grants_.find(entry.digest);
    if (known == grants_.end()) return {27};
    const Grant& grant = known->second;
    if (grant.entry.party != by.number) return {32, grant.index};
    if (entry.subject != grant.entry.subject) return {8, grant.index};
    if (entry.code != grant.entry.code) return {33, grant.index};
    if (grant.entry.category != Category::any && grant.entry.category != entry.category) return {34, grant.index};
    if (grant.revoked) return {28, grant.revoked};
    if (by.revoked.contains(entry.digest)) return {28};
    if (by.today < grant.entry.decided) return {29, grant.index};
    if (by.today > grant.entry.public_until) return {30, grant.index};
    const auto earlier = by.uses.find(entry.digest);
    const std::uint64_t used = std::uint64_t{grant.used} + (earlier == by.uses.end() ? 0 : earlier->second);
    if (used >= grant.entry.version) return {31, grant.used > 0 ? grant.last_use : grant.index};
    return entry.party < members_.size() && entry.party != by.number ? Refusal{} : Refusal{35};
}

ReferenceLedger::Refusal ReferenceLedger::check_answer(const Speaker& by, const Entry& entry) const {
    const auto known = queries_.find(entry.record);
    if (known == queries_.end()) return {36};
    const Query& query = known->second;
    if (query.entry.party != by.number) return {37, query.index};
    if (entry.subject != query.entry.subject || entry.category != query.entry.category) return {8, query.index};
    if (entry.party != number_of(query.issuer)) return {35, query.index};
    if (query.answered) return {38, query.answered};
    return entry.version < by.height ? Refusal{} : Refusal{41};
}

ReferenceLedger::Refusal ReferenceLedger::check_acknowledge(const Speaker& by, const Entry& entry) const {
    const auto known = queries_.find(entry.record);
    if (known == queries_.end()) return {36};
    const Query& query = known->second;
    if (query.issuer != by.id) return {32, query.index};
    if (entry.subject != query.entry.subject || entry.category != query.entry.category) return {8, query.index};
    if (entry.party != query.entry.party) return {35, query.index};
    if (!query.answered) return {39, query.index};
    if (query.acknowledged) return {26, query.acknowledged};
    return entry.digest == query.report ? Refusal{} : Refusal{40, query.answered};
}

ReferenceLedger::Refusal ReferenceLedger::check_account(const Speaker& by, const Entry& entry) const {
    const bool requester = entry.code == 1;
    const Hash id =
        requester ? account(by.number, entry.party, entry.decided) : account(entry.party, by.number, entry.decided);
    if (entry.record != id || entry.party >= members_.size() || entry.party == by.number) return {42};
    if (by.today / 100 <= entry.decided / 100) return {43};
    const auto known = accounts_.find(id);
    const Account account = known == accounts_.end() ? Account{} : known->second;
    const std::optional<Index>& own = requester ? account.by_requester : account.by_provider;
    if (own) return {45, own};
    return entry.version == account.count ? Refusal{} : Refusal{44};
}

}  // namespace xinlian::sim
