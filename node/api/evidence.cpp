// Against whom there is evidence of equivocation: on the ledger, or on its way there. What is listed is a claim of this
// node; the proof file of each member is not.
#include <boost/json.hpp>

#include "ledger/chain/prove.hpp"
#include "node/api/ledger.hpp"
#include "node/api/response.hpp"
#include "node/wording/plain.hpp"
#include "node/wording/sentence.hpp"

namespace xinlian::node {

namespace json = boost::json;

namespace {

json::object item_of(const ledger::Genesis& genesis, const Evidence& evidence) {
    return {{"member", genesis.validator(evidence.member).id},
            {"epoch", evidence.first.epoch},
            {"view", evidence.first.view},
            {"first", statement_text(evidence.first, Language::en)},
            {"second", statement_text(evidence.second, Language::en)},
            {"status", "pending"},
            {"height", nullptr},
            {"time_ms", nullptr}};
}

}  // namespace

Answer evidence_response(const ledger::Chain& chain, std::string_view member, const net::HttpRequest&) {
    XL_TRY(const ledger::Proof built, ledger::prove_evidence(chain, member));
    return bytes_response(ledger::print_proof(built));
}

Answer evidence_list_response(const ApiServices& services) {
    // Before the snapshot: evidence that becomes final in between must be in one of the two.
    const std::vector<Evidence> pending = services.overview().accused;
    const ledger::Chain& chain = services.chain;
    const ledger::Genesis& genesis = chain.genesis();
    const ledger::SnapshotPtr snapshot = chain.snapshot();
    const Epoch epoch = snapshot->tip.epoch;
    json::array items;
    for (std::size_t i = 0; i < genesis.committee().size(); ++i) {
        const auto member = static_cast<MemberIndex>(i);
        const auto state = snapshot->state.evidence(epoch, member);
        if (!state) continue;
        XL_TRY(const Evidence evidence, chain.evidence(state->height, member));
        json::object item = item_of(genesis, evidence);
        item["status"] = "final";
        item["height"] = state->height;
        item["time_ms"] = state->time.ms;
        items.push_back(std::move(item));
    }
    for (const Evidence& evidence : pending) {
        if (!snapshot->state.evidence(epoch, evidence.member)) items.push_back(item_of(genesis, evidence));
    }
    return json_response(200, {{"evidence", std::move(items)}, {"as_of", as_of(*snapshot)}});
}

}  // namespace xinlian::node
