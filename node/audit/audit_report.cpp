#include "node/audit/audit_report.hpp"

#include <boost/json.hpp>

#include "node/wording/page.hpp"
#include "node/wording/plain.hpp"
#include "node/wording/sentence.hpp"

namespace xinlian::node {
namespace {

using ledger::ChainAudit;
using ledger::Flaw;
using ledger::FlawKind;
using ledger::Genesis;

using Line = std::pair<std::string, std::string>;  // name and value

const char* gist_zh(FlawKind kind) {
    switch (kind) {
        case FlawKind::file:
            return "数据文件损坏或缺失";
        case FlawKind::row_missing:
            return "缺少应有的数据行";
        case FlawKind::row_damaged:
            return "数据行与其封印不符，或无法解读";
        case FlawKind::row_differs:
            return "数据行与由区块推得的不符";
        case FlawKind::row_unknown:
            return "存在没有来由的数据行";
        case FlawKind::block:
            return "区块不合规则，或不接续前一区块";
        case FlawKind::batch:
            return "批次不合规则，或并非其签发机构所签";
        case FlawKind::result:
            return "重新执行区块所得与所存结果不符";
        case FlawKind::certificate:
            return "区块的法定签署不成立";
        case FlawKind::journal:
            return "投票日志与链不符，或已残缺";
    }
    return "";
}

std::string place_of(const Flaw& flaw, bool zh) {
    std::string place;
    if (flaw.height) place += zh ? "，高度 " + std::to_string(*flaw.height) : "";
    if (flaw.file.empty()) return place;
    place += (zh ? "，文件 " : " (file ") + printable(flaw.file);
    return place + (zh ? "" : ")");
}

std::string journal_text(const DataAudit& audit, bool zh) {
    std::string text;
    switch (audit.journal) {
        case JournalCheck::absent:
            return zh ? "副本中没有，未比对" : "not in the copy, not compared";
        case JournalCheck::fits:
            text = zh ? "与链相符" : "matches the chain";
            break;
        case JournalCheck::lost:
            text = zh ? "残缺" : "incomplete";
            break;
    }
    if (audit.journal_detail.empty()) return text;
    return text + (zh ? "（" : " (") + printable(audit.journal_detail) + (zh ? "）" : ")");
}

std::vector<Line> table(const Genesis& genesis, const DataAudit& audit, bool zh) {
    const ChainAudit& chain = audit.found.chain;
    const auto number = [](std::uint64_t value) { return std::to_string(value); };
    const std::string zone = zh ? "（北京时间）" : " +08:00";
    return {
        {zh ? "联盟" : "federation", genesis.name() + (zh ? "，指纹 " : ", fingerprint ") + genesis.fingerprint()},
        {zh ? "链标识" : "chain id", genesis.chain_id().hex()},
        {zh ? "高度" : "heights", "0 – " + number(chain.height)},
        {zh ? "条目" : "entries", number(chain.result.log_size)},
        {zh ? "批次" : "batches", number(chain.accepted) + (zh ? " 个接受，" : " accepted, ") + number(chain.rejected) +
                                      (zh ? " 个拒绝" : " rejected")},
        {zh ? "成员" : "members", number(genesis.members().size()) + (zh ? " 个，其中 " : ", of which ") +
                                      number(chain.issuers.size()) + (zh ? " 个报送过批次" : " sent batches")},
        {zh ? "法定签署" : "certificates", number(chain.certificates) + (zh ? " 份，逐份核验" : " checked")},
        {zh ? "双签证据" : "evidence", number(chain.evidence)},
        {zh ? "首个区块时间" : "first block at", time_text(chain.first_time) + zone},
        {zh ? "末个区块时间" : "last block at", time_text(chain.last_time) + zone},
        {zh ? "末个区块" : "last block", chain.tip.hex()},
        {zh ? "日志根" : "log root", chain.result.log_root.hex()},
        {zh ? "状态根" : "state root", chain.result.state_root.hex()},
        {zh ? "数据行" : "rows", number(chain.rows)},
        {zh ? "数据文件" : "files", number(audit.found.files.size())},
        {zh ? "投票日志" : "vote journal", journal_text(audit, zh)},
    };
}

std::string joined(const std::vector<std::string>& names, std::string_view between) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : std::string(between)) + printable(name);
    return text;
}

// The limits of the verdict.
std::vector<std::string> limits(const DataAudit& audit, bool zh) {
    std::vector<std::string> lines;
    if (audit.own_genesis) {
        lines.emplace_back(
            zh ? "所用创世文件取自副本：请先核对创世指纹，再信此结论"
               : "the genesis file is the copy's own: compare its fingerprint before relying on this report");
    }
    if (!audit.found.without_data.empty()) {
        lines.push_back((zh ? "链文件夹中不存数据、未予检查的文件："
                            : "files in the chain's folder that contain no data and were not checked: ") +
                        joined(audit.found.without_data, zh ? "、" : ", "));
    }
    lines.emplace_back(zh ? "密钥、配置、运行日志与保管库不属于链，未予检查"
                          : "keys, settings, logs and the vault are not part of the chain and were not checked");
    lines.emplace_back(
        zh ? "末尾被整段截去的链仍是一条较短而完好的链：请将高度与末个区块同其他成员核对"
           : "a chain that was truncated cleanly is a shorter, sound chain: compare height and last block "
             "with those of another member");
    return lines;
}

std::string issuers_page(const Genesis& genesis, const ChainAudit& chain) {
    std::string rows;
    for (const auto& [id, totals] : chain.issuers) {
        const ledger::Member* member = genesis.member(id);
        rows += table_row({id, member == nullptr ? "" : member->name, std::to_string(totals.accepted),
                           std::to_string(totals.rejected), std::to_string(totals.entries)});
    }
    if (rows.empty()) return "";
    return "<h2>各成员报送</h2>\n<table class=\"grid\"><tr><th>成员</th><th>名称</th><th>接受批次</th><th>拒绝批次</th>"
           "<th>条目</th></tr>\n" +
           rows + "</table>\n";
}

}  // namespace

std::string audit_sentence(const DataAudit& audit, Language language) {
    const bool zh = language == Language::zh;
    const ChainAudit& chain = audit.found.chain;
    if (chain.flaw) {
        const std::string what = printable(chain.flaw->what);
        if (!zh) return "Not sound: " + what + place_of(*chain.flaw, false) + ".";
        return std::string("账本有误：") + gist_zh(chain.flaw->kind) + place_of(*chain.flaw, true) + "（" + what +
               "）。";
    }
    const std::string blocks = std::to_string(chain.height), entries = std::to_string(chain.result.log_size);
    if (zh) {
        return "账本完好：自创世起 " + blocks + " 个区块、" + entries +
               " 条条目逐一核验签名并重新执行，所存每一行、每一字节都与结果一致。";
    }
    return "Sound: " + blocks + " blocks with " + entries +
           " entries from genesis on were checked and executed again, and every stored row matches the result.";
}

std::string audit_text(const Genesis& genesis, const DataAudit& audit, Language language) {
    const bool zh = language == Language::zh;
    std::string text = audit_sentence(audit, language) + "\n";
    for (const auto& [name, value] : table(genesis, audit, zh))
        text += "  " + name + (zh ? "：" : ": ") + printable(value) + "\n";
    if (audit.found.chain.flaw)
        text +=
            zh ? "  以上数目只计到出错之处为止\n" : "  these figures count only what was checked before the error\n";
    for (const std::string& line : limits(audit, zh)) text += "  " + line + "\n";
    return text;
}

boost::json::object audit_json(const Genesis& genesis, const DataAudit& audit, Language language) {
    const ChainAudit& chain = audit.found.chain;
    boost::json::object flaw;
    if (chain.flaw) {
        flaw = {{"kind", ledger::name_of(chain.flaw->kind)},
                {"what", printable(chain.flaw->what)},
                {"height", nullptr},
                {"row", nullptr},
                {"file", nullptr}};
        if (chain.flaw->height) flaw["height"] = *chain.flaw->height;
        if (!chain.flaw->row.empty()) flaw["row"] = to_hex(chain.flaw->row);
        if (!chain.flaw->file.empty()) flaw["file"] = printable(chain.flaw->file);
    }
    boost::json::array issuers;
    for (const auto& [id, totals] : chain.issuers) {
        issuers.push_back(boost::json::object{
            {"member", id}, {"accepted", totals.accepted}, {"rejected", totals.rejected}, {"entries", totals.entries}});
    }
    boost::json::array files, without_data;
    for (const std::string& name : audit.found.files) files.emplace_back(printable(name));
    for (const std::string& name : audit.found.without_data) without_data.emplace_back(printable(name));
    const char* journal = audit.journal == JournalCheck::absent ? "absent"
                          : audit.journal == JournalCheck::fits ? "fits"
                                                                : "lost";
    boost::json::object json{{"sound", !chain.flaw},
                             {"sentence", audit_sentence(audit, language)},
                             {"flaw", nullptr},
                             {"folder", printable(audit.folder)},
                             {"chain_id", genesis.chain_id().hex()},
                             {"fingerprint", genesis.fingerprint()},
                             {"height", chain.height},
                             {"tip", chain.tip.hex()},
                             {"entries", chain.result.log_size},
                             {"log_root", chain.result.log_root.hex()},
                             {"state_root", chain.result.state_root.hex()},
                             {"batches_accepted", chain.accepted},
                             {"batches_rejected", chain.rejected},
                             {"members", genesis.members().size()},
                             {"issuers", std::move(issuers)},
                             {"certificates", chain.certificates},
                             {"evidence", chain.evidence},
                             {"rows", chain.rows},
                             {"first_time_ms", chain.first_time.ms},
                             {"last_time_ms", chain.last_time.ms},
                             {"journal", journal},
                             {"genesis_from_copy", audit.own_genesis},
                             {"files", std::move(files)},
                             {"files_without_data", std::move(without_data)}};
    if (chain.flaw) json["flaw"] = std::move(flaw);
    return json;
}

std::string audit_page(const Genesis& genesis, const DataAudit& audit, Time now) {
    const bool sound = !audit.found.chain.flaw;
    std::string page = page_head("信链账本审计报告") + "<p class=\"verdict " + (sound ? "sound" : "unsound") + "\">" +
                       escaped(audit_sentence(audit, Language::zh)) + "</p>\n<table>\n";
    page += table_row({"审计时间", time_text(now) + "（北京时间）"}) + table_row({"受审文件夹", audit.folder});
    for (const auto& [name, value] : table(genesis, audit, true)) page += table_row({name, value});
    page += "</table>\n";
    if (!sound) page += "<p>以上数目只计到出错之处为止。</p>\n";
    page += issuers_page(genesis, audit.found.chain) + "<h2>受检文件</h2>\n<p>" +
            escaped(joined(audit.found.files, "、")) + "</p>\n<h2>结论的范围</h2>\n<ul>\n";
    for (const std::string& line : limits(audit, true)) page += "<li>" + escaped(line) + "</li>\n";
    return page + "</ul>\n" + page_end();
}

}  // namespace xinlian::node
