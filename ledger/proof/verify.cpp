#include "ledger/proof/verify.hpp"

#include "crypto/merkle_log.hpp"
#include "ledger/proof/verify_common.hpp"

namespace xinlian::ledger {
namespace {

// The record's content in `what` of a finding, which may be const. nullptr for a proof of another kind.
template <class What>
auto content_in(What& what) {
    using Content = std::conditional_t<std::is_const_v<What>, const RecordContent, RecordContent>;
    return std::visit(
        [](auto& found) -> Content* {
            if constexpr (std::is_base_of_v<RecordContent, std::remove_cvref_t<decltype(found)>>) return &found;
            return nullptr;
        },
        what);
}

// Verifies one proof against the genesis file. Comparisons and hashes come first, signatures last. Nothing is reported
// before all checks have passed, and a modified file is rejected at little cost.
class Verifier {
public:
    Verifier(const Genesis& genesis, const Proof& proof)
        : genesis_(genesis), suite_(genesis.suite()), proof_(proof), header_(proof.anchor.header) {}

    Result<Finding> run() {
        XL_TRY_STATUS(check_certified());
        XL_TRY_STATUS(std::visit([this](const auto& answer) { return find(answer); }, proof_.answer));
        if (proof_.opening) XL_TRY_STATUS(check_shown_fields(*proof_.opening));
        for (const auto& [header, signature] : batches_) XL_TRY_STATUS(check_issuer(*header, *signature));
        if (evidence_ != nullptr) XL_TRY_STATUS(check(genesis_.committee(), genesis_.chain_id(), *evidence_));
        XL_TRY_STATUS(check_who_signed());
        return std::move(finding_);
    }

private:
    // check_who_signed() verifies the signatures last.
    Status check_certified() {
        XL_TRY(certified_, check_anchor(genesis_, proof_.chain_id, proof_.anchor));
        finding_.height = header_.height;
        finding_.time = header_.time;
        finding_.log_size = result_.log_size;
        return Status();
    }

    Status check_who_signed() {
        XL_TRY(finding_.signers, check_signers(genesis_, proof_.anchor.certificate));
        finding_.quorum = genesis_.committee().quorum();
        finding_.members = genesis_.committee().size();
        return Status();
    }

    template <class Answer>
    Status find(const Answer& answer) {
        XL_TRY(finding_.what, check_answer(answer));
        return Status();
    }

    // Checks a value in the map under its id, with one valid entry for each index in its state.
    template <class T>
    Result<StateFinding<T>> check_thing(StateKind kind, const StateAnswer<T>& answer) {
        StateFinding<T> found{answer.id, answer.state, {}};
        XL_TRY_STATUS(check_state(kind, answer.id, answer.state, answer.map));
        const std::vector<std::uint64_t> indexes =
            answer.state ? causes_of(*answer.state) : std::vector<std::uint64_t>();
        if (indexes.size() != answer.causes.size()) {
            return invalid(
                "the number of entries in the proof does not match the number of entries that the state names");
        }
        for (std::size_t i = 0; i < indexes.size(); ++i) {
            const EntryProof& cause = answer.causes[i];
            if (cause.index != indexes[i] || cause.entry.entry.record != answer.id) {
                return invalid("entry " + std::to_string(cause.index) + " is not an entry that the state names");
            }
            XL_TRY_STATUS(check_entry(cause));
            found.causes.push_back({cause.entry, cause.index});
        }
        return found;
    }

    Result<RecordFinding> check_answer(const RecordAnswer& answer) {
        XL_TRY(auto found, check_thing(StateKind::record, answer));
        RecordFinding record;
        record.id = answer.id;
        if (!answer.state) return record;
        XL_TRY_STATUS(check_is_latest(answer.causes.front(), *answer.state));
        record.entry = shown(answer.causes.front());
        record.state = std::move(found.state);
        record.causes = std::move(found.causes);
        return record;
    }

    Result<GrantFinding> check_answer(const GrantAnswer& answer) { return check_begun(StateKind::grant, answer); }
    Result<QueryFinding> check_answer(const QueryAnswer& answer) { return check_begun(StateKind::query, answer); }
    Result<AccountFinding> check_answer(const AccountAnswer& answer) { return check_thing(StateKind::account, answer); }

    // Something that one entry began and that keeps it.
    template <class T>
    Result<StateFinding<T>> check_begun(StateKind kind, const StateAnswer<T>& answer) {
        XL_TRY(auto found, check_thing(kind, answer));
        if (!answer.state) return found;
        const LogEntry& first = answer.causes.front().entry;
        if (first.issuer == answer.state->issuer && first.entry == answer.state->entry) return found;
        return invalid("the state does not match its first entry");
    }

    Result<EntryFinding> check_answer(const EntryAnswer& answer) {
        const bool superseded = answer.state.index != answer.asked.index;
        if (superseded != answer.latest.has_value()) {
            return invalid(
                "the proof has no superseding entry although the state names one, or has one although the state names "
                "none");
        }
        const Hash& record = answer.asked.entry.entry.record;
        if (answer.state.entry.record != record) return invalid("the state belongs to another record than the entry");
        if (!is_content(answer.asked.entry.entry.operation))
            return invalid("the entry is not about a record's content");
        if (answer.state.index < answer.asked.index) return invalid("the record's state is older than the entry");
        XL_TRY_STATUS(check_state(StateKind::record, record, std::optional(answer.state), answer.map));
        XL_TRY_STATUS(check_entry(answer.asked));
        if (superseded) XL_TRY_STATUS(within_latest(check_entry(*answer.latest)));
        XL_TRY_STATUS(check_is_latest(superseded ? *answer.latest : answer.asked, answer.state));
        EntryFinding entry;
        entry.id = record;
        entry.entry = shown(answer.asked);
        if (superseded) entry.latest = answer.latest->entry;
        entry.state = answer.state;
        return entry;
    }

    Result<ListFinding> check_answer(const ListAnswer& answer) {
        XL_TRY(ListId list, list_of(answer));
        const Hash key = state_key(suite_, answer.list, answer.id);
        XL_TRY_STATUS(check_at(key, answer.state, answer.map));
        XL_TRY_STATUS(check_list(genesis_, certified_, key, answer.state, answer.entries));
        return ListFinding{std::move(list), answer.entries};
    }

    static Result<ListId> list_of(const ListAnswer& answer) {
        if (!is_list(answer.list)) return invalid("the proof is about an unknown kind of list");
        if (answer.list == StateKind::acts_of_member) return ListId(ActsOfMember{std::string(as_text(answer.id))});
        const Result<Hash> id = hash_from_bytes(answer.id);
        if (!id) return invalid("the list's id is not 32 bytes long");
        if (answer.list == StateKind::grants_of_subject) return ListId(GrantsOfSubject{*id});
        if (answer.list == StateKind::uses_of_grant) return ListId(UsesOfGrant{*id});
        return ListId(EntriesOfSubject{*id});
    }

    Result<FeedFinding> check_answer(const FeedAnswer& answer) {
        if (answer.batches.empty()) return invalid("the proof contains no batch");
        const FeedAnswer::Item* before = nullptr;
        Hash id_before;
        for (const FeedAnswer::Item& item : answer.batches) {
            const std::string where = "batch " + std::to_string(item.header.sequence);
            if (before != nullptr &&
                (item.header.issuer != before->header.issuer || item.header.sequence != before->header.sequence + 1 ||
                 item.header.previous != id_before)) {
                return invalid(where + " does not follow the previous batch");
            }
            XL_TRY_STATUS(check_feed_item(item, where));
            before = &item;
            id_before = batch_id(suite_, item.header);
        }
        return FeedFinding{before->header.issuer, answer.batches};
    }

    Status check_feed_item(const FeedAnswer::Item& item, const std::string& where) {
        XL_TRY_STATUS(check_receipt(item.header, item.outcome, item.map));
        if (item.outcome.reason != Reason::accepted) return invalid(where + " was not accepted");
        if (item.entries.size() != item.header.entry_count) return invalid(where + " does not have all its entries");
        std::vector<Hash> leaves;
        leaves.reserve(item.entries.size());
        for (const Entry& entry : item.entries) leaves.push_back(log_leaf_hash(suite_, encode(entry)));
        if (log_root_of(suite_, leaves) != item.header.entries_root)
            return invalid(where + " has other entries than its header commits to");
        batches_.emplace_back(&item.header, &item.signature);
        return Status();
    }

    Result<BatchFinding> check_answer(const BatchAnswer& answer) {
        XL_TRY_STATUS(check_receipt(answer.header, answer.outcome, answer.map));
        batches_.emplace_back(&answer.header, &answer.signature);
        return BatchFinding{batch_id(suite_, answer.header), answer.header, answer.outcome};
    }

    // Checks that the map has this outcome of the batch, and that the outcome is possible.
    Status check_receipt(const BatchHeader& header, const BatchOutcome& outcome, const MapProof& map) const {
        XL_TRY_STATUS(check_batch_header(header));
        XL_TRY_STATUS(check_state(StateKind::batch, batch_id(suite_, header), std::optional(outcome), map));
        if (outcome.height == 0 || outcome.height > header_.height) {
            return invalid("the height of the batch's outcome is 0 or above the height of the proof's block");
        }
        if (outcome.entry_count != header.entry_count) {
            return invalid("the number of entries in the outcome differs from that in the batch's header");
        }
        const bool fits =
            outcome.first_index < result_.log_size && outcome.entry_count <= result_.log_size - outcome.first_index;
        if (outcome.reason == Reason::accepted && !fits)
            return invalid("the batch's entries are beyond the end of the log");
        return Status();
    }

    Result<EvidenceFinding> check_answer(const EvidenceAnswer& answer) {
        const std::optional<MemberIndex> member = genesis_.validator_index(answer.member);
        if (!member) return invalid("the evidence is about a member that is not a validator of this federation");
        // In another epoch the committee is not the genesis file's.
        if (answer.epoch != header_.epoch)
            return invalid("the evidence is about another epoch than the epoch of the block");
        if (answer.state.has_value() != answer.evidence.has_value()) {
            return invalid(
                "the evidence is missing although the state names it, or is present although the state names none");
        }
        XL_TRY_STATUS(check_at(evidence_key(suite_, answer.epoch, *member), answer.state, answer.map));
        if (!answer.state) return EvidenceFinding{answer.member, answer.epoch, {}};
        const EvidenceState& state = *answer.state;
        const Evidence& evidence = *answer.evidence;
        if (state.member != answer.member || evidence.member != *member) {
            return invalid("the evidence is against another member than the requested member");
        }
        if (state.digest != evidence_digest(suite_, evidence)) {
            return invalid("the evidence does not match its digest in the state");
        }
        if (evidence.first.epoch != answer.epoch || evidence.first.view != state.view) {
            return invalid("the evidence has another epoch or view than the state");
        }
        if (state.height == 0 || state.height > header_.height || state.time > header_.time) {
            return invalid("the evidence was entered after the proof's block");
        }
        evidence_ = &evidence;
        return EvidenceFinding{answer.member, answer.epoch, EvidenceFinding::Shown{state, evidence}};
    }

    template <class State>
    Status check_state(StateKind kind, const Hash& id, const std::optional<State>& state, const MapProof& proof) const {
        return check_at(state_key(suite_, kind, id.view()), state, proof);
    }

    // Checks that the map has this state, or none, at this key under the certified state root.
    template <class State>
    Status check_at(const Hash& key, const std::optional<State>& state, const MapProof& proof) const {
        const Bytes value = state ? encode(*state) : Bytes();
        Status status = check_map_proof(suite_, result_.state_root, key,
                                        state ? std::optional<ByteView>(value) : std::nullopt, proof);
        if (!status) return within("the state", std::move(status).error());
        return Status();
    }

    // Checks one leaf of the certified log, from a batch that its issuer signed.
    Status check_entry(const EntryProof& proof) {
        const std::string where = "entry " + std::to_string(proof.index);
        XL_TRY_STATUS(check_place(certified_, proof.entry, proof.index));
        XL_TRY_STATUS(check_batch_header(proof.batch));
        if (proof.entry.issuer != proof.batch.issuer) return invalid(where + " has another issuer than its batch");
        if (proof.position >= proof.batch.entry_count) return invalid(where + " is beyond the end of its batch");
        const Hash leaf = log_leaf_hash(suite_, encode(proof.entry));
        if (Status status =
                check_inclusion(suite_, leaf, proof.index, result_.log_size, proof.log_path, result_.log_root);
            !status) {
            return within(where + " is not proven to be in the log", std::move(status).error());
        }
        const Hash in_batch = log_leaf_hash(suite_, encode(proof.entry.entry));
        if (Status status = check_inclusion(suite_, in_batch, proof.position, proof.batch.entry_count, proof.batch_path,
                                            proof.batch.entries_root);
            !status) {
            return within(where + " is not proven to be in its batch", std::move(status).error());
        }
        batches_.emplace_back(&proof.batch, &proof.batch_signature);
        return Status();
    }

    Status check_batch_header(const BatchHeader& header) const {
        if (header.chain_id != genesis_.chain_id()) return invalid("the batch belongs to another chain");
        if (header.entry_count == 0 || header.entry_count > batch_entries_max) {
            return invalid("the batch declares " + std::to_string(header.entry_count) + " entries; 1 to " +
                           std::to_string(batch_entries_max) + " are allowed");
        }
        return Status();
    }

    Status check_issuer(const BatchHeader& header, const Signature& signature) const {
        const Member* member = genesis_.member(header.issuer);
        if (member == nullptr || !member->roles.writes()) {
            return invalid("the batch's issuer is neither an issuer nor a bureau of this federation");
        }
        const Hash id = batch_id(suite_, header);
        if (!verify(member->issuer_key, batch_signing_bytes(genesis_.chain_id(), id), signature)) {
            return invalid("the batch is not signed by its issuer " + member->id);
        }
        return Status();
    }

    static Status check_is_latest(const EntryProof& proof, const RecordState& state) {
        if (proof.index != state.index || proof.entry.issuer != state.issuer || proof.entry.entry != state.entry) {
            return invalid("the record's state does not match its latest entry");
        }
        return Status();
    }

    static Status within_latest(Status status) {
        if (!status) return within("the superseding entry", std::move(status).error());
        return status;
    }

    static ProvenEntry shown(const EntryProof& proof) { return {proof.entry, proof.index, proof.batch}; }

    Status check_shown_fields(const Opening& opening) {
        RecordContent* content = content_in(finding_.what);
        if (content == nullptr || !content->entry) {
            return invalid("the proof opens fields, but contains no entry that they belong to");
        }
        const Entry& entry = content->entry->entry.entry;
        if (entry.operation == Operation::remove)
            return invalid("the proof opens fields of an entry that deletes the record and has no fields");
        if (opening.shape.category != entry.category)
            return invalid("the opened fields have another category than the entry");
        if (Status status = check_opening(suite_, opening, entry.digest); !status) {
            return within("the opened fields", std::move(status).error());
        }
        for (const OpenedField& field : opening.fields) content->opened.push_back(field.field);
        return Status();
    }

    const Genesis& genesis_;
    Suite suite_;
    const Proof& proof_;
    const BlockHeader& header_;
    Certified certified_;
    const ExecutionResult& result_ = certified_.result;
    // Batches whose signatures are not verified yet.
    std::vector<std::pair<const BatchHeader*, const Signature*>> batches_;
    const Evidence* evidence_ = nullptr;
    Finding finding_;
};

}  // namespace

bool RecordContent::is_deleted() const {
    if (!entry) return false;
    return (latest ? *latest : entry->entry).entry.operation == Operation::remove;
}

bool RecordContent::is_current() const { return entry && !latest && !is_deleted(); }

StateKind kind_of(const ListId& list) {
    struct Kind {
        StateKind operator()(const EntriesOfSubject&) const { return StateKind::subject; }
        StateKind operator()(const GrantsOfSubject&) const { return StateKind::grants_of_subject; }
        StateKind operator()(const UsesOfGrant&) const { return StateKind::uses_of_grant; }
        StateKind operator()(const ActsOfMember&) const { return StateKind::acts_of_member; }
    };
    return std::visit(Kind(), list);
}

const RecordContent* content_of(const Finding& finding) { return content_in(finding.what); }

Result<Finding> verify_proof(const Genesis& genesis, const Proof& proof) { return Verifier(genesis, proof).run(); }

Status verify_record(const Genesis& genesis, const Finding& finding, const Record& record, const Hash& record_salt) {
    const RecordContent* content = content_of(finding);
    if (content == nullptr) {
        return invalid("a proof about a " + std::string(name_of(finding.kind())) +
                       " does not prove anything about the content of a record");
    }
    if (!content->entry) return invalid("the proof shows that there is no such record");
    const Entry& entry = content->entry->entry.entry;
    if (entry.operation == Operation::remove) return invalid("the proof's entry deletes the record; it has no content");
    XL_TRY_STATUS(check(record));
    if (record.category != entry.category) {
        return invalid("the record is a " + std::string(name_of(record.category)) + "; the proof is about a " +
                       std::string(name_of(entry.category)));
    }
    if (record_digest(genesis.suite(), record, record_salt) != entry.digest) {
        return invalid("the record with this salt does not match the proof: a field or the salt differs");
    }
    return Status();
}

}  // namespace xinlian::ledger
