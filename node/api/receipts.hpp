// Submitted batches and those who wait for their receipts. A client that waits holds no thread: its responder is kept
// until the batch is final or dropped, or the time has passed.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <map>
#include <mutex>

#include "node/api/services.hpp"

namespace xinlian::node {

class Receipts : public std::enable_shared_from_this<Receipts> {
public:
    Receipts(ApiServicesPtr services, boost::asio::any_io_executor timers);

    // POST /v1/batches. On a worker.
    void submit(const net::HttpRequest& request, const ResponderPtr& responder);
    // GET /v1/batches/{id}/receipt; `text` is the id. On a worker.
    void receipt(std::string_view text, const net::HttpRequest& request, const ResponderPtr& responder);

    // On the replica's thread.
    void settled(const std::vector<ledger::Receipt>& receipts);
    void dropped(const std::vector<std::pair<Hash, Error>>& batches);
    void stop();  // answers everyone who waits; from then on nobody waits

private:
    struct Waiter;
    using WaiterPtr = std::shared_ptr<Waiter>;

    void wait(const Hash& batch, Duration duration, const ResponderPtr& responder);
    void arm(const WaiterPtr& waiter, const Hash& batch, Duration duration);
    void not_final(const Hash& batch, const ResponderPtr& responder);
    void look_again(const Hash& batch, const ResponderPtr& responder) const;
    std::vector<WaiterPtr> take(const Hash& batch);  // all who wait for it, no longer waiting
    void end(const std::vector<WaiterPtr>& waiters, const net::HttpResponse& response);
    std::optional<ledger::Receipt> decided(const Hash& batch) const;

    const ApiServicesPtr services_;
    const boost::asio::any_io_executor timers_;
    std::mutex mutex_;  // guards what is below
    std::multimap<Hash, WaiterPtr> waiters_;
    bool stopping_ = false;
};

}  // namespace xinlian::node
