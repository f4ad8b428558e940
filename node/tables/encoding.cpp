#include "node/tables/encoding.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>
#include <unicode/ustring.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "crypto/utf8.hpp"
#include "node/tables/text.hpp"

namespace xinlian::node {

namespace {

constexpr std::string_view bom = "\xEF\xBB\xBF";

// Counts evidence for and against UTF-8 while the file is read in chunks.
class Utf8Census {
public:
    void add(std::string_view piece) {
        pending_.append(piece);
        std::string_view rest = pending_;
        while (true) {
            const std::size_t bad = find_invalid_utf8(rest);
            count(rest.substr(0, bad));
            if (bad == std::string_view::npos) {
                rest = {};
                break;
            }
            rest.remove_prefix(bad);
            if (rest.size() < 4) break;  // perhaps split between chunks
            ++bad_;
            rest.remove_prefix(1);
        }
        pending_.erase(0, pending_.size() - rest.size());
    }
    bool is_utf8() {
        if (!pending_.empty()) ++bad_;
        return bad_ == 0 || good_ / 20 > bad_;
    }

private:
    void count(std::string_view valid) {
        for (const char c : valid) good_ += static_cast<unsigned char>(c) >= 0xC0 ? 1 : 0;
    }
    std::string pending_;
    std::uint64_t good_ = 0, bad_ = 0;
};

struct File {
    explicit File(const std::string& path) : fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
    ~File() {
        if (fd >= 0) ::close(fd);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    int fd;
};

Status check_front(const std::string& path, std::string_view front) {
    if (front.starts_with("\xFF\xFE") || front.starts_with("\xFE\xFF")) {
        return Error{Errc::unsupported, path + " is UTF-16; save it as UTF-8 or GB18030 (CSV)"};
    }
    if (front.starts_with("PK\x03\x04") || front.starts_with("\xD0\xCF\x11\xE0")) {
        return Error{Errc::unsupported, path + " is a spreadsheet file; save it as CSV first"};
    }
    return {};
}

Layout layout_of(std::string_view front) {
    if (front.starts_with(bom)) front.remove_prefix(bom.size());
    const std::size_t first = front.find_first_not_of(" \t\r\n");
    const bool json = first != std::string_view::npos && (front[first] == '[' || front[first] == '{');
    return json ? Layout::json : Layout::csv;
}

// Writes the mark in place of undecodable bytes.
void mark_undecodable(const void*, UConverterToUnicodeArgs* args, const char*, std::int32_t,
                      UConverterCallbackReason reason, UErrorCode* error) {
    if (reason > UCNV_IRREGULAR) return;
    *error = U_ZERO_ERROR;
    const auto mark = static_cast<UChar>(undecodable_mark);
    ucnv_cbToUWriteUChars(args, &mark, 1, 0, error);
}

}  // namespace

const char* name_of(Encoding encoding) {
    switch (encoding) {
        case Encoding::utf8:
            return "UTF-8";
        case Encoding::utf8_bom:
            return "UTF-8 (BOM)";
        case Encoding::gb18030:
            return "GB18030";
    }
    return "";
}

const char* name_of(Layout layout) { return layout == Layout::csv ? "CSV" : "JSON"; }

Result<FileFacts> inspect_file(const std::string& path, Suite suite) {
    const File file(path);
    if (file.fd < 0) {
        return Error{errno == ENOENT ? Errc::not_found : Errc::io, "cannot open " + path + ": " + std::strerror(errno)};
    }
    struct stat about {};
    if (::fstat(file.fd, &about) != 0 || !S_ISREG(about.st_mode))
        return Error{Errc::io, path + " is not a regular file"};
    FileFacts facts;
    facts.path = path;
    facts.bytes = static_cast<std::uint64_t>(about.st_size);
    if (facts.bytes > csv_bytes_max) {
        return Error{Errc::too_large, path + " is larger than 2 GiB; split it into parts, each with the header"};
    }
    Hasher hasher(suite);
    Utf8Census census;
    Bytes chunk(import_chunk_bytes);
    bool first = true, has_bom = false;
    std::uint64_t bytes = 0;
    while (true) {
        const ssize_t n = ::read(file.fd, chunk.data(), chunk.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return Error{Errc::io, "cannot read " + path + ": " + std::strerror(errno)};
        if (n == 0) break;
        const ByteView piece{chunk.data(), static_cast<std::size_t>(n)};
        if (first) {
            XL_TRY_STATUS(check_front(path, as_text(piece)));
            facts.layout = layout_of(as_text(piece));
            has_bom = as_text(piece).starts_with(bom);
        }
        first = false;
        bytes += piece.size();
        hasher.update(piece);
        census.add(as_text(piece));
    }
    facts.bytes = bytes;
    if (bytes == 0) return Error{Errc::malformed, path + " is empty"};
    if (facts.layout == Layout::json && facts.bytes > json_bytes_max) {
        return Error{Errc::too_large, path + " is JSON larger than 512 MiB; split it, or export CSV (up to 2 GiB)"};
    }
    facts.encoding = has_bom ? Encoding::utf8_bom : (census.is_utf8() ? Encoding::utf8 : Encoding::gb18030);
    facts.raw_hash = hasher.finish();
    return facts;
}

struct Decoder::Icu {
    UConverter* converter = nullptr;
    std::vector<UChar> wide;
    std::vector<std::int32_t> offsets;
    ~Icu() {
        if (converter != nullptr) ucnv_close(converter);
    }
};

Decoder::Decoder(Encoding encoding) : encoding_(encoding), icu_(std::make_unique<Icu>()) {}
Decoder::~Decoder() = default;

Status Decoder::begin() {
    if (encoding_ != Encoding::gb18030) return {};
    UErrorCode error = U_ZERO_ERROR;
    icu_->converter = ucnv_open("gb18030", &error);
    if (U_SUCCESS(error)) ucnv_setToUCallBack(icu_->converter, mark_undecodable, nullptr, nullptr, nullptr, &error);
    if (U_FAILURE(error)) {
        return Error{Errc::unsupported,
                     std::string("GB18030 is not supported here: ") + u_errorName(error) + "; use UTF-8"};
    }
    return {};
}

Status Decoder::decode(ByteView bytes, bool last, std::string& out) {
    if (encoding_ == Encoding::gb18030) return decode_gb18030(bytes, last, out);
    pending_.append(as_text(bytes));
    decode_utf8(last, out);
    return {};
}

void Decoder::decode_utf8(bool last, std::string& out) {
    std::string_view rest = pending_;
    if (at_start_ && rest.size() < bom.size() && !last) return;
    if (at_start_ && rest.starts_with(bom)) {
        rest.remove_prefix(bom.size());
        offset_ += bom.size();
    }
    at_start_ = false;
    while (!rest.empty()) {
        const std::size_t good = std::min(find_invalid_utf8(rest), rest.size());
        out.append(rest.substr(0, good));
        rest.remove_prefix(good);
        offset_ += good;
        if (rest.empty() || (rest.size() < 4 && !last)) break;
        append_utf8(out, undecodable_mark);
        bad_.push_back(offset_++);
        rest.remove_prefix(1);
    }
    pending_.erase(0, pending_.size() - rest.size());
}

Status Decoder::decode_gb18030(ByteView bytes, bool last, std::string& out) {
    const char* source = reinterpret_cast<const char*>(bytes.data());
    const char* const source_end = source + bytes.size();
    icu_->wide.resize(bytes.size() + 64);
    icu_->offsets.resize(icu_->wide.size());
    while (true) {
        const auto base = static_cast<std::uint64_t>(source - reinterpret_cast<const char*>(bytes.data()));
        UChar* target = icu_->wide.data();
        UErrorCode error = U_ZERO_ERROR;
        ucnv_toUnicode(icu_->converter, &target, icu_->wide.data() + icu_->wide.size(), &source, source_end,
                       icu_->offsets.data(), static_cast<UBool>(last ? 1 : 0), &error);
        const bool more = error == U_BUFFER_OVERFLOW_ERROR;
        if (U_FAILURE(error) && !more) return Error{Errc::malformed, std::string("GB18030: ") + u_errorName(error)};
        const auto n = static_cast<std::size_t>(target - icu_->wide.data());
        for (std::size_t i = 0; i < n; ++i) {
            if (icu_->wide[i] != undecodable_mark) continue;
            // ICU gives the offset -1 to a character that began in the previous chunk.
            const std::int32_t at = icu_->offsets[i];
            bad_.push_back(at < 0 ? offset_ - 1 : offset_ + base + static_cast<std::uint64_t>(at));
        }
        const std::size_t before = out.size();
        out.resize(before + 3 * n);
        std::int32_t written = 0;
        error = U_ZERO_ERROR;
        u_strToUTF8(out.data() + before, static_cast<std::int32_t>(3 * n), &written, icu_->wide.data(),
                    static_cast<std::int32_t>(n), &error);
        if (U_FAILURE(error)) return Error{Errc::malformed, std::string("GB18030: ") + u_errorName(error)};
        out.resize(before + static_cast<std::size_t>(written));
        if (!more) break;
    }
    offset_ += bytes.size();
    return {};
}

std::vector<std::uint64_t> Decoder::take_bad_offsets() { return std::exchange(bad_, {}); }

Result<std::string> encode_text(std::string_view utf8, Encoding encoding) {
    if (encoding != Encoding::gb18030) return std::string(utf8);
    UErrorCode error = U_ZERO_ERROR;
    std::string out(utf8.size() * 4 + 16, '\0');
    const std::int32_t n = ucnv_convert("gb18030", "UTF-8", out.data(), static_cast<std::int32_t>(out.size()),
                                        utf8.data(), static_cast<std::int32_t>(utf8.size()), &error);
    if (U_FAILURE(error)) return Error{Errc::unsupported, std::string("cannot write GB18030: ") + u_errorName(error)};
    out.resize(static_cast<std::size_t>(n));
    return out;
}

}  // namespace xinlian::node
