// Tests random operations against a simple model: a std::map of records, and the rules in plain words.
#include <random>
#include <set>

#include "ledger/state/execute.hpp"
#include "tests/unit/ledger/federation.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using namespace xinlian::ledger::rules_test;

namespace {

constexpr Suite sha = Suite::ed25519_sha256;

struct Model {
    struct Record {
        std::string issuer;
        Entry entry;
        std::uint64_t index = 0;
    };
    std::map<Hash, Record> records;
    std::map<std::string, std::pair<std::uint64_t, Hash>> feeds;
    std::map<Hash, std::vector<std::pair<std::uint64_t, Hash>>> subjects;  // (index, leaf hash)
    std::vector<Hash> leaves;

    Reason check(const std::string& issuer, const Entry& entry) const {
        const auto known = records.find(entry.record);
        if (entry.operation == Operation::create) {
            return known == records.end() ? Reason::accepted : Reason::already_exists;
        }
        if (known == records.end()) return Reason::no_such_record;
        const Record& record = known->second;
        if (record.issuer != issuer) return Reason::wrong_issuer;
        if (record.entry.operation == Operation::remove) return Reason::deleted;
        if (record.entry.subject != entry.subject) return Reason::wrong_subject;
        const auto due = record.entry.version + (entry.operation == Operation::overwrite ? 0 : 1);
        return entry.version == due ? Reason::accepted : Reason::wrong_version;
    }

    std::pair<Reason, std::uint32_t> execute(const CheckedBatch& checked, const BlockHeader& block) {
        const BatchHeader& header = checked.batch.header;
        auto& [count, head] = feeds[header.issuer];
        if (header.sequence != count + 1) return {Reason::wrong_sequence, 0};
        if (header.previous != head) return {Reason::wrong_previous, 0};
        std::uint32_t at = 0;
        for (const Entry& entry : checked.batch.entries) {
            if (const Reason reason = check(header.issuer, entry); reason != Reason::accepted) return {reason, at};
            ++at;
        }
        for (const Entry& entry : checked.batch.entries) {
            const Hash leaf = log_leaf_hash(sha, encode(LogEntry{block.height, block.time, header.issuer, entry}));
            records[entry.record] = {header.issuer, entry, leaves.size()};
            subjects[entry.subject].emplace_back(leaves.size(), leaf);
            leaves.push_back(leaf);
        }
        ++count;
        head = checked.id;
        return {Reason::accepted, 0};
    }
};

class Chance {
public:
    explicit Chance(unsigned seed) : engine_(seed) {}
    // The standard's distributions differ between libraries; this does not.
    std::size_t below(std::size_t n) { return engine_() % n; }

private:
    std::mt19937 engine_;
};

// Mostly what the rules allow, sometimes what they do not.
Entry random_entry(Chance& chance, const Model& model, std::size_t record) {
    const std::string name = "record " + std::to_string(record);
    const std::string subject = "subject " + std::to_string(chance.below(40) == 0 ? 99 : record % 5);
    const auto known = model.records.find(named(name));
    if (known == model.records.end()) {
        return chance.below(25) == 0 ? change(Operation::update, name, 1, subject) : create(name, subject);
    }
    const std::uint32_t version = known->second.entry.version + (chance.below(30) == 0 ? 1 : 0);
    switch (chance.below(12)) {
        case 0:
            return create(name, subject);
        case 1:
            return change(Operation::remove, name, version + 1, subject);
        case 2:
        case 3:
            return change(Operation::overwrite, name, version, subject);
        default:
            return change(Operation::update, name, version + 1, subject);
    }
}

BatchPtr random_batch(Chance& chance, const Genesis& genesis, const Model& model, std::size_t round) {
    const std::string issuer = std::to_string(310'000 + 10'000 * chance.below(3));
    std::pair<std::uint64_t, Hash> feed;
    if (const auto at = model.feeds.find(issuer); at != model.feeds.end()) feed = at->second;
    std::vector<Entry> entries;
    std::set<std::size_t> used;
    const std::size_t count = 1 + chance.below(4);
    while (entries.size() < count) {
        // Most records are the issuer's own, a few are not.
        const std::size_t record = 3 * chance.below(20) + (chance.below(30) == 0 ? chance.below(3) : (issuer[1] - '1'));
        if (!used.insert(record).second) continue;
        entries.push_back(random_entry(chance, model, record));
        entries.back().decided = 20260101 + static_cast<Date>(round % 28);  // no two batches are the same
        entries.back().public_until = 20300101 + static_cast<Date>(round / 28 % 28);
    }
    std::uint64_t sequence = feed.first + 1;
    if (chance.below(20) == 0) ++sequence;
    Hash previous = feed.second;
    if (sequence > 1 && (previous.is_zero() || chance.below(20) == 0)) previous = named("no batch");
    return batch_of(genesis, issuer, sequence, previous, entries);
}

void check_equal(const State& state, const Model& model) {
    for (const auto& [id, record] : model.records) {
        REQUIRE(state.record(id) == RecordState{record.issuer, record.entry, record.index});
    }
    for (const auto& [tag, entries] : model.subjects) {
        Hash head;
        for (const auto& [index, leaf] : entries) head = list_next(sha, head, leaf, index);
        REQUIRE(state.subject(tag) == ListState{entries.size(), head});
    }
    for (const auto& [issuer, feed] : model.feeds)
        REQUIRE(state.feed(issuer) == FeedState{feed.first + 1, feed.second});
    REQUIRE(state.result().log_root == log_root_of(sha, model.leaves));
}

}  // namespace

TEST_CASE("random batches do to the state what they do to a plain model") {
    const Genesis genesis = genesis_with({});
    std::map<Reason, int> seen;
    for (unsigned seed = 1; seed <= 6; ++seed) {
        Chance chance(seed);
        Model model;
        ExecutedBlockPtr tip = genesis_executed(genesis);
        std::size_t round = 0, decided = 0;
        for (int height = 0; height < 25; ++height) {
            const BlockHeader next = block_after(genesis, tip->block.header, {}).header;
            std::vector<BatchPtr> batches;
            std::vector<std::pair<Reason, std::uint32_t>> expected;
            for (std::size_t n = chance.below(6); n > 0; --n) {
                batches.push_back(random_batch(chance, genesis, model, round++));
                expected.push_back(model.execute(*batches.back(), next));
            }
            tip = run(genesis, tip, batches);
            REQUIRE(tip->outcomes.size() == expected.size());
            for (std::size_t i = 0; i < expected.size(); ++i) {
                REQUIRE(name_of(tip->outcomes[i].reason) == name_of(expected[i].first));
                REQUIRE(tip->outcomes[i].entry == expected[i].second);
                ++seen[expected[i].first];
            }
            decided += expected.size();
            check_equal(tip->after, model);
            std::size_t feeds = 0;
            for (const auto& [issuer, feed] : model.feeds) feeds += feed.first > 0 ? 1 : 0;
            REQUIRE(tip->after.map.size() == model.records.size() + model.subjects.size() + feeds + decided);
        }
    }
    CHECK(seen.size() == 9);  // every reason occurred: the test exercises what it claims to
}

TEST_CASE("how a feed is cut into batches changes outcomes and feeds, never records, subjects or the log") {
    const Genesis genesis = genesis_with({});
    std::vector<Entry> entries;
    for (int i = 0; i < 24; ++i) entries.push_back(create("r" + std::to_string(i), "s" + std::to_string(i % 4)));
    std::optional<Hash> log_root;
    for (const std::size_t size : {1U, 5U, 8U, 24U}) {
        std::vector<BatchPtr> batches;
        Hash previous;
        for (std::size_t at = 0; at < entries.size(); at += size) {
            const auto first = entries.begin() + static_cast<std::ptrdiff_t>(at);
            const auto last = entries.begin() + static_cast<std::ptrdiff_t>(std::min(at + size, entries.size()));
            batches.push_back(batch_of(genesis, "310000", batches.size() + 1, previous, {first, last}));
            previous = batches.back()->id;
        }
        const ExecutedBlockPtr done = run(genesis, genesis_executed(genesis), batches);
        CHECK(done->entries.size() == 24);
        if (!log_root) log_root = done->result.log_root;
        CHECK(done->result.log_root == *log_root);
        Model model;
        for (const BatchPtr& batch : batches) model.execute(*batch, done->block.header);
        check_equal(done->after, model);
    }
}

TEST_CASE("executing the same block twice gives the same roots, in both suites") {
    for (const Suite suite : {sha, Suite::sm2_sm3}) {
        const Genesis genesis = genesis_with({}, suite);
        const std::vector<BatchPtr> batches{batch_of(genesis, "310000", 1, {}, {create("a"), create("b", "other")}),
                                            batch_of(genesis, "320000", 1, {}, {create("c")})};
        const ExecutedBlockPtr start = genesis_executed(genesis);
        const ExecutedBlockPtr once = run(genesis, start, batches), twice = run(genesis, start, batches);
        CHECK(once->result == twice->result);
        CHECK(once->result.log_size == 3);
        CHECK(once->after.record(named("c")));
    }
}
