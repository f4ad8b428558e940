#include "node/api/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace xinlian::node {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;

struct Metrics::State {
    prometheus::Registry registry;
    prometheus::Gauge& height =
        BuildGauge().Name("xinlian_height").Help("Height of the last final block.").Register(registry).Add({});
    prometheus::Gauge& highest =
        BuildGauge()
            .Name("xinlian_highest_known")
            .Help("Height that at least one honest validator has reached, as reported by the peers.")
            .Register(registry)
            .Add({});
    prometheus::Gauge& view =
        BuildGauge().Name("xinlian_view").Help("Current consensus view.").Register(registry).Add({});
    prometheus::Gauge& ready = BuildGauge()
                                   .Name("xinlian_ready")
                                   .Help("1 if the node is at most two blocks behind the tip.")
                                   .Register(registry)
                                   .Add({});
    prometheus::Gauge& halted =
        BuildGauge().Name("xinlian_halted").Help("1 if the node has stopped signing.").Register(registry).Add({});
    prometheus::Gauge& log_size =
        BuildGauge().Name("xinlian_log_size").Help("Entries in the log.").Register(registry).Add({});
    prometheus::Gauge& pool = BuildGauge()
                                  .Name("xinlian_pool_batches")
                                  .Help("Batches in the pool that wait to be ordered.")
                                  .Register(registry)
                                  .Add({});
    prometheus::Gauge& pool_bytes =
        BuildGauge().Name("xinlian_pool_bytes").Help("Bytes of the batches in the pool.").Register(registry).Add({});
    prometheus::Counter& blocks =
        BuildCounter().Name("xinlian_blocks_total").Help("Blocks committed.").Register(registry).Add({});
    prometheus::Counter& entries =
        BuildCounter().Name("xinlian_entries_total").Help("Entries committed.").Register(registry).Add({});
    prometheus::Counter& dropped = BuildCounter()
                                       .Name("xinlian_inputs_dropped_total")
                                       .Help("Peer messages dropped because the queue was full.")
                                       .Register(registry)
                                       .Add({});
    prometheus::Counter& scrubbed_bytes = BuildCounter()
                                              .Name("xinlian_scrub_bytes_total")
                                              .Help("Bytes of the chain that the scrub has read again and checked.")
                                              .Register(registry)
                                              .Add({});
    prometheus::Counter& scrub_damage = BuildCounter()
                                            .Name("xinlian_scrub_damage_total")
                                            .Help("Damaged places that the scrub has found in the chain. Must be 0.")
                                            .Register(registry)
                                            .Add({});
    prometheus::Counter& scrub_rounds = BuildCounter()
                                            .Name("xinlian_scrub_rounds_total")
                                            .Help("Complete passes of the scrub over the chain.")
                                            .Register(registry)
                                            .Add({});
    prometheus::Family<prometheus::Counter>& batches =
        BuildCounter().Name("xinlian_batches_total").Help("Decided batches, by outcome.").Register(registry);
    prometheus::Family<prometheus::Counter>& requests =
        BuildCounter().Name("xinlian_http_requests_total").Help("HTTP requests, by status.").Register(registry);
    prometheus::Family<prometheus::Counter>& notes =
        BuildCounter().Name("xinlian_consensus_events_total").Help("Consensus events, by kind.").Register(registry);
    prometheus::Family<prometheus::Counter>& evidence =
        BuildCounter()
            .Name("xinlian_evidence_total")
            .Help("Evidence of equivocation found or received, by accused validator.")
            .Register(registry);
    prometheus::Histogram& sync =
        BuildHistogram()
            .Name("xinlian_journal_sync_seconds")
            .Help("Duration of one journal write, fdatasync included.")
            .Register(registry)
            .Add({}, prometheus::Histogram::BucketBoundaries{0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.2, 1});
    prometheus::Family<prometheus::Gauge>& peer_up =
        BuildGauge().Name("xinlian_peer_connected").Help("1 if the peer is connected.").Register(registry);
    prometheus::Family<prometheus::Gauge>& peer_height =
        BuildGauge().Name("xinlian_peer_height").Help("Height that the peer reports.").Register(registry);
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

void Metrics::committed(const ledger::StoredBlock& block, std::size_t entries) {
    state_->height.Set(static_cast<double>(block.block.header.height));
    state_->log_size.Set(static_cast<double>(block.result.log_size));
    state_->blocks.Increment();
    state_->entries.Increment(static_cast<double>(entries));
}

void Metrics::settled(bool accepted) {
    state_->batches.Add({{"outcome", accepted ? "accepted" : "rejected"}}).Increment();
}
void Metrics::journal_sync(double seconds) { state_->sync.Observe(seconds); }
void Metrics::http_request(int status) { state_->requests.Add({{"status", std::to_string(status)}}).Increment(); }
void Metrics::scrubbed(std::uint64_t bytes, bool damage, bool round) {
    state_->scrubbed_bytes.Increment(static_cast<double>(bytes));
    if (damage) state_->scrub_damage.Increment();
    if (round) state_->scrub_rounds.Increment();
}
void Metrics::dropped_input(std::size_t count) { state_->dropped.Increment(static_cast<double>(count)); }

void Metrics::evidence(const std::string& validator) { state_->evidence.Add({{"validator", validator}}).Increment(); }

void Metrics::note(const consensus::Note& note) {
    const auto name = [&]() -> const char* {
        switch (note.kind) {
            case consensus::Note::Kind::entered_view:
                return "entered-view";
            case consensus::Note::Kind::timed_out:
                return "timed-out";
            case consensus::Note::Kind::notarized:
                return "notarized";
            case consensus::Note::Kind::nullified:
                return "nullified";
            case consensus::Note::Kind::finalized:
                return "finalized";
            case consensus::Note::Kind::equivocation:
                return "equivocation";
            case consensus::Note::Kind::refused:
                return "refused";
            case consensus::Note::Kind::halted:
                return "halted";
        }
        return "other";
    };
    state_->notes.Add({{"kind", name()}}).Increment();
}

std::string Metrics::text(const Replica::Overview& overview, const std::vector<net::PeerStatus>& peers, bool ready) {
    state_->highest.Set(static_cast<double>(overview.highest_known));
    state_->view.Set(static_cast<double>(overview.current));
    state_->ready.Set(ready ? 1 : 0);
    state_->halted.Set(overview.halted ? 1 : 0);
    state_->pool.Set(static_cast<double>(overview.pool_batches));
    state_->pool_bytes.Set(static_cast<double>(overview.pool_bytes));
    for (std::size_t i = 0; i < peers.size(); ++i) {
        state_->peer_up.Add({{"peer", peers[i].id}}).Set(peers[i].connected ? 1 : 0);
        if (i < overview.peer_heights.size())
            state_->peer_height.Add({{"peer", peers[i].id}}).Set(static_cast<double>(overview.peer_heights[i]));
    }
    return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

}  // namespace xinlian::node
