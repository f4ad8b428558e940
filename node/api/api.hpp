// The HTTP interface (docs/openapi.yaml): reads from the chain's snapshots, submits through the daemon, waits for
// receipts, streams blocks. Nothing here blocks consensus.
//
// Which thread calls what:
//   the io_context's thread: handle(), which only queues a task; the timers of clients that wait for receipts, and the
//       ends of event streams. stop() too, once the replica's thread has ended.
//   worker threads: the handlers of all routes (routes.cpp), the feeding of event streams, the second look for a batch
//       that is not held. Only these read the disk.
//   the replica's thread: settled(), dropped(), committed(), and what submit and holds of ApiServices call back.
// Receipts and EventFeed have a mutex each. No answer is given and no block is sent while one is held.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>

#include "node/api/services.hpp"

namespace xinlian::node {

class Receipts;
class EventFeed;
struct Route;

class Api : public std::enable_shared_from_this<Api> {
public:
    Api(ApiServices services, boost::asio::any_io_executor timers);

    void handle(net::HttpRequest request, const ResponderPtr& responder);

    // From the replica's thread, after the commit is on disk.
    void settled(const std::vector<ledger::Receipt>& receipts);
    void dropped(const std::vector<std::pair<Hash, Error>>& batches);
    void committed();
    void stop();

private:
    void dispatch(const net::HttpRequest& request, const ResponderPtr& responder);
    void run(const Route& route, std::string_view parameter, const net::HttpRequest& request,
             const ResponderPtr& responder);

    const ApiServicesPtr services_;
    const std::shared_ptr<Receipts> receipts_;
    const std::shared_ptr<EventFeed> events_;
    std::atomic<bool> long_answer_in_work_{false};
};

}  // namespace xinlian::node
