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

bool is_pair(const Statement& a, const Statement& b, VoteKind first, VoteKind second) {
    return (a.kind == first && b.kind == second) || (a.kind == second && b.kind == first);
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
                     "a consensus message has the tag " + std::to_string(bytes.front()) + ", which is none of 1 to 5"};
    }
    Reader reader(bytes.subspan(1));
    std::visit([&reader](auto& body) { reader(body); }, message);
    if (!reader.failed() && reader.left() != 0) reader.fail("bytes follow the end");
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

bool conflict(const Statement& a, const Statement& b) {
    if (a.epoch != b.epoch || a.view != b.view) return false;
    if (is_pair(a, b, VoteKind::nullify, VoteKind::finalize)) return true;
    return a.kind == b.kind && a != b;
}

Status check(const Committee& committee, const Hash& chain_id, const Evidence& evidence) {
    if (evidence.member >= committee.size()) {
        return Error{Errc::invalid,
                     "evidence names member " + std::to_string(evidence.member) + ", which is not there"};
    }
    XL_TRY_STATUS(check_shape(evidence.first));
    XL_TRY_STATUS(check_shape(evidence.second));
    if (!conflict(evidence.first, evidence.second)) {
        return Error{Errc::invalid, "the two statements of the evidence do not contradict each other"};
    }
    const PublicKey& key = committee.key(evidence.member);
    if (!verify(key, signing_bytes(chain_id, evidence.first), evidence.first_signature)) {
        return Error{Errc::invalid, "the first signature of the evidence is wrong"};
    }
    if (!verify(key, signing_bytes(chain_id, evidence.second), evidence.second_signature)) {
        return Error{Errc::invalid, "the second signature of the evidence is wrong"};
    }
    return {};
}

}  // namespace xinlian::consensus
