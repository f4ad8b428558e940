#include "consensus/journal.hpp"

namespace xinlian::consensus {

namespace {

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

Error contradiction(std::string_view what, View view) {
    return {Errc::conflict, "the vote journal forbids " + std::string(what) + " in view " + std::to_string(view)};
}

// Makes `record` an empty one of the tag's kind.
bool choose(std::uint8_t tag, Persist& record) {
    switch (tag) {
        case 1:
            return true;
        case 2:
            record.emplace<OwnProposal>();
            return true;
        case 3:
            record.emplace<SeenCertificate>();
            return true;
        case 4:
            record.emplace<SilentThrough>();
            return true;
        default:
            return false;
    }
}

}  // namespace

Status Journal::record(const Persist& record) {
    const Overloaded keep{[this](const OwnVote& own) { return record_vote(own.vote); },
                          [this](const OwnProposal& own) { return record_proposal(own.proposal); },
                          [this](const SeenCertificate& seen) {
                              const Statement& said = seen.certificate.statement;
                              certificates_.emplace(said.view, said.kind);
                              return Status();
                          },
                          [this](const SilentThrough& silent) {
                              silent_through_ = silent.view;
                              return Status();
                          }};
    return std::visit(keep, record);
}

Status Journal::record_vote(const Vote& vote) {
    const Statement& said = vote.statement;
    if (said.kind == VoteKind::propose) return contradiction("a proposal written as a vote", said.view);
    if (const Vote* same = this->vote(said.kind, said.view); same != nullptr) {
        if (same->statement == said) return {};
        return contradiction("another " + std::string(name_of(said.kind)) + " vote", said.view);
    }
    XL_TRY_STATUS(check_shape(said));
    if (said.kind == VoteKind::notarize) {
        if (!may_notarize(said.view, *said.block)) return contradiction("this notarize vote", said.view);
        own_[said.view].notarize = vote;
    } else if (said.kind == VoteKind::nullify) {
        if (!may_nullify(said.view)) return contradiction("a nullify vote", said.view);
        own_[said.view].nullify = vote;
    } else {
        if (!may_finalize(said.view, *said.block)) return contradiction("this finalize vote", said.view);
        own_[said.view].finalize = vote;
    }
    return {};
}

Status Journal::record_proposal(const Proposal& proposal) {
    const Statement& said = proposal.statement;
    if (said.kind != VoteKind::propose) return contradiction("a vote written as a proposal", said.view);
    XL_TRY_STATUS(check_shape(said));
    if (const Proposal* same = this->proposal(said.view); same != nullptr) {
        if (same->statement == said) return {};
        return contradiction("another proposal", said.view);
    }
    if (!may_notarize(said.view, *said.block)) return contradiction("this proposal", said.view);
    own_[said.view].proposal = proposal;
    return {};
}

const Vote* Journal::vote(VoteKind kind, View view) const {
    const auto at = own_.find(view);
    if (at == own_.end()) return nullptr;
    const Own& own = at->second;
    const auto found = [](const std::optional<Vote>& vote) { return vote ? &*vote : nullptr; };
    switch (kind) {
        case VoteKind::notarize:
            return found(own.notarize);
        case VoteKind::nullify:
            return found(own.nullify);
        case VoteKind::finalize:
            return found(own.finalize);
        case VoteKind::propose:
            return nullptr;
    }
    check_failed("the kind of vote is known", __FILE__, __LINE__);
}

const Proposal* Journal::proposal(View view) const {
    const auto at = own_.find(view);
    return at == own_.end() || !at->second.proposal ? nullptr : &*at->second.proposal;
}

bool Journal::has_certificate(VoteKind kind, View view) const { return certificates_.contains({view, kind}); }

std::vector<Vote> Journal::votes_above(View above, std::size_t max) const {
    std::vector<Vote> votes;
    for (auto at = own_.rbegin(); at != own_.rend() && at->first > above; ++at) {
        for (const auto* vote : {&at->second.finalize, &at->second.nullify, &at->second.notarize}) {
            if (*vote && votes.size() < max) votes.push_back(**vote);
        }
    }
    return votes;
}

bool Journal::may_notarize(View view, const Hash& block) const {
    if (vote(VoteKind::notarize, view) != nullptr || vote(VoteKind::nullify, view) != nullptr) return false;
    const Vote* final = vote(VoteKind::finalize, view);
    if (final != nullptr && final->statement.block != block) return false;
    const Proposal* led = proposal(view);
    return led == nullptr || led->statement.block == block;
}

bool Journal::may_nullify(View view) const {
    return vote(VoteKind::nullify, view) == nullptr && vote(VoteKind::finalize, view) == nullptr;
}

bool Journal::may_finalize(View view, const Hash& block) const {
    if (vote(VoteKind::nullify, view) != nullptr || vote(VoteKind::finalize, view) != nullptr) return false;
    const Vote* notarized = vote(VoteKind::notarize, view);
    return notarized == nullptr || notarized->statement.block == block;
}

void Journal::prune(View finalized) {
    own_.erase(own_.begin(), own_.upper_bound(finalized));
    certificates_.erase(certificates_.begin(), certificates_.lower_bound({finalized, VoteKind::propose}));
}

bool is_live(const Persist& record, View finalized) {
    const Overloaded live{[=](const OwnVote& own) { return own.vote.statement.view > finalized; },
                          [=](const OwnProposal& own) { return own.proposal.statement.view > finalized; },
                          [=](const SeenCertificate& seen) { return seen.certificate.statement.view > finalized; },
                          // The last of these counts, so dropping a late one would bring an early one back to life.
                          [](const SilentThrough&) { return true; }};
    return std::visit(live, record);
}

Bytes encode_persist(const Persist& record) {
    Writer writer;
    writer.integer(static_cast<std::uint8_t>(record.index() + 1));
    std::visit([&writer](const auto& body) { writer(body); }, record);
    return writer.take();
}

Result<Persist> decode_persist(ByteView bytes) {
    if (bytes.empty()) return Error{Errc::malformed, "a journal record is empty"};
    // In place: g++ 12 wrongly warns about moving a variant into a Result.
    Result<Persist> decoded{Persist()};
    Persist& record = *decoded;
    if (!choose(bytes.front(), record)) {
        return Error{Errc::malformed,
                     "a journal record has the tag " + std::to_string(bytes.front()) + "; expected 1 to 4"};
    }
    Reader reader(bytes.subspan(1));
    std::visit([&reader](auto& body) { reader(body); }, record);
    if (!reader.failed() && reader.left() != 0) reader.fail("unexpected bytes after the end");
    if (reader.failed()) {
        return Error{Errc::malformed,
                     "a journal record, at byte " + std::to_string(reader.fault_offset() + 1) + ": " + reader.fault()};
    }
    return decoded;
}

}  // namespace xinlian::consensus
