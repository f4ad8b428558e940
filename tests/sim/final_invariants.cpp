#include "tests/sim/final_invariants.hpp"

#include "tests/sim/reference_audit.hpp"

namespace xinlian::sim {

namespace {

using Complaints = std::vector<std::string>;

// A disk without an injected fault that could change what it returns.
bool is_sound(const World::Node& at) { return !at.rows_flipped && !at.image; }

const World::Node* longest_chain(const World& world) {
    const World::Node* longest = nullptr;
    for (std::size_t i = 0; i < world.size(); ++i) {
        const World::Node& at = world.node(i);
        if (!at.honest || !at.chain || !is_sound(at)) continue;
        if (longest == nullptr || at.chain->height() > longest->chain->height()) longest = &at;
    }
    return longest;
}

bool same_block(const World::Node& one, const World::Node& other, Height height) {
    const auto mine = one.chain->block(height);
    if (!mine && !is_sound(one)) return true;
    const auto theirs = other.chain->block(height);
    return mine && theirs && mine->id == theirs->id && mine->result == theirs->result;
}

void check_receipts(const World::Node& at, Complaints& complaints) {
    const ledger::SnapshotPtr snapshot = at.chain->snapshot();
    for (const auto& [id, receipt] : at.receipts) {
        if (receipt.outcome.height > at.chain->height() && at.forgot) continue;  // it is catching up
        if (snapshot->state.outcome(id) != receipt.outcome)
            complaints.push_back("node " + std::to_string(at.place) + " took back a receipt");
    }
}

// Checks that every honest node's chain is a prefix of the longest one, which the reference implementation reads from
// genesis.
void check_chains(const World& world, const ReferenceAudit& reference, bool thorough, Complaints& complaints) {
    const World::Node* longest = longest_chain(world);
    if (longest == nullptr) return;
    for (const std::string& complaint : reference.audit(*longest->chain, thorough)) complaints.push_back(complaint);
    if (world.invariants.beyond_faults) return;
    for (std::size_t i = 0; i < world.size(); ++i) {
        const World::Node& at = world.node(i);
        if (!at.honest || !at.chain) continue;
        Height height = 0;
        while (height <= at.chain->height() && same_block(at, *longest, height)) ++height;
        if (height <= at.chain->height())
            complaints.push_back("node " + std::to_string(i) + " holds another block at height " +
                                 std::to_string(height));
        check_receipts(at, complaints);
    }
}

}  // namespace

std::vector<std::string> check_final_invariants(const World& world, bool thorough) {
    const ReferenceAudit reference(world.federation());
    Complaints complaints(world.invariants.broken().begin(), world.invariants.broken().end());
    for (const Evidence& evidence : world.evidence()) {
        if (const std::string wrong = reference.check(evidence); !wrong.empty()) complaints.push_back(wrong);
        if (world.node(evidence.member).honest)
            complaints.push_back("evidence names honest member " + std::to_string(evidence.member));
    }
    check_chains(world, reference, thorough, complaints);
    return complaints;
}

}  // namespace xinlian::sim
