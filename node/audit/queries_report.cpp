#include <boost/json.hpp>

#include "ledger/rules/terms.hpp"
#include "node/audit/review_report.hpp"
#include "node/wording/words.hpp"

namespace xinlian::node {

namespace {

using ledger::QueryReview;
using ledger::ReviewedQuery;
using ledger::TermState;

struct Sorted {
    std::vector<std::size_t> uncovered, unanswered, unacknowledged;
    std::uint64_t answered = 0, acknowledged = 0, answered_late = 0, acknowledged_late = 0, pending = 0;
};

Sorted sorted(const QueryReview& review) {
    Sorted out;
    for (std::size_t i = 0; i < review.queries().size(); ++i) {
        const ReviewedQuery& query = review.queries()[i];
        if (query.against != ledger::Reason::accepted) out.uncovered.push_back(i);
        const TermState answer = query.answer_state(review.today());
        out.answered += query.answered ? 1 : 0;
        out.acknowledged += query.acknowledged ? 1 : 0;
        out.answered_late += answer == TermState::late ? 1 : 0;
        out.pending += answer == TermState::pending ? 1 : 0;
        if (answer == TermState::overdue) out.unanswered.push_back(i);
        const auto acknowledge = query.acknowledge_state(review.today());
        out.acknowledged_late += acknowledge == TermState::late ? 1 : 0;
        if (acknowledge == TermState::overdue) out.unacknowledged.push_back(i);
    }
    return out;
}

Cell words_cell(std::string_view name, const std::string& zh, const std::string& en) {
    return cell(boost::json::string(name), zh, en);
}

Cell purpose_cell(std::uint16_t purpose) {
    const auto known = static_cast<ledger::Purpose>(purpose);
    if (!is_known(known)) return cell(std::to_string(purpose));
    return words_cell(name_of(known), words(known, Language::zh), words(known, Language::en));
}

Cell grant_cell(ledger::Reason against) {
    if (against == ledger::Reason::accepted) return words_cell("live", "有效", "valid");
    return words_cell(name_of(against), words(against, Language::zh), words(against, Language::en));
}

// The table with the columns common to all tables of queries.
ReportTable basic_table(const ledger::Genesis& genesis, const QueryReview& review) {
    ReportTable table{
        "queries", {"本期查询", "Queries of the period"}, {"本期没有查询", "no query in this period"}, {}, 0, {}};
    table.columns = {{"query", {"查询标识", "query"}},
                     {"index", {"日志条目", "log entry"}},
                     {"height", {"高度", "height"}},
                     {"time_ms", {"查询时间", "asked at"}},
                     {"requester", {"查询方", "requester"}},
                     {"provider", {"被查询方", "provider"}},
                     {"purpose", {"用途", "purpose"}},
                     {"category", {"类别", "category"}},
                     {"grant", {"授权标识", "grant"}},
                     {"authorization", {"授权状况", "authorization"}},
                     {"answered_ms", {"应答时间", "answered at"}},
                     {"acknowledged_ms", {"签收时间", "acknowledged at"}}};
    table.rows = review.queries().size();
    table.row = [&genesis, &review](std::size_t number) {
        const ReviewedQuery& query = review.queries()[number];
        const auto time_of = [](const std::optional<ReviewedQuery::Act>& act) {
            return act ? std::optional<Time>(act->time) : std::nullopt;
        };
        return std::vector<Cell>{cell(query.id.hex()),
                                 cell(query.asked.index),
                                 cell(query.asked.height),
                                 time_cell(query.asked.time),
                                 member_cell(genesis, query.requester),
                                 member_cell(genesis, query.provider),
                                 purpose_cell(query.purpose),
                                 words_cell(name_of(query.category), words(query.category, Language::zh),
                                            words(query.category, Language::en)),
                                 cell(query.grant.hex()),
                                 grant_cell(query.against),
                                 time_cell(time_of(query.answered)),
                                 time_cell(time_of(query.acknowledged))};
    };
    return table;
}

ReportTable uncovered_table(const QueryReview& review, const std::vector<std::size_t>& which) {
    ReportTable table{"without_grant",
                      {"没有有效授权的查询", "Queries without a valid authorization"},
                      {"没有一笔查询缺少有效授权", "no query without a valid authorization"},
                      {},
                      which.size(),
                      {}};
    table.columns = {{"query", {"查询标识", "query"}},
                     {"index", {"日志条目", "log entry"}},
                     {"time_ms", {"查询时间", "asked at"}},
                     {"grant", {"所引授权", "grant"}},
                     {"reason", {"缺陷", "defect"}}};
    table.row = [&review, which](std::size_t number) {
        const ReviewedQuery& query = review.queries()[which[number]];
        return std::vector<Cell>{cell(query.id.hex()), cell(query.asked.index), time_cell(query.asked.time),
                                 cell(query.grant.hex()), grant_cell(query.against)};
    };
    return table;
}

// Acts of members that are overdue: the due day, and the delay at the end of the chain.
ReportTable overdue_table(const ledger::Genesis& genesis, const QueryReview& review,
                          const std::vector<std::size_t>& which, bool answer) {
    ReportTable table{answer ? "unanswered" : "unacknowledged", {}, {}, {}, which.size(), {}};
    table.title =
        answer ? Wording{"逾期未应答", "Not answered in time"} : Wording{"逾期未签收", "Not acknowledged in time"};
    table.none = answer ? Wording{"没有逾期未应答的查询", "no query is overdue for its answer"}
                        : Wording{"没有逾期未签收的查询", "no answer is overdue for its acknowledgement"};
    table.columns = {{"query", {"查询标识", "query"}},     {"index", {"日志条目", "log entry"}},
                     {"member", {"应办成员", "due from"}}, {"since_ms", {"起算时间", "counted from"}},
                     {"due", {"应办日", "due"}},           {"days_over", {"逾期天数", "days over"}}};
    table.row = [&genesis, &review, which, answer](std::size_t number) {
        const ReviewedQuery& query = review.queries()[which[number]];
        const Time since = answer ? query.asked.time : query.answered->time;
        const ledger::Date due = answer ? query.answer_by : query.acknowledge_by;
        return std::vector<Cell>{cell(query.id.hex()),
                                 cell(query.asked.index),
                                 member_cell(genesis, answer ? query.provider : query.requester),
                                 time_cell(since),
                                 day_cell(due),
                                 cell(ledger::days_between(due, review.today()))};
    };
    return table;
}

Wording sentence_of(const Wording& period, std::size_t queries, std::size_t uncovered) {
    const std::string all = std::to_string(queries), some = std::to_string(uncovered);
    if (queries == 0) return {period.zh + "没有查询。", "No query " + period.en + "."};
    if (uncovered == 0)
        return {period.zh + "共 " + all + " 笔查询，逐笔按当时的授权重新判定，每一笔都有有效授权。",
                "Every query " + period.en + " (" + all +
                    ") had a valid authorization when it was entered, checked again against the authorizations at that "
                    "time."};
    return {period.zh + "共 " + all + " 笔查询，其中 " + some + " 笔没有有效授权。",
            some + " of the " + all + " queries " + period.en + " had no valid authorization when they were entered."};
}

}  // namespace

Wording period_words(const ledger::Period& period) {
    const bool open = period == ledger::Period{};
    if (open) return {"自创世起", "since genesis"};
    const std::string from = ledger::date_text(period.from), to = ledger::date_text(period.to);
    if (period.to == ledger::date_forever) return {from + " 起", "from " + from + " on"};
    if (period.from == ledger::Period{}.from) return {"截至 " + to, "up to " + to};
    return {from + " 至 " + to, "from " + from + " to " + to};
}

Report queries_report(const ledger::Genesis& genesis, const QueryReview& review) {
    const Sorted found = sorted(review);
    const std::size_t all = review.queries().size();
    Report report{.kind = "queries", .title = {"信链查询授权审计报告", "Queries and their authorization"}};
    report.outcome = found.uncovered.empty() ? Outcome::valid : Outcome::invalid;
    const Wording period = period_words(review.period());
    report.sentence = sentence_of(period, all, found.uncovered.size());
    const auto figure = [&report](const char* key, const char* zh, const char* en, std::uint64_t value) {
        const std::string text = std::to_string(value);
        report.figures[key] = value;
        report.lines.push_back({{zh, en}, {text, text}});
    };
    report.lines.push_back({{"期间", "period"}, period});
    report.figures = {{"from", ledger::date_text(review.period().from)}, {"to", ledger::date_text(review.period().to)}};
    figure("queries_total", "查询", "queries", all);
    figure("answered", "已应答", "answered", found.answered);
    figure("answered_late", "其中逾期", "of which late", found.answered_late);
    figure("answer_pending", "未应答而未到期", "not answered, not due yet", found.pending);
    figure("answer_overdue", "逾期未应答", "overdue for an answer", found.unanswered.size());
    figure("acknowledged", "已签收", "acknowledged", found.acknowledged);
    figure("acknowledged_late", "其中逾期", "of which late", found.acknowledged_late);
    figure("acknowledge_overdue", "逾期未签收", "overdue for an acknowledgement", found.unacknowledged.size());
    report.tables.push_back(uncovered_table(review, found.uncovered));
    report.tables.push_back(overdue_table(genesis, review, found.unanswered, true));
    report.tables.push_back(overdue_table(genesis, review, found.unacknowledged, false));
    report.tables.push_back(basic_table(genesis, review));
    report.notes = {{"日期按北京时间；是否逾期以末个区块的时间为准，不看本机时钟",
                     "days are at +08:00; whether an item is overdue is decided by the time of the last block, not by "
                     "a local clock"},
                    {"应答与签收的期限是联盟的约定，不是法定期限，以查询、应答时的规则为准",
                     "terms of answers and acknowledgements are conventions of the federation, not of the law; the "
                     "terms in force at "
                     "that time apply"},
                    {"授权依据的文书在链外：账本只有其摘要",
                     "the ledger contains only the digest of an authorization's document, not the document"}};
    return report;
}

}  // namespace xinlian::node
