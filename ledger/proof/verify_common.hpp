// Checks that are shared by proof files and portfolio files (ledger/proof/verify.cpp, ledger/proof/portfolio.cpp).
#pragma once

#include "ledger/proof/proof.hpp"

namespace xinlian::ledger {

// What every valid proof establishes: the block that it is as of, and the members that signed the block.
struct ProofContext {
    Height height = 0;
    Time time;
    std::uint64_t log_size = 0;
    std::vector<std::string> signers;  // member ids of the quorum that signed, in committee order
    std::size_t quorum = 0, members = 0;
    bool operator==(const ProofContext&) const = default;
};

// What a certificate of this federation certifies, once check_signers() has succeeded.
struct Certified {
    Suite suite{};
    BlockHeader header;
    ExecutionResult result;
};

// Checks that the certificate finalizes this block of this chain, but not its signatures. Comparisons only.
// Errc::invalid.
Result<Certified> check_anchor(const Genesis& genesis, const Hash& chain_id, const Anchor& anchor);
// Verifies that a quorum of this federation's validators signed the certificate's statement. Returns their ids, in
// committee order.
Result<std::vector<std::string>> check_signers(const Genesis& genesis, const Certificate& certificate);

// Checks that the leaf's own height, time and index are possible under the certified block.
Status check_place(const Certified& certified, const LogEntry& leaf, std::uint64_t index);
// Checks that these are exactly the entries of the list, in order, given its state. `list` is its key in the state map.
Status check_list(const Genesis& genesis, const Certified& certified, const Hash& list,
                  const std::optional<ListState>& state, std::span<const ListAnswer::Item> entries);

}  // namespace xinlian::ledger
