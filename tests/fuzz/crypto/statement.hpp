// Independent checks of what members sign, for targets that test certificates and evidence. They use none of the
// program's checks.
#pragma once

#include "crypto/committee.hpp"

namespace xinlian::fuzz {

inline bool has_shape(const Statement& statement) {
    const int parts = (statement.block ? 1 : 0) + (statement.result ? 2 : 0);
    switch (statement.kind) {
        case VoteKind::propose:
        case VoteKind::notarize:
            return parts == 1;
        case VoteKind::nullify:
            return parts == 0;
        case VoteKind::finalize:
            return parts == 3;
    }
    return false;
}

// Whether no honest member signs both (docs/protocol.md, evidence).
inline bool contradict(const Statement& a, const Statement& b) {
    if (a.epoch != b.epoch || a.view != b.view || a == b) return false;
    if (a.kind == b.kind) return true;
    if (a.kind == VoteKind::propose || b.kind == VoteKind::propose) return false;
    if (a.kind != VoteKind::finalize && b.kind != VoteKind::finalize) return false;  // notarize and nullify
    const Statement& other = a.kind == VoteKind::finalize ? b : a;
    return other.kind == VoteKind::nullify || a.block != b.block;
}

}  // namespace xinlian::fuzz
