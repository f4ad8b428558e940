// Builds proofs from the chain, as of its tip. Every proof is verified before it is returned.
#pragma once

#include <functional>

#include "ledger/chain/chain.hpp"
#include "ledger/proof/proof.hpp"

namespace xinlian::ledger {

// Errc::not_found if there is nothing to prove. The absence of a record, grant or evidence and an empty list *are*
// proven.
Result<Proof> prove_record(const Chain& chain, const Hash& record);
Result<Proof> prove_entry(const Chain& chain, std::uint64_t index);
Result<Proof> prove_batch(const Chain& chain, const Hash& batch);
// `id`: a subject tag, a grant id, or a member's id, depending on the kind of list. Errc::too_large.
Result<Proof> prove_list(const Chain& chain, StateKind list, ByteView id);
Result<Proof> prove_grant(const Chain& chain, const Hash& id);
Result<Proof> prove_query(const Chain& chain, const Hash& id);
Result<Proof> prove_account(const Chain& chain, const Hash& id);
// Batches `from` to `to` of an issuer's feed, inclusive. Errc::too_large if they do not fit in a proof file.
Result<Proof> prove_feed(const Chain& chain, std::string_view issuer, std::uint64_t from, std::uint64_t to);
// Evidence against the validator with this id, in the tip's epoch.
Result<Proof> prove_evidence(const Chain& chain, std::string_view member);

// Builds a portfolio file (ledger/proof/portfolio.hpp) about these subjects, in any order; duplicates count once. The
// bytes are passed to the sink as they are made, subject by subject. After an error the sink's data must be discarded.
using ByteSink = std::function<Status(ByteView)>;
Status prove_portfolio(const Chain& chain, std::span<const Hash> tags, const ByteSink& sink);

}  // namespace xinlian::ledger
