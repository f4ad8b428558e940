// Builds proofs from the chain, as of its tip. Every proof is verified before it is handed out: no success without a
// proof.
#pragma once

#include <functional>

#include "ledger/chain/chain.hpp"
#include "ledger/proof/proof.hpp"

namespace xinlian::ledger {

// Errc::not_found where there is nothing to prove (absence of a record, grant or evidence, and an empty list, *are*
// proven, not refused).
Result<Proof> prove_record(const Chain& chain, const Hash& record);
Result<Proof> prove_entry(const Chain& chain, std::uint64_t index);
Result<Proof> prove_batch(const Chain& chain, const Hash& batch);
// `id`: subject tag, grant id, or a member's id, as the list's kind asks. Errc::too_large.
Result<Proof> prove_list(const Chain& chain, StateKind list, ByteView id);
Result<Proof> prove_grant(const Chain& chain, const Hash& id);
Result<Proof> prove_query(const Chain& chain, const Hash& id);
Result<Proof> prove_account(const Chain& chain, const Hash& id);
// Batches `from` to `to` of an issuer's feed, both included. Errc::too_large if they do not fit a proof file.
Result<Proof> prove_feed(const Chain& chain, std::string_view issuer, std::uint64_t from, std::uint64_t to);
// Against the validator of this id, in the tip's epoch.
Result<Proof> prove_evidence(const Chain& chain, std::string_view member);

// A portfolio file (ledger/proof/portfolio.hpp) about these subjects, in any order; one named twice counts once. Its
// bytes go to the sink as they are made, subject by subject; if this fails, what the sink was given is worthless.
using ByteSink = std::function<Status(ByteView)>;
Status prove_portfolio(const Chain& chain, std::span<const Hash> tags, const ByteSink& sink);

}  // namespace xinlian::ledger
