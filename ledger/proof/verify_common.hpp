// The checks that proof files of every form share (ledger/proof/verify.cpp, ledger/proof/portfolio.cpp).
#pragma once

#include "ledger/proof/proof.hpp"

namespace xinlian::ledger {

// What every valid proof says alike: as of when it speaks, and who signed that.
struct ProofContext {
    Height height = 0;
    Time time;
    std::uint64_t log_size = 0;
    std::vector<std::string> signers;  // member ids of the quorum that signed, in committee order
    std::size_t quorum = 0, members = 0;
    bool operator==(const ProofContext&) const = default;
};

// What a certificate of this federation vouches for, once check_signers() has passed.
struct Certified {
    Suite suite{};
    BlockHeader header;
    ExecutionResult result;
};

// That the certificate finalizes this block of this chain; not yet who signed it. Comparisons only. Errc::invalid.
Result<Certified> check_anchor(const Genesis& genesis, const Hash& chain_id, const Anchor& anchor);
// A quorum of this federation's validators, over exactly the certificate's statement: their ids, in committee order.
Result<std::vector<std::string>> check_signers(const Genesis& genesis, const Certificate& certificate);

// What a leaf says of itself must be possible under the certified block.
Status check_place(const Certified& certified, const LogEntry& leaf, std::uint64_t index);
// That these are the list's entries, all of them and in order, if this is its state. `list` is its key in the state
// map.
Status check_list(const Genesis& genesis, const Certified& certified, const Hash& list,
                  const std::optional<ListState>& state, std::span<const ListAnswer::Item> entries);

}  // namespace xinlian::ledger
