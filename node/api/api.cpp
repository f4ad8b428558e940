#include "node/api/api.hpp"

#include "node/api/events.hpp"
#include "node/api/receipts.hpp"
#include "node/api/response.hpp"
#include "node/api/routes.hpp"

namespace xinlian::node {

namespace {

// Counts answers by their status.
class CountedResponder : public net::Responder {
public:
    CountedResponder(ResponderPtr responder, Metrics& metrics) : responder_(std::move(responder)), metrics_(metrics) {}

    void answer(net::HttpResponse response) override {
        metrics_.http_request(response.status);
        responder_->answer(std::move(response));
    }
    std::shared_ptr<net::EventStream> stream() override {
        metrics_.http_request(200);
        return responder_->stream();
    }

private:
    const ResponderPtr responder_;
    Metrics& metrics_;
};

void answer(const ResponderPtr& responder, Answer made) {
    responder->answer(made ? *std::move(made) : error_response(made.error()));
}

}  // namespace

Api::Api(ApiServices services, boost::asio::any_io_executor timers)
    : services_(std::make_shared<const ApiServices>(std::move(services))),
      receipts_(std::make_shared<Receipts>(services_, std::move(timers))),
      events_(std::make_shared<EventFeed>(services_)) {}

void Api::handle(net::HttpRequest request, const ResponderPtr& responder) {
    const auto counted = std::make_shared<CountedResponder>(responder, services_->metrics);
    const bool taken = services_->work(
        [self = shared_from_this(), request = std::move(request), counted] { self->dispatch(request, counted); });
    if (!taken) answer(counted, Error{Errc::busy, full_workers});
}

void Api::dispatch(const net::HttpRequest& request, const ResponderPtr& responder) {
    const RouteMatch found = find_route(request.method, request.path);
    if (found.route != nullptr) return run(*found.route, found.parameter, request, responder);
    if (!found.allow.empty()) return responder->answer(not_allowed_response(found.allow));
    // A path that does not exist could only be read.
    if (request.method != "GET" && request.method != "HEAD") return responder->answer(not_allowed_response("GET"));
    answer(responder, Error{Errc::not_found, "unknown path; docs/openapi.yaml lists the paths"});
}

void Api::run(const Route& route, std::string_view parameter, const net::HttpRequest& request,
              const ResponderPtr& responder) {
    const bool is_long = route.cost == Cost::long_answer;
    if (is_long && long_answer_in_work_.exchange(true)) {  // two at once would keep every worker
        return answer(responder,
                      Error{Errc::busy, "this node is preparing another long answer; try again in a second"});
    }
    std::optional<Answer> made;
    if (const auto* of_ledger = std::get_if<Route::OfLedger>(&route.handler)) {
        made = (*of_ledger)(services_->chain, parameter, request);
    } else if (const auto* of_node = std::get_if<Route::OfNode>(&route.handler)) {
        made = (*of_node)(*services_);
    } else {
        std::get<Route::Deferred>(route.handler)({request, parameter, responder, *receipts_, *events_});
    }
    if (is_long) long_answer_in_work_ = false;
    if (made) answer(responder, *std::move(made));
}

void Api::settled(const std::vector<ledger::Receipt>& receipts) { receipts_->settled(receipts); }

void Api::dropped(const std::vector<std::pair<Hash, Error>>& batches) { receipts_->dropped(batches); }

void Api::committed() { events_->committed(); }

void Api::stop() {
    events_->stop();
    receipts_->stop();
}

}  // namespace xinlian::node
