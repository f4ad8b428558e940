#include "crypto/result.hpp"

namespace xinlian {

std::string_view name_of(Errc code) {
    switch (code) {
        case Errc::malformed:
            return "malformed";
        case Errc::invalid:
            return "invalid";
        case Errc::unknown_key:
            return "unknown_key";
        case Errc::not_found:
            return "not_found";
        case Errc::conflict:
            return "conflict";
        case Errc::stale:
            return "stale";
        case Errc::too_large:
            return "too_large";
        case Errc::busy:
            return "busy";
        case Errc::unavailable:
            return "unavailable";
        case Errc::corrupt:
            return "corrupt";
        case Errc::io:
            return "io";
        case Errc::unsupported:
            return "unsupported";
    }
    check_failed("the error code is known", __FILE__, __LINE__);
}

}  // namespace xinlian
