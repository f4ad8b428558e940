#include "node/wording/words.hpp"

#include <array>

namespace xinlian::node {

namespace {

struct Words {
    const char *zh, *en;
};
const char* pick(const Words& words, Language language) { return language == Language::zh ? words.zh : words.en; }

// By number, from 1.
constexpr std::array<Words, 20> operations{{
    {"新增", "create"},
    {"更新", "update"},
    {"覆盖", "overwrite"},
    {"删除", "delete"},
    {"信用修复受理", "repair accepted for review"},
    {"不予信用修复", "repair refused"},
    {"准予信用修复", "repaired"},
    {"异议受理", "dispute opened"},
    {"异议办结", "dispute resolved"},
    {"撤销", "withdrawn"},
    {"擦除", "erased"},
    {"留存副本", "copy held"},
    {"停止共享确认", "repair acknowledged"},
    {"授权", "authorization"},
    {"撤回授权", "authorization revoked"},
    {"查询", "query"},
    {"应答", "answer"},
    {"签收", "acknowledgement"},
    {"对账", "account"},
    {"决议", "resolution"},
}};

// By number, from 0.
constexpr std::array<Words, 53> reasons{{
    {"已接受", "accepted"},
    {"不是该机构的下一批次", "the batch is not the next one of its feed"},
    {"未接续该机构的上一批次", "the batch does not follow the last batch of its feed"},
    {"标识已被使用", "the id is already in use"},
    {"所指的记录不存在", "the record does not exist"},
    {"版本号不对", "the version does not match the record"},
    {"该记录已删除", "the record was deleted"},
    {"该记录或授权属于另一机构", "the record or authorization belongs to another member"},
    {"主体或类别与所指的不符", "the subject or category does not match"},
    {"该记录已撤销", "the record was withdrawn"},
    {"该记录已擦除", "the record was erased"},
    {"所载日期尚未到来", "the date is in the future"},
    {"该记录不适用信用修复", "the record is not eligible for repair"},
    {"信用修复正在办理", "a repair is in progress"},
    {"信用修复尚未受理", "no application for repair was accepted"},
    {"未满最短公示期", "the minimum publication term has not passed"},
    {"该记录已修复", "the record is already repaired"},
    {"异议正在办理", "a dispute is open"},
    {"没有未办结的异议", "no dispute is open"},
    {"办理期限与本地规定不符", "the due date does not match the term of the region"},
    {"异议受理以来记录未作更正", "the record has not changed since the dispute was opened"},
    {"这是本机构自己的记录", "the record is the member's own record"},
    {"已登记留存副本", "the copy is already registered"},
    {"副本与记录不符", "the copy does not match the record"},
    {"未登记留存副本", "the member has not registered a copy"},
    {"该记录未修复也未撤销", "the record is neither repaired nor withdrawn"},
    {"已经确认", "the acknowledgement already exists"},
    {"所指的授权不存在", "the authorization does not exist"},
    {"授权已撤回", "the authorization was revoked"},
    {"授权尚未生效", "the authorization is not valid yet"},
    {"授权已过期", "the authorization has expired"},
    {"授权次数已用完", "the authorization has no uses left"},
    {"不是该授权或查询的查询方", "the member is not the requester of the authorization or query"},
    {"用途与授权不符", "the purpose does not match the authorization"},
    {"超出授权范围", "the authorization does not cover this category"},
    {"对方成员不符", "the other party does not match"},
    {"所指的查询不存在", "the query does not exist"},
    {"不是被查询方", "the member is not the provider of the query"},
    {"已经应答", "the query is already answered"},
    {"尚未应答", "the query is not answered yet"},
    {"报告摘要与应答不符", "the digest of the report does not match the answer"},
    {"报告所依据的高度尚未最终确定", "the report is based on a height that is not final"},
    {"账目标识不符", "the account id does not match the members and the month"},
    {"该月尚未结束", "the month has not ended"},
    {"笔数与账本不符", "the count does not match the ledger"},
    {"本方已确认", "this party has already confirmed"},
    {"该成员没有相应角色", "the member does not have the required role"},
    {"没有这个通道", "the channel does not exist"},
    {"不是该通道的成员", "the member or the other party is not in the channel"},
    {"该通道不含此类别", "the channel does not include this category"},
    {"通道与所指的不符", "the channel does not match the record, authorization or query"},
    {"不是下一号决议", "the resolution is not the next one"},
    {"生效高度已过", "the height at which the rules come into force has passed"},
}};

constexpr std::array<Words, 5> purposes{{{"贷前审查", "loan"},
                                         {"贷后管理", "post-loan"},
                                         {"担保审查", "guarantee"},
                                         {"招标采购", "procurement"},
                                         {"本人查询", "own"}}};
constexpr std::array<Words, 3> categories{
    {{"行政处罚", "penalty"}, {"行政许可", "licence"}, {"全部类别", "any category"}}};
constexpr std::array<Words, 3> dispute_outcomes{
    {{"已更正", "corrected"}, {"不予更正", "refused"}, {"无法认定", "undecided"}}};

template <std::size_t n>
std::string nth(const std::array<Words, n>& table, std::size_t i, Language language) {
    return i < n ? pick(table[i], language) : "";
}

}  // namespace

std::string words(ledger::Operation operation, Language language) {
    return nth(operations, static_cast<std::size_t>(operation) - 1, language);
}
std::string words(ledger::Reason reason, Language language) {
    return nth(reasons, static_cast<std::size_t>(reason), language);
}
std::string words(ledger::Purpose purpose, Language language) {
    return nth(purposes, static_cast<std::size_t>(purpose) - 1, language);
}
std::string words(ledger::Category category, Language language) {
    return nth(categories, static_cast<std::size_t>(category) - 1, language);
}
std::string words(ledger::DisputeOutcome outcome, Language language) {
    return nth(dispute_outcomes, static_cast<std::size_t>(outcome) - 1, language);
}

}  // namespace xinlian::node
