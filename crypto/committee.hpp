// The validators of an epoch, the statements they sign, and certificates. The only code that counts signers.
//
// n members sorted by public key bytes; f = floor((n-1)/3) may be faulty; a quorum is q = n - f *distinct* members, so
// that two quorums share at least f + 1 (docs/protocol.md).
#pragma once

#include <optional>
#include <vector>

#include "crypto/codec.hpp"
#include "crypto/hash.hpp"
#include "crypto/key.hpp"

namespace xinlian {

using View = std::uint64_t;    // starts at 1; 0 is the genesis block's
using Height = std::uint64_t;  // 0 is the genesis block's
using Epoch = std::uint64_t;
using MemberIndex = std::uint16_t;  // position in the sorted committee

inline constexpr std::size_t committee_max = 64;

enum class VoteKind : std::uint8_t { propose = 1, notarize = 2, nullify = 3, finalize = 4 };
inline bool is_known(VoteKind kind) { return kind >= VoteKind::propose && kind <= VoteKind::finalize; }
std::string_view name_of(VoteKind kind);

// The result of executing a block: the log and the state after it.
struct ExecutionResult {
    std::uint64_t log_size = 0;
    Hash log_root;
    Hash state_root;
    bool operator==(const ExecutionResult&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(log_size, log_root, state_root);
    }
};

// The statement of one vote. nullify names no block; only finalize carries a result.
struct Statement {
    VoteKind kind = VoteKind::nullify;
    Epoch epoch = 0;
    View view = 0;
    std::optional<Hash> block;
    std::optional<ExecutionResult> result;
    bool operator==(const Statement&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(kind, epoch, view, block, result);
    }
};
// propose, notarize: block, no result; nullify: neither; finalize: both.
Status check_shape(const Statement& statement);

// tag "xinlian/v1/vote" || chain id || the statement: what is signed.
Bytes signing_bytes(const Hash& chain_id, const Statement& statement);

struct MemberSignature {
    MemberIndex member = 0;
    Signature signature;
    bool operator==(const MemberSignature&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(member, signature);
    }
};

// A statement and the signatures of a quorum over exactly it. Invariant of a checked one: members strictly ascend.
struct Certificate {
    Statement statement;
    std::vector<MemberSignature> signatures;
    bool operator==(const Certificate&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(statement, bounded(signatures, committee_max));
    }
};

class Committee {
public:
    // 1 to committee_max distinct keys of one suite, in any order. Errc::invalid. (Fewer than 4 tolerate no fault;
    // genesis refuses them, tests use them.)
    static Result<Committee> of(std::vector<PublicKey> keys);

    std::size_t size() const { return keys_.size(); }
    std::size_t faults() const { return (size() - 1) / 3; }
    std::size_t quorum() const { return size() - faults(); }
    const PublicKey& key(MemberIndex member) const { return keys_.at(member); }
    const std::vector<PublicKey>& keys() const { return keys_; }
    std::optional<MemberIndex> index_of(const PublicKey& key) const;
    MemberIndex leader(View view) const { return static_cast<MemberIndex>(view % size()); }

    // At least a quorum of distinct members, strictly ascending, every signature right. Errc::invalid names the
    // rule that is violated.
    Status check_quorum(ByteView message, std::span<const MemberSignature> signatures) const;
    // Shape, then quorum, over signing_bytes(chain_id, statement).
    Status check(const Hash& chain_id, const Certificate& certificate) const;

private:
    std::vector<PublicKey> keys_;  // Invariant: sorted, distinct, one suite.
};

}  // namespace xinlian
