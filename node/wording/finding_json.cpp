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

boost::json::array entries_json(const std::vector<ledger::ListAnswer::Item>& items) {
    boost::json::array entries;
    for (const auto& item : items) {
        boost::json::object entry = entry_json(item.entry);
        entry["index"] = item.index;
        entries.push_back(std::move(entry));
    }
    return entries;
}

boost::json::object receipt_json(const ledger::BatchFinding& batch) {
    const ledger::BatchOutcome& outcome = batch.outcome;
    boost::json::object json{{"batch", batch.id.hex()},
                             {"issuer", batch.header.issuer},
                             {"sequence", batch.header.sequence},
                             {"outcome", name_of(outcome.reason)},
                             {"entry", outcome.entry},
                             {"height", outcome.height},
                             {"first_index", outcome.first_index},
                             {"entry_count", outcome.entry_count}};
    if (outcome.conflicting_entry) json["obstacle"] = *outcome.conflicting_entry;
    return json;
}

boost::json::value index_or_null(const std::optional<std::uint64_t>& index) {
    return index ? boost::json::value(*index) : boost::json::value(nullptr);
}

// Visits a finding: adds what proofs of its kind say.
class FindingJson {
public:
    FindingJson(const ledger::ProofContext& proof, const ReadContext& context, boost::json::object& json)
        : proof_(proof), context_(context), json_(json) {}

    void operator()(const ledger::RecordFinding& record) const { add(record); }
    void operator()(const ledger::EntryFinding& entry) const { add(entry); }

    void operator()(const ledger::ListFinding& list) const {
        struct AddKey {
            boost::json::object& json;
            void operator()(const ledger::EntriesOfSubject& of) const { json["subject"] = of.subject.hex(); }
            void operator()(const ledger::GrantsOfSubject& of) const { json["subject"] = of.subject.hex(); }
            void operator()(const ledger::UsesOfGrant& of) const { json["grant"] = of.grant.hex(); }
            void operator()(const ledger::ActsOfMember& of) const { json["member"] = of.member; }
        };
        json_["kind"] = ledger::name_of_list(kind_of(list.list));
        std::visit(AddKey{json_}, list.list);
        json_["entries"] = entries_json(list.entries);
        if (std::holds_alternative<ledger::EntriesOfSubject>(list.list)) json_["records"] = records_json(list.entries);
    }

    void operator()(const ledger::BatchFinding& batch) const { json_["receipt"] = receipt_json(batch); }

    void operator()(const ledger::EvidenceFinding& finding) const {
        json_["member"] = finding.member;
        json_["epoch"] = finding.epoch;
        json_["found"] = finding.shown.has_value();
        if (!finding.shown) return;
        const auto& [state, evidence] = *finding.shown;
        json_["view"] = state.view;
        json_["first"] = statement_text(evidence.first, Language::en);
        json_["second"] = statement_text(evidence.second, Language::en);
        json_["height"] = state.height;
        json_["time_ms"] = state.time.ms;
    }

    void operator()(const ledger::GrantFinding& finding) const {
        json_["grant"] = finding.id.hex();
        json_["found"] = finding.state.has_value();
        if (!finding.state) return;
        const ledger::GrantState& grant = *finding.state;
        json_["entries"] = entries_json(finding.causes);
        json_["purpose"] = name_of(ledger::Purpose{grant.entry.code});
        json_["uses"] = grant.entry.version;
        json_["used"] = grant.used;
        json_["revoked"] = index_or_null(grant.revoked);
    }

    void operator()(const ledger::QueryFinding& finding) const {
        json_["query"] = finding.id.hex();
        json_["found"] = finding.state.has_value();
        if (!finding.state) return;
        const ledger::QueryState& query = *finding.state;
        json_["entries"] = entries_json(finding.causes);
        json_["purpose"] = name_of(ledger::Purpose{query.entry.code});
        json_["grant"] = query.entry.digest.hex();
        json_["requester"] = query.issuer;
        json_["answered"] = index_or_null(query.answered);
        json_["acknowledged"] = index_or_null(query.acknowledged);
        if (!query.answered) return;
        json_["report"] = query.report.hex();
        json_["report_height"] = query.report_height;
    }

    void operator()(const ledger::AccountFinding& finding) const {
        json_["account"] = finding.id.hex();
        json_["found"] = finding.state.has_value();
        if (!finding.state) return;
        json_["count"] = finding.state->count;
        json_["by_requester"] = index_or_null(finding.state->by_requester);
        json_["by_provider"] = index_or_null(finding.state->by_provider);
        json_["entries"] = entries_json(finding.causes);
    }

    void operator()(const ledger::FeedFinding& feed) const {
        json_["issuer"] = feed.member;
        boost::json::array batches;
        for (const auto& item : feed.batches) {
            batches.push_back(boost::json::object{{"sequence", item.header.sequence},
                                                  {"height", item.outcome.height},
                                                  {"first_index", item.outcome.first_index},
                                                  {"entry_count", item.outcome.entry_count}});
        }
        json_["batches"] = std::move(batches);
    }

private:
    void add(const ledger::RecordContent& content) const {
        json_["record"] = content.id.hex();
        json_["found"] = content.entry.has_value();
        if (!content.entry) return;
        json_["entry"] = entry_json(content.entry->entry);
        json_["index"] = content.entry->index;
        json_["current"] = content.is_current();
        json_["deleted"] = content.is_deleted();
        if (content.latest) json_["latest"] = entry_json(*content.latest);
        if (content.state) json_["status"] = status_json(*content.state);
        if (content.opened.empty()) return;
        boost::json::object opened;
        for (const ledger::Field& field : content.opened) {
            if (field.value) opened[field.code] = *field.value;
            if (!field.value) opened[field.code] = nullptr;
        }
        json_["opened"] = std::move(opened);
    }

    boost::json::object status_json(const ledger::RecordState& record) const {
        const ledger::Date on = context_.on.value_or(ledger::date_of(proof_.time));
        const ledger::Reading reading = ledger::read_record(record, on, *context_.terms);
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
    boost::json::array records_json(const std::vector<ledger::ListAnswer::Item>& entries) const {
        boost::json::array records;
        const Height height = context_.height.value_or(proof_.height);
        for (const auto& [id, record] : ledger::records_at(entries, height)) {
            boost::json::object one = status_json(record);
            one["record"] = id.hex();
            one["height"] = height;
            records.push_back(std::move(one));
        }
        return records;
    }

    const ledger::ProofContext& proof_;
    const ReadContext& context_;
    boost::json::object& json_;
};

}  // namespace

boost::json::object common_json(const Genesis& genesis, const ledger::ProofContext& proof,
                                const std::string& sentence) {
    boost::json::array signers;
    for (const std::string& id : proof.signers) signers.emplace_back(id);
    return {{"valid", true},
            {"sentence", sentence},
            {"chain_id", genesis.chain_id().hex()},
            {"fingerprint", genesis.fingerprint()},
            {"as_of", {{"height", proof.height}, {"time_ms", proof.time.ms}, {"log_size", proof.log_size}}},
            {"signers", std::move(signers)},
            {"quorum", proof.quorum},
            {"validators", proof.members}};
}

boost::json::object to_json(const Genesis& genesis, const Finding& finding, const ReadContext& context) {
    boost::json::object json = common_json(genesis, finding, say(genesis, finding, context).sentence);
    json["kind"] = name_of(finding.kind());
    json["row_compared"] = context.row == RowCheck::compared;
    std::visit(FindingJson(finding, context, json), finding.what);
    return json;
}

}  // namespace xinlian::node
