// How this node is: for people (status), for whatever starts and stops it (health, ready), for Prometheus (metrics).
#pragma once

#include "node/api/services.hpp"

namespace xinlian::node {

Answer status_response(const ApiServices& services);
Answer health_response(const ApiServices& services);
Answer ready_response(const ApiServices& services);
Answer metrics_response(const ApiServices& services);

}  // namespace xinlian::node
