// GET /v1/quality?from=&to=: the quality of what issuers reported in a period. Reads the chain up to the period's end.
#include <boost/json.hpp>

#include "node/api/ledger.hpp"
#include "node/api/request.hpp"
#include "node/api/response.hpp"
#include "node/client/quality_json.hpp"

namespace xinlian::node {

namespace {

Status take_block(const ledger::Chain& chain, const ledger::Snapshot& snapshot, const ledger::Block& block,
                  ledger::Quality& quality) {
    for (const Hash& id : block.batches) {
        XL_TRY(const Bytes body, chain.batch(id));
        XL_TRY(const ledger::Batch batch, decode<ledger::Batch>(body));
        const std::optional<ledger::BatchOutcome> outcome = snapshot.state.outcome(id);
        if (!outcome) return Error{Errc::corrupt, "batch " + id.hex() + " is in a block but has no outcome"};
        quality.take(block.header, batch, outcome->reason == ledger::Reason::accepted);
    }
    return {};
}

}  // namespace

Answer quality_response(const ledger::Chain& chain, std::string_view, const net::HttpRequest& request) {
    const auto day = [&request](const char* name) -> std::string_view {
        const std::string* value = query_value(request, name);
        return value == nullptr ? std::string_view() : std::string_view(*value);
    };
    XL_TRY(const ledger::Period period, ledger::period_of_days(day("from"), day("to")));
    const ledger::SnapshotPtr snapshot = chain.snapshot();
    ledger::Quality quality(chain.genesis(), period);
    for (Height height = 1; height <= snapshot->tip.height; ++height) {
        XL_TRY(const ledger::StoredBlock stored, chain.block(height));
        if (ledger::date_of(stored.block.header.time) > period.to) break;
        XL_TRY_STATUS(take_block(chain, *snapshot, stored.block, quality));
    }
    XL_TRY(const ledger::QualityTable rows, quality_table(chain.genesis(), quality, ""));
    boost::json::object body = quality_json(period, rows);
    body["as_of"] = as_of(*snapshot);
    return json_response(200, body);
}

}  // namespace xinlian::node
