// Tests which votes the journal of the consensus core allows, and which records it keeps.
#include "consensus/journal.hpp"

#include "tests/unit/consensus/harness.hpp"

using namespace xinlian;
using namespace xinlian::consensus;

namespace {

const Harness& harness() {
    static const Harness made;
    return made;
}
Status say(Journal& journal, const Statement& statement) {
    return journal.record(OwnVote{harness().vote(0, statement)});
}

}  // namespace

TEST_CASE("the journal allows one notarize vote in a view, and none after a nullify vote") {
    Journal journal;
    CHECK(journal.may_notarize(3, block_named("a")));
    REQUIRE(say(journal, notarize(3, "a")).ok());
    CHECK_FALSE(journal.may_notarize(3, block_named("a")));
    CHECK(say(journal, notarize(3, "a")).ok());  // a repeat
    CHECK(say(journal, notarize(3, "b")).error().code == Errc::conflict);
    REQUIRE(say(journal, nullify(4)).ok());
    CHECK_FALSE(journal.may_notarize(4, block_named("a")));
    CHECK(say(journal, notarize(4, "a")).error().code == Errc::conflict);
    CHECK(journal.vote(VoteKind::notarize, 4) == nullptr);
}

TEST_CASE("the journal excludes finalizing what was nullified, and nullifying what was finalized") {
    Journal journal;
    REQUIRE(say(journal, nullify(3)).ok());
    CHECK_FALSE(journal.may_finalize(3, block_named("a")));
    CHECK(say(journal, finalize(3, "a")).error().code == Errc::conflict);
    REQUIRE(say(journal, finalize(4, "a")).ok());
    CHECK_FALSE(journal.may_nullify(4));
    CHECK(say(journal, nullify(4)).error().code == Errc::conflict);
    CHECK(say(journal, finalize(4, "b")).error().code == Errc::conflict);
}

TEST_CASE("the journal lets a block be finalized that was notarized here or not voted on, and no other") {
    Journal journal;
    CHECK(journal.may_finalize(3, block_named("a")));
    REQUIRE(say(journal, notarize(3, "a")).ok());
    CHECK(journal.may_finalize(3, block_named("a")));
    CHECK_FALSE(journal.may_finalize(3, block_named("b")));
    REQUIRE(say(journal, finalize(6, "a")).ok());
    CHECK_FALSE(journal.may_notarize(6, block_named("b")));
    CHECK(journal.may_notarize(6, block_named("a")));
    CHECK(journal.may_nullify(3));  // a notarize vote does not prevent it
}

TEST_CASE("after an own proposal only its own block may be notarized") {
    Journal journal;
    REQUIRE(journal.record(OwnProposal{harness().proposal(4, "mine")}).ok());
    CHECK(journal.may_notarize(4, block_named("mine")));
    CHECK_FALSE(journal.may_notarize(4, block_named("other")));
    CHECK(journal.record(OwnProposal{harness().proposal(4, "mine")}).ok());
    CHECK(journal.record(OwnProposal{harness().proposal(4, "other")}).error().code == Errc::conflict);
}

TEST_CASE("pruning forgets final views only") {
    Journal journal;
    for (View view = 1; view <= 6; ++view) REQUIRE(say(journal, nullify(view)).ok());
    journal.prune(3);
    CHECK(journal.vote(VoteKind::nullify, 3) == nullptr);
    CHECK(journal.vote(VoteKind::nullify, 4) != nullptr);
    CHECK(journal.votes_above(3, 64).size() == 3);
    CHECK(journal.votes_above(3, 2).size() == 2);
    CHECK(journal.votes_above(3, 2).front().statement.view == 6);
}

TEST_CASE("journal records come back from their bytes, and stay live until their view is final") {
    const std::vector<Persist> all = {OwnVote{harness().vote(0, finalize(5, "a"))},
                                      OwnProposal{harness().proposal(5, "b")},
                                      SeenCertificate{harness().certificate(nullify(5))}, SilentThrough{5}};
    for (std::size_t i = 0; i < all.size(); ++i) {
        Bytes bytes = encode_persist(all[i]);
        CHECK(bytes.front() == i + 1);
        REQUIRE(decode_persist(bytes).ok());
        CHECK(*decode_persist(bytes) == all[i]);
        CHECK_FALSE(decode_persist(ByteView(bytes).first(bytes.size() - 1)).ok());
        bytes.push_back(1);
        CHECK_FALSE(decode_persist(bytes).ok());
        CHECK(is_live(all[i], 4));
        CHECK(is_live(all[i], 5) == (i == 3));  // the end of the silence is never forgotten
    }
    CHECK_FALSE(decode_persist({}).ok());
    CHECK_FALSE(decode_persist(Bytes{5, 0}).ok());
    CHECK_FALSE(decode_persist(Bytes{0, 0}).ok());
}
