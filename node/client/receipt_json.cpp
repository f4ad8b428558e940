#include "node/client/receipt_json.hpp"

#include <boost/json.hpp>

#include "node/client/json_reading.hpp"
#include "node/wording/plain.hpp"

namespace xinlian::node {

namespace json = boost::json;

namespace {

Result<ledger::Reason> reason_named(std::string_view name) {
    for (std::uint8_t i = 0; is_known(static_cast<ledger::Reason>(i)); ++i) {
        if (name == ledger::name_of(static_cast<ledger::Reason>(i))) return static_cast<ledger::Reason>(i);
    }
    return Error{Errc::unsupported,
                 "the node's answer has the unknown outcome \"" + printable(name) + "\"; update this program"};
}

}  // namespace

json::object to_json(const ledger::Receipt& receipt) {
    const std::optional<std::uint64_t> conflicting_entry = receipt.outcome.conflicting_entry;
    return {{"batch", receipt.batch.hex()},
            {"obstacle", conflicting_entry ? json::value(*conflicting_entry) : json::value(nullptr)},
            {"status", "final"},
            {"outcome", std::string(name_of(receipt.outcome.reason))},
            {"entry", receipt.outcome.entry},
            {"height", receipt.outcome.height},
            {"block", receipt.block.hex()},
            {"time_ms", receipt.time.ms},
            {"first_index", receipt.outcome.first_index},
            {"entry_count", receipt.outcome.entry_count}};
}

Result<ledger::Receipt> parse_receipt(const json::object& json) {
    ledger::Receipt receipt;
    ledger::BatchOutcome& outcome = receipt.outcome;
    XL_TRY(receipt.batch, hash_of(json, "batch"));
    XL_TRY(const std::string name, text_of(json, "outcome"));
    XL_TRY(outcome.reason, reason_named(name));
    XL_TRY(outcome.entry, small_number_of(json, "entry"));
    XL_TRY(outcome.height, number_of(json, "height"));
    XL_TRY(receipt.block, hash_of(json, "block"));
    XL_TRY(receipt.time.ms, number_of(json, "time_ms"));
    XL_TRY(outcome.first_index, number_of(json, "first_index"));
    XL_TRY(outcome.entry_count, small_number_of(json, "entry_count"));
    const json::value* conflicting_entry = json.if_contains("obstacle");
    if (conflicting_entry != nullptr && !conflicting_entry->is_null()) {
        XL_TRY(outcome.conflicting_entry, number_of(json, "obstacle"));
    }
    return receipt;
}

}  // namespace xinlian::node
