#include "node/wording/outcome.hpp"

namespace xinlian::node {

int exit_code_of(Errc code) {
    switch (code) {
        case Errc::invalid:
        case Errc::unknown_key:
        case Errc::conflict:
        case Errc::stale:
            return exit_refused;
        case Errc::malformed:
        case Errc::not_found:
        case Errc::too_large:
        case Errc::busy:
        case Errc::unavailable:
        case Errc::corrupt:
        case Errc::io:
        case Errc::unsupported:
            return exit_unknown;
    }
    return exit_unknown;
}

int exit_code_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::valid:
            return exit_ok;
        case Outcome::invalid:
            return exit_refused;
        case Outcome::unknown:
            return exit_unknown;
    }
    return exit_unknown;
}

}  // namespace xinlian::node
