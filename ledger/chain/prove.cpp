#include "ledger/chain/prove.hpp"

#include <algorithm>

#include "ledger/proof/verify.hpp"

namespace xinlian::ledger {
namespace {

constexpr std::size_t proof_bytes_of_batch = 2'000;  // upper limit of its outcome, map proof and lengths

// Makes the parts of one proof, all as of the same tip, even if the chain appends blocks meanwhile.
class Prover {
public:
    explicit Prover(const Chain& chain) : chain_(chain), suite_(chain.genesis().suite()), at_(chain.snapshot()) {}

    const State& state() const { return at_->state; }
    const BlockHeader& tip() const { return at_->tip; }

    MapProof map(StateKind kind, ByteView id) const { return state().map.prove(state_key(suite_, kind, id)); }
    MapProof map_of_evidence(MemberIndex member) const {
        return state().map.prove(evidence_key(suite_, tip().epoch, member));
    }

    Result<EntryProof> entry(std::uint64_t index) const {
        XL_TRY(const Chain::LocatedEntry located, chain_.entry(index));
        XL_TRY(const Bytes encoded, chain_.batch(located.batch));
        Reader reader(encoded);
        EntryProof out;
        reader(out.batch, out.batch_signature);
        const std::size_t count = reader.count(batch_entries_max);
        XL_CHECK(!reader.failed());  // Chain::batch checked the form
        std::vector<Hash> leaves;
        leaves.reserve(count);
        for (std::size_t i = 0; i < count; ++i) leaves.push_back(log_leaf_hash(suite_, reader.raw(entry_bytes)));
        out.entry = located.entry;
        out.index = index;
        out.position = located.position;
        out.batch_path = log_path_of(suite_, leaves, located.position);
        const auto read = [this](unsigned level, std::uint64_t at) { return chain_.log_subtree(level, at); };
        XL_TRY(out.log_path, inclusion_path(suite_, index, state().log.size(), read));
        return out;
    }

    template <class Answer>
    Result<Proof> finish(Answer answer) const {
        Proof proof;
        proof.chain_id = chain_.genesis().chain_id();
        XL_TRY(const StoredBlock block, chain_.block(at_->tip.height));
        if (!block.certificate)
            return Error{Errc::not_found, "no block is final yet, so nothing can be proven; try again later"};
        proof.anchor = {block.block.header, *block.certificate};
        proof.answer = std::move(answer);
        if (const Result<Finding> finding = verify_proof(chain_.genesis(), proof); !finding) {
            return Error{Errc::corrupt,
                         "a proof that this node built from its store does not verify: " + finding.error().text +
                             "; move the store's folder aside and let the node " + "fetch from its peers"};
        }
        return proof;
    }

private:
    const Chain& chain_;
    Suite suite_;
    SnapshotPtr at_;
};

}  // namespace

namespace {

template <class T>
Result<Proof> prove_state(const Prover& prover, StateKind kind, const Hash& id, std::optional<T> state) {
    StateAnswer<T> answer;
    answer.id = id;
    answer.map = prover.map(kind, id.view());
    if (state) {
        for (const std::uint64_t index : causes_of(*state)) {
            XL_TRY(EntryProof cause, prover.entry(index));
            answer.causes.push_back(std::move(cause));
        }
    }
    answer.state = std::move(state);
    return prover.finish(std::move(answer));
}

}  // namespace

Result<Proof> prove_record(const Chain& chain, const Hash& record) {
    const Prover prover(chain);
    return prove_state(prover, StateKind::record, record, prover.state().record(record));
}

Result<Proof> prove_grant(const Chain& chain, const Hash& id) {
    const Prover prover(chain);
    return prove_state(prover, StateKind::grant, id, prover.state().grant(id));
}

Result<Proof> prove_query(const Chain& chain, const Hash& id) {
    const Prover prover(chain);
    return prove_state(prover, StateKind::query, id, prover.state().query(id));
}

Result<Proof> prove_account(const Chain& chain, const Hash& id) {
    const Prover prover(chain);
    return prove_state(prover, StateKind::account, id, prover.state().account(id));
}

Result<Proof> prove_entry(const Chain& chain, std::uint64_t index) {
    const Prover prover(chain);
    if (index >= prover.state().log.size()) {
        return Error{Errc::not_found, "there is no log entry " + std::to_string(index) + "; the log has " +
                                          std::to_string(prover.state().log.size())};
    }
    EntryAnswer answer;
    XL_TRY(answer.asked, prover.entry(index));
    const Entry& entry = answer.asked.entry.entry;
    if (!is_content(entry.operation)) {
        return Error{Errc::unsupported, "log entry " + std::to_string(index) + " is a " +
                                            std::string(name_of(entry.operation)) + " about " + entry.record.hex() +
                                            "; request a proof of that, or of a list"};
    }
    const Hash record = entry.record;
    const std::optional<RecordState> state = prover.state().record(record);
    if (!state)
        return Error{Errc::corrupt,
                     "log entry " + std::to_string(index) + " exists, but its record is missing from the state"};
    answer.state = *state;
    answer.map = prover.map(StateKind::record, record.view());
    if (state->index != index) {
        XL_TRY(answer.latest, prover.entry(state->index));
    }
    return prover.finish(std::move(answer));
}

Result<Proof> prove_list(const Chain& chain, StateKind list, ByteView id) {
    if (id.size() > ListAnswer::id_bytes_max) {
        return Error{Errc::invalid, "the id has " + std::to_string(id.size()) + " bytes; it must have at most " +
                                        std::to_string(ListAnswer::id_bytes_max)};
    }
    const Prover prover(chain);
    ListAnswer answer;
    answer.list = list;
    answer.id.assign(id.begin(), id.end());
    answer.state = prover.state().list(state_key(chain.genesis().suite(), list, id));
    answer.map = prover.map(list, id);
    const std::uint64_t count = answer.state ? answer.state->count : 0;
    if (count > list_entries_max) {
        return Error{Errc::too_large, "the list has " + std::to_string(count) + " entries; a proof contains at most " +
                                          std::to_string(list_entries_max)};
    }
    XL_TRY(const std::vector<std::uint64_t> indexes, chain.list_entries(list, id, 0, count));
    answer.entries.reserve(indexes.size());
    for (const std::uint64_t index : indexes) {
        XL_TRY(Chain::LocatedEntry located, chain.entry(index));
        answer.entries.push_back({std::move(located.entry), index});
    }
    return prover.finish(std::move(answer));
}

Result<Proof> prove_feed(const Chain& chain, std::string_view issuer, std::uint64_t from, std::uint64_t to) {
    const Prover prover(chain);
    const FeedState feed = prover.state().feed(issuer);
    const std::string name = "the feed of " + std::string(issuer.substr(0, member_id_bytes_max));
    if (from == 0 || from > to || to >= feed.next_sequence) {
        return Error{Errc::not_found, name + " has batches 1 to " + std::to_string(feed.next_sequence - 1) +
                                          "; request a range of these, from the first to the last"};
    }
    // From the newest to the oldest, because each batch names the one before it.
    FeedAnswer answer;
    Hash id = feed.head;
    std::size_t bytes = 0;
    for (std::uint64_t sequence = feed.next_sequence - 1; sequence >= from; --sequence) {
        XL_TRY(const Bytes encoded, chain.batch(id));
        const Result<Batch> batch = decode<Batch>(encoded);
        const std::optional<BatchOutcome> outcome = prover.state().outcome(id);
        if (!batch || !outcome) return Error{Errc::corrupt, name + ": batch " + id.hex() + " is incomplete"};
        if (sequence <= to) {
            bytes += encoded.size() + proof_bytes_of_batch;
            if (bytes > proof_bytes_max)
                return Error{Errc::too_large, name + ": the proof would be too large; request fewer batches"};
            answer.batches.push_back(
                {batch->header, batch->signature, *outcome, prover.map(StateKind::batch, id.view()), batch->entries});
        }
        id = batch->header.previous;
    }
    std::reverse(answer.batches.begin(), answer.batches.end());
    return prover.finish(std::move(answer));
}

Result<Proof> prove_batch(const Chain& chain, const Hash& batch) {
    const Prover prover(chain);
    const std::optional<BatchOutcome> outcome = prover.state().outcome(batch);
    if (!outcome) return Error{Errc::not_found, "there is no final batch " + batch.hex()};
    XL_TRY(const Bytes encoded, chain.batch(batch));
    BatchAnswer answer;
    Reader reader(encoded);
    reader(answer.header, answer.signature);
    XL_CHECK(!reader.failed());  // Chain::batch checked the form
    answer.outcome = *outcome;
    answer.map = prover.map(StateKind::batch, batch.view());
    return prover.finish(std::move(answer));
}

Result<Proof> prove_evidence(const Chain& chain, std::string_view member) {
    const Prover prover(chain);
    const std::optional<MemberIndex> index = chain.genesis().validator_index(member);
    if (!index) {
        return Error{Errc::not_found, "\"" + std::string(member.substr(0, member_id_bytes_max)) +
                                          "\" is not a validator of this federation"};
    }
    EvidenceAnswer answer;
    answer.epoch = prover.tip().epoch;
    answer.member = member;
    answer.state = prover.state().evidence(answer.epoch, *index);
    answer.map = prover.map_of_evidence(*index);
    if (answer.state) {
        XL_TRY(answer.evidence, chain.evidence(answer.state->height, *index));
    }
    return prover.finish(std::move(answer));
}

}  // namespace xinlian::ledger
