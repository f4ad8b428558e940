// Proof files: evidence that outlives servers. One file holds what was asked, the paths, and a certificate with its
// quorum of signatures; it verifies with the genesis file alone (ledger/proof/verify.hpp). Bytes: docs/encoding.md.
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

inline constexpr std::size_t causes_max = 8;

// Something in the state map as it stands, or that there is none; with the entries that made it so, in the order of
// causes_of(): the first is the one that began it (of a record: its latest content).
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

// Log indexes of the entries that made a state what it is; distinct.
std::vector<std::uint64_t> causes_of(const RecordState& state);
std::vector<std::uint64_t> causes_of(const GrantState& state);
std::vector<std::uint64_t> causes_of(const QueryState& state);
std::vector<std::uint64_t> causes_of(const AccountState& state);

// One entry about a record's content, and what its record is now: current or superseded.
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

// All entries of a list, oldest first, and no other; or that there are none. The list's head in the map vouches for it.
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

// Batches of an issuer's feed, each whole, that follow each other: with nothing left out between the first and the
// last, since only the next in a feed is accepted.
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
        answer;                      // as ProofKind
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
