#include <boost/json.hpp>

#include "crypto/fingerprint.hpp"
#include "node/audit/review_report.hpp"

namespace xinlian::node {

namespace {

using ledger::Appearance;
using ledger::MemberHistory;
using ledger::MemberReview;
using ledger::MemberTerm;

Cell roles_cell(const ledger::Roles& roles) {
    struct Role {
        bool has;
        const char *zh, *en;
    };
    const Role all[] = {{roles.validator, "共识", "validator"},
                        {roles.issuer, "报送", "issuer"},
                        {roles.bureau, "征信", "bureau"},
                        {roles.regulator, "监管", "regulator"},
                        {roles.observer, "观察", "observer"}};
    boost::json::array names;
    std::string zh, en;
    for (const Role& role : all) {
        if (!role.has) continue;
        names.emplace_back(role.en);
        zh += (zh.empty() ? "" : "、") + std::string(role.zh);
        en += (en.empty() ? "" : ", ") + std::string(role.en);
    }
    return cell(std::move(names), zh, en);
}

Cell key_cell(const std::optional<PublicKey>& key) {
    if (!key) return {nullptr, {"—", "-"}};
    return cell(fingerprint(*key));
}

Cell resolution_cell(const MemberTerm& term) {
    if (!term.resolution) return {nullptr, {"创世文件", "genesis file"}};
    return cell(*term.resolution);
}

// "12 (3 – 97)": count, first and last height.
Cell appearance_cell(const Appearance& seen) {
    boost::json::object json{{"count", seen.count}, {"first", nullptr}, {"last", nullptr}};
    if (seen.count == 0) return cell(std::move(json), "0", "0");
    json["first"] = boost::json::object{{"height", seen.first}, {"time_ms", seen.first_time.ms}};
    json["last"] = boost::json::object{{"height", seen.last}, {"time_ms", seen.last_time.ms}};
    const std::string heights = std::to_string(seen.first) + " – " + std::to_string(seen.last);
    return cell(std::move(json), std::to_string(seen.count) + "（" + heights + "）",
                std::to_string(seen.count) + " (" + heights + ")");
}

ReportTable terms_table(const MemberReview& review) {
    std::vector<std::pair<const MemberHistory*, const MemberTerm*>> terms;
    for (const MemberHistory& member : review.members()) {
        for (const MemberTerm& term : member.terms) terms.emplace_back(&member, &term);
    }
    ReportTable table{
        "terms", {"成员、角色与密钥指纹", "Members, roles and fingerprints of keys"}, {}, {}, terms.size(), {}};
    table.columns = {{"member", {"成员", "member"}},
                     {"name", {"名称", "name"}},
                     {"from", {"自高度", "from height"}},
                     {"resolution", {"决议（日志条目）", "resolution (log entry)"}},
                     {"roles", {"角色", "roles"}},
                     {"validator_key", {"共识密钥", "validator key"}},
                     {"issuer_key", {"报送密钥", "issuer key"}},
                     {"transport_key", {"传输密钥", "transport key"}}};
    table.row = [terms](std::size_t number) {
        const auto& [member, term] = terms[number];
        return std::vector<Cell>{cell(member->id),           cell(member->name),
                                 cell(term->from),           resolution_cell(*term),
                                 roles_cell(term->roles),    key_cell(term->validator_key),
                                 key_cell(term->issuer_key), key_cell(term->transport_key)};
    };
    return table;
}

ReportTable seen_table(const MemberReview& review) {
    ReportTable table{
        "members", {"出块、签署与报送（首末高度）", "Blocks, signatures and batches (first and last height)"},
        {},        {},
        0,         {}};
    table.columns = {{"member", {"成员", "member"}},
                     {"proposed", {"出块", "blocks proposed"}},
                     {"certified", {"参与终局签署", "certificates signed"}},
                     {"reported", {"报送批次", "batches"}},
                     {"evidence", {"双签证据", "evidence"}}};
    table.rows = review.members().size();
    table.row = [&review](std::size_t number) {
        const MemberHistory& member = review.members()[number];
        return std::vector<Cell>{cell(member.id), appearance_cell(member.proposed), appearance_cell(member.certified),
                                 appearance_cell(member.reported), cell(member.evidence.size())};
    };
    return table;
}

ReportTable evidence_table(const MemberReview& review) {
    std::vector<ledger::EvidenceState> all;
    for (const MemberHistory& member : review.members())
        all.insert(all.end(), member.evidence.begin(), member.evidence.end());
    ReportTable table{"evidence",
                      {"双签证据", "Evidence of equivocation"},
                      {"没有双签证据", "no evidence of equivocation"},
                      {},
                      all.size(),
                      {}};
    table.columns = {{"member", {"成员", "member"}},
                     {"view", {"视图", "view"}},
                     {"height", {"高度", "height"}},
                     {"time_ms", {"时间", "at"}},
                     {"digest", {"证据摘要", "digest"}}};
    table.row = [all](std::size_t number) {
        const ledger::EvidenceState& against = all[number];
        return std::vector<Cell>{cell(against.member), cell(against.view), cell(against.height),
                                 time_cell(against.time), cell(against.digest.hex())};
    };
    return table;
}

}  // namespace

Report members_report(const MemberReview& review) {
    Report report{.kind = "members", .title = {"信链成员与密钥沿革", "Members and keys"}};
    std::size_t accused = 0, silent = 0;
    for (const MemberHistory& member : review.members()) {
        if (!member.evidence.empty()) ++accused;
        if (member.terms.back().roles.validator && member.certified.count == 0) ++silent;
    }
    const std::string all = std::to_string(review.members().size()), against = std::to_string(accused),
                      never = std::to_string(silent);
    report.sentence = {
        "共 " + all + " 个成员，" + against + " 个有双签证据，" + never + " 个共识成员从未参与终局签署。",
        all + " members; evidence of equivocation against " + against + "; " + never +
            " validators never signed a certificate."};
    report.figures = {{"accused", accused}, {"never_signed", silent}};
    report.tables.push_back(terms_table(review));
    report.tables.push_back(seen_table(review));
    report.tables.push_back(evidence_table(review));
    report.notes = {
        {"成员与密钥出自创世文件，不能变更；角色自所列高度起，依创世文件或生效的决议",
         "members and keys are those of the genesis file and cannot change; roles apply from the listed height, by the "
         "genesis file or a resolution in force"},
        {"一份证书只含法定数目的签署：未列其中不等于没有投票",
         "a certificate contains no more signatures than a quorum: a validator without one may still have voted"}};
    return report;
}

}  // namespace xinlian::node
