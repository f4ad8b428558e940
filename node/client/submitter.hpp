// Sends signed batches to a node and waits for their receipts. Sends the same bytes again and again until the node has
// answered for good: a busy node, a broken connection and a restart are all harmless, since the receipt is the same.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "ledger/state/receipt.hpp"
#include "node/client/node_client.hpp"

namespace xinlian::node {

inline constexpr Duration submit_deadline{40'000};   // of one request
inline constexpr Duration submit_patience{600'000};  // how long a node may be away before the import stops
inline constexpr std::size_t batches_in_flight_max = 4;

// How long to bear with a node that does not answer, or does not make a batch final; and how to pass the time between
// two attempts.
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
    // Nothing: the node has taken it and it is not final yet. Errors are final: busy and unavailable were retried.
    Result<std::optional<ledger::Receipt>> post(const Outgoing& batch);
    // Waits until the batch is final; posts it again if the node forgot it.
    Result<ledger::Receipt> wait(const Outgoing& batch);
    // The proof file of a final batch, or empty if the node cannot give it now.
    Bytes proof(const Hash& batch);

private:
    Result<net::HttpResponse> patiently(const NodeRequest& request);
    NodeClient node_;
    Patience patience_;
};

// A thread that keeps up to batches_in_flight_max batches on the way while the caller prepares the next. Nothing here
// touches the vault: the caller stores what settled.
class SendQueue {
public:
    explicit SendQueue(Submitter submitter);
    ~SendQueue();  // drops what is not sent: it is in the vault, pending
    SendQueue(const SendQueue&) = delete;
    SendQueue& operator=(const SendQueue&) = delete;

    // Waits while the queue is full. Returns the error that ended the sending, if one did.
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
    std::deque<Outgoing> waiting_;  // Invariant: guarded by mutex_, as all below.
    std::vector<Settled> settled_;
    std::size_t on_the_way_ = 0;  // pushed and not yet settled
    Status failure_;
    bool closed_ = false, dropped_ = false;
    std::thread thread_;  // last: starts when all else is there
};

}  // namespace xinlian::node
