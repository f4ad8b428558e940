#include "node/daemon/daemon.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "ledger/chain/scrub.hpp"
#include "node/api/api.hpp"
#include "node/daemon/input_queue.hpp"
#include "node/daemon/log.hpp"
#include "node/replica/replica.hpp"
#include "node/storage/data_folder.hpp"
#include "node/wording/plain.hpp"
#include "node/wording/sentence.hpp"

namespace xinlian::node {

namespace {

constexpr const char* full_queue = "the queue of this node is full; try again in a second";
constexpr std::size_t worker_count = 2;
constexpr std::uint64_t scrub_bytes_per_second = 2u << 20;  // about 170 GB a day
constexpr std::chrono::milliseconds scrub_pause_min{20};
constexpr Duration nap_max{3'600'000};

using Steady = std::chrono::steady_clock;

Clock clock_now() {
    const auto ms = [](auto point) {
        return static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::milliseconds>(point.time_since_epoch()).count());
    };
    return {Time{ms(Steady::now())}, Time{ms(std::chrono::system_clock::now())}};
}

Result<std::string> read_text(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return Error{Errc::not_found, "cannot read " + path};
    return std::string(std::istreambuf_iterator<char>(in), {});
}

consensus::Timing timing_of(const ledger::Parameters& parameters) {
    consensus::Timing timing;
    timing.view_timeout = view_time(parameters);
    timing.heartbeat = parameters.heartbeat;
    return timing;
}

// Logs why a validator does not vote yet.
void say_memory(consensus::Memory memory, const std::string& detail) {
    switch (memory) {
        case consensus::Memory::whole:
            return;
        case consensus::Memory::lost:
            return log(LogLevel::error,
                       "the vote journal is lost or damaged: following without voting until it is safe",
                       {{"detail", detail}});
        case consensus::Memory::fresh:
            return log(LogLevel::info,
                       "there is no journal and no chain yet: voting begins when the other validators have reported "
                       "their views");
    }
}

}  // namespace

struct Daemon::State {
    Config config;
    ledger::Genesis genesis;
    std::unique_ptr<SecretKey> validator_key;
    DataFolder data;
    std::unique_ptr<ledger::Scrub> scrub;
    std::unique_ptr<Replica> replica;

    Metrics metrics;
    boost::asio::io_context io{1};
    // Signals are caught until the end, so that a second signal does not interrupt the shutdown.
    boost::asio::signal_set signals{io, SIGINT, SIGTERM};
    boost::asio::steady_timer scrub_timer{io};
    InputQueue inputs;  // peers are members
    WorkQueue tasks;
    std::shared_ptr<Api> api;
    std::unique_ptr<net::HttpServer> http;
    std::unique_ptr<net::Network> network;

    mutable std::mutex overview_mutex;
    Replica::Overview overview;  // guarded by overview_mutex; as of the last turn
    std::optional<Error> fatal;  // written by the replica's thread before io stops

    explicit State(ledger::Genesis g)
        : genesis(std::move(g)), inputs(1 + genesis.members().size()), tasks(1 + genesis.members().size()) {}

    void on_frame(net::PeerIndex peer, Bytes frame);
    Status start_replica();
    Status start_network(const MemberFiles& files, const SecretKey& transport_key);
    Status start_api();
    void scrub_after(std::chrono::milliseconds pause);
    void scrub_step();
    void replica_loop();
    Status persist(const Effects& effects);
    void release(Effects effects, std::optional<Time>& wake);
    void report(const Effects& effects);
    void report(const consensus::Note& note);
    void report(const ClockDifference& clocks);
    void publish_overview();
};

void Daemon::State::on_frame(net::PeerIndex peer, Bytes frame) {
    const std::size_t bytes = frame.size();
    // Workers decode bodies and verify their signatures; everything else is small.
    const bool body = !frame.empty() && frame[0] == wire::Message(wire::BatchBody{}).index() + 1;
    if (!body) {
        auto message = wire::decode_message(frame);
        if (!message) return network->ban(peer, message.error().text);
        const bool queued = inputs.push(
            1 + peer,
            [peer, message = std::make_shared<wire::Message>(*std::move(message))](Replica& r, Clock now) {
                r.receive(peer, *message, now);
            },
            bytes);
        if (!queued) metrics.dropped_input(1);
        return;
    }
    std::function<void()> check = [this, peer, bytes, frame = std::make_shared<Bytes>(std::move(frame))] {
        auto message = wire::decode_message(*frame);
        if (!message) return network->ban(peer, message.error().text);
        auto batch = ledger::check_batch(genesis, std::move(std::get<wire::BatchBody>(*message).batch));
        if (!batch) return network->ban(peer, "invalid batch: " + batch.error().text);
        if (!inputs.push(
                1 + peer, [peer, batch = *batch](Replica& r, Clock now) { r.body(peer, batch, now); }, bytes))
            metrics.dropped_input(1);
    };
    // A body without room in the queue is requested again.
    if (!tasks.push(1 + peer, std::move(check), bytes)) metrics.dropped_input(1);
}

Status Daemon::State::start_replica() {
    ReplicaSettings settings;
    settings.self = genesis.validator_index(config.member);
    for (const Config::Peer& peer : config.peers) settings.peers.push_back(genesis.validator_index(peer.id));
    settings.timing = timing_of(genesis.parameters());
    if (validator_key) settings.sign = [key = validator_key.get()](ByteView message) { return key->sign(message); };
    replica = std::make_unique<Replica>(std::move(settings), *data.chain);
    XL_TRY_STATUS(replica->start(std::exchange(data.records, {}), data.memory, clock_now()));
    publish_overview();
    return Status();
}

Status Daemon::State::start_network(const MemberFiles& files, const SecretKey& transport_key) {
    net::NetworkSettings settings;
    settings.listen_address = config.peer_listen.host;
    settings.listen_port = config.peer_listen.port;
    XL_TRY(settings.certificate_pem, read_text(files.transport_certificate()));
    settings.chain_id = genesis.chain_id();
    for (const Config::Peer& peer : config.peers) {
        const ledger::Member* member = genesis.member(peer.id);
        if (member == nullptr || peer.id == config.member) {
            return Error{Errc::invalid, files.config() + ": [[peers]] id \"" + peer.id +
                                            "\" is not another member of this federation"};
        }
        settings.peers.push_back({peer.id, peer.address, member->transport_key});
    }
    net::NetworkEvents events;
    events.up = [this](net::PeerIndex peer) {
        log(LogLevel::info, "peer connected", {{"peer", config.peers[peer].id}});
        inputs.push_always(1 + peer, [peer](Replica& r, Clock now) { r.connected(peer, now); });
    };
    events.down = [this](net::PeerIndex peer, const std::string& reason) {
        log(LogLevel::warn, "peer lost", {{"peer", config.peers[peer].id}, {"reason", reason}});
        inputs.push_always(1 + peer, [peer](Replica& r, Clock) { r.disconnected(peer); });
    };
    events.frame = [this](net::PeerIndex peer, Bytes frame) { on_frame(peer, std::move(frame)); };
    events.refused = [](const std::string& address, const std::string& reason) {
        log(LogLevel::warn, "connection refused", {{"address", address}, {"reason", reason}});
    };
    XL_TRY(network, net::Network::start(io, std::move(settings), transport_key, std::move(events)));
    return Status();
}

Status Daemon::State::start_api() {
    ApiServices services{.chain = *data.chain,
                         .member = config.member,
                         // The memory of requests is bounded by the number of connections.
                         .work = [this](std::function<void()> task) { return tasks.push(0, std::move(task), 0); },
                         .submit = [this](ledger::BatchPtr batch, ApiServices::Submitted done) -> Status {
                             const std::size_t bytes = batch->encoded.size();
                             const bool queued = inputs.push(
                                 0,
                                 [batch = std::move(batch), done = std::move(done)](Replica& r, Clock now) {
                                     done(r.submit(batch, now));
                                 },
                                 bytes);
                             return queued ? Status() : Status(Error{Errc::busy, full_queue});
                         },
                         .holds = [this](const Hash& batch, std::function<void(bool)> done) -> Status {
                             const bool queued = inputs.push(
                                 0, [batch, done = std::move(done)](const Replica& r, Clock) { done(r.holds(batch)); },
                                 0);
                             return queued ? Status() : Status(Error{Errc::busy, full_queue});
                         },
                         .overview =
                             [this] {
                                 const std::lock_guard lock(overview_mutex);
                                 return overview;
                             },
                         .peers = [this] { return network->status(); },
                         .metrics = metrics};
    api = std::make_shared<Api>(std::move(services), io.get_executor());
    XL_TRY(http, net::HttpServer::listen(
                     io, config.api_listen.host, config.api_listen.port, net::HttpLimits{},
                     [api = api](net::HttpRequest request, const std::shared_ptr<net::Responder>& responder) {
                         api->handle(std::move(request), responder);
                     }));
    return Status();
}

void Daemon::State::scrub_after(std::chrono::milliseconds pause) {
    scrub_timer.expires_after(pause);
    scrub_timer.async_wait([this](const boost::system::error_code& fault) {
        if (fault) return;
        // Clients first: if their tasks fill the queue, the scrub waits.
        std::function<void()> step = [this] { scrub_step(); };
        if (!tasks.push(0, std::move(step), 0)) scrub_after(std::chrono::seconds(1));
    });
}

void Daemon::State::scrub_step() {
    const ledger::Scrub::Step step = scrub->step();
    metrics.scrubbed(step.bytes, step.damage.has_value(), step.finished);
    if (step.damage) {
        log(LogLevel::error, "the chain on disk is damaged", {{"place", step.damage->text}});
        inputs.push_always(0, [why = step.damage->text](Replica& r, Clock now) { r.damaged(why, now); });
    }
    const auto pace = std::chrono::milliseconds(step.bytes * 1'000 / scrub_bytes_per_second);
    const auto pause = step.finished ? std::chrono::milliseconds(60'000) : std::max(scrub_pause_min, pace);
    boost::asio::post(io, [this, pause] { scrub_after(pause); });
}

void Daemon::State::publish_overview() {
    Replica::Overview fresh = replica->overview();
    const std::lock_guard lock(overview_mutex);
    overview = std::move(fresh);
}

void Daemon::State::replica_loop() {
    std::optional<Time> wake = clock_now().steady;
    while (!inputs.stopped()) {
        // The proposer chooses how far in the future its block waits; the limit is what a time_point can represent.
        const Time latest = clock_now().steady + nap_max;
        const Time until = wake ? std::min(*wake, latest) : latest;
        const std::vector<InputQueue::Input> turn = inputs.pop(Steady::time_point(std::chrono::milliseconds(until.ms)));
        Clock now = clock_now();
        for (const InputQueue::Input& input : turn) input(*replica, now);
        now = clock_now();
        if (wake && now.steady >= *wake) {
            wake.reset();
            replica->tick(now);
        }
        const Status done = node::apply_effects(
            replica->take(), [this](const Effects& effects) { return persist(effects); },
            [this, &wake](Effects effects) { release(std::move(effects), wake); });
        if (!done) {
            fatal = done.error();
            break;
        }
        publish_overview();
    }
    boost::asio::post(io, [this] { io.stop(); });
}

Status Daemon::State::persist(const Effects& effects) {
    if (effects.persist.empty()) return Status();
    const auto before = Steady::now();
    Status kept = node::persist(*data.journal, effects);
    metrics.journal_sync(std::chrono::duration<double>(Steady::now() - before).count());
    return kept;
}

void Daemon::State::release(Effects effects, std::optional<Time>& wake) {
    for (Bytes& frame : effects.broadcast) network->broadcast(std::make_shared<const Bytes>(std::move(frame)));
    for (auto& [peer, frame] : effects.send) network->send(peer, std::make_shared<const Bytes>(std::move(frame)));
    for (const auto& [peer, reason] : effects.ban) network->ban(peer, reason);
    if (!effects.settled.empty()) api->settled(effects.settled);
    if (!effects.dropped.empty()) api->dropped(effects.dropped);
    if (!effects.committed.empty()) api->committed();
    report(effects);
    if (effects.wake && (!wake || *effects.wake < *wake)) wake = effects.wake;
}

void Daemon::State::report(const Effects& effects) {
    for (const ledger::StoredBlock& block : effects.committed) {
        std::uint64_t entries = 0;
        for (const ledger::Receipt& receipt : effects.settled) {
            if (receipt.block == block.id && receipt.outcome.reason == ledger::Reason::accepted)
                entries += receipt.outcome.entry_count;
        }
        metrics.committed(block, entries);
        log(LogLevel::debug, "block final",
            {{"height", block.block.header.height},
             {"view", block.block.header.view},
             {"id", block.id.hex()},
             {"batches", block.block.batches.size()},
             {"entries", entries}});
        for (const Evidence& evidence : block.block.evidence) {
            log(LogLevel::warn, "evidence of equivocation is part of the ledger",
                {{"validator", genesis.validator(evidence.member).id}, {"height", block.block.header.height}});
        }
    }
    for (const ledger::Receipt& receipt : effects.settled) {
        const bool accepted = receipt.outcome.reason == ledger::Reason::accepted;
        metrics.settled(accepted);
        if (!accepted)
            log(LogLevel::warn, "batch rejected",
                {{"batch", receipt.batch.hex()},
                 {"reason", name_of(receipt.outcome.reason)},
                 {"entry", receipt.outcome.entry}});
    }
    for (const ClockDifference& clocks : effects.clocks) report(clocks);
    for (const Evidence& evidence : effects.evidence) {
        const std::string& validator = genesis.validator(evidence.member).id;
        metrics.evidence(validator);
        log(LogLevel::error, "evidence of equivocation",
            {{"validator", validator},
             {"view", evidence.first.view},
             {"first", statement_text(evidence.first, Language::en)},
             {"second", statement_text(evidence.second, Language::en)}});
    }
    for (const consensus::Note& note : effects.notes) report(note);
}

void Daemon::State::report(const consensus::Note& note) {
    metrics.note(note);
    switch (note.kind) {
        case consensus::Note::Kind::timed_out:
            log(LogLevel::info, "view timed out", {{"view", note.view}});
            break;
        case consensus::Note::Kind::equivocation:
            log(LogLevel::error, "equivocation",
                {{"view", note.view},
                 {"validator", note.member ? genesis.validator(*note.member).id : "?"},
                 {"text", note.text}});
            break;
        case consensus::Note::Kind::halted:
            log(LogLevel::error, "halted: this node no longer signs", {{"reason", note.text}});
            break;
        case consensus::Note::Kind::refused:
            log(LogLevel::debug, "message refused", {{"view", note.view}, {"reason", note.text}});
            break;
        case consensus::Note::Kind::entered_view:
        case consensus::Note::Kind::notarized:
        case consensus::Note::Kind::nullified:
        case consensus::Note::Kind::finalized:
            log(LogLevel::trace, "consensus", {{"view", note.view}, {"kind", static_cast<int>(note.kind)}});
            break;
    }
}

void Daemon::State::report(const ClockDifference& clocks) {
    const bool ahead = clocks.block > clocks.own;
    const Duration apart = ahead ? clocks.block - clocks.own : clocks.own - clocks.block;
    log(clocks.own_suspected ? LogLevel::error : LogLevel::warn,
        clocks.own_suspected ? "this node's clock differs from the federation's: set it" : "clocks differ",
        {{"proposer", genesis.validator(clocks.proposer).id},
         {"its_time", time_text(clocks.block)},
         {"own_time", time_text(clocks.own)},
         {"apart_s", apart.ms / 1000},
         {"ahead", ahead ? "the proposer" : "this node"}});
}

Daemon::Daemon(std::unique_ptr<State> state) : state_(std::move(state)) {}
Daemon::~Daemon() = default;

Result<std::unique_ptr<Daemon>> Daemon::open(const MemberFiles& files, const std::string& passphrase) {
    XL_TRY(Config config, load_config(files.config()));
    XL_TRY(ledger::Genesis genesis, ledger::Genesis::load(files.genesis()));
    const ledger::Member* member = genesis.member(config.member);
    if (member == nullptr)
        return Error{Errc::invalid, files.config() + ": member \"" + config.member + "\" is not in " + files.genesis()};
    set_log(config.log_level, config.member);

    auto state = std::make_unique<State>(std::move(genesis));
    state->config = std::move(config);
    member = state->genesis.member(state->config.member);
    if (member->roles.validator) {
        XL_TRY(SecretKey key, open_key_file(files.key("validator"), KeyPurpose::validator, passphrase));
        if (key.public_key() != member->validator_key)
            return Error{Errc::invalid, files.key("validator") +
                                            " is not the validator key that the genesis file names for " + member->id};
        state->validator_key = std::make_unique<SecretKey>(std::move(key));
    }
    XL_TRY(const SecretKey transport_key, open_key_file(files.key("transport"), KeyPurpose::transport, passphrase));
    if (transport_key.public_key() != member->transport_key)
        return Error{Errc::invalid, files.key("transport") +
                                        " is not the transport key that the genesis file names for " + member->id};

    const std::string folder = (std::filesystem::path(files.folder) / state->config.data_folder).string();
    XL_TRY(state->data, open_data_folder(folder, state->genesis));
    if (state->validator_key) say_memory(state->data.memory, state->data.journal_detail);
    state->scrub = std::make_unique<ledger::Scrub>(*state->data.store, *state->data.chain);
    XL_TRY_STATUS(state->start_replica());
    XL_TRY_STATUS(state->start_network(files, transport_key));
    XL_TRY_STATUS(state->start_api());
    log(LogLevel::info, "started",
        {{"version", XL_VERSION},
         {"chain", state->genesis.fingerprint()},
         {"suite", name_of(state->genesis.suite())},
         {"height", state->data.chain->height()},
         {"peers", state->config.peers.size()},
         {"peer_port", state->network->port()},
         {"api_port", state->http->port()}});
    return std::unique_ptr<Daemon>(new Daemon(std::move(state)));
}

Status Daemon::run() {
    State& s = *state_;
    s.signals.async_wait([&s](const boost::system::error_code& fault, int) {
        if (fault) return;
        log(LogLevel::info, "stopping");
        s.inputs.stop();
    });
    s.scrub_after(scrub_pause_min);
    std::thread replica_thread([&s] { s.replica_loop(); });
    std::vector<std::thread> workers;
    for (std::size_t i = 0; i < worker_count; ++i) {
        workers.emplace_back([&s] {
            while (const auto task = s.tasks.pop_one()) (*task)();
        });
    }
    const auto guard = boost::asio::make_work_guard(s.io);
    s.io.run();
    s.inputs.stop();
    replica_thread.join();
    s.api->stop();
    s.tasks.stop();
    for (std::thread& worker : workers) worker.join();
    // Sockets close and their coroutines end on this thread, while everything that they use still exists.
    s.network->stop();
    s.http->stop();
    s.io.restart();
    s.io.poll();
    if (s.fatal) {
        log(LogLevel::error, "stopped", {{"reason", s.fatal->text}});
        return *s.fatal;
    }
    log(LogLevel::info, "stopped", {{"height", s.data.chain->height()}});
    return Status();
}

}  // namespace xinlian::node
