#include "crypto/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace xinlian {

void check_failed(const char* expression, const char* file, int line) {
    std::fprintf(stderr, "%s:%d: broken assumption: %s\n", file, line, expression);
    std::abort();
}

}  // namespace xinlian
