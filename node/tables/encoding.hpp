// Converts the bytes of a file to UTF-8, from UTF-8 with or without BOM or from GB 18030. Undecodable bytes become
// undecodable_mark, and their offsets are recorded, so that only the affected rows are refused and not the whole file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "crypto/hash.hpp"

namespace xinlian::node {

enum class Encoding : std::uint8_t { utf8, utf8_bom, gb18030 };
const char* name_of(Encoding encoding);
enum class Layout : std::uint8_t { csv, json };
const char* name_of(Layout layout);

inline constexpr std::uint64_t csv_bytes_max = 2ull << 30;
inline constexpr std::uint64_t json_bytes_max = 512ull << 20;
inline constexpr std::size_t import_chunk_bytes = 256 * 1024;

struct FileFacts {
    std::string path;
    Encoding encoding = Encoding::utf8;
    Layout layout = Layout::csv;
    std::uint64_t bytes = 0;
    Hash raw_hash;  // suite hash of the file's bytes
};
// Reads the file once. A few invalid bytes in a mostly valid UTF-8 file count as damage, not as another encoding.
// Errc::not_found, Errc::too_large, Errc::io, Errc::unsupported (UTF-16, a spreadsheet file), Errc::malformed (empty).
Result<FileFacts> inspect_file(const std::string& path, Suite suite);

class Decoder {
public:
    explicit Decoder(Encoding encoding);
    ~Decoder();
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;

    Status begin();  // Errc::unsupported if ICU has no table for the encoding
    // Appends the decoded text to `out`. An incomplete character is kept for the next call. `last` is true for the last
    // bytes.
    Status decode(ByteView bytes, bool last, std::string& out);
    // Offsets of the marks written to `out` since the last call, in order.
    std::vector<std::uint64_t> take_bad_offsets();

private:
    void decode_utf8(bool last, std::string& out);
    Status decode_gb18030(ByteView bytes, bool last, std::string& out);
    struct Icu;
    Encoding encoding_;
    std::uint64_t offset_ = 0;  // offset in the file of the first byte of the call or of pending_
    std::string pending_;
    bool at_start_ = true;
    std::vector<std::uint64_t> bad_;
    std::unique_ptr<Icu> icu_;
};

// UTF-8 to the encoding of a file (error files). GB 18030 covers all of Unicode.
Result<std::string> encode_text(std::string_view utf8, Encoding encoding);

}  // namespace xinlian::node
