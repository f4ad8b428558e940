// A token bucket: limits the amount per second and gives the time to wait when more arrived. Reads no clock: time is an
// argument.
#pragma once

#include <algorithm>
#include <cstdint>

#include "crypto/check.hpp"
#include "crypto/time.hpp"

namespace xinlian::net {

class TokenBucket {
public:
    // Starts full: `burst` may pass at once. Both are at least 1 and below 2^40.
    TokenBucket(std::uint64_t per_second, std::uint64_t burst, Time now)
        : per_second_(per_second), burst_(burst), last_(now) {
        XL_CHECK(per_second >= 1);
        XL_CHECK(burst >= 1);
        XL_CHECK(std::max(per_second, burst) <= amount_max);
        level_ = static_cast<std::int64_t>(burst_ * 1000);
    }

    // Takes the amount; the level may become negative, since received bytes cannot be returned. Returns the time until
    // the level is zero again, or zero. A clock that steps back adds nothing.
    Duration take(std::uint64_t amount, Time now) {
        refill(now);
        level_ -= static_cast<std::int64_t>(std::min(amount, amount_max) * 1000);
        level_ = std::max(level_, -debt_max);
        if (level_ >= 0) return {};
        const auto debt = static_cast<std::uint64_t>(-level_);
        return {(debt + per_second_ - 1) / per_second_};
    }

    // Takes the amount if it is available, else nothing.
    bool try_take(std::uint64_t amount, Time now) {
        refill(now);
        if (level_ < static_cast<std::int64_t>(std::min(amount, amount_max) * 1000)) return false;
        take(amount, now);
        return true;
    }

private:
    static constexpr std::uint64_t amount_max = std::uint64_t{1} << 40;
    static constexpr std::int64_t debt_max = std::int64_t{1} << 52;

    void refill(Time now) {
        const std::uint64_t full = burst_ * 1000;
        const std::uint64_t missing = full - static_cast<std::uint64_t>(std::max<std::int64_t>(level_, 0)) +
                                      static_cast<std::uint64_t>(std::max<std::int64_t>(-level_, 0));
        const std::uint64_t elapsed =
            std::min((now - last_).ms, missing / per_second_ + 1);  // so that nothing overflows
        level_ += static_cast<std::int64_t>(std::min(elapsed * per_second_, missing));
        last_ = std::max(last_, now);
    }

    std::uint64_t per_second_, burst_;
    Time last_;
    std::int64_t level_ = 0;  // thousandths of a token; negative: debt
};

}  // namespace xinlian::net
