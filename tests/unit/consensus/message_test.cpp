// Tests the encoding of consensus messages and their limits.
#include "consensus/message.hpp"

#include "tests/unit/consensus/harness.hpp"

using namespace xinlian;
using namespace xinlian::consensus;

TEST_CASE("every message comes back from its bytes, and only from all of them") {
    const Harness harness;
    const Certificate certificate = harness.certificate(notarize(3, "a"));
    StatusReport report{
        5,           certificate, harness.certificate(finalize(2, "f")), {certificate}, {harness.vote(0, nullify(4))},
        Memory::lost};
    const std::vector<Message> all = {harness.proposal(5, "b", 3, block_named("a")), harness.vote(1, finalize(3, "a")),
                                      certificate, report, CertificateRequest{3, 9}};
    const std::vector<std::string> names = {"proposal", "vote", "certificate", "status", "certificate-request"};
    for (std::size_t i = 0; i < all.size(); ++i) {
        INFO(names[i]);
        Bytes bytes = encode_message(all[i]);
        CHECK(bytes.front() == i + 1);
        CHECK(name_of(all[i]) == names[i]);
        REQUIRE(decode_message(bytes).ok());
        CHECK(*decode_message(bytes) == all[i]);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            CHECK_FALSE(decode_message(ByteView(bytes).first(size)).ok());
        }
        bytes.push_back(0);
        CHECK(decode_message(bytes).error().code == Errc::malformed);
    }
}

TEST_CASE("a message with an unknown tag is refused") {
    for (const std::uint8_t tag : {0, 6, 255}) CHECK(decode_message(Bytes{tag, 0, 0}).error().code == Errc::malformed);
}

TEST_CASE("a proposal holds a block and a gap up to their limits and not one more") {
    Proposal proposal;
    proposal.block = Bytes(block_bytes_max);
    CHECK(decode_message(encode_message(proposal)).ok());
    Bytes bytes = encode_message(proposal);
    // The block's length stands behind tag, kind, epoch, view, two absent options, parent view and parent.
    const std::size_t at = 1 + 1 + 8 + 8 + 1 + 1 + 8 + 32;
    const auto length = static_cast<std::uint32_t>(block_bytes_max + 1);
    for (int i = 0; i < 4; ++i) bytes[at + i] = static_cast<std::uint8_t>(length >> (8 * (3 - i)));
    bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at + 4), 0);
    CHECK(decode_message(bytes).error().text.find("limit") != std::string::npos);
}
