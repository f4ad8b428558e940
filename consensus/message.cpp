#include "consensus/message.hpp"

namespace xinlian::consensus {

namespace {

template <class T>
Bytes tagged(std::uint8_t tag, const T& body) {
    Writer writer;
    writer.integer(tag);
    writer(body);
    return writer.take();
}

// Makes `message` an empty one of the tag's kind.
bool choose(std::uint8_t tag, Message& message) {
    switch (tag) {
        case 1:
            return true;
        case 2:
            message.emplace<Vote>();
            return true;
        case 3:
            message.emplace<Certificate>();
            return true;
        case 4:
            message.emplace<StatusReport>();
            return true;
        case 5:
            message.emplace<CertificateRequest>();
            return true;
        default:
            return false;
    }
}

}  // namespace

Bytes encode_message(const Message& message) {
    const auto tag = static_cast<std::uint8_t>(message.index() + 1);
    return std::visit([tag](const auto& body) { return tagged(tag, body); }, message);
}

Result<Message> decode_message(ByteView bytes) {
    if (bytes.empty()) return Error{Errc::malformed, "a consensus message is empty"};
    // In place: g++ 12 wrongly warns about moving a variant into a Result.
    Result<Message> decoded{Message()};
    Message& message = *decoded;
    if (!choose(bytes.front(), message)) {
        return Error{Errc::malformed,
                     "a consensus message has the tag " + std::to_string(bytes.front()) + "; expected 1 to 5"};
    }
    Reader reader(bytes.subspan(1));
    std::visit([&reader](auto& body) { reader(body); }, message);
    if (!reader.failed() && reader.left() != 0) reader.fail("unexpected bytes after the end");
    if (reader.failed()) {
        return Error{Errc::malformed, "a consensus message (" + std::string(name_of(message)) + "), at byte " +
                                          std::to_string(reader.fault_offset() + 1) + ": " + reader.fault()};
    }
    return decoded;
}

std::string_view name_of(const Message& message) {
    struct Namer {
        std::string_view operator()(const Proposal&) const { return "proposal"; }
        std::string_view operator()(const Vote&) const { return "vote"; }
        std::string_view operator()(const Certificate&) const { return "certificate"; }
        std::string_view operator()(const StatusReport&) const { return "status"; }
        std::string_view operator()(const CertificateRequest&) const { return "certificate-request"; }
    };
    return std::visit(Namer{}, message);
}

}  // namespace xinlian::consensus
