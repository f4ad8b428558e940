// Proof files: evidence that outlives servers. One file holds what was asked, the paths, and a certificate with its
// quorum of signatures; it verifies with the genesis file alone (ledger/verify.hpp). Bytes: docs/encoding.md.
#pragma once

#include <variant>

#include "ledger/state.hpp"

namespace xinlian::ledger {

inline constexpr std::size_t proof_bytes_max = 64u << 20;
inline constexpr std::size_t subject_entries_max = 100'000;

// The block whose certificate everything in the file stands under.
struct Anchor {
    BlockHeader header;
    Certificate certificate;  // finalize, of that block, with log size, log root and state root
    bool operator==(const Anchor&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(header, certificate);
    }
};

// One leaf of the log, and the issuer's own signature over it (through its batch).
struct EntryProof {
    LogEntry entry;
    std::uint64_t index = 0;
    std::vector<Hash> log_path;
    BatchHeader batch;
    Signature batch_signature;
    std::uint32_t position = 0;
    std::vector<Hash> batch_path;
    bool operator==(const EntryProof&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(entry, index, bounded(log_path, log_path_max), batch, batch_signature, position,
                bounded(batch_path, log_path_max));
    }
};

// The current state of a record, or that there is none.
struct RecordAnswer {
    Hash record;
    std::optional<RecordState> state;
    MapProof map;
    std::optional<EntryProof> latest;  // present iff state is: the leaf that made it so
    bool operator==(const RecordAnswer&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(record, state, map, latest);
    }
};

// One entry, and what its record is now: current or superseded.
struct EntryAnswer {
    EntryProof asked;
    RecordState state;
    MapProof map;
    std::optional<EntryProof> latest;  // present iff the entry is superseded: the leaf that is the record's state now
    bool operator==(const EntryAnswer&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(asked, state, map, latest);
    }
};

// All entries about a subject, oldest first, and no other; or that there are none. The chain's head in the map vouches
// for the list.
struct SubjectAnswer {
    struct Item {
        LogEntry entry;
        std::uint64_t index = 0;
        bool operator==(const Item&) const = default;
        template <class Archive>
        void serialize(Archive& archive) {
            archive(entry, index);
        }
    };
    Hash subject;
    std::optional<SubjectState> state;
    MapProof map;
    std::vector<Item> entries;
    bool operator==(const SubjectAnswer&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(subject, state, map, bounded(entries, subject_entries_max));
    }
};

// What became of a batch: the receipt of all its rows. `header` ties the id to issuer and sequence number.
struct BatchAnswer {
    BatchHeader header;
    Signature signature;
    BatchOutcome outcome;
    MapProof map;
    bool operator==(const BatchAnswer&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(header, signature, outcome, map);
    }
};

// Evidence of equivocation against a validator in an epoch, and since when it is part of the ledger; or that nobody has
// shown any.
struct EvidenceAnswer {
    Epoch epoch = 0;
    std::string member;  // its id
    std::optional<EvidenceState> state;
    MapProof map;
    std::optional<Evidence> evidence;  // present iff state is
    bool operator==(const EvidenceAnswer&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(epoch, bounded(member, member_id_bytes_max), state, map, evidence);
    }
};

enum class ProofKind : std::uint8_t { record = 1, entry = 2, subject = 3, batch = 4, evidence = 5 };
inline bool is_known(ProofKind kind) { return kind >= ProofKind::record && kind <= ProofKind::evidence; }
std::string_view name_of(ProofKind kind);

struct Proof {
    Hash chain_id;
    Anchor anchor;
    std::variant<RecordAnswer, EntryAnswer, SubjectAnswer, BatchAnswer, EvidenceAnswer> answer;  // as ProofKind
    std::optional<Opening> opening;  // chosen fields of the record (record and entry proofs), against its digest

    ProofKind kind() const { return static_cast<ProofKind>(answer.index() + 1); }
    bool operator==(const Proof&) const = default;
    template <class Archive>
    void save(Archive& archive) const {
        archive(kind(), chain_id, anchor);
        std::visit([&archive](const auto& a) { archive(a); }, answer);
        archive(opening);
    }
    template <class Archive>
    void load(Archive& archive) {
        ProofKind read{};
        archive(read, chain_id, anchor);
        if (archive.failed()) return;
        switch (read) {
            case ProofKind::record:
                archive(answer.emplace<0>());
                break;
            case ProofKind::entry:
                archive(answer.emplace<1>());
                break;
            case ProofKind::subject:
                archive(answer.emplace<2>());
                break;
            case ProofKind::batch:
                archive(answer.emplace<3>());
                break;
            case ProofKind::evidence:
                archive(answer.emplace<4>());
                break;
        }
        archive(opening);
    }
};

// A file is the line "xinlian-proof/1\n" and the canonical encoding, nothing else.
inline constexpr std::string_view proof_magic = "xinlian-proof/1\n";
Bytes print_proof(const Proof& proof);
Result<Proof> parse_proof(ByteView file);  // Errc::malformed, too_large, unsupported (another version)

}  // namespace xinlian::ledger
