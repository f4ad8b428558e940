#include "node/api/ledger.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "node/api/request.hpp"
#include "node/api/response.hpp"

namespace xinlian::node {

namespace json = boost::json;
using ledger::Chain;
using net::HttpRequest;
using net::HttpResponse;

namespace {

constexpr std::uint64_t subject_page_max = 10'000;

void add(json::object& body, const ledger::Entry& entry) {
    body["operation"] = std::string(name_of(entry.operation));
    body["category"] = std::string(name_of(entry.category));
    body["record"] = entry.record.hex();
    body["version"] = entry.version;
    body["digest"] = entry.digest.hex();
    body["subject"] = entry.subject.hex();
    body["decided"] = ledger::date_text(entry.decided);
    body["public_until"] = ledger::date_text(entry.public_until);
    body["code"] = entry.code;
    if (entry.party != ledger::nobody) body["party"] = entry.party;
}

json::object certificate_json(const Chain& chain, const ledger::StoredBlock& stored) {
    const Certificate& certificate = *stored.certificate;
    json::array signers, signatures;
    for (const MemberSignature& by : certificate.signatures) {
        const std::string& id = chain.genesis().validator(by.member).id;
        signers.push_back(json::string(id));
        signatures.push_back(json::object{{"member", id}, {"signature", to_hex(by.signature.bytes)}});
    }
    return {{"height", stored.block.header.height},
            {"block", stored.id.hex()},
            {"view", certificate.statement.view},
            {"log_size", stored.result.log_size},
            {"log_root", stored.result.log_root.hex()},
            {"state_root", stored.result.state_root.hex()},
            {"signers", std::move(signers)},
            {"signatures", std::move(signatures)},
            {"encoded", to_hex(encode(certificate))}};
}

}  // namespace

Answer feed_response(const Chain& chain, std::string_view issuer, const HttpRequest&) {
    const ledger::SnapshotPtr snapshot = chain.snapshot();
    const ledger::Member* member = chain.genesis().member(issuer);
    if (member == nullptr || !member->roles.writes()) {
        return Error{Errc::not_found, "\"" + std::string(issuer.substr(0, ledger::member_id_bytes_max)) +
                                          "\" is neither an issuer nor a bureau of this federation"};
    }
    const ledger::FeedState state = snapshot->state.feed(issuer);
    return json_response(200, {{"issuer", member->id},
                               {"next_sequence", state.next_sequence},
                               {"head", state.head.hex()},
                               {"as_of", as_of(*snapshot)}});
}

Answer record_response(const Chain& chain, std::string_view text, const HttpRequest&) {
    XL_TRY(const Hash id, path_hash(text, "the record id"));
    const ledger::SnapshotPtr snapshot = chain.snapshot();
    json::object body{{"record", id.hex()}, {"found", false}, {"as_of", as_of(*snapshot)}};
    if (const auto state = snapshot->state.record(id)) {
        body["found"] = true;
        body["issuer"] = state->issuer;
        body["index"] = state->index;
        add(body, state->entry);
    }
    return json_response(200, body);
}

Answer subject_response(const Chain& chain, std::string_view text, const HttpRequest& request) {
    XL_TRY(const Hash tag, path_hash(text, "the subject tag"));
    const ledger::SnapshotPtr snapshot = chain.snapshot();
    const ledger::ListState state = snapshot->state.subject(tag).value_or(ledger::ListState{});
    const auto query = [&](const char* name, std::uint64_t otherwise) -> Result<std::uint64_t> {
        const std::string* value = query_value(request, name);
        return value == nullptr ? Result<std::uint64_t>(otherwise) : path_number(*value, name);
    };
    XL_TRY(std::uint64_t from, query("from", 0));
    XL_TRY(std::uint64_t limit, query("limit", 1'000));
    from = std::min(from, state.count);
    limit = std::min({limit, subject_page_max, state.count - from});
    XL_TRY(const std::vector<std::uint64_t> indexes,
           chain.list_entries(ledger::StateKind::subject, tag.view(), from, from + limit));
    json::array entries;
    for (std::size_t i = 0; i < indexes.size(); ++i)
        entries.push_back(json::object{{"number", from + i}, {"index", indexes[i]}});
    return json_response(200, {{"subject", tag.hex()},
                               {"count", state.count},
                               {"head", state.head.hex()},
                               {"entries", std::move(entries)},
                               {"as_of", as_of(*snapshot)}});
}

Answer entry_response(const Chain& chain, std::string_view text, const HttpRequest&) {
    XL_TRY(const std::uint64_t index, path_number(text, "the log index"));
    const ledger::SnapshotPtr snapshot = chain.snapshot();
    XL_TRY(const Chain::LocatedEntry found, chain.entry(index));
    json::object body{{"index", index},
                      {"height", found.entry.height},
                      {"time_ms", found.entry.time.ms},
                      {"issuer", found.entry.issuer},
                      {"batch", found.batch.hex()},
                      {"position", found.position},
                      {"as_of", as_of(*snapshot)}};
    add(body, found.entry.entry);
    return json_response(200, body);
}

Answer block_response(const Chain& chain, std::string_view text, const HttpRequest&) {
    Height height = 0;
    if (text.size() == 64) {
        XL_TRY(const Hash id, hash_from_hex(text));
        XL_TRY(const std::optional<Height> found, chain.height_of(id));
        if (!found) return Error{Errc::not_found, "no final block has the id " + id.hex()};
        height = *found;
    } else {
        XL_TRY(height, path_number(text, "the height"));
    }
    XL_TRY(const ledger::StoredBlock stored, chain.block(height));
    const ledger::BlockHeader& header = stored.block.header;
    json::array batches;
    for (const Hash& id : stored.block.batches) batches.push_back(json::string(id.hex()));
    return json_response(200, {{"id", stored.id.hex()},
                               {"height", header.height},
                               {"view", header.view},
                               {"epoch", header.epoch},
                               {"parent", header.parent.hex()},
                               {"proposer", header.proposer},
                               {"proposer_id", header.height == 0 ? "" : chain.genesis().validator(header.proposer).id},
                               {"time_ms", header.time.ms},
                               {"batches", std::move(batches)},
                               {"log_size", stored.result.log_size},
                               {"log_root", stored.result.log_root.hex()},
                               {"state_root", stored.result.state_root.hex()},
                               {"certified", stored.certificate.has_value()}});
}

Answer certificate_response(const Chain& chain, std::string_view text, const HttpRequest&) {
    XL_TRY(const Height height, path_number(text, "the height"));
    XL_TRY(const ledger::StoredBlock stored, chain.certified_at_or_above(height));
    if (!stored.certificate)
        return Error{Errc::not_found, "the genesis block has no certificate, and there is no later block yet"};
    return json_response(200, certificate_json(chain, stored));
}

Answer checkpoint_response(const Chain& chain, std::string_view, const HttpRequest& request) {
    const ledger::SnapshotPtr snapshot = chain.snapshot();
    const ExecutionResult result = snapshot->state.result();
    const std::string origin = "xinlian/" + chain.genesis().chain_id().hex();
    if (request.accept.find("text/plain") != std::string::npos) {
        HttpResponse response;
        response.content_type = "text/plain; charset=utf-8";
        response.body =
            origin + "\n" + std::to_string(result.log_size) + "\n" + to_base64(result.log_root.bytes) + "\n";
        return response;
    }
    json::object body{{"origin", origin},
                      {"size", result.log_size},
                      {"root", result.log_root.hex()},
                      {"state_root", result.state_root.hex()},
                      {"certificate", nullptr},
                      {"as_of", as_of(*snapshot)}};
    XL_TRY(const ledger::StoredBlock stored, chain.block(snapshot->tip.height));
    if (stored.certificate) body["certificate"] = certificate_json(chain, stored);
    return json_response(200, body);
}

Answer genesis_response(const Chain& chain, std::string_view, const HttpRequest&) {
    HttpResponse response;
    response.body = chain.genesis().text();
    return response;
}

// The rules that hold at the node's height, and those that will.
Answer rules_response(const Chain& chain, std::string_view, const HttpRequest&) {
    const ledger::SnapshotPtr snapshot = chain.snapshot();
    const ledger::RulesState state = snapshot->state.rules();
    const auto told = [](const std::optional<ledger::ResolvedRules>& of) -> json::value {
        if (!of) return nullptr;
        return json::object{{"index", of->index}, {"from", of->from}, {"text", of->text}};
    };
    const bool holds = state.last && state.last->from <= snapshot->tip.height;
    return json_response(200, {{"count", state.count},
                               {"in_force", told(holds ? state.last : state.before)},
                               {"to_come", holds ? json::value(nullptr) : told(state.last)},
                               {"as_of", as_of(*snapshot)}});
}

Answer batch_response(const Chain& chain, std::string_view text, const HttpRequest&) {
    XL_TRY(const Hash id, path_hash(text, "the batch id"));
    XL_TRY(const Bytes body, chain.batch(id));
    return bytes_response(body);
}

}  // namespace xinlian::node
