// Messages between validators. Every message is bounded and canonical, and the core validates it before use.
#pragma once

#include <variant>

#include "crypto/codec.hpp"
#include "crypto/evidence.hpp"

namespace xinlian::consensus {

inline constexpr std::size_t gap_max = 64;                 // inline nullifications of a justification
inline constexpr std::size_t block_bytes_max = 64 * 1024;  // an opaque block (a list of batch ids), not the batches
inline constexpr std::size_t status_votes_max = 64;
inline constexpr std::size_t status_certificates_max = 64;

// A leader's block with its justification: a certificate of the parent (notarize or finalize; none if
// the parent is the genesis block, view 0) and a nullification of every view strictly between.
struct Proposal {
    Statement statement;  // propose: epoch, view, block id
    View parent_view = 0;
    Hash parent;
    Bytes block;  // opaque; the ledger checks that its id, view and parent are the ones named here
    std::optional<Certificate> parent_certificate;
    std::vector<Certificate> gap;  // ascending views parent_view + 1 … view - 1
    Signature signature;           // the leader's, over signing_bytes(chain id, statement)
    bool operator==(const Proposal&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(statement, parent_view, parent, bounded(block, block_bytes_max), parent_certificate,
                bounded(gap, gap_max), signature);
    }
};

struct Vote {
    Statement statement;  // notarize, nullify or finalize
    MemberSignature by;
    bool operator==(const Vote&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(statement, by);
    }
};

// How much of its own past votes a validator still knows.
enum class Memory : std::uint8_t {
    whole = 1,  // the journal is complete
    lost = 2,   // a journal existed and is lost or damaged
    fresh = 3,  // there never was a journal here: a first start, or a machine that lost everything
};
inline bool is_known(Memory memory) { return memory >= Memory::whole && memory <= Memory::fresh; }

// On connect and periodically: proofs, never claims. A peer that is behind advances by them; votes let
// certificates that were lost in transit form again. Only stored votes are sent, never new ones.
struct StatusReport {
    View current = 1;
    std::optional<Certificate> entry;         // what opened `current`
    std::optional<Certificate> finalization;  // the highest
    std::vector<Certificate> tail;            // notarizations and nullifications above it, newest first, as many as fit
    std::vector<Vote> votes;                  // own, in (finalized, current]
    Memory memory = Memory::whole;            // if it is not whole, `current` is no answer to others who lost theirs
    bool operator==(const StatusReport&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(current, entry, finalization, bounded(tail, status_certificates_max), bounded(votes, status_votes_max),
                memory);
    }
};

// A request for the certificates held for these views.
struct CertificateRequest {
    View first = 0;
    View last = 0;  // inclusive; at most gap_max views
    bool operator==(const CertificateRequest&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(first, last);
    }
};

using Message = std::variant<Proposal, Vote, Certificate, StatusReport, CertificateRequest>;
Bytes encode_message(const Message& message);      // one tag byte (1 …, in the variant's order), then the body
Result<Message> decode_message(ByteView bytes);    // Errc::malformed
std::string_view name_of(const Message& message);  // "proposal", …

}  // namespace xinlian::consensus
