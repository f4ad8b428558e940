// Review of the members over time, for an auditor: roles and keys, the first and last time that each proposed, signed
// or reported, and the evidence against it.
#pragma once

#include <map>

#include "ledger/state/execute.hpp"

namespace xinlian::ledger {

// The roles and keys of a member from a height on: first those of the genesis file, then a term for each resolution in
// force that changed its roles.
struct MemberTerm {
    Height from = 0;
    std::optional<std::uint64_t> resolution;  // log index of the resolution's entry
    Roles roles;
    std::optional<PublicKey> validator_key, issuer_key;
    PublicKey transport_key;
};

// The first and last block in which a member acted.
struct Appearance {
    std::uint64_t count = 0;
    Height first = 0, last = 0;  // meaningful if count
    Time first_time, last_time;
    void see(const BlockHeader& header);
};

struct MemberHistory {
    std::string id, name;
    std::vector<MemberTerm> terms;  // by ascending height
    Appearance proposed;            // blocks
    Appearance certified;           // certificates
    Appearance reported;            // batches, accepted or not
    std::vector<EvidenceState> evidence;
};

class MemberReview {
public:
    explicit MemberReview(const Genesis& genesis);

    // Takes every block from height 1 on, in order, and each certificate after its block.
    void take(const ExecutedBlock& executed);
    void take(const BlockHeader& header, const Certificate& certificate);

    const std::vector<MemberHistory>& members() const { return members_; }  // sorted by id

private:
    MemberHistory& of(const std::string& id);
    void take_roles(const ExecutedBlock& executed);

    const Genesis& genesis_;
    std::vector<MemberHistory> members_;
    decltype(Rulebook::roles) roles_;  // of the rules in force above the last block
};

}  // namespace xinlian::ledger
