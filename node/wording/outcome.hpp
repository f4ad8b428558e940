// The outcome of a check, and the exit codes of both programs.
#pragma once

#include "crypto/result.hpp"

namespace xinlian::node {

inline constexpr int exit_ok = 0;       // success, or valid
inline constexpr int exit_refused = 1;  // refused, or not valid
inline constexpr int exit_unknown = 2;  // undecided: unreadable input, node unreachable, usage error
int exit_code_of(Errc code);

// The outcome of every check that can also be undecided.
enum class Outcome : unsigned char { valid, invalid, unknown };
int exit_code_of(Outcome outcome);

}  // namespace xinlian::node
