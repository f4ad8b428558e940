// Makes the vectors for other verifiers (tests/vectors/*.json) anew and compares them. With XINLIAN_WRITE_VECTORS set
// in the environment they are written instead.
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/unit/ledger/proof/proof_fixture.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using test::Federation;
using test::must;
using test::ProofFixture;
namespace json = boost::json;

namespace {

std::filesystem::path file_of(Suite suite) {
    const std::string name = "proofs-" + std::string(name_of(suite)) + ".json";
    return std::filesystem::path(XL_SOURCE_DIR) / "tests" / "vectors" / name;
}

json::array indexes_of(const std::vector<ListAnswer::Item>& items) {
    json::array indexes;
    for (const ListAnswer::Item& item : items) indexes.emplace_back(item.index);
    return indexes;
}

// Visits a finding: what is told of its kind.
struct Told {
    Suite suite;
    const Genesis& genesis;
    json::object& out;

    void operator()(const RecordFinding& record) const {
        tell(record);
        out["causes"] = indexes_of(record.causes);
        state(record.state);
    }
    void operator()(const EntryFinding& entry) const {
        tell(entry);
        state(entry.state);
    }
    template <class T>
    void operator()(const StateFinding<T>& found) const {
        out["asked"] = found.id.hex();
        out["causes"] = indexes_of(found.causes);
        state(found.state);
    }
    void operator()(const ListFinding& found) const {
        struct Key {
            const Told& self;
            std::string operator()(const EntriesOfSubject& of) const { return of.subject.hex(); }
            std::string operator()(const GrantsOfSubject& of) const { return of.subject.hex(); }
            std::string operator()(const UsesOfGrant& of) const { return of.grant.hex(); }
            std::string operator()(const ActsOfMember& of) const {
                self.out["member"] = of.member;
                return state_key(self.suite, StateKind::acts_of_member, as_bytes(of.member)).hex();
            }
        };
        out["list"] = name_of_list(kind_of(found.list));
        out["asked"] = std::visit(Key{*this}, found.list);
        out["entries"] = indexes_of(found.entries);
    }
    void operator()(const BatchFinding& batch) const {
        out["asked"] = batch.id.hex();
        out["outcome"] = static_cast<unsigned>(batch.outcome.reason);
        out["obstacle"] =
            batch.outcome.conflicting_entry ? json::value(*batch.outcome.conflicting_entry) : json::value();
    }
    void operator()(const FeedFinding& feed) const {
        out["asked"] = batch_id(suite, feed.batches.back().header).hex();
        json::array batches;
        for (const FeedAnswer::Item& item : feed.batches) batches.emplace_back(item.header.sequence);
        out["feed"] = std::move(batches);
        out["member"] = feed.member;
    }
    void operator()(const EvidenceFinding& found) const {
        out["asked"] = evidence_key(suite, found.epoch, genesis.validator_index(found.member).value()).hex();
        out["member"] = found.member;
        out["epoch"] = found.epoch;
        out["against"] = nullptr;
        if (!found.shown) return;
        const auto said = [](const Statement& statement) { return json::value(to_hex(encode(statement))); };
        const auto& [state, evidence] = *found.shown;
        out["against"] = {{"view", state.view},
                          {"height", state.height},
                          {"time", state.time.ms},
                          {"first", said(evidence.first)},
                          {"second", said(evidence.second)}};
    }

private:
    template <class T>
    void state(const std::optional<T>& of) const {
        out["state"] = of ? json::value(to_hex(encode(*of))) : json::value();
    }
    void tell(const RecordContent& content) const {
        out["asked"] = content.id.hex();
        out["current"] = content.is_current();
        out["deleted"] = content.is_deleted();
        if (content.entry) out["entry_index"] = content.entry->index;
        json::array opened;
        for (const Field& field : content.opened) {
            opened.push_back({json::value(field.code), field.value ? json::value(*field.value) : json::value()});
        }
        out["opened"] = std::move(opened);
    }
};

json::object told(const Genesis& genesis, const Finding& finding) {
    json::object out{{"kind", name_of(finding.kind())},
                     {"asked", nullptr},
                     {"height", finding.height},
                     {"time", finding.time.ms},
                     {"log_size", finding.log_size},
                     {"signers", json::value_from(finding.signers)},
                     {"current", false},
                     {"deleted", false},
                     {"entry_index", nullptr},
                     {"entries", json::array()},
                     {"outcome", nullptr},
                     {"opened", json::array()},
                     {"causes", json::array()}};
    std::visit(Told{genesis.suite(), genesis, out}, finding.what);
    return out;
}

json::object bad(std::string_view name, const Bytes& file) { return {{"name", name}, {"file", to_base64(file)}}; }

void add_bad_evidence(const ProofFixture& fixture, json::array& out) {
    const auto add = [&out](std::string_view name, const Proof& proof) {
        out.push_back(bad(name, print_proof(proof)));
    };
    const auto change = [&](auto&& how) {
        Proof proof = fixture.evidence("shown");
        how(std::get<EvidenceAnswer>(proof.answer));
        return proof;
    };
    add("evidence passed off as absent", change([](EvidenceAnswer& a) {
            a.state.reset();
            a.evidence.reset();
        }));
    add("a state of evidence without the evidence", change([](EvidenceAnswer& a) { a.evidence.reset(); }));
    add("other evidence than the ledger holds",
        change([&](EvidenceAnswer& a) { a.evidence = fixture.federation.equivocation(1, 2, 5); }));
    add("evidence of another member", change([&](EvidenceAnswer& a) {
            a.evidence =
                std::get<EvidenceAnswer>(must(prove_evidence(*fixture.chain, fixture.genesis().validator(3).id)).answer)
                    .evidence;
        }));
    add("evidence under another member's name",
        change([&](EvidenceAnswer& a) { a.member = fixture.genesis().validator(3).id; }));
    add("evidence of another epoch", change([](EvidenceAnswer& a) { a.epoch = 1; }));
    Proof nobody = fixture.evidence("none");
    std::get<EvidenceAnswer>(nobody.answer).member = "990000";
    add("no evidence against a member that is not a validator", nobody);
    Proof elsewhen = fixture.evidence("none");
    std::get<EvidenceAnswer>(elsewhen.answer).epoch = 1;
    add("no evidence in an epoch that the certificate does not speak of", elsewhen);
}

// `how` changes the answer of a good proof into what must be refused.
template <class Answer, class How>
Proof changed(Proof proof, const How& how) {
    how(std::get<Answer>(proof.answer));
    return proof;
}

void add_bad_acts(const ProofFixture& fixture, json::array& out) {
    const auto add = [&out](std::string_view name, const Proof& proof) {
        out.push_back(bad(name, print_proof(proof)));
    };
    const auto no_life = [](RecordAnswer& a) { a.state->life.reset(), a.causes.resize(1); };
    add("a repaired record as if nothing had become of it", changed<RecordAnswer>(fixture.record("repaired"), no_life));
    add("a repaired record without the repair's entry",
        changed<RecordAnswer>(fixture.record("repaired"), [](RecordAnswer& a) { a.causes.pop_back(); }));
    add("a disputed record with another entry as the dispute's",
        changed<RecordAnswer>(fixture.record("disputed"), [&](RecordAnswer& a) {
            a.causes.back() = std::get<RecordAnswer>(fixture.record("repaired").answer).causes.back();
        }));
    add("a revoked grant without the revocation", changed<GrantAnswer>(fixture.grant(2), [](GrantAnswer& a) {
            a.state->revoked.reset();
            a.causes.pop_back();
        }));
    add("a grant with a use left out",
        changed<GrantAnswer>(fixture.grant(1), [](GrantAnswer& a) { a.state->used -= 1; }));
    add("a grant passed off as absent", changed<GrantAnswer>(fixture.grant(1), [](GrantAnswer& a) {
            a.state.reset();
            a.causes.clear();
        }));
    add("a grant under another's id", changed<GrantAnswer>(fixture.grant(1), [&](GrantAnswer& a) {
            a.id = std::get<GrantAnswer>(fixture.grant(2).answer).id;
        }));
    add("a query that began with its answer",
        changed<QueryAnswer>(fixture.query(1), [](QueryAnswer& a) { std::swap(a.causes[0], a.causes[1]); }));
    add("a query with another report",
        changed<QueryAnswer>(fixture.query(1), [](QueryAnswer& a) { a.state->report.bytes[0] ^= 1; }));
    add("an account with another count",
        changed<AccountAnswer>(fixture.account("310000"), [](AccountAnswer& a) { a.state->count += 1; }));
    add("an account that one side has not agreed to",
        changed<AccountAnswer>(fixture.account("310000"), [](AccountAnswer& a) { a.causes.pop_back(); }));
    for (const auto& [name, proof] : {std::pair{"asked", fixture.asked(200)},
                                      {"uses", fixture.uses(1)},
                                      {"dealings", fixture.dealings("310000")}}) {
        add(std::string("the first left out of ") + name,
            changed<ListAnswer>(proof, [](ListAnswer& a) { a.entries.erase(a.entries.begin()); }));
        add(std::string("another kind of list than ") + name,
            changed<ListAnswer>(proof, [](ListAnswer& a) { a.list = StateKind::subject; }));
    }
    add("an unknown list", changed<ListAnswer>(fixture.asked(1), [](ListAnswer& a) { a.list = StateKind::feed; }));
    add("a list asked of half a hash", changed<ListAnswer>(fixture.asked(1), [](ListAnswer& a) { a.id.resize(16); }));
    const Proof feed = fixture.feed(2, 4);
    add("a feed with a batch left out",
        changed<FeedAnswer>(feed, [](FeedAnswer& a) { a.batches.erase(a.batches.begin() + 1); }));
    add("a feed with an entry left out of a batch",
        changed<FeedAnswer>(feed, [](FeedAnswer& a) { a.batches[0].entries.pop_back(); }));
    add("a feed with another entry in a batch",
        changed<FeedAnswer>(feed, [](FeedAnswer& a) { a.batches[0].entries[0] = a.batches[0].entries[1]; }));
    add("a feed without a batch", changed<FeedAnswer>(feed, [](FeedAnswer& a) { a.batches.clear(); }));
    add("a feed with a batch that was rejected", changed<FeedAnswer>(feed, [&](FeedAnswer& a) {
            const auto receipt = std::get<BatchAnswer>(fixture.batch("rejected").answer);
            a.batches = {{receipt.header,
                          receipt.signature,
                          receipt.outcome,
                          receipt.map,
                          {test::create(fixture.federation.suite(), 1, 1)}}};
        }));
}

void add_bad(json::array& out, std::string_view name, const Proof& proof) {
    out.push_back(bad(name, print_proof(proof)));
}

void add_bad_signers(const ProofFixture& fixture, json::array& out) {
    const Proof current = fixture.record("current");
    const Statement& statement = current.anchor.certificate.statement;
    const auto signed_by = [&](std::vector<MemberIndex> signers) {
        Proof proof = current;
        proof.anchor.certificate = fixture.federation.certify(statement, signers);
        return proof;
    };
    add_bad(out, "too few signers", signed_by({0, 1}));
    add_bad(out, "one signer three times", signed_by({1, 1, 1}));
    add_bad(out, "signers out of order", signed_by({2, 1, 0}));
    add_bad(out, "no signers", signed_by({}));
    Proof outside = current;
    outside.anchor.certificate.signatures[2].member = 4;
    add_bad(out, "a signer outside of the committee", outside);

    const ProofFixture outsider(fixture.federation.suite(), 2);
    Proof stolen = outsider.record("current");
    add_bad(out, "a proof of another chain", stolen);
    stolen.chain_id = fixture.genesis().chain_id();
    add_bad(out, "a proof of another chain under this one's id", stolen);
}

void add_bad_lists(const ProofFixture& fixture, json::array& out) {
    for (std::size_t i = 0; i < 5; ++i) {
        Proof subject = fixture.subject("five");
        auto& entries = std::get<ListAnswer>(subject.answer).entries;
        entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(i));
        add_bad(out, "a subject's entry " + std::to_string(i) + " left out", subject);
    }
    Proof empty = fixture.subject("five");
    std::get<ListAnswer>(empty.answer).state.reset();
    std::get<ListAnswer>(empty.answer).entries.clear();
    add_bad(out, "a subject passed off as having no entries", empty);
}

void add_bad_records(const ProofFixture& fixture, json::array& out) {
    Proof old = fixture.record("updated");
    std::get<RecordAnswer>(old.answer).causes = {std::get<EntryAnswer>(fixture.entry(1).answer).asked};
    add_bad(out, "a superseded entry as the latest", old);
    Proof absent = fixture.record("updated");
    std::get<RecordAnswer>(absent.answer).state.reset();
    std::get<RecordAnswer>(absent.answer).causes.clear();
    add_bad(out, "a record passed off as absent", absent);
    Proof superseded = fixture.entry(1);
    std::get<EntryAnswer>(superseded.answer).latest.reset();
    add_bad(out, "a superseded entry without what supersedes it", superseded);
    Proof longer = fixture.entry(0);
    std::get<EntryAnswer>(longer.answer).asked.log_path.push_back(Hash{});
    add_bad(out, "a path longer than the log", longer);
    Proof fields = fixture.record("updated");
    fields.opening = fixture.opened().opening;
    add_bad(out, "fields of another record", fields);
    for (std::size_t i = 0; i < fixture.forged.size(); ++i) {
        add_bad(out, "opened: " + fixture.forged[i].what, fixture.opened_as_forged(i));
    }
}

// Files that are wrong in more than a byte.
json::array bad_files(const ProofFixture& fixture) {
    json::array out;
    add_bad_signers(fixture, out);
    add_bad_lists(fixture, out);
    add_bad_records(fixture, out);
    add_bad_acts(fixture, out);
    add_bad_evidence(fixture, out);
    Bytes file = print_proof(fixture.record("current"));
    out.push_back(bad("cut by one byte", Bytes(file.begin(), file.end() - 1)));
    file.push_back(0);
    out.push_back(bad("a byte too many", file));
    out.push_back(bad("an empty file", {}));
    file[14] = '2';
    out.push_back(bad("another version", file));
    return out;
}

json::object vectors_of(const ProofFixture& fixture) {
    json::object out;
    out["format"] = "xinlian-vectors/1";
    out["genesis"] = fixture.genesis().text();
    out["chain_id"] = fixture.genesis().chain_id().hex();
    json::array good, wrong = bad_files(fixture);
    for (const auto& [name, proof] : fixture.proofs()) {
        const Bytes file = print_proof(proof);
        good.push_back({{"name", name},
                        {"file", to_base64(file)},
                        {"finding", told(fixture.genesis(), must(verify_proof(fixture.genesis(), proof)))}});
        const std::size_t kept =
            16 + 1 + 32 + encode(proof.anchor).size() + 40;  // past what may be a neighbour's absence
        for (const std::size_t at :
             {std::size_t{20}, std::size_t{70}, std::size_t{250}, std::size_t{400}, kept, kept + 30}) {
            const std::size_t place = std::min(at, file.size() - 2);
            wrong.push_back({{"name", name + " with byte " + std::to_string(place) + " changed"},
                             {"of", name},
                             {"at", place},
                             {"xor", 1 + place % 255}});
        }
    }
    out["good"] = std::move(good);
    out["bad"] = std::move(wrong);

    // The worked example of docs/encoding.md: record 0's latest entry, step by step.
    const Suite suite = fixture.federation.suite();
    const Proof proof = fixture.record("current");
    const auto& answer = std::get<RecordAnswer>(proof.answer);
    const Hash key = state_key(suite, StateKind::record, answer.id.view());
    const Bytes value = encode(*answer.state);
    const Hash value_hash = hash(suite, value);
    const std::array<std::uint8_t, 1> leaf_prefix{2};
    out["steps"] = json::object{
        {"of", "record-current"},
        {"values",
         {{"block_id", block_id(suite, proof.anchor.header).hex()},
          {"vote_message", to_hex(signing_bytes(fixture.genesis().chain_id(), proof.anchor.certificate.statement))},
          {"batch_id", batch_id(suite, answer.causes.at(0).batch).hex()},
          {"leaf_hash", log_leaf_hash(suite, encode(answer.causes.at(0).entry)).hex()},
          {"state_key", key.hex()},
          {"state_value", to_hex(value)},
          {"state_leaf", hash(suite, {leaf_prefix, key.view(), value_hash.view()}).hex()}}}};
    return out;
}

// One item a line, so that a change can be read.
std::string print(const json::object& vectors) {
    std::string out = "{\n";
    for (auto it = vectors.begin(); it != vectors.end(); ++it) {
        out += json::serialize(json::value(it->key())) + ": ";
        if (const json::array* list = it->value().if_array()) {
            out += "[\n";
            for (std::size_t i = 0; i < list->size(); ++i) {
                out += json::serialize((*list)[i]) + (i + 1 < list->size() ? ",\n" : "\n");
            }
            out += "]";
        } else {
            out += json::serialize(it->value());
        }
        out += std::next(it) == vectors.end() ? "\n" : ",\n";
    }
    return out + "}\n";
}

std::string read(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

void check_kept(const std::string& text) {
    const json::value kept = json::parse(text);
    const Genesis genesis = must(Genesis::parse(kept.at("genesis").as_string().c_str()));
    std::map<std::string, Bytes> good;
    for (const json::value& vector : kept.at("good").as_array()) {
        const std::string name = vector.at("name").as_string().c_str();
        INFO(name);
        good[name] = must(from_base64(vector.at("file").as_string().c_str()));
        const auto finding = verify_proof(genesis, must(parse_proof(good[name])));
        REQUIRE(finding.ok());
        CHECK(json::serialize(told(genesis, *finding)) == json::serialize(vector.at("finding")));
    }
    for (const json::value& vector : kept.at("bad").as_array()) {
        INFO(vector.at("name").as_string().c_str());
        const json::object& object = vector.as_object();
        Bytes file;
        if (object.contains("file")) {
            file = must(from_base64(object.at("file").as_string().c_str()));
        } else {
            file = good.at(object.at("of").as_string().c_str());
            file.at(object.at("at").to_number<std::size_t>()) ^= object.at("xor").to_number<std::uint8_t>();
        }
        const auto proof = parse_proof(file);
        CHECK((!proof.ok() || !verify_proof(genesis, *proof).ok()));
    }
}

}  // namespace

TEST_CASE("the vectors for other verifiers are what this code makes of the same seeds, and hold") {
    for (const Suite suite : {Suite::ed25519_sha256, Suite::sm2_sm3}) {
        const ProofFixture fixture(suite);
        const std::string made = print(vectors_of(fixture));
        if (std::getenv("XINLIAN_WRITE_VECTORS") != nullptr) std::ofstream(file_of(suite), std::ios::binary) << made;
        const std::string kept = read(file_of(suite));
        REQUIRE(!kept.empty());
        // SM2 draws a nonce, so its files differ each time; they are only checked.
        if (suite == Suite::ed25519_sha256) CHECK((kept == made));
        CHECK(json::parse(kept).at("genesis").as_string() == fixture.genesis().text());
        check_kept(kept);
    }
}

TEST_CASE("docs/encoding.md lists the fields of each form in their order") {
    const std::string page = read(std::filesystem::path(XL_SOURCE_DIR) / "docs" / "encoding.md");
    for (const RecordForm& form : record_forms()) {
        std::string row = "| " + std::string(name_of(form.category)) + " | " + std::to_string(form.version) + " |";
        for (const std::string_view code : form.codes) row += " `" + std::string(code) + "`";
        CHECK(page.find(row + " |\n") != std::string::npos);
    }
}

TEST_CASE("the worked example in docs/encoding.md shows the vectors' values") {
    const std::string page = read(std::filesystem::path(XL_SOURCE_DIR) / "docs" / "encoding.md");
    const json::value kept = json::parse(read(file_of(Suite::ed25519_sha256)));
    for (const auto& step : kept.at("steps").at("values").as_object()) {
        INFO(std::string(step.key()));
        CHECK(page.find("`" + std::string(step.value().as_string()) + "`") != std::string::npos);
    }
}
