#include "crypto/evidence.hpp"

namespace xinlian {

namespace {

bool is_pair(const Statement& a, const Statement& b, VoteKind first, VoteKind second) {
    return (a.kind == first && b.kind == second) || (a.kind == second && b.kind == first);
}

}  // namespace

bool conflict(const Statement& a, const Statement& b) {
    if (a.epoch != b.epoch || a.view != b.view) return false;
    if (is_pair(a, b, VoteKind::nullify, VoteKind::finalize)) return true;
    if (is_pair(a, b, VoteKind::notarize, VoteKind::finalize)) return a.block != b.block;
    return a.kind == b.kind && a != b;
}

Status check(const Committee& committee, const Hash& chain_id, const Evidence& evidence) {
    if (evidence.member >= committee.size()) {
        return Error{Errc::invalid,
                     "evidence names member " + std::to_string(evidence.member) + ", which is not in the committee"};
    }
    XL_TRY_STATUS(check_shape(evidence.first));
    XL_TRY_STATUS(check_shape(evidence.second));
    if (!conflict(evidence.first, evidence.second)) {
        return Error{Errc::invalid, "the two statements of the evidence do not conflict with each other"};
    }
    const PublicKey& key = committee.key(evidence.member);
    if (!verify(key, signing_bytes(chain_id, evidence.first), evidence.first_signature)) {
        return Error{Errc::invalid, "the first signature of the evidence is invalid"};
    }
    if (!verify(key, signing_bytes(chain_id, evidence.second), evidence.second_signature)) {
        return Error{Errc::invalid, "the second signature of the evidence is invalid"};
    }
    return {};
}

Hash evidence_digest(Suite suite, const Evidence& evidence) {
    const Bytes encoded = encode(evidence);
    return tagged_hash(suite, "xinlian/v1/evidence", {encoded});
}

}  // namespace xinlian
