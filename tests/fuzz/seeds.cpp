// Writes the seeds that only a program can make (encodings, proofs) into FOLDER/<target>/. Run it after a change of
// format, with tests/fuzz/corpus as the folder. The other seeds are files made by hand.
#include <boost/json.hpp>
#include <filesystem>
#include <iostream>

#include "consensus/journal.hpp"
#include "node/api/ledger.hpp"
#include "node/audit/signed_report.hpp"
#include "node/client/receipt_json.hpp"
#include "node/client/record_file.hpp"
#include "node/issuer/erasure.hpp"
#include "node/replica/wire.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/unit/ledger/proof/proof_fixture.hpp"

using namespace xinlian;
using namespace xinlian::ledger;

namespace {

class Corpus {
public:
    explicit Corpus(std::string folder) : folder_(std::move(folder)) {}
    void add(const std::string& target, const std::string& name, const Bytes& bytes) const {
        std::filesystem::create_directories(folder_ + "/" + target);
        std::ofstream out(folder_ + "/" + target + "/" + name, std::ios::binary | std::ios::trunc);
        out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    }
    // The first byte is a choice of the target.
    void add(const std::string& target, const std::string& name, std::uint8_t first, const Bytes& bytes) const {
        Bytes all{first};
        all.insert(all.end(), bytes.begin(), bytes.end());
        add(target, name, all);
    }

private:
    std::string folder_;
};

Certificate unsigned_certificate(VoteKind kind, std::size_t signers) {
    const bool block = kind != VoteKind::nullify, result = kind == VoteKind::finalize;
    Certificate certificate{{kind, 0, 1, {}, {}}, {}};
    if (block) certificate.statement.block = Hash{};
    if (result) certificate.statement.result = ExecutionResult{};
    for (std::size_t i = 0; i < signers; ++i) certificate.signatures.push_back({static_cast<MemberIndex>(i), {}});
    return certificate;
}

void add_consensus(const Corpus& corpus, const test::ProofFixture& fixture) {
    using namespace consensus;
    const Certificate final = fixture.blocks.certificate();
    const Certificate skipped = fixture.federation.certify({VoteKind::nullify, 0, 2, {}, {}});
    const Vote vote{final.statement, final.signatures.front()};
    Proposal proposal;
    proposal.statement = {VoteKind::propose, 0, 3, Hash{}, {}};
    proposal.parent_view = 1;
    proposal.block = encode(fixture.blocks.last()->block);
    proposal.parent_certificate = final;
    proposal.gap = {skipped};
    const StatusReport report{4, skipped, final, {skipped}, {vote}, Memory::whole};
    const std::vector<std::pair<std::string, Message>> messages{{"proposal", proposal},
                                                                {"vote", vote},
                                                                {"certificate", final},
                                                                {"status", report},
                                                                {"request", CertificateRequest{1, 9}}};
    for (const auto& [name, message] : messages) {
        corpus.add("consensus_message", name, encode_message(message));
        corpus.add("wire_message", "consensus-" + name,
                   node::wire::encode_message(node::wire::Consensus{encode_message(message)}));
    }
    const std::vector<std::pair<std::string, Persist>> records{{"own-vote", OwnVote{vote}},
                                                               {"own-proposal", OwnProposal{proposal}},
                                                               {"seen-certificate", SeenCertificate{skipped}},
                                                               {"silent-through", SilentThrough{7}}};
    for (const auto& [name, record] : records) corpus.add("consensus_message", name, encode_persist(record));
    const Evidence evidence{1, vote.statement, skipped.statement, {}, {}};
    corpus.add("consensus_message", "evidence", encode(evidence));

    for (const std::uint8_t committee : {0, 1, 2, 3}) {
        const std::string name = std::to_string(committee);
        corpus.add("certificate", "notarize-" + name, committee, encode(unsigned_certificate(VoteKind::notarize, 3)));
        corpus.add("certificate", "nullify-" + name, committee, encode(unsigned_certificate(VoteKind::nullify, 5)));
        corpus.add("certificate", "finalize-" + name, committee, encode(unsigned_certificate(VoteKind::finalize, 1)));
    }
}

void add_wire(const Corpus& corpus, const test::ProofFixture& fixture) {
    namespace wire = node::wire;
    const Block& block = fixture.blocks.last()->block;
    const std::vector<std::pair<std::string, wire::Message>> messages{
        {"sync-status", wire::SyncStatus{3, block.header.parent, {Hash{}}}},
        {"batch-body", wire::BatchBody{{1, 2, 3}}},
        {"batch-request", wire::BatchRequest{{Hash{}, block.header.parent}}},
        {"block-request", wire::BlockRequest{block.header.parent}},
        {"block-body", wire::BlockBody{block}},
        {"range-request", wire::RangeRequest{2}},
        {"accusation", wire::Accusation{fixture.federation.equivocation(1, 5)}},
        {"range", wire::Range{{{block, {{1}, {}}, std::nullopt}, {block, {}, fixture.blocks.certificate()}}}}};
    for (const auto& [name, message] : messages) corpus.add("wire_message", name, wire::encode_message(message));
}

void add_ledger(const Corpus& corpus, const test::ProofFixture& fixture) {
    const Suite suite = fixture.federation.suite();
    const Entry entry = test::create(suite, 1, 1);
    const std::vector<std::pair<std::string, std::vector<Entry>>> batches{
        {"create", {entry, test::create(suite, 2, 1)}},
        {"update", {test::update(entry)}},
        {"twice", {entry, entry}},
        {"mixed", {test::remove(entry), test::create(suite, 3, 2), test::update(test::create(suite, 4, 2))}},
        {"none", {}}};
    for (const auto& [name, entries] : batches) {
        const Batch batch{{{}, "310000", 1, {}, 0, {}}, {}, entries};
        for (const std::uint8_t what : {0, 11, 15}) {
            corpus.add("batch", name + "-" + std::to_string(what), what, encode(batch));
        }
    }
    for (Height height = 4; height <= fixture.chain->height(); ++height) {  // of the fixture's later operations
        for (const Hash& id : test::must(fixture.chain->block(height)).block.batches) {
            const Bytes batch = test::must(fixture.chain->batch(id));
            corpus.add("batch", "acts-" + id.hex().substr(0, 8), 15, batch);
        }
    }
    for (const std::string_view rules : {"{}", R"({"parameters":{"heartbeat_ms":5000}})"}) {
        const Batch batch{{{}, "310000", 1, {}, 0, {}}, {}, {entry}, {fixture.federation.resolve(1, 9, rules)}};
        corpus.add("batch", "resolution-" + std::to_string(rules.size()), 31, encode(batch));
    }
    Block block = genesis_block(fixture.genesis());
    block.header.view = 5;
    corpus.add("block", "empty", 7, encode(block));
    block.batches = {Hash{}, block.header.parent};
    corpus.add("block", "two", 7, encode(block));
    corpus.add("block", "raw", 0, encode(block));
    block.batches.push_back(Hash{});
    corpus.add("block", "twice", 7, encode(block));
    block.batches.pop_back();
    block.evidence = {fixture.federation.equivocation(1, 5), fixture.federation.equivocation(3, 5)};
    corpus.add("block", "evidence", 15, encode(block));
    std::swap(block.evidence[0], block.evidence[1]);
    corpus.add("block", "evidence-out-of-order", 15, encode(block));
}

void add_files(const Corpus& corpus, const test::ProofFixture& fixture) {
    const Suite suite = fixture.federation.suite();
    const Entry entry = test::create(suite, 1, 1);
    const Record known = test::record_of(Category::penalty, {{"CF_SY", "daily"}, {"CF_WSH", "2026-1"}});
    corpus.add("record", "fixture", 0, encode(fixture.shown));
    corpus.add("record", "known", 0, encode(known));
    corpus.add("record", "opening", 1, encode(test::must(open_fields(suite, known, Hash{}, {"CF_WSH", "BZ"}))));
    corpus.add("record", "opening-all", 1,
               encode(test::must(open_fields(suite, known, Hash{}, {"CF_SY", "BZ", "CF_WSH"}))));
    corpus.add("record", "entry", 2, encode(entry));
    corpus.add("record", "leaf", 2, encode(LogEntry{1, {2}, "310000", entry}));
    corpus.add("record_file", "record", to_bytes(node::print_record_file({fixture.shown, fixture.salt})));
    corpus.add("genesis", "federation", to_bytes(fixture.genesis().text()));
    const Genesis& genesis = fixture.genesis();
    corpus.add("genesis", "printed",
               to_bytes(print_genesis(genesis.name(), suite, genesis.time(), genesis.members(), genesis.parameters())));
    corpus.add("genesis", "chinese-suite", to_bytes(test::Federation(Suite::sm2_sm3).genesis().text()));
    Rulebook rulebook = shipped_rulebook();
    corpus.add("rules", "shipped", to_bytes(print_rulebook(rulebook, genesis.parameters())));
    rulebook.channels.push_back({7, "zone", {"310000", "320000"}, {Category::penalty}, 2, {}});
    for (const std::string& id : rulebook.channels[0].members) rulebook.channels[0].sealed.emplace(id, Bytes(86, 1));
    rulebook.roles.emplace("310000", genesis.member("310000")->roles);
    corpus.add("rules", "channel", to_bytes(print_rulebook(rulebook, genesis.parameters())));
    corpus.add("erasure", "certificate",
               to_bytes(node::print_erasure({genesis.chain_id(),
                                             "310000",
                                             entry.record,
                                             {{0, entry.digest}},
                                             20261125,
                                             "reason",
                                             entry.digest,
                                             Bytes(40, 2),
                                             {}})));
    node::SealedReport report = test::must(
        node::parse_report(R"({"report":"queries","chain":{"chain_id":")" + genesis.chain_id().hex() + "\"}}"));
    XL_CHECK(node::add_seal(report, fixture.federation.issuer("310000")).ok());
    corpus.add("erasure", "sealed-report", to_bytes(node::print_sealed(report)));
}

void add_portfolios(const Corpus& corpus, const test::ProofFixture& fixture) {
    const auto add = [&](const std::string& name, const std::vector<std::uint64_t>& numbers) {
        std::vector<Hash> tags;
        for (const std::uint64_t n : numbers) tags.push_back(test::named(fixture.federation.suite(), "subject", n));
        Bytes file;
        test::must(prove_portfolio(*fixture.chain, tags, [&file](ByteView bytes) {
            file.insert(file.end(), bytes.begin(), bytes.end());
            return Status();
        }));
        corpus.add("portfolio", name, file);
    };
    add("none", {});
    add("one", {0});
    add("absent", {999});
    add("mixed", {1, 101, 998, 999, 120});
}

void add_crypto(const Corpus& corpus) {
    Hash seed;
    seed.bytes.fill(1);
    std::uint8_t mode = 0;
    for (const Suite suite : {Suite::ed25519_sha256, Suite::sm2_sm3}) {
        const SecretKey key = test::must(SecretKey::from_seed(suite, seed.view()));
        const Signature signature = key.sign(as_bytes("xinlian"));
        Bytes bytes(signature.bytes.begin(), signature.bytes.end());
        for (const char c : std::string_view("xinlian")) bytes.push_back(static_cast<std::uint8_t>(c));
        const std::string name(name_of(suite));
        corpus.add("signature", "foreign-" + name, static_cast<std::uint8_t>(4 + mode), bytes);
        corpus.add("signature", "own-" + name, static_cast<std::uint8_t>(2 + mode), bytes);
        corpus.add("signature", "key-" + name, mode, fuzz::copy(key.public_key().view()));
        corpus.add("signature", "text-" + name, mode, to_bytes(key.public_key().text()));
        ++mode;
    }
    // Six keys with values, then the question, the claim and a proof.
    Bytes map{6, 0x10, 1, 0x12, 2, 0x20, 3, 0x21, 5, 0x30, 6, 0x10, 7, 0x20, 1, 3};
    corpus.add("merkle_map", "no-proof", map);
    const MapProof proof{{Hash{}, hash(Suite::ed25519_sha256, as_bytes("sibling"))}, MapProof::OtherLeaf{}};
    for (const std::uint8_t byte : encode(proof)) map.push_back(byte);
    corpus.add("merkle_map", "proof", map);
    // Six keys with values, five questions, true claims; then changes to the map's own proof, or another proof.
    Bytes many{6, 0x10, 1, 0x12, 2, 0x20, 3, 0x21, 5, 0x30, 6, 0x11, 7, 5, 0x10, 0x14, 0x20, 0x31, 0x40};
    const auto with = [&many](std::initializer_list<std::uint8_t> tail) {
        Bytes bytes = many;
        bytes.insert(bytes.end(), tail);
        return bytes;
    };
    corpus.add("map_multiproof", "own", with({0, 0}));
    corpus.add("map_multiproof", "changed", with({0, 2, 3, 1, 40, 128}));
    corpus.add("map_multiproof", "false-claims", with({1, 0, 1, 2, 0, 0, 0}));
    corpus.add("map_multiproof", "foreign", with({2, 2, 2, 3, 0, 4, 0, 2, 1, 7}));
    corpus.add("map_multiproof", "none", Bytes{2, 0x10, 1, 0x12, 2, 0, 0, 0});
    corpus.add("merkle_log", "seven", {6, 4, 2, 1, 2, 1, 7, 0, 0, 15});
    corpus.add("merkle_log", "all", {69, 33, 40, 1, 33, 1, 70, 0, 1, 15});
    corpus.add("merkle_log", "cut", {30, 8, 9, 1, 9, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 0, 2});
}

// For the target `answers`: its first byte chooses the reader, the next the HTTP status.
void add_answer(const Corpus& corpus, const std::string& name, std::initializer_list<std::uint8_t> first,
                std::string_view text) {
    Bytes bytes = first;
    for (const std::uint8_t byte : as_bytes(text)) bytes.push_back(byte);
    corpus.add("answers", name, bytes);
}

// Answers of the present version of a node.
void add_answers(const Corpus& corpus, const test::ProofFixture& fixture) {
    constexpr std::uint8_t http_200 = 0, http_202 = 1, http_404 = 5;
    const Hash asked = hash(Suite::ed25519_sha256, as_bytes("a batch"));
    const auto receipt = [&asked](const BatchOutcome& outcome) {
        return boost::json::serialize(node::to_json(ledger::Receipt{asked, outcome, asked, {1'800'000'000'000}}));
    };
    add_answer(corpus, "receipt-accepted", {0, http_200}, receipt({Reason::accepted, 0, 7, 44, 3, {}}));
    add_answer(corpus, "receipt-rejected", {0, http_200}, receipt({Reason::already_exists, 2, 7, 0, 0, 17}));
    add_answer(corpus, "receipt-pending", {0, http_202}, R"({"batch":")" + asked.hex() + R"(","status":"pending"})");
    add_answer(corpus, "receipt-refused", {0, http_404},
               R"({"error":{"code":"not_found","message":"no final block holds it"}})");
    add_answer(corpus, "feed", {3, http_200}, test::must(node::feed_response(*fixture.chain, "310000", {})).body);
    add_answer(
        corpus, "status", {4},
        R"({"member":"310000","name":"\u4e0a\u6d77","fingerprint":"ab12","height":7,"highest_known":9,"view":8,)"
        R"("log_size":44,"ready":true,"halted":false,"halt_reason":"","peers":[{"id":"320000","address":"[::1]:80",)"
        R"("connected":true,"height":3,"last_error":""},{"id":"330000","connected":false,"last_error":"\u001b[2J"}]})");
    net::HttpRequest period;
    period.query = {{"from", "2026-01-01"}, {"to", "2027-12-31"}};
    add_answer(corpus, "quality", {5}, test::must(node::quality_response(*fixture.chain, {}, period)).body);
    add_answer(corpus, "rules-none", {6, http_200}, test::must(node::rules_response(*fixture.chain, {}, {})).body);
    const std::string resolution =
        test::must(print_resolution(fixture.genesis(), 1, 9, R"({"parameters":{"heartbeat_ms":5000}})"));
    const boost::json::object told{{"index", 3}, {"from", 9}, {"text", resolution}};
    add_answer(corpus, "rules-to-come", {6, http_200},
               boost::json::serialize(boost::json::object{
                   {"count", 1}, {"in_force", nullptr}, {"to_come", told}, {"as_of", {{"height", 7}}}}));
    for (const std::string wish : {"right", "neighbour", "other"}) {
        add_answer(
            corpus, "rules-file-" + wish, {7},
            boost::json::serialize(boost::json::object{{"format", "xinlian-signed-rules/1"},
                                                       {"text", resolution},
                                                       {"signatures", {{"310000", "right"}, {"320000", wish}}}}));
    }
    add_answer(corpus, "watched", {8},
               R"({"form":"xinlian-watch/1","chain_id":"$chain","height":3,"seen":{")" + asked.hex() +
                   R"(":{"count":2,"head":")" + asked.hex() + R"("}}})");
}

// Lists of subjects, looks at watched subjects, and waits for a receipt.
void add_client_inputs(const Corpus& corpus) {
    add_answer(corpus, "list-with-header", {9},
               "\xEF\xBB\xBF统一社会信用代码,名称\r\n91310000MA1FL0000N,甲\r\n91310000ma1fl0001r,乙\r\n");
    add_answer(corpus, "list-without", {9}, "91310000MA1FL0000N\n91310000MA1FL0001R\n91310000MA1FL0002W\n");
    add_answer(corpus, "list-json", {9},
               R"([{"统一社会信用代码":"91310000MA1FL0000N"},{"统一社会信用代码":"9131****"}])");
    // Heights, then subjects with what was seen of each; then whether the subjects are other ones, and changed bytes.
    add_answer(corpus, "look-first", {1, 3, 3, 0, 0, 0, 1, 0, 0, 4, 0, 0}, "");
    add_answer(corpus, "look-again", {1, 3, 3, 1, 2, 0, 3, 1, 0, 4, 1, 0}, "");
    add_answer(corpus, "look-lied", {1, 3, 2, 1, 2, 254, 4, 1, 251}, "");
    add_answer(corpus, "look-another-history", {1, 3, 1, 1, 2, 254}, "");
    add_answer(corpus, "look-others", {1, 3, 1, 0, 0, 0, 255}, "");
    add_answer(corpus, "look-changed", {1, 3, 1, 1, 1, 0, 0, 0, 200, 1}, "");
    add_answer(corpus, "wait-busy-then-final", {2, 9, 2, 1, 3, 0, 0}, "");
    add_answer(corpus, "wait-answered-for-another", {2, 0, 1}, "");
    add_answer(corpus, "wait-forgotten", {2, 5, 2, 1, 3, 5, 2, 0, 0}, "");
    add_answer(corpus, "wait-for-ever", {2, 5, 2}, "");
}

// One request for each route of docs/openapi.yaml, and some that are refused.
void add_requests(const Corpus& corpus) {
    const std::vector<std::pair<std::string, std::string>> requests{
        {"status", "GET /v1/status"},
        {"health", "GET /v1/health"},
        {"ready", "HEAD /v1/ready"},
        {"metrics", "GET /metrics"},
        {"genesis", "GET /v1/genesis"},
        {"rules", "GET /v1/rules"},
        {"checkpoint", "GET /v1/checkpoint"},
        {"checkpoint-text", "GET /v1/checkpoint\nAccept: text/plain\n"},
        {"quality", "GET /v1/quality?from=2026-01-01&to=2027-12-31"},
        {"events", "GET /v1/events?from=2"},
        {"events-again", "GET /v1/events\nLast-Event-ID: 3\n"},
        {"feed", "GET /v1/feeds/310000"},
        {"record", "GET /v1/records/$r1"},
        {"subject", "GET /v1/subjects/$s200?from=1&limit=2"},
        {"entry", "GET /v1/entries/7"},
        {"block", "GET /v1/blocks/2"},
        {"block-by-id", "GET /v1/blocks/$k3"},
        {"certificate", "GET /v1/certificates/2"},
        {"batch", "GET /v1/batches/$b1"},
        {"receipt", "GET /v1/batches/$b2/receipt?wait_ms=30000"},
        {"receipt-to-come", "GET /v1/batches/$r1/receipt?wait_ms=5"},
        {"evidence", "GET /v1/evidence"},
        {"evidence-proof", "GET /v1/evidence/310000"},
        {"proof-entry", "GET /v1/proofs/entry/44"},
        {"proof-record", "GET /v1/proofs/record/$r200"},
        {"proof-subject", "GET /v1/proofs/subject/$s200"},
        {"proof-batch", "GET /v1/proofs/batch/$b2"},
        {"proof-grant", "GET /v1/proofs/grant/$g1"},
        {"proof-query", "GET /v1/proofs/query/$q1"},
        {"proof-account", "GET /v1/proofs/account/$a0"},
        {"proof-asked", "GET /v1/proofs/asked/$s200"},
        {"proof-uses", "GET /v1/proofs/uses/$g1"},
        {"proof-dealings", "GET /v1/proofs/dealings/310000"},
        {"proof-feed", "GET /v1/proofs/feed/320000?from=2&to=4"},
        {"portfolio", "POST /v1/proofs/portfolio\n\n$s0\n$s200\n$s999"},
        {"submit", "POST /v1/batches?wait_ms=10\n\nrubbish"},
        {"wrong-method", "DELETE /v1/batches"},
        {"encoded", "GET /v1/entries/%37?%66rom=+1"},
        {"nowhere", "GET /v2/status"}};
    for (const auto& [name, text] : requests) corpus.add("api_request", name, to_bytes(text + "\n"));
}

// The first byte chooses: invalid bytes, a box, a foreign key, a channel, a box with chosen content.
void add_boxes(const Corpus& corpus) {
    corpus.add("sealed_box", "rubbish", 0, Bytes(80, 7));
    corpus.add("sealed_box", "whole", {1, 2, 2, 0, 5, 1, 2, 3, 4, 5, 0, 100});
    corpus.add("sealed_box", "for-another", {1, 2, 1, 0, 1, 9, 0, 100});
    corpus.add("sealed_box", "changed", {1, 0, 0, 0, 3, 1, 2, 3, 1, 0, 31, 128, 100});
    corpus.add("sealed_box", "cut", {1, 0, 0, 0, 0, 0, 201});
    corpus.add("sealed_box", "foreign", 2, Bytes(40, 1));
    corpus.add("sealed_box", "channel", {3, 15, 0, 6, 0, 2, 0, 0, 0, 100, 0});
    corpus.add("sealed_box", "channel-moved", {3, 3, 0, 6, 0, 2, 1, 0, 0, 100, 0});
    corpus.add("sealed_box", "channel-swapped", {3, 3, 0, 6, 0, 2, 0, 0, 0, 100, 3});
    corpus.add("sealed_box", "content", {4, 0, 7, 0, 2, 9, 0, 0});
    corpus.add("sealed_box", "content-changed", {4, 0, 7, 0, 2, 9, 0, 1, 1, 0, 37, 1, 100});
    corpus.add("sealed_box", "content-longer", {4, 0, 7, 0, 2, 9, 0, 1, 0, 3, 0});
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) {
        std::cerr << "usage: fuzz_seeds FOLDER\n";
        return 2;
    }
    const Corpus corpus(arguments[1]);
    const test::ProofFixture fixture;
    add_consensus(corpus, fixture);
    add_wire(corpus, fixture);
    add_ledger(corpus, fixture);
    add_files(corpus, fixture);
    add_crypto(corpus);
    add_portfolios(corpus, fixture);
    add_answers(corpus, fixture);
    add_client_inputs(corpus);
    add_requests(corpus);
    add_boxes(corpus);
    for (const auto& [name, proof] : fixture.proofs()) corpus.add("proof", name, print_proof(proof));
    return 0;
}
