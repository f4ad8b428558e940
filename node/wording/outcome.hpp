// Exit codes of both programs.
#pragma once

#include "crypto/result.hpp"

namespace xinlian::node {

inline constexpr int exit_ok = 0;       // success, or valid
inline constexpr int exit_refused = 1;  // refused, or not valid
inline constexpr int exit_unknown = 2;  // undecided: unreadable input, node unreachable, usage error
int exit_code_of(Errc code);

}  // namespace xinlian::node
