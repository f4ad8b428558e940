#include "crypto/committee.hpp"

#include <algorithm>

namespace xinlian {

std::string_view name_of(VoteKind kind) {
    switch (kind) {
        case VoteKind::propose:
            return "propose";
        case VoteKind::notarize:
            return "notarize";
        case VoteKind::nullify:
            return "nullify";
        case VoteKind::finalize:
            return "finalize";
    }
    check_failed("the kind of vote is known", __FILE__, __LINE__);
}

Status check_shape(const Statement& statement) {
    if (!is_known(statement.kind)) return Error{Errc::invalid, "a statement has an unknown kind"};
    const std::string name(name_of(statement.kind));
    const bool wants_block = statement.kind != VoteKind::nullify;
    const bool wants_result = statement.kind == VoteKind::finalize;
    if (statement.block.has_value() != wants_block) {
        return Error{Errc::invalid,
                     "a " + name + (wants_block ? " statement must name a block" : " statement must not name a block")};
    }
    if (statement.result.has_value() != wants_result) {
        return Error{
            Errc::invalid,
            "a " + name + (wants_result ? " statement must carry a result" : " statement must not carry a result")};
    }
    return {};
}

Bytes signing_bytes(const Hash& chain_id, const Statement& statement) {
    Writer writer;
    writer.reserve(192);
    writer.raw(as_bytes("xinlian/v1/vote"));
    writer(chain_id, statement);
    return writer.take();
}

Result<Committee> Committee::of(std::vector<PublicKey> keys) {
    if (keys.empty()) return Error{Errc::invalid, "a committee needs at least one member"};
    if (keys.size() > committee_max) {
        return Error{Errc::invalid, "a committee has at most " + std::to_string(committee_max) + " members, not " +
                                        std::to_string(keys.size())};
    }
    std::sort(keys.begin(), keys.end());
    // Sorted by suite first, so two suites show at the ends.
    if (keys.front().suite() != keys.back().suite())
        return Error{Errc::invalid, "the keys of a committee belong to different suites"};
    if (const auto twin = std::adjacent_find(keys.begin(), keys.end()); twin != keys.end()) {
        return Error{Errc::invalid, "the key " + twin->text() + " appears twice in the committee"};
    }
    Committee committee;
    committee.keys_ = std::move(keys);
    return committee;
}

std::optional<MemberIndex> Committee::index_of(const PublicKey& key) const {
    const auto at = std::lower_bound(keys_.begin(), keys_.end(), key);
    if (at == keys_.end() || *at != key) return std::nullopt;
    return static_cast<MemberIndex>(at - keys_.begin());
}

Status Committee::check_quorum(ByteView message, std::span<const MemberSignature> signatures) const {
    if (signatures.size() < quorum()) {
        return Error{Errc::invalid, std::to_string(signatures.size()) + " signatures are fewer than the quorum of " +
                                        std::to_string(quorum())};
    }
    if (signatures.size() > size())
        return Error{Errc::invalid, "a certificate has more signatures than the committee has members"};
    for (std::size_t i = 0; i < signatures.size(); ++i) {
        const MemberIndex member = signatures[i].member;
        if (member >= size()) return Error{Errc::invalid, "signer " + std::to_string(member) + " is not a member"};
        if (i > 0 && member <= signatures[i - 1].member) {
            return Error{Errc::invalid, "signer " + std::to_string(member) + " is repeated or out of order"};
        }
    }
    for (const MemberSignature& signature : signatures) {
        if (!verify(key(signature.member), message, signature.signature)) {
            return Error{Errc::invalid, "the signature of member " + std::to_string(signature.member) + " is invalid"};
        }
    }
    return {};
}

Status Committee::check(const Hash& chain_id, const Certificate& certificate) const {
    XL_TRY_STATUS(check_shape(certificate.statement));
    return check_quorum(signing_bytes(chain_id, certificate.statement), certificate.signatures);
}

}  // namespace xinlian
