// Points in time and spans between them, in milliseconds. No clock is read here: time is always an argument.
#pragma once

#include <compare>
#include <cstdint>

namespace xinlian {

// A span in milliseconds, never negative.
struct Duration {
    std::uint64_t ms = 0;
    auto operator<=>(const Duration&) const = default;
};

// Milliseconds since 1970-01-01T00:00:00Z in blocks; since any fixed point (a steady clock) for timers.
struct Time {
    std::uint64_t ms = 0;
    auto operator<=>(const Time&) const = default;
};

inline Time operator+(Time t, Duration d) { return {t.ms + d.ms}; }
inline Duration operator-(Time a, Time b) { return {a.ms > b.ms ? a.ms - b.ms : 0}; }  // stops at zero

}  // namespace xinlian
