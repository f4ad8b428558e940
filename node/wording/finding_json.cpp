// A verified finding as JSON.
#include <boost/json.hpp>

#include "ledger/proof/standing.hpp"
#include "ledger/rules/terms.hpp"
#include "node/wording/plain.hpp"
#include "node/wording/sentence.hpp"

namespace xinlian::node {

using ledger::Finding;
using ledger::Genesis;
using ledger::LogEntry;

namespace {

boost::json::object entry_json(const LogEntry& leaf) {
    const ledger::Entry& entry = leaf.entry;
    return {{"height", leaf.height},
            {"time_ms", leaf.time.ms},
            {"issuer", leaf.issuer},
            {"operation", name_of(entry.operation)},
            {"category", name_of(entry.category)},
            {"record", entry.record.hex()},
            {"version", entry.version},
            {"digest", entry.digest.hex()},
            {"subject", entry.subject.hex()},
            {"decided", ledger::date_text(entry.decided)},
            {"public_until", ledger::date_text(entry.public_until)},
            {"party", entry.party == ledger::nobody ? boost::json::value(nullptr) : boost::json::value(entry.party)},
            {"code", entry.code},
            {"channel", entry.channel}};
}

void add_evidence_json(const Finding& finding, boost::json::object& json) {
    json["member"] = finding.member;
    json["epoch"] = finding.epoch;
    json["found"] = finding.against.has_value();
    if (!finding.against || !finding.evidence) return;
    json["view"] = finding.against->view;
    json["first"] = statement_text(finding.evidence->first, Language::en);
    json["second"] = statement_text(finding.evidence->second, Language::en);
    json["height"] = finding.against->height;
    json["time_ms"] = finding.against->time.ms;
}

boost::json::array entries_json(const std::vector<ledger::ListAnswer::Item>& items) {
    boost::json::array entries;
    for (const auto& item : items) {
        boost::json::object entry = entry_json(item.entry);
        entry["index"] = item.index;
        entries.push_back(std::move(entry));
    }
    return entries;
}

boost::json::object outcome_json(const Finding& finding) {
    boost::json::object json;
    if (finding.batch) {
        json["batch"] = finding.asked.hex();
        json["issuer"] = finding.batch->issuer;
        json["sequence"] = finding.batch->sequence;
    }
    json["outcome"] = name_of(finding.outcome->reason);
    json["entry"] = finding.outcome->entry;
    json["height"] = finding.outcome->height;
    json["first_index"] = finding.outcome->first_index;
    json["entry_count"] = finding.outcome->entry_count;
    if (finding.outcome->conflicting_entry) json["obstacle"] = *finding.outcome->conflicting_entry;
    return json;
}

boost::json::object status_json(const Finding& finding, const ledger::RecordState& record, const Reader& reader) {
    const ledger::Date on = reader.on.value_or(ledger::date_of(finding.time));
    const ledger::Reading reading = ledger::read_record(record, on, *reader.terms);
    boost::json::object json{{"on", ledger::date_text(on)},
                             {"standing", name_of(reading.status)},
                             {"may_be_shown", may_be_shown(reading.status)},
                             {"erased", reading.erased},
                             {"unacknowledged", reading.unacknowledged}};
    if (reading.day) json["day"] = ledger::date_text(*reading.day);
    if (reading.cause) json["cause"] = *reading.cause;
    return json;
}

// The display status of each record of a subject, as of the reader's height and day.
boost::json::array records_json(const Finding& finding, const Reader& reader) {
    boost::json::array records;
    const Height height = reader.height.value_or(finding.height);
    for (const auto& [id, record] : ledger::records_at(finding.entries, height)) {
        boost::json::object one = status_json(finding, record, reader);
        one["record"] = id.hex();
        one["height"] = height;
        records.push_back(std::move(one));
    }
    return records;
}

void add_record_json(const Finding& finding, const Reader& reader, boost::json::object& json) {
    json["record"] = finding.asked.hex();
    json["found"] = finding.entry.has_value();
    if (!finding.entry) return;
    json["entry"] = entry_json(*finding.entry);
    json["index"] = finding.entry_index.value_or(0);
    json["current"] = finding.current;
    json["deleted"] = finding.deleted;
    if (finding.latest) json["latest"] = entry_json(*finding.latest);
    if (finding.record) json["status"] = status_json(finding, *finding.record, reader);
    if (finding.opened.empty()) return;
    boost::json::object opened;
    for (const ledger::Field& field : finding.opened) {
        if (field.value) opened[field.code] = *field.value;
        if (!field.value) opened[field.code] = nullptr;
    }
    json["opened"] = std::move(opened);
}

void add_list_json(const Finding& finding, const Reader& reader, boost::json::object& json) {
    if (finding.list == ledger::StateKind::dealings) {
        json["member"] = finding.member;
    } else {
        json[finding.list == ledger::StateKind::uses ? "grant" : "subject"] = finding.asked.hex();
    }
    json["entries"] = entries_json(finding.entries);
    if (finding.list == ledger::StateKind::subject) json["records"] = records_json(finding, reader);
}

boost::json::value index_or_null(const std::optional<std::uint64_t>& index) {
    return index ? boost::json::value(*index) : boost::json::value(nullptr);
}

void add_grant_json(const Finding& finding, boost::json::object& json) {
    json["grant"] = finding.asked.hex();
    json["found"] = finding.grant.has_value();
    if (!finding.grant) return;
    json["entries"] = entries_json(finding.causes);
    json["purpose"] = name_of(ledger::Purpose{finding.grant->entry.code});
    json["uses"] = finding.grant->entry.version;
    json["used"] = finding.grant->used;
    json["revoked"] = index_or_null(finding.grant->revoked);
}

void add_query_json(const Finding& finding, boost::json::object& json) {
    json["query"] = finding.asked.hex();
    json["found"] = finding.query.has_value();
    if (!finding.query) return;
    const ledger::QueryState& query = *finding.query;
    json["entries"] = entries_json(finding.causes);
    json["purpose"] = name_of(ledger::Purpose{query.entry.code});
    json["grant"] = query.entry.digest.hex();
    json["requester"] = query.issuer;
    json["answered"] = index_or_null(query.answered);
    json["acknowledged"] = index_or_null(query.acknowledged);
    if (!query.answered) return;
    json["report"] = query.report.hex();
    json["report_height"] = query.report_height;
}

void add_account_json(const Finding& finding, boost::json::object& json) {
    json["account"] = finding.asked.hex();
    json["found"] = finding.account.has_value();
    if (!finding.account) return;
    json["count"] = finding.account->count;
    json["by_requester"] = index_or_null(finding.account->by_requester);
    json["by_provider"] = index_or_null(finding.account->by_provider);
    json["entries"] = entries_json(finding.causes);
}

void add_feed_json(const Finding& finding, boost::json::object& json) {
    json["issuer"] = finding.member;
    boost::json::array batches;
    for (const auto& item : finding.feed) {
        batches.push_back(boost::json::object{{"sequence", item.header.sequence},
                                              {"height", item.outcome.height},
                                              {"first_index", item.outcome.first_index},
                                              {"entry_count", item.outcome.entry_count}});
    }
    json["batches"] = std::move(batches);
}

}  // namespace

boost::json::object common_json(const Genesis& genesis, const Finding& finding, const std::string& sentence) {
    boost::json::array signers;
    for (const std::string& id : finding.signers) signers.emplace_back(id);
    return {{"valid", true},
            {"sentence", sentence},
            {"chain_id", genesis.chain_id().hex()},
            {"fingerprint", genesis.fingerprint()},
            {"as_of", {{"height", finding.height}, {"time_ms", finding.time.ms}, {"log_size", finding.log_size}}},
            {"signers", std::move(signers)},
            {"quorum", finding.quorum},
            {"validators", finding.members}};
}

boost::json::object to_json(const Genesis& genesis, const Finding& finding, const Reader& reader) {
    boost::json::object json = common_json(genesis, finding, say(genesis, finding, reader).sentence);
    json["kind"] = name_of(finding.kind);
    json["row_compared"] = reader.row == RowCheck::compared;
    switch (finding.kind) {
        case ledger::ProofKind::record:
        case ledger::ProofKind::entry:
            add_record_json(finding, reader, json);
            break;
        case ledger::ProofKind::list:
            json["kind"] = ledger::name_of_list(finding.list);
            add_list_json(finding, reader, json);
            break;
        case ledger::ProofKind::batch:
            if (finding.outcome) json["receipt"] = outcome_json(finding);
            break;
        case ledger::ProofKind::evidence:
            add_evidence_json(finding, json);
            break;
        case ledger::ProofKind::grant:
            add_grant_json(finding, json);
            break;
        case ledger::ProofKind::query:
            add_query_json(finding, json);
            break;
        case ledger::ProofKind::account:
            add_account_json(finding, json);
            break;
        case ledger::ProofKind::feed:
            add_feed_json(finding, json);
            break;
    }
    return json;
}

}  // namespace xinlian::node
