// Equivocation: two signed statements of one member that no member who keeps the voting rules can both have signed
// (docs/protocol.md, evidence). It is self-contained: anyone with the committee's keys and the chain id can verify it.
#pragma once

#include "crypto/committee.hpp"

namespace xinlian {

struct Evidence {
    MemberIndex member = 0;
    Statement first, second;
    Signature first_signature, second_signature;  // the member's, over signing_bytes(chain id, statement)
    bool operator==(const Evidence&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(member, first, second, first_signature, second_signature);
    }
};
inline constexpr std::size_t statement_bytes_max = 1 + 8 + 8 + 1 + 32 + 1 + 8 + 32 + 32;
inline constexpr std::size_t evidence_bytes_max = 2 + 2 * statement_bytes_max + 2 * 64;

// Whether the voting rules forbid one member to sign both in one epoch and view: two proposals, two notarize votes or
// two finalize votes that differ; a nullify and a finalize vote; a notarize vote for one block and a finalize vote for
// another.
bool conflict(const Statement& a, const Statement& b);

// A member of this committee, two statements of the right shape that conflict, both signatures right. Errc::invalid
// names the condition that fails. At most two signatures are verified, and none if a cheaper check fails.
Status check(const Committee& committee, const Hash& chain_id, const Evidence& evidence);

Hash evidence_digest(Suite suite, const Evidence& evidence);  // tagged_hash("xinlian/v1/evidence", encoded evidence)

}  // namespace xinlian
