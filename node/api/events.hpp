// The streams of final blocks (server-sent events). A stream is fed by one task at a time, a few blocks each, so that a
// long replay keeps one worker at most and others have their turn.
#pragma once

#include <mutex>

#include "node/api/services.hpp"

namespace xinlian::node {

class EventFeed : public std::enable_shared_from_this<EventFeed> {
public:
    explicit EventFeed(ApiServicesPtr services);

    // GET /v1/events. On a worker.
    void subscribe(const net::HttpRequest& request, const ResponderPtr& responder);
    // On the replica's thread: there are new final blocks.
    void committed();
    void stop();  // forgets all streams and takes no more

private:
    struct Subscriber;
    using SubscriberPtr = std::shared_ptr<Subscriber>;

    void feed_later(const SubscriberPtr& subscriber);
    void feed(const SubscriberPtr& subscriber);

    const ApiServicesPtr services_;
    std::mutex mutex_;  // guards what is below
    std::vector<SubscriberPtr> subscribers_;
    bool stopping_ = false;
};

}  // namespace xinlian::node
