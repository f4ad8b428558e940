// Sentences about records, authorizations and queries.
#include <algorithm>

#include "ledger/proof/standing.hpp"
#include "ledger/rules/terms.hpp"
#include "node/wording/proof_formatter.hpp"

namespace xinlian::node {

using ledger::DisplayStatus;
using ledger::LogEntry;

namespace {

std::string short_id(const Hash& id) { return id.hex().substr(0, 16); }

struct StandingWords {
    const char *zh, *en;
};

// "%" is replaced with the day.
StandingWords words_of(DisplayStatus status) {
    switch (status) {
        case DisplayStatus::deleted:
            return {"不得展示：已被删除", "must not be shown: it was deleted"};
        case DisplayStatus::withdrawn:
            return {"不得展示：原决定已于 % 撤销", "must not be shown: the decision was withdrawn on %"};
        case DisplayStatus::repaired:
            return {"不得展示：已于 % 完成信用修复", "must not be shown: it was repaired on %"};
        case DisplayStatus::past_retention:
            return {"不得查询：保存期限至 %", "must not be shown: its retention period ended on %"};
        case DisplayStatus::expired:
            return {"不得展示：公示期至 % 已满", "must not be shown: its publication period ended on %"};
        case DisplayStatus::disputed:
            return {"可以展示，但须标注异议：应于 % 前办结", "may be shown, marked as disputed: the reply is due on %"};
        case DisplayStatus::current:
            return {"可以展示", "may be shown"};
    }
    return {"", ""};
}

std::string with_day(std::string text, const std::optional<ledger::Date>& day) {
    const std::size_t at = text.find('%');
    return at == std::string::npos ? text : text.replace(at, 1, day ? ledger::date_text(*day) : "-");
}

}  // namespace

std::string ProofFormatter::member(ledger::MemberNumber number) const {
    const ledger::Member* known = genesis_.member_at(number);
    return known == nullptr ? pick("（未知成员）", "(unknown member)") : member(known->id);
}

std::string ProofFormatter::absent(const char* zh, const char* en, const Hash& id) const {
    return (zh_ ? "确无" + std::string(zh) + "：" + as_of() + "账本中没有 " + id.hex()
                : "No such " + std::string(en) + ": " + as_of() + " the ledger contains no " + en + " " + id.hex()) +
           signers();
}

// States whether the record may be shown, which entry decides that, and which members have not acknowledged that they
// stopped showing it.
std::string ProofFormatter::reading(const ledger::RecordState& record) const {
    const ledger::Date on = context_.on.value_or(ledger::date_of(proof_.time));
    const ledger::Reading reading = ledger::read_record(record, on, *context_.terms);
    const StandingWords said = words_of(reading.status);
    std::string text = (zh_ ? ledger::date_text(on) + " 当日" : "on " + ledger::date_text(on) + " it ") +
                       with_day(pick(said.zh, said.en), reading.day);
    if (reading.cause && *reading.cause != record.index) {
        text += pick("（日志条目 ", " (log entry ") + std::to_string(*reading.cause) + pick("）", ")");
    }
    if (reading.unacknowledged > 0) {
        const std::string count = std::to_string(reading.unacknowledged);
        text += zh_ ? "，尚有 " + count + " 个留存副本的成员未确认停止共享"
                    : ", " + count + (reading.unacknowledged == 1 ? " member that holds" : " members that hold") +
                          " a copy did not acknowledge the end of sharing";
    }
    if (reading.erased)
        text += pick("；内容已擦除，无法再公开", "; its content was erased and can no longer be opened");
    return text;
}

std::vector<std::string> ProofFormatter::record_lines(const std::vector<ledger::ListAnswer::Item>& entries) const {
    std::vector<std::string> lines;
    const Height height = context_.height.value_or(proof_.height);
    for (const auto& [id, record] : ledger::records_at(entries, height)) {
        lines.push_back((zh_ ? "记录 " + short_id(id) + "，截至高度 " + std::to_string(height) + "："
                             : "record " + short_id(id) + ", as of height " + std::to_string(height) + ": ") +
                        reading(record));
    }
    return lines;
}

ProofMessage ProofFormatter::operator()(const ledger::ListFinding& list) const {
    ProofMessage saying{sentence(list), {}};
    for (std::size_t i = 0; i < list.entries.size(); ++i) saying.lines.push_back(entry_line(i + 1, list.entries[i]));
    if (!std::holds_alternative<ledger::EntriesOfSubject>(list.list)) return saying;
    for (std::string& line : record_lines(list.entries)) saying.lines.push_back(std::move(line));
    return saying;
}

std::string ProofFormatter::sentence(const ledger::ListFinding& list) const {
    struct Sentence {
        const ProofFormatter& self;
        std::size_t entries;
        std::string operator()(const ledger::EntriesOfSubject& of) const {
            return self.subject_sentence(of.subject, entries);
        }
        std::string operator()(const ledger::GrantsOfSubject& of) const {
            const std::string id = of.subject.hex();
            return self.list_sentence("关于主体标签 " + id + " 的授权与查询",
                                      "authorizations and queries about subject tag " + id, entries);
        }
        std::string operator()(const ledger::UsesOfGrant& of) const {
            const std::string id = of.grant.hex();
            return self.list_sentence("关于授权 " + id + " 的登记、使用与撤回",
                                      "the registration, uses and revocation of authorization " + id, entries);
        }
        std::string operator()(const ledger::ActsOfMember& of) const {
            const std::string member = self.member(of.member);
            return self.list_sentence(member + "作为一方的授权、查询与对账",
                                      "authorizations, queries and accounts of " + member, entries);
        }
    };
    return std::visit(Sentence{*this, list.entries.size()}, list.list);
}

std::string ProofFormatter::subject_sentence(const Hash& subject, std::size_t entries) const {
    const std::string tag = subject.hex();
    const std::string count = std::to_string(entries);
    if (entries == 0) {
        return (zh_ ? "确无条目：" + as_of() + "各地均无关于主体标签 " + tag + " 的条目"
                    : "No entries: " + as_of() + " the ledger contains no entry about subject tag " + tag) +
               signers();
    }
    const bool one = entries == 1;
    return (zh_ ? "完整：" + as_of() + "各地关于主体标签 " + tag + " 的条目恰为 " + count + " 条，别无其他"
                : "Complete: " + as_of() + " there " + (one ? "is" : "are") + " exactly " + count +
                      (one ? " entry" : " entries") + " about subject tag " + tag +
                      ", from all members, and no others") +
           signers();
}

std::string ProofFormatter::list_sentence(const std::string& zh, const std::string& en, std::size_t entries) const {
    const std::string count = std::to_string(entries);
    if (entries == 0) {
        return (zh_ ? "确无条目：" + as_of() + "账本中没有" + zh + "条目"
                    : "No entries: " + as_of() + " the ledger contains no entry about " + en) +
               signers();
    }
    const bool one = entries == 1;
    return (zh_ ? "完整：" + as_of() + zh + "条目恰为 " + count + " 条，别无其他"
                : "Complete: " + as_of() + " there " + (one ? "is" : "are") + " exactly " + count +
                      (one ? " entry" : " entries") + " about " + en + ", from all members, and no others") +
           signers();
}

std::string ProofFormatter::entry_line(std::size_t number, const ledger::ListAnswer::Item& item) const {
    const ledger::Entry& entry = item.entry.entry;
    std::string text = std::to_string(number) + ". " + member(item.entry.issuer) + pick("，", ", ");
    if (is_about_record(entry.operation)) {
        text += what(entry);
    } else {
        text += words(entry.operation, language_) + dates(entry);
        if (entry.party != ledger::nobody) text += pick("，对方 ", ", other party ") + member(entry.party);
    }
    text += pick("，", ", ") + when(item.entry) + pick("，条目 ", ", entry ") + std::to_string(item.index);
    return text + (is_about_record(entry.operation) ? pick("，记录 ", ", record ") : pick("，标识 ", ", id ")) +
           short_id(entry.record);
}

std::string ProofFormatter::sentence(const ledger::GrantFinding& finding) const {
    if (!finding.state) return absent("授权", "authorization", finding.id);
    const ledger::GrantState& grant = *finding.state;
    const std::string purpose = words(ledger::Purpose{grant.entry.code}, language_);
    const std::string uses = std::to_string(grant.used) + "/" + std::to_string(grant.entry.version);
    const std::string from = ledger::date_text(grant.entry.decided),
                      until = ledger::date_text(grant.entry.public_until);
    std::string text = zh_ ? "授权属实：" + member(grant.issuer) + "登记，" + member(grant.entry.party) + "可为“" +
                                 purpose + "”查询" + words(grant.entry.category, language_) + "，" + from + " 至 " +
                                 until + " 有效，已用 " + uses + " 次，"
                           : "Authorization: registered by " + member(grant.issuer) + ", permits " +
                                 member(grant.entry.party) + " to query with scope " +
                                 words(grant.entry.category, language_) + " and purpose " + purpose + ", valid from " +
                                 from + " to " + until + ", used " + uses + "; ";
    const bool used_up = grant.used >= grant.entry.version;
    if (grant.revoked) {
        text += pick("已撤回（日志条目 ", "revoked (log entry ") + std::to_string(*grant.revoked) + pick("），", "), ");
    } else if (used_up) {
        text += pick("次数已用完，", "no uses left, ");
    } else {
        text += pick("未撤回，", "not revoked, ");
    }
    return text + as_of() + (zh_ ? "如此" : "") + signers();
}

std::string ProofFormatter::sentence(const ledger::QueryFinding& finding) const {
    if (!finding.state) return absent("查询", "query", finding.id);
    const ledger::QueryState& query = *finding.state;
    const std::string purpose = words(ledger::Purpose{query.entry.code}, language_);
    const auto asked = std::find_if(finding.causes.begin(), finding.causes.end(),
                                    [&query](const auto& cause) { return cause.index == query.index; });
    const std::string time = asked == finding.causes.end() ? "" : when(asked->entry);
    std::string text = zh_ ? "查询属实：" + member(query.issuer) + "为“" + purpose + "”向" + member(query.entry.party) +
                                 "查询，依据授权 " + short_id(query.entry.digest) + "，" + time + "；"
                           : "Query: " + member(query.issuer) + " queried " + member(query.entry.party) +
                                 " for the purpose " + purpose + " under authorization " +
                                 short_id(query.entry.digest) + ", " + time + "; ";
    if (!query.answered)
        return text + pick("尚未应答，", "not answered yet, ") + as_of() + (zh_ ? "如此" : "") + signers();
    const std::string height = std::to_string(query.report_height), report = short_id(query.report);
    text += zh_ ? "已应答：报告摘要 " + report + "，依据高度 " + height + " 的账本；"
                : "answered with a report with digest " + report + ", based on height " + height + "; ";
    text += query.acknowledged ? pick("查询方已签收，双方均已签名，", "acknowledged, so both parties have signed, ")
                               : pick("查询方尚未签收，", "not acknowledged yet, ");
    return text + as_of() + (zh_ ? "如此" : "") + signers();
}

std::string ProofFormatter::sentence(const ledger::AccountFinding& finding) const {
    if (!finding.state) return absent("账目", "account", finding.id);
    const ledger::AccountState& account = *finding.state;
    const std::string count = std::to_string(account.count);
    const bool both = account.by_requester && account.by_provider;
    std::string text = zh_ ? "对账：账本记有已签收查询 " + count + " 笔，"
                           : "Account: the ledger counts " + count + " acknowledged queries; ";
    if (both) {
        text += pick("双方均已确认，", "both parties have confirmed, ");
    } else if (account.by_requester || account.by_provider) {
        text += account.by_requester ? pick("仅查询方已确认，", "only the requester has confirmed, ")
                                     : pick("仅被查询方已确认，", "only the provider has confirmed, ");
    } else {
        text += pick("双方均未确认，", "neither party has confirmed, ");
    }
    return text + as_of() + (zh_ ? "如此" : "") + signers();
}

std::string ProofFormatter::sentence(const ledger::FeedFinding& feed) const {
    const std::string first = std::to_string(feed.batches.front().header.sequence);
    const std::string last = std::to_string(feed.batches.back().header.sequence);
    std::size_t entries = 0;
    for (const auto& item : feed.batches) entries += item.entries.size();
    return (zh_ ? "完整：" + member(feed.member) + "的第 " + first + " 至 " + last + " 批共 " +
                      std::to_string(entries) + " 条，中间没有遗漏，" + as_of() + "如此"
                : "Complete: batches " + first + " to " + last + " of " + member(feed.member) + ", with " +
                      std::to_string(entries) + " entries and without a gap, " + as_of()) +
           signers();
}

}  // namespace xinlian::node
