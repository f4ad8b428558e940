#include "ledger/prove.hpp"

#include "ledger/verify.hpp"

namespace xinlian::ledger {
namespace {

// Makes the parts of one proof, all as of the same tip, whatever the chain appends meanwhile.
class Prover {
public:
    explicit Prover(const Chain& chain) : chain_(chain), suite_(chain.genesis().suite()), at_(chain.snapshot()) {}

    const State& state() const { return at_->state; }
    const BlockHeader& tip() const { return at_->tip; }

    MapProof map(StateKind kind, const Hash& id) const { return state().map.prove(state_key(suite_, kind, id.view())); }
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
            return Error{Errc::not_found, "nothing is final yet, so nothing can be proven; try later"};
        proof.anchor = {block.block.header, *block.certificate};
        proof.answer = std::move(answer);
        if (const Result<Finding> finding = verify_proof(chain_.genesis(), proof); !finding) {
            return Error{Errc::corrupt,
                         "a proof that was built from our own store does not verify: " + finding.error().text +
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

Result<Proof> prove_record(const Chain& chain, const Hash& record) {
    const Prover prover(chain);
    RecordAnswer answer;
    answer.record = record;
    answer.state = prover.state().record(record);
    answer.map = prover.map(StateKind::record, record);
    if (answer.state) {
        XL_TRY(answer.latest, prover.entry(answer.state->index));
    }
    return prover.finish(std::move(answer));
}

Result<Proof> prove_entry(const Chain& chain, std::uint64_t index) {
    const Prover prover(chain);
    if (index >= prover.state().log.size()) {
        return Error{Errc::not_found, "there is no log entry " + std::to_string(index) + "; the log has " +
                                          std::to_string(prover.state().log.size())};
    }
    EntryAnswer answer;
    XL_TRY(answer.asked, prover.entry(index));
    const Hash record = answer.asked.entry.entry.record;
    const std::optional<RecordState> state = prover.state().record(record);
    if (!state) return Error{Errc::corrupt, "log entry " + std::to_string(index) + " is there, its record is not"};
    answer.state = *state;
    answer.map = prover.map(StateKind::record, record);
    if (state->index != index) {
        XL_TRY(answer.latest, prover.entry(state->index));
    }
    return prover.finish(std::move(answer));
}

Result<Proof> prove_subject(const Chain& chain, const Hash& subject) {
    const Prover prover(chain);
    SubjectAnswer answer;
    answer.subject = subject;
    answer.state = prover.state().subject(subject);
    answer.map = prover.map(StateKind::subject, subject);
    const std::uint64_t count = answer.state ? answer.state->count : 0;
    if (count > subject_entries_max) {
        return Error{Errc::too_large, "the subject has " + std::to_string(count) + " entries; a proof holds at most " +
                                          std::to_string(subject_entries_max)};
    }
    XL_TRY(const std::vector<std::uint64_t> indexes, chain.subject_entries(subject, 0, count));
    answer.entries.reserve(indexes.size());
    for (const std::uint64_t index : indexes) {
        XL_TRY(Chain::LocatedEntry located, chain.entry(index));
        answer.entries.push_back({std::move(located.entry), index});
    }
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
    answer.map = prover.map(StateKind::batch, batch);
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
