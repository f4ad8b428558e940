// Tests the HTTP interface over a real chain in memory: status codes, waiting for receipts, resuming streams. It uses
// no sockets.
#include "node/api/api.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <deque>

#include "ledger/proof/portfolio.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/memory_store.hpp"

namespace xinlian::node {

namespace json = boost::json;

namespace {

constexpr Suite suite = Suite::ed25519_sha256;

struct Stream : net::EventStream {
    bool send(std::string_view id, std::string_view, std::string_view data) override {
        if (sent.size() == room) return false;
        sent.emplace_back(std::string(id), std::string(data));
        if (on_send) on_send();
        return true;
    }
    void on_closed(std::function<void()> callback) override { closed = std::move(callback); }
    std::vector<std::pair<std::string, std::string>> sent;
    std::size_t room = 1'000;
    std::function<void()> closed, on_send;
};
struct Answered : net::Responder {
    void answer(net::HttpResponse response) override {
        ++answers;
        last = std::move(response);
    }
    std::shared_ptr<net::EventStream> stream() override { return opened = std::make_shared<Stream>(); }
    json::object body() const { return json::parse(last.body).as_object(); }
    int answers = 0;
    net::HttpResponse last;
    std::shared_ptr<Stream> opened;
};

// A node without a replica: the test supplies what a replica would report.
struct Fixture {
    test::Federation federation;
    test::MemoryStore store;
    std::unique_ptr<ledger::Chain> chain = test::must(ledger::Chain::open(store, federation.genesis()));
    test::Blocks blocks{federation};
    Metrics metrics;
    boost::asio::io_context io;
    bool workers_full = false, workers_held = false;
    bool holds = false;                      // any batch
    std::deque<std::function<void()>> held;  // tasks, while the workers are held
    Status queue;
    Result<std::optional<ledger::Receipt>> submitted{std::optional<ledger::Receipt>()};
    Replica::Overview overview;
    std::shared_ptr<Api> api = std::make_shared<Api>(
        ApiServices{.chain = *chain,
                    .member = "310000",
                    .work =
                        [this](std::function<void()> task) {
                            if (workers_full) return false;
                            if (!workers_held) task();
                            if (workers_held) held.push_back(std::move(task));
                            return true;
                        },
                    .submit = [this](ledger::BatchPtr, ApiServices::Submitted done) -> Status {
                        if (queue) done(submitted);
                        return queue;
                    },
                    .holds = [this](const Hash&, const std::function<void(bool)>& done) -> Status {
                        if (queue) done(holds);
                        return queue;
                    },
                    .overview = [this] { return overview; },
                    .peers = [] { return std::vector<net::PeerStatus>(); },
                    .metrics = metrics},
        io.get_executor());

    std::shared_ptr<Answered> ask(const std::string& method, const std::string& path, std::string body = {},
                                  std::map<std::string, std::string> query = {}, const std::string& last_event = {}) {
        net::HttpRequest request;
        request.method = method;
        request.path = path;
        request.query = std::move(query);
        request.body = std::move(body);
        request.last_event_id = last_event;
        auto responder = std::make_shared<Answered>();
        api->handle(std::move(request), responder);
        return responder;
    }
    std::string wire(const ledger::BatchPtr& batch) const { return {batch->encoded.begin(), batch->encoded.end()}; }
    ledger::Receipt settle(const ledger::BatchPtr& batch) {
        const auto executed = blocks.append(*chain, {batch});
        return {batch->id, executed->outcomes[0], executed->id, executed->block.header.time};
    }
};

}  // namespace

TEST_CASE("every kind of refusal has its code, its text and, where trying again helps, a Retry-After") {
    const std::vector<std::pair<Errc, int>> codes{
        {Errc::malformed, 400}, {Errc::invalid, 400},  {Errc::unsupported, 400}, {Errc::unknown_key, 403},
        {Errc::not_found, 404}, {Errc::conflict, 409}, {Errc::stale, 409},       {Errc::too_large, 413},
        {Errc::busy, 429},      {Errc::corrupt, 500},  {Errc::io, 500},          {Errc::unavailable, 503}};
    Fixture fixture;
    const auto batch = fixture.blocks.batch("310000", {test::create(suite, 1, 1)});
    for (const auto& [code, status] : codes) {
        fixture.submitted = Error{code, "why it was refused"};
        const auto answered = fixture.ask("POST", "/v1/batches", fixture.wire(batch));
        CHECK(answered->answers == 1);
        CHECK(answered->last.status == status);
        CHECK(answered->body().at("error").at("message").as_string() == "why it was refused");
        CHECK(answered->last.headers.empty() == (status != 429 && status != 503));
    }
}

TEST_CASE("malformed batches and batches of non-members are refused before the replica hears of them") {
    Fixture fixture;
    fixture.submitted = Error{Errc::io, "not to be asked"};
    CHECK(fixture.ask("POST", "/v1/batches")->last.status == 400);
    CHECK(fixture.ask("POST", "/v1/batches", "rubbish")->last.status == 400);
    std::string bytes = fixture.wire(fixture.blocks.batch("310000", {test::create(suite, 1, 1)}));
    bytes.back() ^= 1;
    CHECK(fixture.ask("POST", "/v1/batches", bytes)->last.status == 400);
}

TEST_CASE("full queues say busy, not broken") {
    Fixture fixture;
    const auto batch = fixture.blocks.batch("310000", {test::create(suite, 1, 1)});
    fixture.queue = Error{Errc::busy, "full"};
    CHECK(fixture.ask("POST", "/v1/batches", fixture.wire(batch))->last.status == 429);
    fixture.workers_full = true;
    const auto refused = fixture.ask("GET", "/v1/status");
    CHECK(refused->answers == 1);
    CHECK(refused->last.status == 429);
}

TEST_CASE("a submitted batch is pending, waits for its receipt, or has it already") {
    Fixture fixture;
    const auto batch = fixture.blocks.batch("310000", {test::create(suite, 1, 1)});
    CHECK(fixture.ask("POST", "/v1/batches", fixture.wire(batch))->last.status == 202);
    const auto waiting = fixture.ask("POST", "/v1/batches", fixture.wire(batch), {{"wait_ms", "30000"}});
    const auto other = fixture.ask("GET", "/v1/batches/" + batch->id.hex() + "/receipt", {}, {{"wait_ms", "30000"}});
    CHECK(waiting->answers == 0);
    CHECK(other->answers == 0);
    const ledger::Receipt receipt = fixture.settle(batch);
    fixture.api->settled({receipt});
    for (const auto& answered : {waiting, other}) {
        CHECK(answered->answers == 1);
        CHECK(answered->last.status == 200);
        CHECK(answered->body().at("outcome").as_string() == "accepted");
    }
    fixture.submitted = std::optional(receipt);
    CHECK(fixture.ask("POST", "/v1/batches", fixture.wire(batch))->last.body == waiting->last.body);
    CHECK(fixture.ask("GET", "/v1/batches/" + batch->id.hex() + "/receipt")->last.body == waiting->last.body);
    fixture.io.run();  // the cancelled timers answer nothing more
    CHECK(waiting->answers == 1);
}

TEST_CASE("a waiting client is told that the batch is pending when its time is over") {
    Fixture fixture;
    const auto batch = fixture.blocks.batch("310000", {test::create(suite, 1, 1)});
    fixture.holds = true;
    const auto waiting = fixture.ask("POST", "/v1/batches", fixture.wire(batch), {{"wait_ms", "1"}});
    fixture.io.run();
    CHECK(waiting->answers == 1);
    CHECK(waiting->last.status == 202);
    CHECK(fixture.ask("GET", "/v1/batches/" + batch->id.hex() + "/receipt")->last.status == 202);
    fixture.api->settled({fixture.settle(batch)});
    CHECK(waiting->answers == 1);
}

TEST_CASE("a client that waits for a batch not held, as after a crash, is told to submit it, unless it is final") {
    Fixture fixture;
    const auto batch = fixture.blocks.batch("310000", {test::create(suite, 1, 1)});
    const std::string receipt = "/v1/batches/" + batch->id.hex() + "/receipt";
    const auto lost = fixture.ask("GET", receipt, {}, {{"wait_ms", "1"}});
    CHECK(lost->answers == 0);
    fixture.io.run();
    REQUIRE(lost->answers == 1);
    CHECK(lost->last.status == 404);
    CHECK(lost->last.body.find("submit the batch") != std::string::npos);
    fixture.io.restart();
    const auto late = fixture.ask("GET", receipt, {}, {{"wait_ms", "1"}});
    fixture.settle(batch);  // and its waiter was not told
    fixture.io.run();
    CHECK(late->last.status == 200);
    fixture.io.restart();
    const Hash other{};
    const auto refused = fixture.ask("GET", "/v1/batches/" + other.hex() + "/receipt", {}, {{"wait_ms", "1"}});
    fixture.queue = Error{Errc::busy, "full"};
    fixture.io.run();
    CHECK(refused->last.status == 429);
}

TEST_CASE("a client that waits for a dropped batch gets the reason, and one that waits at the stop gets an answer") {
    Fixture fixture;
    const auto batch = fixture.blocks.batch("310000", {test::create(suite, 1, 1)});
    const auto dropped = fixture.ask("POST", "/v1/batches", fixture.wire(batch), {{"wait_ms", "30000"}});
    fixture.api->dropped({{batch->id, Error{Errc::stale, "another took its place"}}});
    CHECK(dropped->last.status == 409);
    const auto last = fixture.ask("POST", "/v1/batches", fixture.wire(batch), {{"wait_ms", "30000"}});
    fixture.api->stop();
    CHECK(last->last.status == 202);
    fixture.io.run();
    CHECK(last->answers == 1);
    CHECK(dropped->answers == 1);
}

TEST_CASE("the list of evidence has what is final with height and time, and what is not final yet as pending") {
    Fixture fixture;
    const auto& genesis = fixture.federation.genesis();
    CHECK(fixture.ask("GET", "/v1/evidence")->body().at("evidence").as_array().empty());
    const auto block = fixture.blocks.append(*fixture.chain, {}, {fixture.federation.equivocation(1, 7)});
    fixture.overview.accused = {fixture.federation.equivocation(1, 7), fixture.federation.equivocation(2, 9)};
    const json::object list = fixture.ask("GET", "/v1/evidence")->body();
    const json::array& items = list.at("evidence").as_array();
    REQUIRE(items.size() == 2);  // one that became final meanwhile is not listed twice
    CHECK(items[0].at("member").as_string() == genesis.validator(1).id);
    CHECK(items[0].at("status").as_string() == "final");
    CHECK(items[0].at("view").to_number<int>() == 7);
    CHECK(items[0].at("height").to_number<int>() == 1);
    CHECK(items[0].at("time_ms").to_number<std::uint64_t>() == block->block.header.time.ms);
    CHECK(items[0].at("first").as_string() ==
          "notarize block " + test::named(suite, "one block", 0).hex() + " in view 7");
    CHECK(items[1].at("member").as_string() == genesis.validator(2).id);
    CHECK(items[1].at("status").as_string() == "pending");
    CHECK(items[1].at("height").is_null());
    CHECK(list.at("as_of").at("height").to_number<int>() == 1);
    CHECK(fixture.ask("GET", "/v1/evidence/990000")->last.status == 404);
    CHECK(fixture.ask("POST", "/v1/evidence")->last.status == 405);
}

TEST_CASE("everything about the ledger says as of which height") {
    Fixture fixture;
    const auto entry = test::create(suite, 1, 1);
    const auto batch = fixture.blocks.batch("310000", {entry});
    fixture.settle(batch);
    const std::string record = entry.record.hex(), tag = entry.subject.hex();
    for (const std::string& path :
         {std::string("/v1/feeds/310000"), "/v1/records/" + record, "/v1/subjects/" + tag, std::string("/v1/entries/0"),
          std::string("/v1/checkpoint"), std::string("/v1/evidence")}) {
        INFO(path);
        const auto answered = fixture.ask("GET", path);
        CHECK(answered->last.status == 200);
        CHECK(answered->body().at("as_of").at("height").to_number<int>() == 1);
        CHECK(fixture.ask("HEAD", path)->last.status == 200);
    }
    for (const std::string& path :
         {std::string("/v1/status"), std::string("/v1/health"), std::string("/v1/genesis"),
          "/v1/batches/" + batch->id.hex(), std::string("/v1/blocks/1"), std::string("/v1/certificates/1"),
          "/v1/proofs/record/" + record, "/v1/proofs/subject/" + tag, std::string("/v1/proofs/entry/0"),
          "/v1/proofs/batch/" + batch->id.hex(), std::string("/v1/evidence/320000"), std::string("/metrics")}) {
        INFO(path);
        CHECK(fixture.ask("GET", path)->last.status == 200);
    }
}

TEST_CASE("what is not there, not a number, or not to be done so is refused") {
    Fixture fixture;
    const std::string nobody(64, '0');
    for (const std::string& path :
         {std::string("/"), std::string("/v1"), std::string("/v1/blocks/"), std::string("/v1/blocks/9"),
          std::string("/v1/entries/0"), "/v1/batches/" + nobody, "/v1/batches/" + nobody + "/receipt",
          std::string("/v1/proofs/entry/0"), std::string("/v1/feeds/999999")}) {
        INFO(path);
        CHECK(fixture.ask("GET", path)->last.status == 404);
    }
    for (const char* path : {"/v1/blocks/x", "/v1/blocks/-1", "/v1/blocks/18446744073709551616", "/v1/records/ab",
                             "/v1/batches/zz/receipt", "/v1/entries/1x"}) {
        INFO(path);
        CHECK(fixture.ask("GET", path)->last.status == 400);
    }
    for (const char* method : {"PUT", "DELETE", "PATCH", "OPTIONS"}) {
        const auto answered = fixture.ask(method, "/v1/status");
        CHECK(answered->last.status == 405);
        CHECK(answered->last.headers.at(0).second == "GET");
    }
    const auto read = fixture.ask("GET", "/v1/batches");
    CHECK(read->last.status == 405);
    CHECK(read->last.headers.at(0).second == "POST");
    CHECK(fixture.ask("GET", "/v1/proofs/portfolio")->last.headers.at(0).second == "POST");
    CHECK(fixture.ask("POST", "/v1/status")->last.status == 405);
}

TEST_CASE("a refusal is JSON even if the input it quotes is not text") {
    Fixture fixture;
    for (const std::string& path :
         {std::string("/v1/feeds/\xff"), std::string("/v1/feeds/") + std::string(31, 'x') + "沪",
          std::string("/v1/proofs/\xe6\xb2/7"), std::string("/v1/proofs/dealings/\xc3(")}) {
        INFO(path);
        const auto answered = fixture.ask("GET", path);
        CHECK(answered->last.status / 100 == 4);
        CHECK(answered->body().at("error").at("message").as_string().find("\xff") == std::string::npos);
    }
    const auto answered = fixture.ask("GET", "/v1/feeds/a\xff沪");
    CHECK(answered->body().at("error").at("message").as_string().starts_with("\"a\uFFFD沪\" is neither"));
}

TEST_CASE("a portfolio is made of the subjects that the body names, one tag a line") {
    Fixture fixture;
    const std::string path = "/v1/proofs/portfolio";
    const std::string tag = test::named(suite, "subject", 1).hex(), nobody = test::named(suite, "subject", 2).hex();
    CHECK(fixture.ask("POST", path, tag)->last.status == 404);  // nothing is final
    fixture.settle(fixture.blocks.batch("310000", {test::create(suite, 1, 1), test::create(suite, 2, 1)}));
    const auto answered = fixture.ask("POST", path, tag + "\n" + nobody + "\n");
    REQUIRE(answered->last.status == 200);
    std::map<std::string, std::size_t> entries;
    std::string_view left = answered->last.body;
    const auto finding = ledger::verify_portfolio(
        fixture.federation.genesis(),
        [&left](std::span<std::uint8_t> into) -> Result<std::size_t> {
            const std::size_t n = left.copy(reinterpret_cast<char*>(into.data()), into.size());
            left.remove_prefix(n);
            return n;
        },
        [&entries](const ledger::PortfolioSubject& subject) {
            entries[subject.subject.hex()] = subject.entries.size();
            return Status();
        });
    REQUIRE(finding.ok());
    CHECK(entries == std::map<std::string, std::size_t>{{tag, 2}, {nobody, 0}});
}

TEST_CASE("a portfolio of nobody, of what is no tag, or of too many is refused") {
    Fixture fixture;
    fixture.settle(fixture.blocks.batch("310000", {test::create(suite, 1, 1)}));
    const std::string path = "/v1/proofs/portfolio", tag(64, 'a');
    CHECK(fixture.ask("POST", path)->last.status == 400);
    const auto bad = fixture.ask("POST", path, tag + "\n" + tag + "x\n");
    CHECK(bad->last.status == 400);
    CHECK(bad->body().at("error").at("message").as_string().find("line 2") != json::string::npos);
    CHECK(fixture.ask("POST", path, tag + "\n\n")->last.status == 400);
    std::string many;
    for (std::size_t i = 0; i < ledger::portfolio_subjects_max; ++i) many += tag + "\n";
    CHECK(fixture.ask("POST", path, many)->last.status == 200);
    CHECK(fixture.ask("POST", path, many + tag)->last.status == 413);
}

TEST_CASE("a node makes one portfolio at a time and says that it is busy to the next") {
    Fixture fixture;
    fixture.settle(fixture.blocks.batch("310000", {test::create(suite, 1, 1)}));
    const std::string path = "/v1/proofs/portfolio", tag(64, 'a');
    std::shared_ptr<Answered> second;
    fixture.store.on_get = [&] {
        if (!second) second = fixture.ask("POST", path, (second = std::make_shared<Answered>(), tag));
    };
    const auto first = fixture.ask("POST", path, tag);
    CHECK(first->last.status == 200);
    REQUIRE(second);
    CHECK(second->last.status == 429);
    fixture.store.on_get = {};
    CHECK(fixture.ask("POST", path, tag)->last.status == 200);
}

TEST_CASE("a proof of a feed is a long answer: one at a time") {
    Fixture fixture;
    fixture.settle(fixture.blocks.batch("310000", {test::create(suite, 1, 1)}));
    const auto ask = [&] { return fixture.ask("GET", "/v1/proofs/feed/310000", {}, {{"from", "1"}, {"to", "1"}}); };
    std::shared_ptr<Answered> second;
    fixture.store.on_get = [&] {
        if (second) return;
        second = std::make_shared<Answered>();  // once
        second = ask();
    };
    CHECK(ask()->last.status == 200);
    REQUIRE(second);
    CHECK(second->last.status == 429);
    fixture.store.on_get = {};
    CHECK(ask()->last.status == 200);
    CHECK(fixture.ask("GET", "/v1/proofs/feed/310000")->last.status == 400);
    CHECK(fixture.ask("GET", "/v1/proofs/feed/")->last.status == 400);
}

TEST_CASE("ids of any length are answered") {
    Fixture fixture;
    fixture.settle(fixture.blocks.batch("310000", {test::create(suite, 1, 1)}));
    for (const char* kind : {"record", "subject", "entry", "batch", "grant", "query", "account", "asked", "uses",
                             "dealings", "feed", "evidence"}) {
        for (const std::size_t length : {31, 32, 33, 64, 65, 5'000}) {
            const auto answered =
                fixture.ask("GET", "/v1/proofs/" + std::string(kind) + "/" + std::string(length, '3'));
            INFO(kind << " " << length);
            const bool is_id = length == 64 || (length <= 32 && kind == std::string_view("dealings"));
            CHECK((answered->last.status / 100 == 4 || (is_id && answered->last.status == 200)));
        }
    }
}

TEST_CASE("a halted node says so and is not ready") {
    Fixture fixture;
    fixture.overview.halted = true;
    fixture.overview.halt_reason = "state diverged";
    CHECK(fixture.ask("GET", "/v1/health")->last.status == 503);
    CHECK(fixture.ask("GET", "/v1/ready")->last.status == 503);
}

TEST_CASE("an event stream starts at the next block, where it is told, or after the last one seen") {
    Fixture fixture;
    for (std::uint64_t i = 0; i < 3; ++i) fixture.settle(fixture.blocks.batch("310000", {test::create(suite, i, 1)}));
    const auto fresh = fixture.ask("GET", "/v1/events");
    const auto all = fixture.ask("GET", "/v1/events", {}, {{"from", "1"}});
    const auto resumed = fixture.ask("GET", "/v1/events", {}, {}, "2");
    CHECK(fresh->opened->sent.empty());
    CHECK(all->opened->sent.size() == 3);
    REQUIRE(resumed->opened->sent.size() == 1);
    CHECK(resumed->opened->sent[0].first == "3");
    fixture.settle(fixture.blocks.batch("310000", {test::create(suite, 9, 1)}));
    fixture.api->committed();
    REQUIRE(fresh->opened->sent.size() == 1);
    CHECK(fresh->opened->sent[0].first == "4");
    CHECK(all->opened->sent.size() == 4);
    all->opened->closed();
    fixture.settle(fixture.blocks.batch("310000", {test::create(suite, 10, 1)}));
    fixture.api->committed();
    CHECK(all->opened->sent.size() == 4);
    CHECK(fresh->opened->sent.size() == 2);
}

TEST_CASE("a stream that is far behind is fed by one task at a time, each with a few blocks") {
    Fixture fixture;
    for (int i = 0; i < 100; ++i) fixture.blocks.append(*fixture.chain);
    fixture.workers_held = true;
    const auto asked = fixture.ask("GET", "/v1/events", {}, {{"from", "1"}});
    std::size_t tasks = 0, before = 0;
    for (; !fixture.held.empty(); ++tasks) {
        REQUIRE(fixture.held.size() == 1);
        const auto task = std::move(fixture.held.front());
        fixture.held.pop_front();
        task();
        CHECK(asked->opened->sent.size() - before <= 64);
        before = asked->opened->sent.size();
        if (tasks > 0) continue;
        fixture.blocks.append(*fixture.chain);
        fixture.api->committed();
    }
    CHECK(tasks == 2);
    REQUIRE(asked->opened->sent.size() == 101);
    for (std::size_t i = 0; i < 101; ++i) CHECK(asked->opened->sent[i].first == std::to_string(i + 1));
}

TEST_CASE("a block that becomes final while a stream is fed is not forgotten") {
    Fixture fixture;
    fixture.blocks.append(*fixture.chain);
    const auto asked = fixture.ask("GET", "/v1/events");
    const auto stream = asked->opened;
    stream->on_send = [&] {
        if (stream->sent.size() > 1) return;
        fixture.blocks.append(*fixture.chain);
        fixture.api->committed();
    };
    fixture.blocks.append(*fixture.chain);
    fixture.api->committed();
    REQUIRE(stream->sent.size() == 2);
    CHECK(stream->sent[1].first == "3");
}

TEST_CASE("a stream whose task found no worker is fed at the next block") {
    Fixture fixture;
    const auto asked = fixture.ask("GET", "/v1/events");
    fixture.workers_full = true;
    fixture.blocks.append(*fixture.chain);
    fixture.api->committed();
    CHECK(asked->opened->sent.empty());
    fixture.workers_full = false;
    fixture.blocks.append(*fixture.chain);
    fixture.api->committed();
    CHECK(asked->opened->sent.size() == 2);
}

TEST_CASE("malformed numbers are refused by name, not replaced by the default") {
    Fixture fixture;
    const std::string receipt = "/v1/batches/" + std::string(64, 'a') + "/receipt";
    for (const char* wrong : {"", "x", "-1", "1x", " 1", "99999999999999999999999"}) {
        INFO(wrong);
        const auto waiting = fixture.ask("GET", receipt, {}, {{"wait_ms", wrong}});
        CHECK(waiting->last.status == 400);
        CHECK(waiting->last.body.find("wait_ms") != std::string::npos);
        CHECK(fixture.ask("GET", "/v1/events", {}, {{"from", wrong}})->last.status == 400);
    }
    CHECK(fixture.ask("GET", "/v1/events", {}, {}, "nine")->last.status == 400);
}

}  // namespace xinlian::node
