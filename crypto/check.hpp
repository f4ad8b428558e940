// XL_CHECK(x): states what our own code relies on. Always compiled in: prints the expression and its place, then
// aborts. Never for input: hostile input gets an Error (crypto/result.hpp).
#pragma once

namespace xinlian {

[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace xinlian

#define XL_CHECK(x) ((x) ? static_cast<void>(0) : ::xinlian::check_failed(#x, __FILE__, __LINE__))
