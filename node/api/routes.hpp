// The table of the interface's routes: every path of docs/openapi.yaml, and what answers it.
#pragma once

#include <span>
#include <variant>

#include "node/api/services.hpp"

namespace xinlian::node {

class Receipts;
class EventFeed;

// What an answer takes: memory alone; reads of the ledger, a bounded number; or reads of much of it, for which a node
// makes one answer at a time, so that a worker is left for everything else.
enum class Cost { quick, reads_ledger, long_answer };

// What a handler needs that answers through the responder, later or more than once.
struct Exchange {
    const net::HttpRequest& request;
    std::string_view parameter;
    const ResponderPtr& responder;
    Receipts& receipts;
    EventFeed& events;
};

struct Route {
    using OfLedger = Answer (*)(const ledger::Chain&, std::string_view parameter, const net::HttpRequest&);
    using OfNode = Answer (*)(const ApiServices&);
    using Deferred = void (*)(const Exchange&);

    std::string_view method;  // "GET" stands for HEAD too
    // Has at most one "{name}", the parameter: one byte or more of any kind, so that a handler refuses what is wrong.
    std::string_view pattern;
    Cost cost;
    std::variant<OfLedger, OfNode, Deferred> handler;
};

// Of the routes whose pattern fits a path the first one counts.
std::span<const Route> routes();

struct RouteMatch {
    const Route* route = nullptr;
    std::string_view parameter;  // part of the path
    std::string allow;           // without a route: the methods that the path has (405); empty: no such path (404)
};
RouteMatch find_route(std::string_view method, std::string_view path);

}  // namespace xinlian::node
