// The members of a federation over time, for an auditor: roles and keys, when each first and last ordered, signed or
// reported, and the evidence against it.
#pragma once

#include <map>

#include "ledger/state/execute.hpp"

namespace xinlian::ledger {

// What a member was from a height on: the genesis file's, then what each resolution that is in force made of its roles.
struct MemberTerm {
    Height from = 0;
    std::optional<std::uint64_t> resolution;  // log index of the entry that brought it
    Roles roles;
    std::optional<PublicKey> validator_key, issuer_key;
    PublicKey transport_key;
};

// First and last block in which a member did something.
struct Appearance {
    std::uint64_t count = 0;
    Height first = 0, last = 0;  // meaningful if count
    Time first_time, last_time;
    void see(const BlockHeader& header);
};

struct MemberHistory {
    std::string id, name;
    std::vector<MemberTerm> terms;  // ascending heights
    Appearance proposed;            // blocks
    Appearance certified;           // certificates
    Appearance reported;            // batches, accepted or not
    std::vector<EvidenceState> evidence;
};

class MemberReview {
public:
    explicit MemberReview(const Genesis& genesis);

    // Every block from height 1 on, in order; and each certificate, after its block.
    void take(const ExecutedBlock& executed);
    void take(const BlockHeader& header, const Certificate& certificate);

    const std::vector<MemberHistory>& members() const { return members_; }  // by id

private:
    MemberHistory& of(const std::string& id);
    void take_roles(const ExecutedBlock& executed);

    const Genesis& genesis_;
    std::vector<MemberHistory> members_;
    decltype(Rulebook::roles) roles_;  // of the rules in force above the last block
};

}  // namespace xinlian::ledger
