// Proof files, which can be verified without any server. One file contains the answer to a question, its Merkle paths,
// and a certificate with a quorum of signatures. It is verified with the genesis file alone (ledger/proof/verify.hpp).
// Bytes: docs/encoding.md.
#pragma once

#include <variant>

#include "crypto/merkle_log.hpp"
#include "crypto/merkle_map.hpp"
#include "ledger/block/block.hpp"
#include "ledger/state/values.hpp"

namespace xinlian::ledger {

inline constexpr std::size_t proof_bytes_max = 64u << 20;
inline constexpr std::size_t list_entries_max = 100'000;
inline constexpr std::size_t feed_batches_max = 100'000;

// The certified block that all answers in the file are proven against.
struct Anchor {
    BlockHeader header;
    Certificate certificate;  // finalizes that block; has log size, log root and state root
    bool operator==(const Anchor&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(header, certificate);
    }
};

// One leaf of the log, with the issuer's own signature over it (through its batch).
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

inline constexpr std::size_t causes_max = 8;

// A value in the state map, or its absence, with the entries that caused it, in the order of causes_of(). The first is
// the entry that created the value (of a record: its latest content).
template <class T>
struct StateAnswer {
    Hash id;
    std::optional<T> state;
    MapProof map;
    std::vector<EntryProof> causes;
    bool operator==(const StateAnswer&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(id, state, map, bounded(causes, causes_max));
    }
};
using RecordAnswer = StateAnswer<RecordState>;
using GrantAnswer = StateAnswer<GrantState>;
using QueryAnswer = StateAnswer<QueryState>;
using AccountAnswer = StateAnswer<AccountState>;

// Distinct log indexes of the entries that caused a state.
std::vector<std::uint64_t> causes_of(const RecordState& state);
std::vector<std::uint64_t> causes_of(const GrantState& state);
std::vector<std::uint64_t> causes_of(const QueryState& state);
std::vector<std::uint64_t> causes_of(const AccountState& state);

// One entry about a record's content, and the current state of its record: the entry is current or superseded.
struct EntryAnswer {
    EntryProof asked;
    RecordState state;
    MapProof map;
    std::optional<EntryProof> latest;  // present iff the entry is superseded: the record's latest leaf
    bool operator==(const EntryAnswer&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(asked, state, map, latest);
    }
};

// The complete list of entries, oldest first; it may be empty. The list's head in the map proves that it is complete.
struct ListAnswer {
    struct Item {
        LogEntry entry;
        std::uint64_t index = 0;
        bool operator==(const Item&) const = default;
        template <class Archive>
        void serialize(Archive& archive) {
            archive(entry, index);
        }
    };
    StateKind list = StateKind::subject;
    static constexpr std::size_t id_bytes_max = 32;
    Bytes id;  // subject tag, grant id, or a member's id
    std::optional<ListState> state;
    MapProof map;
    std::vector<Item> entries;
    bool operator==(const ListAnswer&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(list, bounded(id, id_bytes_max), state, map, bounded(entries, list_entries_max));
    }
};

// The outcome of a batch, which is the receipt of all its rows. `header` links the batch id to issuer and sequence
// number.
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

// Evidence of equivocation against a validator in an epoch, and when it was added to the ledger; or proof that the
// ledger contains none.
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

// Complete, consecutive batches of an issuer's feed. None is missing between the first and the last, because a feed
// accepts only its next batch.
struct FeedAnswer {
    struct Item {
        BatchHeader header;
        Signature signature;
        BatchOutcome outcome;
        MapProof map;
        std::vector<Entry> entries;
        bool operator==(const Item&) const = default;
        template <class Archive>
        void serialize(Archive& archive) {
            archive(header, signature, outcome, map, bounded(entries, batch_entries_max));
        }
    };
    std::vector<Item> batches;
    bool operator==(const FeedAnswer&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(bounded(batches, feed_batches_max));
    }
};

enum class ProofKind : std::uint8_t {
    record = 1,
    entry = 2,
    list = 3,
    batch = 4,
    evidence = 5,
    grant = 6,
    query = 7,
    account = 8,
    feed = 9
};
inline bool is_known(ProofKind kind) { return kind >= ProofKind::record && kind <= ProofKind::feed; }
std::string_view name_of(ProofKind kind);
std::string_view name_of_list(StateKind list);  // "subject", "asked", "uses", "dealings"
Result<StateKind> list_named(std::string_view name);

struct Proof {
    Hash chain_id;
    Anchor anchor;
    std::variant<RecordAnswer, EntryAnswer, ListAnswer, BatchAnswer, EvidenceAnswer, GrantAnswer, QueryAnswer,
                 AccountAnswer, FeedAnswer>
        answer;                      // in the order of ProofKind
    std::optional<Opening> opening;  // disclosed fields of the record (record and entry proofs)

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
        load_answer<0>(archive, read);
        archive(opening);
    }

private:
    template <std::size_t i, class Archive>
    void load_answer(Archive& archive, ProofKind read) {
        if constexpr (i < std::variant_size_v<decltype(answer)>) {
            if (static_cast<std::size_t>(read) != i + 1) return load_answer<i + 1>(archive, read);
            archive(answer.template emplace<i>());
        }
    }
};

// A file is the line "xinlian-proof/1\n" and the canonical encoding, nothing else.
inline constexpr std::string_view proof_magic = "xinlian-proof/1\n";
Bytes print_proof(const Proof& proof);
Result<Proof> parse_proof(ByteView file);  // Errc::malformed, too_large, unsupported (another version)

}  // namespace xinlian::ledger
