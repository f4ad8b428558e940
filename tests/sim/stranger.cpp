#include "tests/sim/stranger.hpp"

#include <openssl/sha.h>

#include <algorithm>

namespace xinlian::sim {

namespace {

Hash sha256(ByteView bytes) {
    Hash hash;
    SHA256(bytes.data(), bytes.size(), hash.bytes.data());
    return hash;
}

// Canonical bytes, by hand.
struct Out {
    Bytes bytes;
    Out& number(std::uint64_t value, int width) {
        for (int i = width - 1; i >= 0; --i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
        return *this;
    }
    Out& raw(ByteView view) {
        bytes.insert(bytes.end(), view.begin(), view.end());
        return *this;
    }
    Out& text(std::string_view text) { return number(text.size(), 4).raw(as_bytes(text)); }
};

Hash tagged(std::string_view tag, ByteView over) {
    return sha256(Out().number(tag.size(), 1).raw(as_bytes(tag)).raw(over).bytes);
}
Hash pair_hash(std::uint8_t prefix, const Hash& left, const Hash& right) {
    return sha256(Out().number(prefix, 1).raw(left.view()).raw(right.view()).bytes);
}

// RFC 9162, 2.1.1, as it stands there: the largest power of two below n splits the leaves.
Hash log_root(std::span<const Hash> leaves) {
    if (leaves.empty()) return sha256({});
    if (leaves.size() == 1) return leaves[0];
    std::size_t split = 1;
    while (split * 2 < leaves.size()) split *= 2;
    return pair_hash(1, log_root(leaves.first(split)), log_root(leaves.subspan(split)));
}

using MapLeaves = std::vector<std::pair<Hash, Hash>>;  // key, leaf hash; ascending

bool bit(const Hash& key, std::size_t i) { return (key.bytes[i / 8] >> (7 - i % 8) & 1) != 0; }

Hash map_root(std::span<const std::pair<Hash, Hash>> leaves, std::size_t depth) {
    if (leaves.empty()) return {};
    if (leaves.size() == 1) return leaves[0].second;
    const auto right =
        std::partition_point(leaves.begin(), leaves.end(), [&](const auto& leaf) { return !bit(leaf.first, depth); });
    const auto split = static_cast<std::size_t>(right - leaves.begin());
    return pair_hash(3, map_root(leaves.first(split), depth + 1), map_root(leaves.subspan(split), depth + 1));
}

Bytes entry_bytes(const ledger::Entry& entry) {
    return Out()
        .number(static_cast<std::uint8_t>(entry.operation), 1)
        .number(static_cast<std::uint8_t>(entry.category), 1)
        .raw(entry.record.view())
        .number(entry.version, 4)
        .raw(entry.digest.view())
        .raw(entry.subject.view())
        .number(entry.decided, 4)
        .number(entry.public_until, 4)
        .number(entry.party, 2)
        .number(entry.code, 2)
        .number(entry.channel, 2)
        .bytes;
}

Bytes statement_bytes(const Statement& said) {
    Out out;
    out.number(static_cast<std::uint8_t>(said.kind), 1).number(said.epoch, 8).number(said.view, 8);
    out.number(said.block ? 1 : 0, 1);
    if (said.block) out.raw(said.block->view());
    out.number(said.result ? 1 : 0, 1);
    if (said.result)
        out.number(said.result->log_size, 8).raw(said.result->log_root.view()).raw(said.result->state_root.view());
    return out.bytes;
}

Bytes evidence_bytes(const Evidence& evidence) {
    return Out()
        .number(evidence.member, 2)
        .raw(statement_bytes(evidence.first))
        .raw(statement_bytes(evidence.second))
        .raw(evidence.first_signature.bytes)
        .raw(evidence.second_signature.bytes)
        .bytes;
}

// The number behind a name in the text of a resolution, if it stands there.
std::optional<std::uint64_t> number_in(const std::string& text, const std::string& name) {
    const std::size_t at = text.find("\"" + name + "\":");
    if (at == std::string::npos) return std::nullopt;
    return std::stoull(text.substr(at + name.size() + 3));
}

// The rules of the ledger once more, over plain containers.
class Model {
public:
    explicit Model(const std::vector<std::string>& members) : members_(members) {}

    // The text of the resolution in force at a height; empty if there is none.
    std::string rules_at(Height height) const {
        if (last_ && last_->from <= height) return last_->text;
        return before_ ? before_->text : "";
    }

    void run(const ledger::Block& block, const std::vector<ledger::Batch>& batches) {
        for (const Evidence& evidence : block.evidence) {
            const Bytes id = Out().number(block.header.epoch, 8).number(evidence.member, 2).bytes;
            values_[key(5, id)] = Out()
                                      .text(members_.at(evidence.member))
                                      .number(evidence.first.view, 8)
                                      .raw(tagged("xinlian/v1/evidence", evidence_bytes(evidence)).view())
                                      .number(block.header.height, 8)
                                      .number(block.header.time.ms, 8)
                                      .bytes;
        }
        for (std::size_t i = 0; i < batches.size(); ++i) run_batch(block.header, block.batches[i], batches[i]);
    }
    std::uint64_t log_size() const { return leaves_.size(); }
    Hash log_root() const { return sim::log_root(leaves_); }
    Hash state_root() const {
        MapLeaves all;
        for (const auto& [key, value] : values_)
            all.emplace_back(key, sha256(Out().number(2, 1).raw(key.view()).raw(sha256(value).view()).bytes));
        return map_root(all, 0);
    }
    // As the program keeps it in its map; nothing if no batch of that id was decided.
    const Bytes* outcome(const Hash& batch) const {
        const auto at = values_.find(key(4, batch.view()));
        return at == values_.end() ? nullptr : &at->second;
    }

private:
    struct Resolved {
        std::uint64_t index = 0;
        Height from = 0;
        std::string text;
    };
    struct Record {
        std::string issuer;
        ledger::Entry entry;
        std::uint64_t index = 0;  // its leaf in the log
    };
    // Why an entry is refused, 0 if it is not, and the leaf that stands in its way.
    struct Judgement {
        int reason = 0;
        std::optional<std::uint64_t> obstacle;
    };
    static Hash key(std::uint8_t kind, ByteView id) {
        return tagged("xinlian/v1/map-key", Out().number(kind, 1).raw(id).bytes);
    }

    // The clients of a simulation write records and resolutions, and nothing else.
    Judgement judge_resolution(const ledger::Batch& batch, Height height) const {
        const std::string& text = batch.resolutions.at(0).text;
        if (number_in(text, "number") != resolutions_ + 1) return {51, {}};
        if (number_in(text, "from") <= height) return {52, {}};
        if (last_ && last_->from > height) return {53, last_->index};
        return {};
    }
    Judgement judge(const std::string& issuer, const ledger::Entry& entry) const {
        using ledger::Operation;
        const auto known = records_.find(entry.record);
        if (known == records_.end()) return {entry.operation == Operation::create ? 0 : 4, {}};
        const auto& [owner, last, index] = known->second;
        if (entry.operation == Operation::create) return {3, index};
        if (owner != issuer) return {7, index};
        if (last.operation == Operation::remove) return {6, index};
        if (entry.subject != last.subject || entry.category != last.category) return {8, index};
        const std::uint64_t due = last.version + (entry.operation == Operation::overwrite ? 0ull : 1ull);
        return entry.version == due ? Judgement{} : Judgement{5, index};
    }

    void run_batch(const ledger::BlockHeader& header, const Hash& id, const ledger::Batch& batch) {
        const std::string& issuer = batch.header.issuer;
        auto& [next, head] = feeds_.try_emplace(issuer, 1, Hash{}).first->second;
        Judgement judged;
        std::size_t at = 0;
        if (batch.header.sequence != next) {
            judged.reason = 1;
        } else if (batch.header.previous != head) {
            judged.reason = 2;
        } else if (!batch.resolutions.empty()) {
            judged = judge_resolution(batch, header.height);
        } else {
            for (; at < batch.entries.size() && judged.reason == 0; ++at) judged = judge(issuer, batch.entries[at]);
        }
        const std::uint64_t first = leaves_.size();
        const int reason = judged.reason;
        if (reason == 0) {
            for (const ledger::Entry& entry : batch.entries) apply(header, issuer, entry);
            if (!batch.resolutions.empty()) resolve(header.height, batch.resolutions[0].text);
            next += 1;
            head = id;
            values_[key(3, as_bytes(issuer))] = Out().number(next, 8).raw(head.view()).bytes;
        }
        const std::uint64_t broke = reason > 2 && batch.resolutions.empty() ? at - 1 : 0;
        Out outcome;
        outcome.number(static_cast<std::uint64_t>(reason), 1).number(broke, 4).number(header.height, 8);
        outcome.number(reason == 0 ? first : 0, 8).number(batch.entries.size(), 4).number(judged.obstacle ? 1 : 0, 1);
        if (judged.obstacle) outcome.number(*judged.obstacle, 8);
        values_[key(4, id.view())] = outcome.bytes;
    }

    void apply(const ledger::BlockHeader& header, const std::string& issuer, const ledger::Entry& entry) {
        const Bytes encoded = entry_bytes(entry);
        const Bytes leaf =
            Out().number(0, 1).number(header.height, 8).number(header.time.ms, 8).text(issuer).raw(encoded).bytes;
        const std::uint64_t index = leaves_.size();
        leaves_.push_back(sha256(leaf));
        if (entry.operation == ledger::Operation::resolve) return;
        records_[entry.record] = {issuer, entry, index};
        values_[key(1, entry.record.view())] =
            Out().text(issuer).raw(encoded).number(index, 8).number(0, 1).bytes;  // no life
        auto& [count, head] = subjects_[entry.subject];
        head = tagged("xinlian/v1/list", Out().raw(head.view()).raw(leaves_.back().view()).number(index, 8).bytes);
        values_[key(2, entry.subject.view())] = Out().number(++count, 8).raw(head.view()).bytes;
    }

    // Its leaf is the last one.
    void resolve(Height height, const std::string& text) {
        if (last_ && last_->from <= height) before_ = last_;
        last_ = Resolved{leaves_.size() - 1, number_in(text, "from").value_or(0), text};
        Out state;
        state.number(++resolutions_, 4);
        for (const std::optional<Resolved>& rules : {before_, last_}) {
            state.number(rules ? 1 : 0, 1);
            if (rules) state.number(rules->index, 8).number(rules->from, 8).text(rules->text);
        }
        values_[key(13, {})] = state.bytes;
    }

    const std::vector<std::string>& members_;  // ids, in the committee's order
    std::vector<Hash> leaves_;
    std::map<Hash, Bytes> values_;
    std::map<Hash, Record> records_;
    std::map<std::string, std::pair<std::uint64_t, Hash>> feeds_;
    std::map<Hash, std::pair<std::uint64_t, Hash>> subjects_;
    std::uint64_t resolutions_ = 0;
    std::optional<Resolved> before_, last_;
};

Bytes header_bytes(const ledger::BlockHeader& header) {
    return Out()
        .number(header.epoch, 8)
        .number(header.height, 8)
        .number(header.view, 8)
        .raw(header.parent.view())
        .number(header.proposer, 2)
        .number(header.time.ms, 8)
        .raw(header.body_hash.view())
        .bytes;
}

Bytes batch_header_bytes(const ledger::BatchHeader& header) {
    return Out()
        .raw(header.chain_id.view())
        .text(header.issuer)
        .number(header.sequence, 8)
        .raw(header.previous.view())
        .number(header.entry_count, 4)
        .raw(header.entries_root.view())
        .number(header.nonce, 8)
        .bytes;
}

}  // namespace

Stranger::Stranger(const test::Federation& federation)
    : genesis_(federation.genesis()), chain_id_(genesis_.chain_id()) {
    for (const ledger::Member& member : genesis_.members()) {
        if (member.roles.validator) members_.push_back(member.validator_key);
    }
    const auto by_bytes = [](const PublicKey& a, const PublicKey& b) {
        return std::lexicographical_compare(a.view().begin(), a.view().end(), b.view().begin(), b.view().end());
    };
    std::sort(members_.begin(), members_.end(), by_bytes);
    for (const PublicKey& key : members_) {
        for (const ledger::Member& member : genesis_.members()) {
            if (member.validator_key == key) member_ids_.push_back(member.id);
        }
    }
}

bool Stranger::signed_by(const PublicKey& key, ByteView message, const Signature& signature) const {
    const Hash first = sha256(Out().raw(as_bytes("cheap/r")).raw(key.view()).raw(message).bytes);
    const Hash second = sha256(Out().raw(as_bytes("cheap/s")).raw(key.view()).raw(message).bytes);
    return std::equal(first.bytes.begin(), first.bytes.end(), signature.bytes.begin()) &&
           std::equal(second.bytes.begin(), second.bytes.end(), signature.bytes.begin() + 32);
}

Bytes Stranger::vote_bytes(const Statement& said) const {
    return Out().raw(as_bytes("xinlian/v1/vote")).raw(chain_id_.view()).raw(statement_bytes(said)).bytes;
}

std::string Stranger::judge(const Certificate& certificate) const {
    const Bytes message = vote_bytes(certificate.statement);
    std::set<MemberIndex> signers;
    for (const MemberSignature& by : certificate.signatures) {
        if (by.member >= members_.size()) return "a certificate by somebody who is no member";
        if (!signed_by(members_[by.member], message, by.signature)) return "a certificate with a wrong signature";
        signers.insert(by.member);
    }
    // More than two thirds, so that two such groups share more than a third.
    return 3 * signers.size() > 2 * members_.size() ? "" : "a certificate of too few distinct members";
}

std::string Stranger::judge(const Evidence& evidence) const {
    const Statement &a = evidence.first, &b = evidence.second;
    if (evidence.member >= members_.size()) return "evidence against somebody who is no member";
    if (!signed_by(members_[evidence.member], vote_bytes(a), evidence.first_signature) ||
        !signed_by(members_[evidence.member], vote_bytes(b), evidence.second_signature))
        return "evidence with a wrong signature";
    if (a.epoch != b.epoch || a.view != b.view) return "evidence from two views";
    const std::set<VoteKind> kinds{a.kind, b.kind};
    if (kinds == std::set<VoteKind>{VoteKind::notarize, VoteKind::finalize} && a.block != b.block) return "";
    const bool same_kind =
        a.kind == b.kind && a.kind != VoteKind::nullify && (a.block != b.block || a.result != b.result);
    const bool both_ways = kinds == std::set<VoteKind>{VoteKind::nullify, VoteKind::finalize};
    return same_kind || both_ways ? "" : "evidence of two statements that go together";
}

// Walks a chain from genesis and keeps what it has seen.
class Stranger::Walk {
public:
    Walk(const Stranger& stranger, const ledger::Chain& chain, bool thorough)
        : stranger_(stranger),
          chain_(chain),
          thorough_(thorough),
          model_(stranger.member_ids_),
          parent_(stranger.chain_id_) {}

    std::vector<std::string> go() {
        const Height tip = chain_.height();
        for (height_ = 0; height_ <= tip; ++height_) {
            const auto stored = chain_.block(height_);
            if (!stored) {
                complain("cannot be read: " + stored.error().text);
                break;
            }
            check_block(stored->id, stored->block);
            const auto batches = read_batches(stored->block);
            if (batches.size() != stored->block.batches.size()) break;
            model_.run(stored->block, batches);
            if (height_ > 0) check_certificate(*stored, height_ == tip);
        }
        return std::move(complaints_);
    }

private:
    void complain(const std::string& what) { complaints_.push_back("block " + std::to_string(height_) + ": " + what); }

    void check_block(const Hash& id, const ledger::Block& block) {
        Out body;
        body.number(block.batches.size(), 4);
        for (const Hash& batch : block.batches) body.raw(batch.view());
        body.number(block.evidence.size(), 4);
        for (const Evidence& evidence : block.evidence) {
            body.raw(evidence_bytes(evidence));
            if (const std::string wrong = stranger_.judge(evidence); !wrong.empty()) complain(wrong);
            if (!accused_.insert(evidence.member).second) complain("a member is accused twice");
        }
        const ledger::BlockHeader& header = block.header;
        if (tagged("xinlian/v1/block-body", body.bytes) != header.body_hash)
            complain("its body is not that of its header");
        if (tagged("xinlian/v1/block", header_bytes(header)) != id) complain("its id is not that of its header");
        if (header.height != height_ || header.parent != parent_) complain("it does not follow the block before");
        const bool led = header.proposer == header.view % stranger_.members_.size();
        if (height_ > 0 && (header.view <= view_ || !led)) complain("its view or proposer is wrong");
        const std::string rules = model_.rules_at(height_);
        const ledger::Parameters& first = stranger_.genesis_.parameters();
        const std::uint64_t interval = number_in(rules, "block_interval_min_ms").value_or(first.block_interval_min.ms);
        if (height_ > 0 && header.time.ms < time_.ms + interval) complain("it comes too soon after the block before");
        if (block.batches.size() > number_in(rules, "block_batches_max").value_or(first.block_batches_max))
            complain("it has more batches than are allowed");
        parent_ = id;
        view_ = header.view;
        time_ = header.time;
    }

    // All of the block's, or fewer if one cannot be read.
    std::vector<ledger::Batch> read_batches(const ledger::Block& block) {
        std::vector<ledger::Batch> batches;
        for (const Hash& id : block.batches) {
            const auto bytes = chain_.batch(id);
            const auto batch = bytes ? decode<ledger::Batch>(*bytes) : Result<ledger::Batch>(bytes.error());
            if (!batch) {
                complain("a batch cannot be read: " + batch.error().text);
                return batches;
            }
            check_batch(id, *batch);
            batches.push_back(*batch);
        }
        return batches;
    }
    void check_batch(const Hash& id, const ledger::Batch& batch) {
        const ledger::BatchHeader& header = batch.header;
        if (tagged("xinlian/v1/batch", batch_header_bytes(header)) != id)
            complain("a batch is not the one its id names");
        std::vector<Hash> leaves;
        for (const ledger::Entry& entry : batch.entries)
            leaves.push_back(sha256(Out().number(0, 1).raw(entry_bytes(entry)).bytes));
        if (log_root(leaves) != header.entries_root) complain("a batch holds other entries than were signed");
        const ledger::Member* issuer = stranger_.genesis_.member(header.issuer);
        const Bytes message =
            Out().raw(as_bytes("xinlian/v1/batch-signature")).raw(stranger_.chain_id_.view()).raw(id.view()).bytes;
        if (issuer == nullptr || !stranger_.signed_by(issuer->issuer_key, message, batch.signature))
            complain("a batch is not signed by its issuer");
        for (const ledger::SignedRules& rules : batch.resolutions) check_resolution(rules, batch.entries.at(0));
    }
    void check_resolution(const ledger::SignedRules& rules, const ledger::Entry& entry) {
        const Hash id = tagged("xinlian/v1/resolution", as_bytes(rules.text));
        const Bytes message =
            Out().raw(as_bytes("xinlian/v1/resolution-signature")).raw(stranger_.chain_id_.view()).raw(id.view()).bytes;
        Out encoded;
        encoded.text(rules.text).number(rules.signatures.size(), 4);
        std::set<MemberIndex> signers;
        for (const MemberSignature& by : rules.signatures) {
            encoded.number(by.member, 2).raw(by.signature.bytes);
            const bool right = by.member < stranger_.members_.size() &&
                               stranger_.signed_by(stranger_.members_[by.member], message, by.signature);
            if (right) signers.insert(by.member);
        }
        if (3 * signers.size() <= 2 * stranger_.members_.size()) complain("a resolution of too few members");
        if (entry.record != id || entry.digest != tagged("xinlian/v1/resolution-signed", encoded.bytes))
            complain("a resolution is not the one that its entry names");
    }

    void check_certificate(const ledger::StoredBlock& stored, bool is_tip) {
        if (is_tip && !stored.certificate) complain("the tip has no certificate");
        if (!stored.certificate) return;
        const Statement& said = stored.certificate->statement;
        if (const std::string wrong = stranger_.judge(*stored.certificate); !wrong.empty()) complain(wrong);
        if (said.kind != VoteKind::finalize || said.block != stored.id || said.view != view_)
            complain("its certificate is of another block");
        if (!thorough_ && !is_tip) return;
        const ExecutionResult mine{model_.log_size(), model_.log_root(), model_.state_root()};
        if (said.result != mine) complain("the quorum signed another result than these batches give");
    }

    const Stranger& stranger_;
    const ledger::Chain& chain_;
    bool thorough_;
    Model model_;
    Height height_ = 0;
    Hash parent_;
    View view_ = 0;
    Time time_;
    std::set<MemberIndex> accused_;
    std::vector<std::string> complaints_;
};

std::vector<std::string> Stranger::audit(const ledger::Chain& chain, bool thorough) const {
    return Walk(*this, chain, thorough).go();
}

}  // namespace xinlian::sim
