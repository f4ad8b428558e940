#include "ledger/state/execute.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <variant>

#include "ledger/state/acts.hpp"
#include "ledger/state/life.hpp"

namespace xinlian::ledger {

namespace {

constexpr std::uint32_t nowhere = UINT32_MAX;

// A value in the map that the block's batches refer to: the stored one from before the block, and the current one.
struct Slot {
    StateKind kind = StateKind::record;
    Hash key;
    const Bytes* stored = nullptr;  // before the block; nullptr if absent
    bool changed = false;
    std::variant<std::monostate, ListState, RecordState, HolderState, GrantState, QueryState, AccountState, RulesState>
        now;
};

// The map values that an entry uses. Most entries use a record and its subject's list.
enum Role : std::uint32_t { object = 0, other = 1, list = 2 };  // list + i: the i-th of lists_of()
constexpr std::size_t roles_max = list + lists_max;
using EntrySlots = std::array<std::uint32_t, roles_max>;

template <class T>
T decode_stored(const Bytes& value) {
    Result<T> decoded = decode<T>(value);
    XL_CHECK(decoded.ok());  // only execute() writes it
    return *std::move(decoded);
}

// The current value of the slot, or nullptr.
template <class T>
T* current(Slot& slot) {
    if (T* const now = std::get_if<T>(&slot.now)) return now;
    if (slot.stored == nullptr) return nullptr;
    return &slot.now.emplace<T>(decode_stored<T>(*slot.stored));
}

// Reserves the known sizes, because growing buffers took most of the time.
template <class T>
Bytes encode_into(std::size_t bytes, const T& value) {
    Writer writer;
    writer.reserve(bytes);
    writer(value);
    return writer.take();
}

constexpr std::size_t state_bytes_max = 4 + member_id_bytes_max + entry_bytes + 8 + 128;

// The object of an entry, by its operation.
StateKind kind_of(Operation op) {
    if (is_about_record(op)) return StateKind::record;
    if (op == Operation::resolve) return StateKind::rules;
    if (op == Operation::grant || op == Operation::revoke) return StateKind::grant;
    return op == Operation::account ? StateKind::account : StateKind::query;
}

// All keys of the block are sorted once, before execution. Then an entry finds its slots by number, the map is read in
// the order of its keys, and the changes are produced in sorted order.
class Execution {
public:
    Execution(const Genesis& genesis, const State& before, ExecutedBlock& out)
        : genesis_(genesis),
          suite_(before.suite()),
          before_(before),
          out_(out),
          today_(date_of(out.block.header.time)) {}

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
        if (rules_changed_) out_.after.rulebooks = Rulebooks(genesis_, out_.after.rules());
    }

private:
    // A key and its user: entry number * roles_max + role.
    struct Use {
        Hash key;
        StateKind kind = StateKind::record;
        std::uint32_t number = 0;
    };
    struct Feed {
        FeedState state;
        bool changed = false;
    };

    // The changes of a batch to a grant so far.
    struct InBatch {
        std::uint32_t uses = 0;
        bool revoked = false;
    };

    MemberNumber number_of(const std::string& issuer) const {
        const Member* member = genesis_.member(issuer);
        XL_CHECK(member != nullptr);  // checked by check_batch
        return static_cast<MemberNumber>(genesis_.number_of(*member));
    }

    void find_slots() {
        std::size_t count = 0;
        for (const BatchPtr& batch : out_.batches) count += batch->batch.entries.size();
        std::vector<Use> uses;
        uses.reserve(2 * count);
        entries_max_ = count;
        std::uint32_t number = 0;
        for (const BatchPtr& batch : out_.batches) {
            for (const Entry& entry : batch->batch.entries) add_uses(batch->batch.header.issuer, entry, number++, uses);
        }
        std::vector<std::uint32_t> order(uses.size());
        for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
        std::sort(order.begin(), order.end(), [&uses](auto a, auto b) { return uses[a].key < uses[b].key; });
        EntrySlots none;
        none.fill(nowhere);
        entry_slots_.assign(count, none);
        slots_.reserve(uses.size());
        for (const std::uint32_t i : order) place(uses[i]);
    }

    void add_uses(const std::string& issuer, const Entry& entry, std::uint32_t number, std::vector<Use>& uses) const {
        const auto add = [&](std::uint32_t role, StateKind kind, const Hash& key) {
            uses.push_back({key, kind, static_cast<std::uint32_t>(number * roles_max + role)});
        };
        const StateKind kind = kind_of(entry.operation);
        add(object, kind, state_key(suite_, kind, kind == StateKind::rules ? ByteView() : entry.record.view()));
        switch (entry.operation) {
            case Operation::held:
            case Operation::repair_ack:
                add(other, StateKind::holder, holder_key(suite_, entry.record, number_of(issuer)));
                break;
            case Operation::query:
                add(other, StateKind::grant, state_key(suite_, StateKind::grant, entry.digest.view()));
                break;
            case Operation::acknowledge: {
                const Hash id = account_of_acknowledgement(suite_, number_of(issuer), entry.party, today_);
                add(other, StateKind::account, state_key(suite_, StateKind::account, id.view()));
                break;
            }
            default:
                break;
        }
        if (is_about_record(entry.operation)) {  // avoids the vector, for nearly all entries
            add(list, StateKind::subject, state_key(suite_, StateKind::subject, entry.subject.view()));
            return;
        }
        std::uint32_t role = list;
        for (const ListKey& of : lists_of(genesis_, issuer, entry)) add(role++, of.kind, of.key);
    }

    void place(const Use& use) {
        if (slots_.empty() || slots_.back().key != use.key) {
            Slot& slot = slots_.emplace_back();
            slot.kind = use.kind;
            slot.key = use.key;
            slot.stored = before_.map.get(use.key);
        }
        entry_slots_[use.number / roles_max][use.number % roles_max] = static_cast<std::uint32_t>(slots_.size() - 1);
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
            judge_entries(checked, slots, outcome);
        }
        if (outcome.reason == Reason::accepted) {
            outcome.first_index = out_.after.log.size();
            apply(checked, slots);
            feed = {{header.sequence + 1, checked.id}, true};
        }
        out_.outcomes.push_back(outcome);
    }

    Feed& feed_of(const std::string& issuer) {
        const auto at = feeds_.find(issuer);
        if (at != feeds_.end()) return at->second;
        return feeds_.emplace(issuer, Feed{before_.feed(issuer), false}).first->second;
    }

    // Ids are distinct within a batch (check_batch), so an entry depends on an earlier one of the same batch only where
    // it is a query, by its grant.
    void judge_entries(const CheckedBatch& checked, std::span<const EntrySlots> slots, BatchOutcome& outcome) {
        const Batch& batch = checked.batch;
        const Height height = out_.block.header.height;
        const std::string& issuer = batch.header.issuer;
        const Speaker speaker{genesis_, before_.rulebooks.at(height), issuer, number_of(issuer), height, today_};
        std::map<Hash, InBatch> grants;
        for (std::size_t i = 0; i < batch.entries.size(); ++i) {
            const Entry& entry = batch.entries[i];
            Refusal refusal = judge_right(entry, speaker);
            if (refusal.reason == Reason::accepted) {
                refusal = entry.operation == Operation::resolve
                              ? judge_resolution(rules_now(slots[i]), entry, checked.resolution->from, speaker)
                          : is_about_record(entry.operation)
                              ? judge_record(record_now(slots[i]), entry, speaker)
                              : judge_act(acts_now(slots[i], entry, grants), entry, speaker);
            }
            if (refusal.reason == Reason::accepted) continue;
            outcome.reason = refusal.reason;
            outcome.conflicting_entry = refusal.conflicting_entry;
            outcome.entry = static_cast<std::uint32_t>(i);
            return;
        }
    }

    RulesState rules_now(const EntrySlots& of) {
        const RulesState* now = current<RulesState>(slots_[of[object]]);
        return now == nullptr ? RulesState{} : *now;
    }

    RecordNow record_now(const EntrySlots& of) {
        RecordNow now;
        now.record = current<RecordState>(slots_[of[object]]);
        if (of[other] != nowhere) now.holder = current<HolderState>(slots_[of[other]]);
        return now;
    }

    ActsNow acts_now(const EntrySlots& of, const Entry& entry, std::map<Hash, InBatch>& grants) {
        ActsNow now;
        Slot& itself = slots_[of[object]];
        if (itself.kind == StateKind::grant) now.grant = current<GrantState>(itself);
        if (itself.kind == StateKind::query) now.query = current<QueryState>(itself);
        if (itself.kind == StateKind::account) now.account = current<AccountState>(itself);
        if (entry.operation == Operation::query) {
            now.grant = current<GrantState>(slots_[of[other]]);
            InBatch& before = grants[entry.digest];
            now.used_in_batch = before.uses++;
            now.revoked_in_batch = before.revoked;
        }
        if (entry.operation == Operation::revoke) grants[entry.record].revoked = true;
        return now;
    }

    void apply(const CheckedBatch& checked, std::span<const EntrySlots> slots) {
        const Batch& batch = checked.batch;
        const BlockHeader& header = out_.block.header;
        if (out_.entries.empty()) {
            out_.entries.reserve(entries_max_);
            out_.leaf_hashes.reserve(entries_max_);
        }
        for (std::size_t i = 0; i < batch.entries.size(); ++i) {
            const std::uint64_t index = out_.after.log.size();
            const LogEntry& leaf =
                out_.entries.emplace_back(LogEntry{header.height, header.time, batch.header.issuer, batch.entries[i]});
            const Hash leaf_hash = log_leaf_hash(suite_, encode_into(log_entry_bytes_max, leaf));
            out_.leaf_hashes.push_back(leaf_hash);
            apply_entry(leaf, index, slots[i], checked);
            for (std::size_t role = list; role < roles_max && slots[i][role] != nowhere; ++role) {
                extend(slots_[slots[i][role]], leaf_hash, index);
            }
            out_.after.log.append(leaf_hash);
        }
    }

    void extend(Slot& slot, const Hash& leaf_hash, std::uint64_t index) const {
        ListState* now = current<ListState>(slot);
        if (now == nullptr) now = &slot.now.emplace<ListState>();
        now->head = list_next(suite_, now->head, leaf_hash, index);
        ++now->count;
        slot.changed = true;
    }

    // Applies `change` to the value of the slot.
    template <class T, class Change>
    static void alter(Slot& slot, const Change& change) {
        std::optional<T> value;
        if (T* const now = current<T>(slot)) value = std::move(*now);
        change(value);
        XL_CHECK(value.has_value());  // an accepted entry always leaves a value
        slot.now.emplace<T>(*std::move(value));
        slot.changed = true;
    }

    void apply_entry(const LogEntry& leaf, std::uint64_t index, const EntrySlots& of, const CheckedBatch& checked) {
        const Entry& entry = leaf.entry;
        const std::string& issuer = leaf.issuer;
        Slot& itself = slots_[of[object]];
        switch (itself.kind) {
            case StateKind::record:
                alter<RecordState>(itself, [&](auto& record) { apply_to_record(record, issuer, entry, index); });
                break;
            case StateKind::grant:
                alter<GrantState>(itself, [&](auto& grant) { apply_to_grant(grant, issuer, entry, index); });
                break;
            case StateKind::query:
                alter<QueryState>(itself, [&](auto& query) { apply_to_query(query, issuer, entry, index); });
                break;
            case StateKind::rules:
                alter<RulesState>(itself, [&](auto& rules) {
                    apply_to_rules(rules, checked.batch.resolutions[0].text, checked.resolution->from, index,
                                   leaf.height);
                });
                rules_changed_ = true;
                break;
            default:
                alter<AccountState>(itself, [&](auto& account) { apply_to_account(account, entry, index); });
        }
        if (of[other] == nowhere) return;
        Slot& beside = slots_[of[other]];
        switch (beside.kind) {
            case StateKind::holder:
                alter<HolderState>(beside, [&](auto& holder) { apply_to_holder(holder, entry, index); });
                break;
            case StateKind::grant:
                alter<GrantState>(beside, [&](auto& grant) { apply_to_grant(grant, issuer, entry, index); });
                break;
            default:
                alter<AccountState>(beside, [&](auto& account) { apply_to_account(account, entry, index); });
        }
    }

    void collect_changes() {
        std::map<Hash, Bytes> others = other_values();
        out_.changes.reserve(slots_.size() + others.size());
        auto next = others.begin();
        for (const Slot& slot : slots_) {
            if (!slot.changed) continue;
            for (; next != others.end() && next->first < slot.key; ++next) {
                out_.changes.push_back({next->first, std::move(next->second)});
            }
            out_.changes.push_back({slot.key, value_of(slot)});
        }
        for (; next != others.end(); ++next) out_.changes.push_back({next->first, std::move(next->second)});
    }

    static Bytes value_of(const Slot& slot) {
        return std::visit(
            [](const auto& now) {
                if constexpr (std::is_same_v<std::decay_t<decltype(now)>, std::monostate>) {
                    XL_CHECK(false);  // a changed slot has a value
                    return Bytes();
                } else {
                    return encode_into(state_bytes_max, now);
                }
            },
            slot.now);
    }

    // Values of feeds, batches and evidence.
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
            XL_CHECK(before_.map.get(key) == nullptr);  // and those with repeated evidence against a member
            const EvidenceState state{genesis_.validator(evidence.member).id, evidence.first.view,
                                      evidence_digest(suite_, evidence), header.height, header.time};
            values.emplace(key, encode(state));
        }
        return values;
    }

    const Genesis& genesis_;
    Suite suite_;
    const State& before_;
    ExecutedBlock& out_;
    Date today_;                           // of the block, at +08:00
    std::vector<Slot> slots_;              // Invariant: ascending keys.
    std::vector<EntrySlots> entry_slots_;  // slots of all entries of the block, in its order
    std::size_t entries_max_ = 0;
    std::map<std::string, Feed> feeds_;
    bool rules_changed_ = false;
};

}  // namespace

Status check_new(const State& before, const Block& block) {
    for (const Hash& batch : block.batches) {
        if (before.outcome(batch)) return Error{Errc::invalid, "the batch " + batch.hex() + " was already decided"};
    }
    for (const Evidence& evidence : block.evidence) {
        if (before.evidence(block.header.epoch, evidence.member)) {
            return Error{Errc::invalid, "the ledger already contains evidence against member " +
                                            std::to_string(evidence.member) + " in this epoch"};
        }
    }
    return {};
}

ExecutedBlockPtr execute(const Genesis& genesis, const State& before, Block block, std::vector<BatchPtr> batches) {
    XL_CHECK(before.suite() == genesis.suite());
    XL_CHECK(batches.size() == block.batches.size());
    for (std::size_t i = 0; i < batches.size(); ++i) XL_CHECK(batches[i]->id == block.batches[i]);
    auto out = std::make_shared<ExecutedBlock>(before);
    out->id = block_id(genesis.suite(), block.header);
    out->block = std::move(block);
    out->batches = std::move(batches);
    if (!out->batches.empty() || !out->block.evidence.empty()) Execution(genesis, before, *out).run();
    out->result = out->after.result();
    return out;
}

const Parameters& limits_above(const Genesis& genesis, const ExecutedBlock& parent) {
    return parent.after.rulebooks.at(parent.block.header.height + 1).parameters_of(genesis);
}

ExecutedBlockPtr genesis_executed(const Genesis& genesis) {
    return execute(genesis, State(genesis.suite()), genesis_block(genesis), {});
}

}  // namespace xinlian::ledger
