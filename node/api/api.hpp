// The HTTP interface (docs/openapi.yaml): reads from the chain's snapshots, submits through the daemon, waits for
// receipts, streams blocks. Requests are answered on worker threads; nothing here blocks consensus.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/json/fwd.hpp>
#include <map>
#include <memory>
#include <mutex>

#include "ledger/chain/chain.hpp"
#include "net/http.hpp"
#include "node/api/metrics.hpp"
#include "node/replica/replica.hpp"

namespace xinlian::node {

// What the interface needs of the daemon. All thread-safe.
struct ApiServices {
    const ledger::Chain& chain;
    std::string member;
    std::function<bool(std::function<void()>)> work;  // runs a task on a worker thread; false: too many wait
    using Submitted = std::function<void(Result<std::optional<ledger::Receipt>>)>;
    std::function<Status(ledger::BatchPtr, Submitted)>
        submit;  // Errc::busy if the queue is full; answers on the replica's thread
    // Whether the batch waits here to become final. As submit.
    std::function<Status(const Hash& batch, std::function<void(bool)>)> holds;
    std::function<Replica::Overview()> overview;
    std::function<std::vector<net::PeerStatus>()> peers;
    Metrics& metrics;
};

class Api : public std::enable_shared_from_this<Api> {
public:
    Api(ApiServices services, boost::asio::any_io_executor timers);

    void handle(net::HttpRequest request, const std::shared_ptr<net::Responder>& responder);

    // From the replica's thread, after the commit is on disk.
    void settled(const std::vector<ledger::Receipt>& receipts);
    void dropped(const std::vector<std::pair<Hash, Error>>& batches);
    void committed();
    void stop();

private:
    using ResponderPtr = std::shared_ptr<net::Responder>;
    struct Subscriber {
        std::shared_ptr<net::EventStream> stream;
        Height next = 1;
        // A task that feeds it waits or runs: never two, so that a long replay keeps one worker at most.
        std::atomic<bool> fed{true};
    };
    struct Waiter;

    void route(const net::HttpRequest& request, const ResponderPtr& responder);
    void answer(const ResponderPtr& responder, net::HttpResponse response);
    void answer(const ResponderPtr& responder, const Error& error);
    void not_allowed(const ResponderPtr& responder, const char* method);
    void submit(const net::HttpRequest& request, const ResponderPtr& responder);
    void long_answer(const net::HttpRequest& request, const ResponderPtr& responder);
    void receipt(const net::HttpRequest& request, const ResponderPtr& responder, const Hash& batch);
    void wait(const Hash& batch, Duration duration, const ResponderPtr& responder);
    void not_final(const Hash& batch, const ResponderPtr& responder);
    void arm(const std::shared_ptr<Waiter>& waiter, const Hash& batch, Duration duration);
    void events(const net::HttpRequest& request, const ResponderPtr& responder);
    void feed_later(const std::shared_ptr<Subscriber>& subscriber);
    void feed(const std::shared_ptr<Subscriber>& subscriber);
    std::optional<ledger::Receipt> decided(const Hash& batch) const;
    bool ready(const Replica::Overview& overview) const;
    boost::json::object status() const;

    ApiServices services_;
    boost::asio::any_io_executor timers_;
    // A portfolio, a table of quality or a proof of a feed: one at a time, so that a worker is left for everything
    // else.
    std::atomic<bool> long_answer_in_work_{false};
    std::mutex mutex_;  // guards what is below
    std::multimap<Hash, std::shared_ptr<Waiter>> waiters_;
    std::vector<std::shared_ptr<Subscriber>> subscribers_;
    bool stopping_ = false;
};

// The answers that only read the ledger (api_ledger.cpp): nothing if the path is not one of them.
std::optional<Result<net::HttpResponse>> read_ledger(const ledger::Chain& chain, const net::HttpRequest& request);
// The portfolio file about the subjects whose tags the body names (api_portfolio.cpp).
Result<net::HttpResponse> portfolio_response(const ledger::Chain& chain, const net::HttpRequest& request);
// The quality of reporting in the period that the query names (api_quality.cpp).
Result<net::HttpResponse> quality_response(const ledger::Chain& chain, const net::HttpRequest& request);
// The members with evidence against them in this epoch, those in `pending` last (api_evidence.cpp).
Result<boost::json::object> evidence_list(const ledger::Chain& chain, const std::vector<Evidence>& pending);
boost::json::object as_of(const ledger::Snapshot& snapshot);
net::HttpResponse json_response(int status, const boost::json::object& body);

}  // namespace xinlian::node
