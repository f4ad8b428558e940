#include "node/replica/wire.hpp"

#include <array>

namespace xinlian::node::wire {

namespace {

template <std::size_t I = 0>
Result<Message> decode_as(std::size_t index, ByteView body) {
    if constexpr (I < std::variant_size_v<Message>) {
        if (index != I) return decode_as<I + 1>(index, body);
        XL_TRY(auto decoded, decode<std::variant_alternative_t<I, Message>>(body));
        return Message(std::in_place_index<I>, std::move(decoded));
    } else {
        return Error{Errc::malformed, "a peer message has an unknown kind; the peer may run a newer version"};
    }
}

}  // namespace

Bytes encode_message(const Message& message) {
    Writer writer;
    writer.integer(static_cast<std::uint8_t>(message.index() + 1));
    std::visit([&writer](const auto& body) { writer(body); }, message);
    return writer.take();
}

Result<Message> decode_message(ByteView bytes) {
    if (bytes.empty() || bytes[0] == 0) return Error{Errc::malformed, "a peer message has no kind"};
    return decode_as(bytes[0] - 1U, bytes.subspan(1));
}

std::string_view name_of(const Message& message) {
    static constexpr std::array<std::string_view, std::variant_size_v<Message>> names = {
        "consensus",  "sync-status",   "batch-body", "batch-request", "block-request",
        "block-body", "range-request", "range",      "accusation"};
    return names.at(message.index());
}

}  // namespace xinlian::node::wire
