#include "node/client/json_reading.hpp"

#include <boost/json.hpp>
#include <limits>

namespace xinlian::node {

namespace json = boost::json;

Result<json::object> parse_object(std::string_view text) {
    json::error_code fault;
    json::value value = json::parse(text, fault);
    if (fault) return Error{Errc::malformed, "the node's answer is not JSON: " + fault.message()};
    if (!value.is_object()) return Error{Errc::malformed, "the node's answer is not a JSON object"};
    return std::move(value.get_object());
}

std::optional<std::uint64_t> number_in(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (value != nullptr && value->is_uint64()) return value->get_uint64();
    if (value != nullptr && value->is_int64() && value->get_int64() >= 0) {
        return static_cast<std::uint64_t>(value->get_int64());
    }
    return std::nullopt;
}

std::optional<bool> truth_in(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_bool()) return std::nullopt;
    return value->get_bool();
}

std::optional<std::string> text_in(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string(value->get_string());
}

Result<std::uint64_t> number_of(const json::object& object, std::string_view name) {
    if (const auto number = number_in(object, name)) return *number;
    return Error{Errc::malformed, "the node's answer has no number \"" + std::string(name) +
                                      "\"; check the versions of node and program"};
}

Result<std::uint32_t> small_number_of(const json::object& object, std::string_view name) {
    XL_TRY(const std::uint64_t number, number_of(object, name));
    if (number <= std::numeric_limits<std::uint32_t>::max()) return static_cast<std::uint32_t>(number);
    return Error{Errc::malformed, "the node's answer has an out-of-range value of \"" + std::string(name) +
                                      "\": " + std::to_string(number)};
}

Result<std::string> text_of(const json::object& object, std::string_view name) {
    if (auto text = text_in(object, name)) return *std::move(text);
    return Error{Errc::malformed, "the node's answer has no string \"" + std::string(name) +
                                      "\"; check the versions of node and program"};
}

Result<Hash> hash_of(const json::object& object, std::string_view name) {
    XL_TRY(const std::string hex, text_of(object, name));
    return hash_from_hex(hex);
}

}  // namespace xinlian::node
