// What the coroutines of this folder share.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "crypto/time.hpp"

namespace xinlian::net {

inline constexpr auto token = boost::asio::as_tuple(boost::asio::use_awaitable);  // errors as values
inline constexpr std::size_t read_bytes_max = 64u << 10;                          // of one read from a socket

inline std::chrono::milliseconds in_ms(Duration duration) { return std::chrono::milliseconds(duration.ms); }

}  // namespace xinlian::net
