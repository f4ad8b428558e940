#include "node/wording/sentence.hpp"

#include <algorithm>

#include "node/wording/plain.hpp"
#include "node/wording/proof_formatter.hpp"

namespace xinlian::node {

using ledger::Date;
using ledger::Finding;
using ledger::Genesis;
using ledger::LogEntry;
using ledger::Operation;
using ledger::Reason;

std::string ProofFormatter::member(const std::string& id) const {
    const ledger::Member* known = genesis_.member(id);
    if (known == nullptr || known->name.empty() || known->name == id) return printable(id);
    return zh_ ? printable(known->name) + "（" + id + "）" : id + " (" + printable(known->name) + ")";
}

std::string ProofFormatter::when(const LogEntry& entry) const {
    const std::string height = std::to_string(entry.height);
    return zh_ ? "于 " + time_text(entry.time) + "（北京时间，高度 " + height + "）登记"
               : "recorded at " + time_text(entry.time) + " +08:00 (height " + height + ")";
}

std::string ProofFormatter::as_of() const {
    const std::string height = std::to_string(proof_.height);
    return zh_ ? "截至高度 " + height + "（" + time_text(proof_.time) + " 北京时间）"
               : "as of height " + height + " (" + time_text(proof_.time) + " +08:00)";
}

std::string ProofFormatter::dates(const ledger::Entry& entry) const {
    std::string text;
    if (entry.decided != ledger::date_none) {
        text += pick("，决定日期 ", ", decided ") + ledger::date_text(entry.decided);
    }
    if (entry.public_until == ledger::date_forever) text += pick("，长期公示", ", public indefinitely");
    if (entry.public_until != ledger::date_none && entry.public_until != ledger::date_forever) {
        text += pick("，公示截止 ", ", public until ") + ledger::date_text(entry.public_until);
    }
    return text;
}

std::string ProofFormatter::what(const ledger::Entry& entry) const {
    return words(entry.operation, language_) + pick("，版本 ", ", version ") + std::to_string(entry.version) +
           dates(entry);
}

// Whether the entry is current, as a separate statement.
std::string ProofFormatter::standing(const ledger::RecordContent& content) const {
    if (content.is_current()) {
        return zh_ ? "现行：" + as_of() + "没有更新的条目取代它"
                   : "current: " + as_of() + " no later entry replaces it";
    }
    std::string text;
    if (content.is_deleted()) {
        text = zh_ ? "已删除：" + as_of() + "该记录已被删除" : "deleted: " + as_of() + " the record has been deleted";
    } else {
        text =
            zh_ ? "已被取代：" + as_of() + "现行的是另一条目" : "superseded: " + as_of() + " a later entry replaces it";
    }
    if (!content.latest) return text;
    const LogEntry& latest = *content.latest;
    return zh_ ? text + "（" + what(latest.entry) + "，" + when(latest) + "）"
               : text + " (" + what(latest.entry) + ", " + when(latest) + ")";
}

std::string ProofFormatter::signers() const {
    std::string ids;
    for (const std::string& id : proof_.signers) ids += (ids.empty() ? "" : pick("、", ", ")) + id;
    const std::string count = std::to_string(proof_.signers.size());
    const std::string of = std::to_string(proof_.members), quorum = std::to_string(proof_.quorum);
    if (zh_) {
        return "；由 " + of + " 个验证成员中的 " + count + " 个签署（法定 " + quorum + " 个）：" + ids + "；创世指纹 " +
               genesis_.fingerprint() + "。";
    }
    return "; signed by " + count + " of " + of + " validators (quorum " + quorum + "): " + ids +
           "; genesis fingerprint " + genesis_.fingerprint() + ".";
}

ProofMessage ProofFormatter::say_record(const ledger::RecordContent& content) const {
    ProofMessage saying{sentence(content), {}};
    for (const ledger::Field& field : content.opened) saying.lines.push_back(field_line(field));
    return saying;
}

std::string ProofFormatter::sentence(const ledger::RecordContent& content) const {
    const std::string id = content.id.hex();
    if (!content.entry) {
        return (zh_ ? "确无此记录：" + as_of() + "账本中没有记录 " + id
                    : "No such record: " + as_of() + " the ledger contains no record " + id) +
               signers();
    }
    const LogEntry& entry = content.entry->entry;
    const std::string index = std::to_string(content.entry->index);
    std::string text = context_.row == RowCheck::compared
                           ? pick("未被篡改：所给记录与登记的逐字段一致，",
                                  "Unaltered: the given record matches the registered one field by field, ")
                           : pick("未被篡改：", "Unaltered: ");
    if (zh_) {
        text += "记录 " + id + " 的条目 " + index + " 由" + member(entry.issuer) + "签发，" + when(entry) + "：" +
                what(entry.entry) + "；";
    } else {
        text += "entry " + index + " of record " + id + " was issued by " + member(entry.issuer) + ", " + when(entry) +
                ": " + what(entry.entry) + "; ";
    }
    text += standing(content);
    if (content.state) text += pick("；", "; ") + reading(*content.state);
    return text + signers();
}

std::string ProofFormatter::rejection(const std::string& what, const ledger::BatchOutcome& outcome) const {
    const std::string height = std::to_string(outcome.height), at = std::to_string(outcome.entry);
    std::string why = words(outcome.reason, language_);
    if (outcome.conflicting_entry)
        why += pick("，见日志条目 ", "; see log entry ") + std::to_string(*outcome.conflicting_entry);
    if (zh_) {
        return "未被接受：" + what + "于高度 " + height + " 被拒（第 " + at + " 条：" + why + "），未改变任何内容，" +
               as_of() + "如此";
    }
    return "Rejected: " + what + " was rejected at height " + height + " (entry " + at + ", " +
           std::string(name_of(outcome.reason)) + ": " + why + ") and changed nothing, " + as_of();
}

std::string ProofFormatter::sentence(const ledger::BatchFinding& batch) const {
    const ledger::BatchOutcome& outcome = batch.outcome;
    const ledger::BatchHeader& header = batch.header;
    const std::string id = batch.id.hex();
    const std::string number = std::to_string(header.sequence);
    const std::string what = zh_ ? member(header.issuer) + "的第 " + number + " 批（" + id + "）"
                                 : "batch " + number + " of " + member(header.issuer) + " (" + id + ")";
    if (outcome.reason != Reason::accepted) return rejection(what, outcome) + signers();
    const std::string height = std::to_string(outcome.height), rows = std::to_string(outcome.entry_count);
    const std::string first = std::to_string(outcome.first_index);
    const std::string last = std::to_string(outcome.first_index + std::max<std::uint64_t>(outcome.entry_count, 1) - 1);
    if (zh_) {
        return "已接受：" + what + "共 " + rows + " 条，于高度 " + height + " 成为日志条目 " + first + " 至 " + last +
               "，" + as_of() + "如此" + signers();
    }
    return "Accepted: " + what + " with " + rows + (outcome.entry_count == 1 ? " entry" : " entries") +
           " became log entries " + first + " to " + last + " at height " + height + ", " + as_of() + signers();
}

std::string ProofFormatter::sentence(const ledger::EvidenceFinding& evidence) const {
    const std::string who = member(evidence.member), epoch = std::to_string(evidence.epoch);
    if (!evidence.shown) {
        return (zh_ ? "无双签证据：" + as_of() + "账本中没有" + who + "在第 " + epoch + " 期双重签署的证据"
                    : "No evidence: " + as_of() + " the ledger contains no evidence of equivocation against " + who +
                          " in epoch " + epoch) +
               signers();
    }
    const auto& [state, shown] = *evidence.shown;
    const std::string first = statement_text(shown.first, language_);
    const std::string second = statement_text(shown.second, language_);
    const std::string height = std::to_string(state.height), time = time_text(state.time);
    if (zh_) {
        return "双签属实：" + who + "在第 " + epoch + " 期签署了两项不得并存的声明：“" + first + "”与“" + second +
               "”；证据于 " + time + "（北京时间，高度 " + height + "）载入账本，" + as_of() + "如此" + signers();
    }
    return "Equivocation: " + who + " signed two conflicting statements in epoch " + epoch + ", \"" + first +
           "\" and \"" + second + "\"; the evidence was recorded at " + time + " +08:00 (height " + height + "), " +
           as_of() + signers();
}

std::string ProofFormatter::field_line(const ledger::Field& field) const {
    return printable(field.code) + " = " + (field.value ? printable(*field.value) : pick("（空）", "(none)"));
}

ProofMessage say(const Genesis& genesis, const Finding& finding, const ReadContext& context) {
    return std::visit(ProofFormatter(genesis, finding, context), finding.what);
}

std::string as_of_text(const Genesis& genesis, const ledger::ProofContext& proof, Language language) {
    const ReadContext context{language};
    return ProofFormatter(genesis, proof, context).as_of();
}

std::string signers_text(const Genesis& genesis, const ledger::ProofContext& proof, Language language) {
    const ReadContext context{language};
    return ProofFormatter(genesis, proof, context).signers();
}

std::string refusal(std::string_view reason, Language language) {
    if (language == Language::en) return printable(reason);
    // Matched by the beginning of the verifier's message, or by a text that it contains; the first match counts.
    static constexpr std::pair<std::string_view, std::string_view> gists[] = {
        {"the proof belongs to chain", "证明属于另一条链，与所给创世文件不符"},
        {"the record with this salt", "所给记录或盐值与登记的不一致"},
        {"the certificate", "区块的法定签署不成立"},
        {"the evidence", "双签证据不成立，或与账本所载不符"},
        {"the opened fields", "所公开的字段与登记的摘要不符"},
        {"the proof opens", "所公开的字段没有可对应的条目"},
        {"the proof lists", "条目清单不完整或被改动"},
        {"the entries do not", "条目清单不完整或被改动"},
        {"not proven to be in the log", "条目不在已签署的日志中"},
        {"not proven to be in its batch", "条目不在签发机构签名的批次中"},
        {"not signed by its issuer", "批次没有签发机构的有效签名"},
        {"map proof", "内容与签署的状态根不符"},
    };
    for (const auto& [words, gist] : gists) {
        if (reason.find(words) != std::string_view::npos) return std::string(gist) + "（" + printable(reason) + "）";
    }
    return "证明的内容前后不一致（" + printable(reason) + "）";
}

}  // namespace xinlian::node
