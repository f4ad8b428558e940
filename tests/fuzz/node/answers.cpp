// Tests the readers of a node's answers, and of lists and files beside them. Laws: a receipt, a feed and a status are
// accepted if and only if an independent reading of the JSON finds every part, and the parts are equal; waiting for a
// receipt ends, and returns only a receipt that the node gave; a rate's part is at most its whole; printed text
// contains no terminal control; accepted rules follow the limits, and a file of them holds only valid signatures; what
// was seen of a subject reads back as stored, and a different history is refused; a list of companies reads back as it
// prints.
#include <boost/json.hpp>

#include "node/client/json_reading.hpp"
#include "node/client/node_status.hpp"
#include "node/client/quality_json.hpp"
#include "node/client/rules_file.hpp"
#include "node/client/submitter.hpp"
#include "node/client/watch.hpp"
#include "node/wording/outcome.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/node/answers_plain.hpp"
#include "tests/support/names.hpp"
#include "tests/unit/ledger/proof/proof_fixture.hpp"

using namespace xinlian;
using namespace xinlian::node;
using namespace xinlian::fuzz;

namespace {

namespace json = boost::json;

constexpr std::array statuses{200, 202, 204, 400, 403, 404, 409, 413, 429, 500, 503};

void said_why(const Error& error) { XL_CHECK(!error.text.empty()); }

net::HttpResponse answered(int status, std::string_view body) {
    return {status, "application/json", std::string(body), {}};
}

// A node that gives the same answer to every question, to a client that soon gives up.
Submitter asking(const net::HttpResponse& answer) {
    return Submitter(NodeClient([answer](const NodeRequest&) { return answer; }),
                     {.duration = {300}, .pause = [](Duration) {}});
}

const Outgoing& batch() {
    static const Outgoing one{hash(Suite::ed25519_sha256, as_bytes("a batch")), {1, 2, 3}};
    return one;
}

void check_receipt(Input in) {
    const int status = statuses[in.byte() % statuses.size()];
    const std::string_view body = as_text(in.rest());
    const auto receipt = asking(answered(status, body)).post(batch());
    XL_CHECK(receipt.ok() == plain_receipt(status, body, batch().id).has_value());
    if (!receipt) return said_why(receipt.error());
    XL_CHECK(*receipt == *plain_receipt(status, body, batch().id));
}

// As a node says that a batch is final.
std::string final_answer(const Hash& id) {
    return json::serialize(json::object{{"batch", id.hex()},
                                        {"status", "final"},
                                        {"outcome", "accepted"},
                                        {"entry", 0},
                                        {"height", 3},
                                        {"block", batch().id.hex()},
                                        {"time_ms", 5},
                                        {"first_index", 0},
                                        {"entry_count", 1},
                                        {"obstacle", nullptr}});
}

// Each two bytes of the input are an answer; the last one is given for ever.
void check_waiting(Input in) {
    const std::string right = final_answer(batch().id), other = final_answer(Hash{});
    const std::array<std::string, 4> bodies{right, other, R"({"error":{"code":"busy","message":"later"}})", "rubbish"};
    net::HttpResponse last;
    std::size_t asked = 0;
    const NodeClient node([&](const NodeRequest&) {
        ++asked;
        if (asked > 1 && in.empty()) return last;
        const int status = statuses[in.byte() % statuses.size()];
        last = answered(status, bodies[in.byte() % bodies.size()]);
        return last;
    });
    const auto receipt = Submitter(node, {.duration = {20'000}, .pause = [](Duration) {}}).wait(batch());
    // Patience is pauses of 100 ms at least, each after at most two questions that were tried again until it ended.
    XL_CHECK(asked < 10'000);
    if (!receipt) return said_why(receipt.error());
    XL_CHECK(last.status == 200 && last.body == right && receipt->block == batch().id);
}

void check_feed(Input in) {
    const int status = statuses[in.byte() % statuses.size()];
    const std::string_view body = as_text(in.rest());
    const auto feed = asking(answered(status, body)).feed("310000");
    const auto object = object_in(body);
    const auto next = object ? whole(*object, "next_sequence") : std::nullopt;
    const auto head = object ? id(*object, "head") : std::nullopt;
    XL_CHECK(feed.ok() == (status == 200 && next && head));
    if (!feed) return said_why(feed.error());
    XL_CHECK(feed->next_sequence == *next && feed->head == *head);
}

bool moves_a_cursor(std::string_view line) {
    return std::any_of(line.begin(), line.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

void check_status(std::string_view text) {
    const auto object = parse_object(text);
    XL_CHECK(object.ok() == object_in(text).has_value());
    if (!object) return said_why(object.error());
    const AskedNode node{"http://127.0.0.1:8310", parse_status(*object), *object};
    XL_CHECK(node.status.ok() == is_status(*object));
    if (!node.status) {
        said_why(node.status.error());
        XL_CHECK(exit_code_of({node}) == exit_unknown);
    } else {
        XL_CHECK(node.status->height == whole(*object, "height"));
        XL_CHECK(node.status->view == whole(*object, "view"));
        XL_CHECK(node.status->peers.size() == object->at("peers").as_array().size());
        const bool well = object->at("ready").as_bool() && !object->at("halted").as_bool();
        XL_CHECK(exit_code_of({node}) == (well ? exit_ok : exit_refused));
    }
    for (const Language language : {Language::zh, Language::en}) {
        const std::string printed = print_statuses({node}, language);
        std::string_view left = printed;
        for (std::size_t line = 0; !left.empty(); ++line) {
            const std::size_t end = left.find('\n');
            XL_CHECK(end != std::string_view::npos);
            XL_CHECK(!moves_a_cursor(left.substr(0, end)));
            XL_CHECK(line < 2 || left.starts_with("  "));  // two rows of a table, then what is to be complained of
            left.remove_prefix(end + 1);
        }
    }
}

void check_quality(std::string_view text) {
    const auto object = parse_object(text);
    if (!object) return said_why(object.error());
    const auto quality = parse_quality(*object);
    if (!quality) return said_why(quality.error());
    for (const auto& [issuer, row] : quality->rows) {
        for (const ledger::Rate& rate : {row.compliance(), row.lateness(), row.disputes_timely()}) {
            XL_CHECK(rate.part <= rate.whole);
            XL_CHECK((percent_text(rate) == "100.00%") == (rate.whole > 0 && percent_is_whole(rate.part, rate.whole)));
        }
    }
    json::object said = quality_json({}, quality->rows);
    said["as_of"] = json::object{{"height", quality->height}, {"time_ms", quality->time.ms}};
    const auto again = parse_quality(test::must(parse_object(json::serialize(said))));
    XL_CHECK(again.ok());
    XL_CHECK(again->rows == quality->rows && again->height == quality->height && again->time == quality->time);
}

const test::ProofFixture& fixture() {
    static const test::ProofFixture one;
    return one;
}

void check_parsed(const std::optional<ledger::ParsedResolution>& read, const json::value& told) {
    XL_CHECK(read.has_value() == !told.is_null());
    if (!read) return;
    const auto again = ledger::parse_resolution(fixture().genesis(), std::string(told.at("text").as_string()));
    XL_CHECK(again.ok());
    XL_CHECK(again->number == read->number && again->from == read->from && again->rulebook == read->rulebook);
}

void check_rules_answer(Input in) {
    const int status = statuses[in.byte() % statuses.size()];
    const std::string_view body = as_text(in.rest());
    const auto rules =
        fetch_rules(NodeClient([&](const NodeRequest&) { return answered(status, body); }), fixture().genesis());
    if (!rules) return said_why(rules.error());
    XL_CHECK(status < 300);
    const json::object told = object_in(body).value();
    XL_CHECK(json::value(rules->count) == told.at("count") || told.at("count").is_double());
    XL_CHECK(rules->height == whole(told.at("as_of").as_object(), "height") ||
             told.at("as_of").at("height").is_double());
    check_parsed(rules->in_force, told.at("in_force"));
    check_parsed(rules->to_come, told.at("to_come"));
}

void check_rules_file(std::string_view text) {
    static const ScratchFile file, copy;
    const ledger::Genesis& genesis = fixture().genesis();
    const SignedText made = with_signatures(fixture().federation, text);
    const auto rules = load_rules_file(file.write(as_bytes(made.text)), genesis);
    XL_CHECK(rules.ok() == made.right);
    if (!rules) return said_why(rules.error());
    XL_CHECK(std::is_sorted(rules->signatures.begin(), rules->signatures.end(),
                            [](const auto& a, const auto& b) { return a.member < b.member; }));
    test::must(store_rules_file(copy.path(), genesis, *rules));
    XL_CHECK(*load_rules_file(copy.path(), genesis) == *rules);
    ledger::SignedRules more = *rules;
    test::must(sign_rules(more, genesis, fixture().federation.validator(0)));
    const bool had = !rules->signatures.empty() && rules->signatures.front().member == 0;
    XL_CHECK(more.signatures.size() == rules->signatures.size() + (had ? 0 : 1));
    XL_CHECK(!had || more == *rules);
}

// "$chain" stands for the chain's id.
void check_watched(std::string_view text) {
    static const ScratchFile file;
    const ledger::Genesis& genesis = fixture().genesis();
    std::string written(text);
    const std::size_t at = written.find("$chain");
    if (at != std::string::npos) written.replace(at, 6, genesis.chain_id().hex());
    const auto watched = load_watched(file.write(as_bytes(written)), genesis);
    if (!watched) {
        said_why(watched.error());
        XL_CHECK(watched.error().code == Errc::malformed || watched.error().code == Errc::conflict);
        return;
    }
    XL_CHECK(written.find(genesis.chain_id().hex()) != std::string::npos);
    test::must(store_watched(file.path(), genesis, *watched));
    const auto again = load_watched(file.path(), genesis);
    XL_CHECK(again.ok());
    XL_CHECK(again->height == watched->height && again->seen == watched->seen);
}

// A client that saw some of what there is, or was told lies, asks a node that changes its answer, or does not.
void check_look(Input in) {
    static constexpr std::array<std::uint64_t, 6> numbers{0, 1, 2, 101, 200, 999};
    const Suite suite = fixture().federation.suite();
    SubjectList subjects;
    Watched before;
    std::map<Hash, std::size_t> known;
    std::vector<Hash> tags;
    bool truth = true;
    before.height = in.byte() % (fixture().chain->height() + 2);
    truth = truth && before.height <= fixture().chain->height();
    for (std::size_t count = in.byte() % numbers.size(), i = 0; i < count; ++i) {
        const Hash tag = test::named(suite, "subject", numbers[in.byte() % numbers.size()]);
        const ledger::ListState state = seen_of(*fixture().chain, tag, in.byte() % 8);
        if (!subjects.emplace(tag, test::code_beginning("91310000MA1FL0000")).second) continue;
        tags.push_back(tag);
        known[tag] = state.count;
        if (state.count > 0) before.seen[tag] = state;
        const std::uint8_t lie = in.byte();
        if (lie < 250) continue;
        before.seen[tag] =
            lie % 2 == 0 ? ledger::ListState{state.count, tag} : ledger::ListState{state.count + 999, state.head};
        truth = false;
    }
    Bytes file;
    const bool other = in.byte() == 255;
    if (other) tags.push_back(test::named(suite, "subject", 77));
    test::must(prove_portfolio(*fixture().chain, tags, [&file](ByteView part) {
        file.insert(file.end(), part.begin(), part.end());
        return Status();
    }));
    const Bytes whole_file = file;
    while (!in.empty()) {
        std::uint8_t& at = file[in.two_bytes() % file.size()];
        at ^= in.byte();
    }
    const NodeClient node([&](const NodeRequest&) { return answered(200, as_text(file)); });
    const auto look = look_again(node, fixture().genesis(), subjects, before);
    XL_CHECK(look.ok() == (truth && !other && file == whole_file));
    if (!look) return said_why(look.error());
    XL_CHECK(look->watched.height == fixture().chain->height());
    std::size_t changed = 0;
    for (const Hash& tag : tags) {
        const auto state = fixture().chain->snapshot()->state.subject(tag);
        XL_CHECK(state.has_value() == look->watched.seen.contains(tag));
        XL_CHECK(!state || look->watched.seen.at(tag) == *state);
        if (state && state->count > known[tag]) ++changed;
    }
    XL_CHECK(look->news.size() == changed);
    for (const News& news : look->news) {
        XL_CHECK(news.known == known.at(news.subject));
        const std::size_t fresh = news.entries().size() - news.known;
        XL_CHECK(news_json(fixture().genesis(), news, Language::en).at("new").as_array().size() == fresh);
        XL_CHECK(news_lines(fixture().genesis(), news, Language::zh).size() >= fresh);
    }
}

void check_subject_list(ByteView bytes) {
    static const ScratchFile file;
    const Suite suite = Suite::ed25519_sha256;
    const Hash key = hash(suite, as_bytes("channel"));
    const auto list = load_subject_list(file.write(bytes), suite, key);
    if (!list) return said_why(list.error());
    XL_CHECK(!list->empty());
    std::string lines;
    for (const auto& [tag, code] : *list) {
        XL_CHECK(test::code_of(code.text()) == code && tag == ledger::subject_tag(suite, key, code));
        lines += code.text() + "\n";
    }
    XL_CHECK(*load_subject_list(file.write(as_bytes(lines)), suite, key) == *list);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input in(data, size);
    const std::uint8_t mode = in.byte() % 10;
    Input rest = in;
    const std::string_view text = as_text(rest.rest());
    switch (mode) {
        case 0:
            check_receipt(in);
            break;
        case 1:
            check_look(in);
            break;
        case 2:
            check_waiting(in);
            break;
        case 3:
            check_feed(in);
            break;
        case 4:
            check_status(text);
            break;
        case 5:
            check_quality(text);
            break;
        case 6:
            check_rules_answer(in);
            break;
        case 7:
            check_rules_file(text);
            break;
        case 8:
            check_watched(text);
            break;
        case 9:
            check_subject_list(as_bytes(text));
            break;
    }
    return 0;
}
