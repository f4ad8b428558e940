// Laws: for all bytes the decoder gives valid UTF-8, the same however the file was split, and as many offsets as
// characters, ascending and within the file; valid GB 18030 survives a round trip; cleaning is idempotent.
#include "crypto/utf8.hpp"
#include "node/tables/encoding.hpp"
#include "node/tables/text.hpp"
#include "tests/fuzz/input.hpp"

using namespace xinlian;
using namespace xinlian::node;

namespace {

struct Decoded {
    std::string text;
    std::vector<std::uint64_t> bad;
};

Decoded decoded(Encoding encoding, ByteView bytes, std::size_t step) {
    Decoder decoder(encoding);
    XL_CHECK(decoder.begin().ok());
    Decoded out;
    for (std::size_t at = 0; at <= bytes.size(); at += step) {
        const ByteView piece = bytes.subspan(at, std::min(step, bytes.size() - at));
        XL_CHECK(decoder.decode(piece, at + step > bytes.size(), out.text).ok());
        const auto more = decoder.take_bad_offsets();
        out.bad.insert(out.bad.end(), more.begin(), more.end());
    }
    return out;
}

void check_clean(const std::string& text) {
    Cleaned once, twice;
    clean(text, once);
    XL_CHECK(find_invalid_utf8(once.text) == std::string::npos);
    XL_CHECK(once.chars == count_utf8(once.text));
    XL_CHECK(once.null == once.text.empty());
    clean(once.text, twice);
    XL_CHECK(twice.text == once.text);
    XL_CHECK(twice.undecodable == once.undecodable);
    XL_CHECK(twice.private_use == once.private_use);
    XL_CHECK(twice.control == once.control);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const fuzz::ScratchFile file;
    fuzz::Input input(data, size);
    const std::uint8_t choice = input.byte();
    const std::size_t step = 1 + choice / 2 % 8;
    const ByteView bytes = input.rest();
    const Encoding encoding = choice % 2 == 0 ? Encoding::utf8 : Encoding::gb18030;

    const Decoded whole = decoded(encoding, bytes, bytes.size() + 1), pieces = decoded(encoding, bytes, step);
    XL_CHECK(whole.text == pieces.text);
    XL_CHECK(whole.bad.size() == pieces.bad.size());
    XL_CHECK(find_invalid_utf8(whole.text) == std::string::npos);
    XL_CHECK(std::is_sorted(whole.bad.begin(), whole.bad.end()));
    for (const std::uint64_t offset : whole.bad) XL_CHECK(offset < bytes.size());
    if (whole.bad.empty()) {
        const auto encoded = encode_text(whole.text, encoding);
        XL_CHECK(encoded.ok());
        XL_CHECK(decoded(encoding, as_bytes(*encoded), encoded->size() + 1).text == whole.text ||
                 whole.text.starts_with("\xEF\xBB\xBF"));
    }
    check_clean(whole.text);
    if (choice >= 0xF0) {
        const auto facts = inspect_file(file.write(bytes), Suite::ed25519_sha256);
        if (facts) XL_CHECK(facts->bytes == bytes.size());
    }
    return 0;
}
