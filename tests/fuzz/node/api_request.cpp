// Sends a request to the HTTP interface of a node with a small chain. The input has the form of HTTP: method and
// target, header lines, an empty line, a body; "$r1" and similar names stand for ids of the chain. Laws: there is one
// answer, with a status and content type that the interface defines; JSON is valid, a refusal has a code and a reason,
// and the code matches the status; numbers in paths and pages of subjects are answered as an independent reader answers
// them; every proof and portfolio verifies; a stream has each block from its start.
#include "node/api/api.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>

#include "ledger/proof/portfolio.hpp"
#include "net/http_text.hpp"
#include "node/client/submitter.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/unit/ledger/proof/proof_fixture.hpp"

using namespace xinlian;
using namespace xinlian::node;

namespace {

namespace json = boost::json;

struct Stream : net::EventStream {
    bool send(std::string_view id, std::string_view event, std::string_view data) override {
        XL_CHECK(event == "block");
        sent.emplace_back(std::string(id), json::parse(data).as_object());
        return true;
    }
    void on_closed(std::function<void()>) override {}
    std::vector<std::pair<std::string, json::object>> sent;
};
struct Answered : net::Responder {
    void answer(net::HttpResponse response) override {
        ++answers;
        last = std::move(response);
    }
    std::shared_ptr<net::EventStream> stream() override {
        ++answers;
        return opened = std::make_shared<Stream>();
    }
    int answers = 0;
    net::HttpResponse last;
    std::shared_ptr<Stream> opened;
};

struct Node {
    test::ProofFixture fixture;
    Metrics metrics;
    boost::asio::io_context io;
    Replica::Overview overview;

    Node() {
        overview.height = overview.highest_known = fixture.chain->height();
        overview.informed = true;
        overview.peer_heights = {1};
    }
    std::shared_ptr<Answered> ask(net::HttpRequest request) {
        const auto api = std::make_shared<Api>(
            ApiServices{.chain = *fixture.chain,
                        .member = "310000",
                        .work =
                            [](const std::function<void()>& task) {
                                task();
                                return true;
                            },
                        .submit = [](ledger::BatchPtr, const ApiServices::Submitted& done) -> Status {
                            done(std::optional<ledger::Receipt>());
                            return {};
                        },
                        .holds = [](const Hash&, const std::function<void(bool)>& done) -> Status {
                            done(false);
                            return {};
                        },
                        .overview = [this] { return overview; },
                        .peers = [] { return std::vector<net::PeerStatus>(1); },
                        .metrics = metrics},
            io.get_executor());
        auto responder = std::make_shared<Answered>();
        api->handle(std::move(request), responder);
        const bool waits = responder->answers == 0;
        api->stop();  // answers pending requests
        io.restart();
        io.poll();
        XL_CHECK(responder->answers == 1);
        XL_CHECK(!waits || responder->last.status == 202);
        return responder;
    }
};

// "$r7" in the path is the chain's record 7, and so on; "$b" and "$k" are its batches and blocks.
std::string with_ids(const test::ProofFixture& fixture, std::string_view text) {
    static const std::map<char, std::string_view> names{
        {'r', "record"}, {'s', "subject"}, {'g', "grant"}, {'q', "query"}};
    const Suite suite = fixture.federation.suite();
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char kind = text[at] == '$' && at + 1 < text.size() ? text[at + 1] : '\0';
        const auto named = names.find(kind);
        if (named == names.end() && kind != 'b' && kind != 'k' && kind != 'a') {
            out += text[at];
            continue;
        }
        std::uint64_t number = 0;
        for (++at; at + 1 < text.size() && text[at + 1] >= '0' && text[at + 1] <= '9' && number < 1'000; ++at) {
            number = number * 10 + static_cast<std::uint64_t>(text[at + 1] - '0');
        }
        const Height height = number % (fixture.chain->height() + 1);
        const ledger::StoredBlock block = test::must(fixture.chain->block(height));
        if (kind == 'k') out += block.id.hex();
        if (kind == 'b') out += block.block.batches.empty() ? block.id.hex() : block.block.batches.front().hex();
        if (kind == 'a') out += ledger::account_id(suite, 2, 1 + number % 4, 20'270'101).hex();
        if (named != names.end()) out += test::named(suite, named->second, number).hex();
    }
    return out;
}

// A request as the server would pass it on; nothing if the server would refuse it.
std::optional<net::HttpRequest> parsed(const test::ProofFixture& fixture, std::string_view input) {
    const auto line = [&input] {
        const std::size_t end = std::min(input.find('\n'), input.size());
        const std::string_view taken = input.substr(0, end);
        input.remove_prefix(std::min(end + 1, input.size()));
        return taken;
    };
    net::HttpRequest request;
    const std::string_view first = line();
    const std::size_t space = std::min(first.find(' '), first.size());
    request.method = first.substr(0, space);
    if (!net::parse_target(with_ids(fixture, first.substr(std::min(space + 1, first.size()))), request)) return {};
    for (std::string_view header = line(); !header.empty(); header = line()) {
        if (header.starts_with("Accept: ")) request.accept = header.substr(8);
        if (header.starts_with("Last-Event-ID: ")) request.last_event_id = header.substr(15);
    }
    request.body = with_ids(fixture, input);
    return request;
}

std::optional<std::uint64_t> decimal(std::string_view text) {
    if (text.empty()) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text) {
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (c < '0' || c > '9' || value > (~std::uint64_t{0} - digit) / 10) return std::nullopt;
        value = value * 10 + digit;
    }
    return value;
}

std::optional<std::uint64_t> parameter(const net::HttpRequest& request, const char* name, std::uint64_t otherwise) {
    const auto found = request.query.find(name);
    return found == request.query.end() ? otherwise : decimal(found->second);
}

bool fits(int status, std::string_view code) {
    static const std::map<int, std::vector<std::string_view>> codes{{400, {"malformed", "invalid", "unsupported"}},
                                                                    {403, {"unknown_key"}},
                                                                    {404, {"not_found"}},
                                                                    {405, {"invalid"}},
                                                                    {409, {"conflict", "stale"}},
                                                                    {413, {"too_large"}}};
    const auto found = codes.find(status);
    return found != codes.end() && std::find(found->second.begin(), found->second.end(), code) != found->second.end();
}

json::object object_of(const net::HttpResponse& response) {
    json::error_code fault;
    const json::value body = json::parse(response.body, fault);
    if (fault) std::fprintf(stderr, "%s: %s\n", fault.message().c_str(), response.body.c_str());
    XL_CHECK(!fault && body.is_object());
    return body.get_object();
}

void check_refusal(const net::HttpResponse& response) {
    XL_CHECK(response.content_type == "application/json");
    const json::object error = object_of(response).at("error").as_object();
    XL_CHECK(fits(response.status, error.at("code").as_string()));
    XL_CHECK(!error.at("message").as_string().empty());
    XL_CHECK((response.status == 405) == std::any_of(response.headers.begin(), response.headers.end(),
                                                     [](const auto& header) { return header.first == "Allow"; }));
}

void check_file(const test::ProofFixture& fixture, const net::HttpRequest& request, const net::HttpResponse& response) {
    const ByteView bytes = as_bytes(response.body);
    if (request.path.starts_with("/v1/batches/")) {
        const auto batch = ledger::check_batch(fixture.genesis(), fuzz::copy(bytes));
        XL_CHECK(batch.ok());
        XL_CHECK((*batch)->id == hash_from_hex(request.path.substr(12)).value());
        return;
    }
    if (request.path != "/v1/proofs/portfolio") {
        const ledger::Proof proof = test::must(ledger::parse_proof(bytes));
        XL_CHECK(ledger::verify_proof(fixture.genesis(), proof).ok());
        return;
    }
    ByteView left = bytes;
    std::set<Hash> told, asked;
    const auto finding = ledger::verify_portfolio(
        fixture.genesis(),
        [&left](std::span<std::uint8_t> into) -> Result<std::size_t> {
            const std::size_t n = std::min(into.size(), left.size());
            std::copy_n(left.begin(), n, into.begin());
            left = left.subspan(n);
            return n;
        },
        [&told](const ledger::PortfolioSubject& subject) {
            told.insert(subject.subject);
            return Status();
        });
    XL_CHECK(finding.ok());
    for (std::size_t at = 0; at < request.body.size(); at += 65) {
        asked.insert(hash_from_hex(std::string_view(request.body).substr(at, 64)).value());
    }
    XL_CHECK(told == asked);
}

// Answered if and only if the number is valid and there is such an entry.
void check_entry(const test::ProofFixture& fixture, std::string_view text, const net::HttpResponse& response) {
    const auto index = decimal(text);
    XL_CHECK((response.status == 400) == !index);
    if (!index) return;
    XL_CHECK((response.status == 200) == (*index < fixture.chain->snapshot()->state.result().log_size));
    if (response.status == 200) XL_CHECK(object_of(response).at("index").to_number<std::uint64_t>() == *index);
}

void check_subject(const test::ProofFixture& fixture, const net::HttpRequest& request,
                   const net::HttpResponse& response) {
    const auto tag = hash_from_hex(std::string_view(request.path).substr(13));
    const auto from = parameter(request, "from", 0), limit = parameter(request, "limit", 1'000);
    XL_CHECK((response.status == 200) == (tag.ok() && from && limit));
    if (response.status != 200) return;
    const auto state = fixture.chain->snapshot()->state.subject(*tag).value_or(ledger::ListState{});
    const json::object body = object_of(response);
    const json::array& entries = body.at("entries").as_array();
    XL_CHECK(body.at("count").to_number<std::uint64_t>() == state.count);
    XL_CHECK(entries.size() ==
             (*from >= state.count ? 0 : std::min({state.count - *from, *limit, std::uint64_t{10'000}})));
    for (std::size_t i = 0; i < entries.size(); ++i) {
        XL_CHECK(entries[i].at("number").to_number<std::uint64_t>() == *from + i);
        const auto index = entries[i].at("index").to_number<std::uint64_t>();
        XL_CHECK(test::must(fixture.chain->entry(index)).entry.entry.subject == *tag);
    }
}

void check_stream(const test::ProofFixture& fixture, const net::HttpRequest& request, const Stream& stream) {
    const Height tip = fixture.chain->height();
    std::optional<std::uint64_t> next = parameter(request, "from", tip + 1);
    if (next == 0) next = 1;
    if (!request.last_event_id.empty()) {
        next = decimal(request.last_event_id);
        if (next && *next < ~Height{0}) ++*next;
    }
    XL_CHECK(next.has_value());
    XL_CHECK(stream.sent.size() == (*next > tip ? 0 : tip - *next + 1));
    for (const auto& [id, data] : stream.sent) {
        XL_CHECK(decimal(id) == *next && data.at("height").to_number<std::uint64_t>() == *next);
        XL_CHECK(data.at("id").as_string() == test::must(fixture.chain->block(*next)).id.hex());
        ++*next;
    }
}

// The receipt of a final batch equals what the chain holds, and what a client reads.
void check_receipt(const test::ProofFixture& fixture, const Hash& batch, const net::HttpResponse& response) {
    const auto outcome = fixture.chain->snapshot()->state.outcome(batch);
    XL_CHECK((response.status == 200) == outcome.has_value());
    if (!outcome) return;
    Submitter client(NodeClient([&](const NodeRequest&) { return response; }), {.pause = [](Duration) {}});
    const ledger::Receipt read = test::must(client.wait({batch, {}}));
    XL_CHECK(read.batch == batch && read.outcome == *outcome);
    XL_CHECK(read.block == test::must(fixture.chain->block(read.outcome.height)).id);
}

void check(const test::ProofFixture& fixture, const net::HttpRequest& request, const net::HttpResponse& response) {
    const std::string_view path = request.path, entries = "/v1/entries/";
    const bool read = request.method == "GET" || request.method == "HEAD";
    if (response.status != 200 && response.status != 202) check_refusal(response);
    if (response.status == 405) XL_CHECK(request.method != "POST" || !response.headers.empty());
    if (read && path.starts_with(entries) && path.size() > entries.size())
        check_entry(fixture, path.substr(entries.size()), response);
    if (read && path.starts_with("/v1/subjects/") && path.size() > 13) check_subject(fixture, request, response);
    constexpr std::string_view batches = "/v1/batches/", receipt = "/receipt";
    if (read && path.starts_with(batches) && path.ends_with(receipt) &&
        path.size() == batches.size() + 64 + receipt.size()) {
        const auto batch = hash_from_hex(path.substr(batches.size(), 64));
        if (batch.ok() && parameter(request, "wait_ms", 0)) check_receipt(fixture, *batch, response);
    }
    if (response.status != 200 && response.status != 202) return;
    if (response.content_type == "application/json") {
        object_of(response);
    } else if (response.content_type == "application/octet-stream") {
        check_file(fixture, request, response);
    } else if (response.content_type == "text/plain; charset=utf-8") {
        XL_CHECK(path == "/v1/checkpoint");
        XL_CHECK(std::count(response.body.begin(), response.body.end(), '\n') == 3);
    } else {
        XL_CHECK(path == "/metrics" && response.content_type == "text/plain; version=0.0.4");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Node node;
    const auto request = parsed(node.fixture, as_text({data, size}));
    if (!request) return 0;
    const auto answered = node.ask(*request);
    if (answered->opened) {
        XL_CHECK(request->path == "/v1/events");
        check_stream(node.fixture, *request, *answered->opened);
    } else {
        check(node.fixture, *request, answered->last);
    }
    return 0;
}
