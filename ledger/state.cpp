#include "ledger/state.hpp"

#include <algorithm>

namespace xinlian::ledger {

namespace {

constexpr std::uint32_t nowhere = UINT32_MAX;

// A record or subject that the block's batches name: what the state holds of it, and what the block has done so far.
struct Slot {
    StateKind kind = StateKind::record;
    Hash key;
    const Bytes* stored = nullptr;  // before the block; nullptr if absent
    std::uint32_t last = nowhere;   // record: position in `entries` of its last accepted entry in this block
    bool changed = false;
    SubjectState subject;
};

// The slots of one entry.
struct EntrySlots {
    std::uint32_t record = nowhere;
    std::uint32_t subject = nowhere;
};

template <class T>
T decode_stored(const Bytes& value) {
    Result<T> decoded = decode<T>(value);
    XL_CHECK(decoded.ok());  // only execute() wrote it
    return *std::move(decoded);
}

// Sizes are known here, and most of the time went into growing buffers.
template <class T>
Bytes encode_into(std::size_t bytes, const T& value) {
    Writer writer;
    writer.reserve(bytes);
    writer(value);
    return writer.take();
}

constexpr std::size_t subject_state_bytes = 8 + 32;
constexpr std::size_t record_state_bytes_max = 4 + member_id_bytes_max + entry_bytes + 8;

// All keys of the block are sorted once, before anything is executed: afterwards an entry finds its slots by number,
// the map is read in the order of its keys, and the changes come out sorted.
class Execution {
public:
    Execution(const Genesis& genesis, const State& before, Executed& out)
        : genesis_(genesis), suite_(before.suite()), before_(before), out_(out) {}

    void run() {
        find_slots();
        std::size_t first = 0;
        for (const BatchPtr& batch : out_.batches) {
            const std::span<const EntrySlots> slots =
                std::span(entry_slots_).subspan(first, batch->batch.entries.size());
            run_batch(*batch, slots);
            first += slots.size();
        }
        collect_changes();
        out_.after.map = before_.map.apply(out_.changes);
    }

private:
    // A key and who asked for it: entry number * 2, plus 1 for its subject.
    struct Use {
        std::uint64_t prefix = 0;  // of the key: decides nearly every comparison without touching the key
        std::uint32_t number = 0;
    };
    struct Feed {
        FeedState state;
        bool changed = false;
    };

    void find_slots() {
        std::size_t count = 0;
        for (const BatchPtr& batch : out_.batches) count += batch->batch.entries.size();
        std::vector<Hash> keys;
        keys.reserve(2 * count);
        for (const BatchPtr& batch : out_.batches) {
            for (const Entry& entry : batch->batch.entries) {
                keys.push_back(state_key(suite_, StateKind::record, entry.record.view()));
                keys.push_back(state_key(suite_, StateKind::subject, entry.subject.view()));
            }
        }
        std::vector<Use> uses(keys.size());
        for (std::size_t i = 0; i < keys.size(); ++i) {
            for (std::size_t b = 0; b < 8; ++b) uses[i].prefix = (uses[i].prefix << 8) | keys[i].bytes[b];
            uses[i].number = static_cast<std::uint32_t>(i);
        }
        std::sort(uses.begin(), uses.end(), [&keys](const Use& a, const Use& b) {
            return a.prefix != b.prefix ? a.prefix < b.prefix : keys[a.number] < keys[b.number];
        });
        entry_slots_.resize(count);
        slots_.reserve(uses.size());
        entries_max_ = count;
        for (const Use& use : uses) number_slot(use.number, keys[use.number]);
    }

    void number_slot(std::uint32_t number, const Hash& key) {
        const StateKind kind = number % 2 == 0 ? StateKind::record : StateKind::subject;
        if (slots_.empty() || slots_.back().key != key) {
            Slot& slot = slots_.emplace_back();
            slot.kind = kind;
            slot.key = key;
            slot.stored = before_.map.get(key);
            if (kind == StateKind::subject && slot.stored != nullptr) {
                slot.subject = decode_stored<SubjectState>(*slot.stored);
            }
        }
        EntrySlots& of_entry = entry_slots_[number / 2];
        (kind == StateKind::record ? of_entry.record : of_entry.subject) =
            static_cast<std::uint32_t>(slots_.size() - 1);
    }

    void run_batch(const CheckedBatch& checked, std::span<const EntrySlots> slots) {
        const BatchHeader& header = checked.batch.header;
        BatchOutcome outcome;
        outcome.height = out_.block.header.height;
        outcome.entry_count = header.entry_count;
        Feed& feed = feed_of(header.issuer);
        if (header.sequence != feed.state.next_sequence) {
            outcome.reason = Reason::wrong_sequence;
        } else if (header.previous != feed.state.head) {
            outcome.reason = Reason::wrong_previous;
        } else {
            judge_entries(checked.batch, slots, outcome);
        }
        if (outcome.reason == Reason::accepted) {
            outcome.first_index = out_.after.log.size();
            apply(checked.batch, slots);
            feed = {{header.sequence + 1, checked.id}, true};
        }
        out_.outcomes.push_back(outcome);
    }

    Feed& feed_of(const std::string& issuer) {
        const auto at = feeds_.find(issuer);
        if (at != feeds_.end()) return at->second;
        return feeds_.emplace(issuer, Feed{before_.feed(issuer), false}).first->second;
    }

    // Record ids are distinct within a batch (check_batch), so no entry depends on an earlier one of the same batch.
    void judge_entries(const Batch& batch, std::span<const EntrySlots> slots, BatchOutcome& outcome) const {
        for (std::size_t i = 0; i < batch.entries.size(); ++i) {
            outcome.reason = judge(batch.entries[i], batch.header.issuer, slots_[slots[i].record]);
            if (outcome.reason == Reason::accepted) continue;
            outcome.entry = static_cast<std::uint32_t>(i);
            return;
        }
    }

    Reason judge(const Entry& entry, const std::string& issuer, const Slot& slot) const {
        const bool exists = slot.last != nowhere || slot.stored != nullptr;
        if (entry.operation == Operation::create) return exists ? Reason::already_exists : Reason::accepted;
        if (!exists) return Reason::no_such_record;
        if (slot.last != nowhere) {
            const LogEntry& last = out_.entries[slot.last];
            return judge_change(entry, issuer, last.entry, last.issuer);
        }
        const RecordState stored = decode_stored<RecordState>(*slot.stored);
        return judge_change(entry, issuer, stored.entry, stored.issuer);
    }

    static Reason judge_change(const Entry& entry, const std::string& issuer, const Entry& last,
                               const std::string& last_issuer) {
        if (issuer != last_issuer) return Reason::wrong_issuer;
        if (last.operation == Operation::remove) return Reason::deleted;
        if (entry.subject != last.subject || entry.category != last.category) return Reason::wrong_subject;
        const std::uint64_t step = entry.operation == Operation::overwrite ? 0 : 1;
        return entry.version == last.version + step ? Reason::accepted : Reason::wrong_version;
    }

    void apply(const Batch& batch, std::span<const EntrySlots> slots) {
        const BlockHeader& header = out_.block.header;
        if (out_.entries.empty()) {
            out_.entries.reserve(entries_max_);
            out_.leaf_hashes.reserve(entries_max_);
        }
        for (std::size_t i = 0; i < batch.entries.size(); ++i) {
            const LogEntry& leaf =
                out_.entries.emplace_back(LogEntry{header.height, header.time, batch.header.issuer, batch.entries[i]});
            const Hash leaf_hash = log_leaf_hash(suite_, encode_into(log_entry_bytes_max, leaf));
            out_.leaf_hashes.push_back(leaf_hash);

            Slot& record = slots_[slots[i].record];
            record.last = static_cast<std::uint32_t>(out_.entries.size() - 1);
            record.changed = true;
            Slot& subject = slots_[slots[i].subject];
            subject.subject.head = subject_chain_next(suite_, subject.subject.head, leaf_hash, out_.after.log.size());
            ++subject.subject.count;
            subject.changed = true;
            out_.after.log.append(leaf_hash);
        }
    }

    void collect_changes() {
        const std::uint64_t first_index = out_.after.log.size() - out_.entries.size();
        std::map<Hash, Bytes> others = other_values();
        out_.changes.reserve(slots_.size() + others.size());
        auto other = others.begin();
        for (const Slot& slot : slots_) {
            if (!slot.changed) continue;
            for (; other != others.end() && other->first < slot.key; ++other) {
                out_.changes.push_back({other->first, std::move(other->second)});
            }
            out_.changes.push_back({slot.key, value_of(slot, first_index)});
        }
        for (; other != others.end(); ++other) out_.changes.push_back({other->first, std::move(other->second)});
    }

    Bytes value_of(const Slot& slot, std::uint64_t first_index) const {
        if (slot.kind == StateKind::subject) return encode_into(subject_state_bytes, slot.subject);
        const LogEntry& last = out_.entries[slot.last];
        const RecordState state{last.issuer, last.entry, first_index + slot.last};
        return encode_into(record_state_bytes_max, state);
    }

    // Of feeds, batches and evidence.
    std::map<Hash, Bytes> other_values() const {
        std::map<Hash, Bytes> values;
        for (const auto& [issuer, feed] : feeds_) {
            if (feed.changed) values.emplace(state_key(suite_, StateKind::feed, as_bytes(issuer)), encode(feed.state));
        }
        for (std::size_t i = 0; i < out_.batches.size(); ++i) {
            const Hash key = state_key(suite_, StateKind::batch, out_.batches[i]->id.view());
            XL_CHECK(before_.map.get(key) == nullptr);  // check_new refused blocks that repeat a batch
            values.emplace(key, encode(out_.outcomes[i]));
        }
        const BlockHeader& header = out_.block.header;
        for (const Evidence& evidence : out_.block.evidence) {
            const Hash key = evidence_key(suite_, header.epoch, evidence.member);
            XL_CHECK(before_.map.get(key) == nullptr);  // and those that accuse somebody again
            const EvidenceState state{genesis_.validator(evidence.member).id, evidence.first.view,
                                      evidence_digest(suite_, evidence), header.height, header.time};
            values.emplace(key, encode(state));
        }
        return values;
    }

    const Genesis& genesis_;
    Suite suite_;
    const State& before_;
    Executed& out_;
    std::vector<Slot> slots_;              // Invariant: ascending keys.
    std::vector<EntrySlots> entry_slots_;  // of all entries of the block, in its order
    std::size_t entries_max_ = 0;
    std::map<std::string, Feed> feeds_;
};

}  // namespace

Status check_new(const State& before, const Block& block) {
    for (const Hash& batch : block.batches) {
        if (before.outcome(batch)) return Error{Errc::invalid, "the batch " + batch.hex() + " was decided before"};
    }
    for (const Evidence& evidence : block.evidence) {
        if (before.evidence(block.header.epoch, evidence.member)) {
            return Error{Errc::invalid, "the ledger holds evidence against member " + std::to_string(evidence.member) +
                                            " of this epoch already"};
        }
    }
    return {};
}

ExecutedPtr execute(const Genesis& genesis, const State& before, Block block, std::vector<BatchPtr> batches) {
    XL_CHECK(before.suite() == genesis.suite());
    XL_CHECK(batches.size() == block.batches.size());
    for (std::size_t i = 0; i < batches.size(); ++i) XL_CHECK(batches[i]->id == block.batches[i]);
    auto out = std::make_shared<Executed>(before);
    out->id = block_id(genesis.suite(), block.header);
    out->block = std::move(block);
    out->batches = std::move(batches);
    if (!out->batches.empty() || !out->block.evidence.empty()) Execution(genesis, before, *out).run();
    out->result = out->after.result();
    return out;
}

ExecutedPtr genesis_executed(const Genesis& genesis) {
    return execute(genesis, State(genesis.suite()), genesis_block(genesis), {});
}

}  // namespace xinlian::ledger
