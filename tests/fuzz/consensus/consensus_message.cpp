// Law: a consensus message, a journal record or evidence is refused, or is the encoding of what it decodes to.
#include "consensus/journal.hpp"
#include "tests/fuzz/input.hpp"

using namespace xinlian;
using namespace xinlian::consensus;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes bytes = fuzz::copy({data, size});
    if (const auto message = decode_message(bytes)) {
        XL_CHECK(encode_message(*message) == bytes);
        XL_CHECK(!name_of(*message).empty());
    }
    if (const auto record = decode_persist(bytes)) XL_CHECK(encode_persist(*record) == bytes);
    if (const auto evidence = decode<Evidence>(bytes)) {
        XL_CHECK(encode(*evidence) == bytes);
        XL_CHECK(conflict(evidence->first, evidence->second) == conflict(evidence->second, evidence->first));
    }
    return 0;
}
