// Law: a message between nodes is refused, or is the encoding of what it decodes to.
#include "node/replica/wire.hpp"
#include "tests/fuzz/input.hpp"

using namespace xinlian;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes bytes = fuzz::copy({data, size});
    const auto message = node::wire::decode_message(bytes);
    if (!message) return 0;
    XL_CHECK(node::wire::encode_message(*message) == bytes);
    XL_CHECK(!node::wire::name_of(*message).empty());
    if (const auto* inner = std::get_if<node::wire::Consensus>(&*message)) {
        const auto decoded = consensus::decode_message(inner->message);
        if (decoded) XL_CHECK(consensus::encode_message(*decoded) == inner->message);
    }
    return 0;
}
