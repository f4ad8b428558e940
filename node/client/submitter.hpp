// Sends signed batches to a node and waits for their receipts. The same bytes are sent repeatedly until the node has
// given a final answer. A busy node, a broken connection or a restart is harmless, because the receipt is the same.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "ledger/state/receipt.hpp"
#include "node/client/node_client.hpp"

namespace xinlian::node {

inline constexpr Duration submit_deadline{40'000};   // for one request
inline constexpr Duration submit_patience{600'000};  // how long a node may be unreachable before the import stops
inline constexpr std::size_t batches_in_flight_max = 4;

// How long to retry while a node does not respond or does not finalize a batch, and how to pause between two attempts.
struct Patience {
    Duration duration = submit_patience;
    std::function<void(Duration)> pause{};  // empty: sleeps
};

struct FeedPosition {
    std::uint64_t next_sequence = 1;
    Hash head;
};

struct Outgoing {
    Hash id;
    Bytes encoded;
};
struct Settled {
    ledger::Receipt receipt;
    Bytes proof;  // may be empty
};

class Submitter {
public:
    // `node` with submit_deadline.
    explicit Submitter(NodeClient node, Patience patience = {});

    Result<FeedPosition> feed(std::string_view issuer);
    // Empty if the node has accepted the batch and it is not final yet. Errors are final: busy and unavailable were
    // retried.
    Result<std::optional<ledger::Receipt>> post(const Outgoing& batch);
    // Waits until the batch is final; posts it again if the node no longer has it.
    Result<ledger::Receipt> wait(const Outgoing& batch);
    // The proof file of a final batch, or empty if the node cannot provide it now.
    Bytes proof(const Hash& batch);

private:
    Result<net::HttpResponse> patiently(const NodeRequest& request);
    NodeClient node_;
    Patience patience_;
};

// A thread that keeps up to batches_in_flight_max batches in flight while the caller prepares the next one. It does not
// use the vault: the caller stores the settled batches.
class SendQueue {
public:
    explicit SendQueue(Submitter submitter);
    ~SendQueue();  // discards unsent batches, which are pending in the vault
    SendQueue(const SendQueue&) = delete;
    SendQueue& operator=(const SendQueue&) = delete;

    // Waits while the queue is full. Returns the error that stopped the sending, if any.
    Status push(Outgoing batch);
    std::vector<Settled> take_settled();
    // Waits until everything is settled or one failed.
    Status finish();

private:
    void run();
    bool next(Outgoing& batch);  // false at the end
    void settled(Settled one);
    void fail(Error error);

    Submitter submitter_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Outgoing> waiting_;  // Invariant: guarded by mutex_, like all members below.
    std::vector<Settled> settled_;
    std::size_t on_the_way_ = 0;  // pushed and not yet settled
    Status failure_;
    bool closed_ = false, dropped_ = false;
    std::thread thread_;  // last: starts when all other members exist
};

}  // namespace xinlian::node
