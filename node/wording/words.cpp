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
    {"授权", "grant"},
    {"撤回授权", "grant revoked"},
    {"查询", "query"},
    {"应答", "answer"},
    {"签收", "acknowledgement"},
    {"对账", "account"},
    {"决议", "resolution"},
}};

// By number, from 0.
constexpr std::array<Words, 53> reasons{{
    {"已接受", "accepted"},
    {"不是该机构的下一批次", "it is not the next batch of its feed"},
    {"未接续该机构的上一批次", "it does not follow the feed's last batch"},
    {"标识已被使用", "this id is taken"},
    {"所指的记录不存在", "there is no such record"},
    {"版本号不对", "its version is not the record's"},
    {"该记录已删除", "the record was deleted"},
    {"该记录或授权属于另一机构", "the record or grant belongs to another member"},
    {"主体或类别与所指的不符", "its subject or category is another one"},
    {"该记录已撤销", "the record was withdrawn"},
    {"该记录已擦除", "the record was erased"},
    {"所载日期尚未到来", "the day it names has not come yet"},
    {"该记录不适用信用修复", "the record is none that can be repaired"},
    {"信用修复正在办理", "a repair is under way"},
    {"信用修复尚未受理", "no repair was accepted for review before"},
    {"未满最短公示期", "the minimum term has not passed"},
    {"该记录已修复", "the record is repaired"},
    {"异议正在办理", "a dispute is open"},
    {"没有未办结的异议", "no dispute is open"},
    {"办理期限与本地规定不符", "the due day is not the region's term"},
    {"异议受理以来记录未作更正", "the record has not changed since the dispute was opened"},
    {"这是本机构自己的记录", "the record is the member's own"},
    {"已登记留存副本", "the copy is registered"},
    {"副本与记录不符", "the copy is not the record's content"},
    {"未登记留存副本", "the member holds no copy"},
    {"该记录未修复也未撤销", "the record is neither repaired nor withdrawn"},
    {"已经确认", "it was acknowledged before"},
    {"所指的授权不存在", "there is no such grant"},
    {"授权已撤回", "the grant was revoked"},
    {"授权尚未生效", "the grant is not valid yet"},
    {"授权已过期", "the grant has expired"},
    {"授权次数已用完", "the grant is used up"},
    {"不是该授权或查询的查询方", "another member is the requester"},
    {"用途与授权不符", "the grant is for another purpose"},
    {"超出授权范围", "the grant does not cover this category"},
    {"对方成员不符", "the other side is not the right member"},
    {"所指的查询不存在", "there is no such query"},
    {"不是被查询方", "another member was asked"},
    {"已经应答", "it was answered before"},
    {"尚未应答", "it has not been answered"},
    {"报告摘要与应答不符", "the report's digest is not the answer's"},
    {"报告所依据的高度尚未最终确定", "the report speaks of a height that is not final"},
    {"账目标识不符", "the account is not that of these members and month"},
    {"该月尚未结束", "the month is not over"},
    {"笔数与账本不符", "the number is not the ledger's"},
    {"本方已确认", "this side has agreed before"},
    {"该成员没有相应角色", "the member does not have the role for it"},
    {"没有这个通道", "there is no such channel"},
    {"不是该通道的成员", "the member, or the other side, is not in the channel"},
    {"该通道不含此类别", "the channel does not have this category"},
    {"通道与所指的不符", "it is of another channel than what it speaks of"},
    {"不是下一号决议", "it is not the next resolution"},
    {"生效高度已过", "the height from which it is to hold has passed"},
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
