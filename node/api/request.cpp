#include "node/api/request.hpp"

#include <algorithm>
#include <charconv>

namespace xinlian::node {

namespace {

constexpr std::uint64_t wait_ms_max = 30'000;

}  // namespace

Result<std::uint64_t> number(std::string_view text, const std::string& name) {
    std::uint64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, fault] = std::from_chars(text.data(), end, value);
    if (fault == std::errc() && stopped == end) return value;
    return Error{Errc::malformed, name + " must be an integer"};
}

Result<std::uint64_t> path_number(std::string_view text, const std::string& name) {
    return number(text, name + " in the path");
}

Result<Hash> path_hash(std::string_view text, const std::string& name) {
    auto id = hash_from_hex(text);
    if (!id) return within(name + " in the path", std::move(id).error());
    return id;
}

const std::string* query_value(const net::HttpRequest& request, const std::string& name) {
    const auto found = request.query.find(name);
    return found == request.query.end() ? nullptr : &found->second;
}

Result<Duration> wait_of(const net::HttpRequest& request) {
    const std::string* text = query_value(request, "wait_ms");
    if (text == nullptr) return Duration{};
    XL_TRY(const std::uint64_t ms, number(*text, "wait_ms"));
    return Duration{std::min(ms, wait_ms_max)};
}

}  // namespace xinlian::node
