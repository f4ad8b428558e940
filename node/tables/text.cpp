#include "node/tables/text.hpp"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>

#include <algorithm>

namespace xinlian::node {

namespace {

struct Reassigned {
    char32_t from, to;
};
// GB 18030-2005 → GB 18030-2022.
constexpr Reassigned reassigned[] = {
    {0xE78D, 0xFE10}, {0xE78E, 0xFE12}, {0xE78F, 0xFE11}, {0xE790, 0xFE13}, {0xE791, 0xFE14}, {0xE792, 0xFE15},
    {0xE793, 0xFE16}, {0xE794, 0xFE17}, {0xE795, 0xFE18}, {0xE796, 0xFE19}, {0xE81E, 0x9FB4}, {0xE826, 0x9FB5},
    {0xE82B, 0x9FB6}, {0xE82C, 0x9FB7}, {0xE832, 0x9FB8}, {0xE843, 0x9FB9}, {0xE854, 0x9FBA}, {0xE864, 0x9FBB}};

char32_t reassign(char32_t c) {
    for (const Reassigned& r : reassigned) {
        if (r.from == c) return r.to;
    }
    return c;
}

bool is_private_use(char32_t c) {
    return (c >= 0xE000 && c <= 0xF8FF) || (c >= 0xF0000 && c <= 0xFFFFD) || (c >= 0x100000 && c <= 0x10FFFD);
}
bool is_space(char32_t c) {
    return c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F || c == 0x3000;
}

// A line break, once for \r\n in characters and once for the four characters \ r \ n.
void append_break(std::string& out) {
    if (out.ends_with("\\r")) out.resize(out.size() - 2);
    out += '\n';
}

struct Scan {
    bool ask_icu = false;
    bool after_return = false;
    std::size_t digits = 0;
};

void append_ascii(char c, Cleaned& out, Scan& scan) {
    const bool after_return = std::exchange(scan.after_return, c == '\r');
    scan.digits = c >= '0' && c <= '9' ? scan.digits + 1 : 0;
    if (scan.digits == 17) out.long_digits = true;
    if (c == '\n' && after_return) return;
    if (c == '\r' || c == '\n') {
        out.text += '\n';
    } else if (c == 'n' && !out.text.empty() && out.text.back() == '\\') {
        out.text.pop_back();
        append_break(out.text);
    } else if (c == '\t') {
        out.text += ' ';
    } else {
        out.control = out.control || static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
        out.text += c;
    }
}

void append_wide(char32_t c, Cleaned& out, Scan& scan) {
    if (c == 0xFEFF || c == 0x200B) return;
    if (is_space(c)) return append_ascii(' ', out, scan);
    if (c >= 0xFF01 && c <= 0xFF5E) return append_ascii(static_cast<char>(c - 0xFEE0), out, scan);
    if (c >= 0xE000 && c <= 0xF8FF) c = reassign(c);
    scan.after_return = false;
    scan.digits = 0;
    out.replacement = out.replacement || c == 0xFFFD;
    out.undecodable = out.undecodable || c == undecodable_mark;
    out.private_use = out.private_use || is_private_use(c);
    out.control = out.control || (c >= 0x80 && c <= 0x9F);
    // CJK punctuation before the tone marks, and unified ideographs, never change under NFC.
    const bool inert = (c >= 0x3000 && c <= 0x3029) || (c >= 0x3400 && c <= 0x9FFF);
    scan.ask_icu = scan.ask_icu || !inert;
    append_utf8(out.text, c);
}

void make_nfc(std::string& text) {
    UErrorCode error = U_ZERO_ERROR;
    const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(error);
    if (U_FAILURE(error)) return;
    const icu::StringPiece piece(text.data(), static_cast<std::int32_t>(text.size()));
    if (nfc->isNormalizedUTF8(piece, error) || U_FAILURE(error)) return;
    std::string normal;
    icu::StringByteSink<std::string> sink(&normal);
    nfc->normalizeUTF8(0, piece, sink, nullptr, error);
    if (U_SUCCESS(error)) text = std::move(normal);
}

void trim(std::string& text) {
    const auto stray = [](char c) { return c == ' ' || c == '\n'; };
    std::size_t end = text.size();
    while (end > 0 && stray(text[end - 1])) --end;
    text.resize(end);
    std::size_t begin = 0;
    while (begin < text.size() && stray(text[begin])) ++begin;
    text.erase(0, begin);
}

// Length of the valid character at `at`, or 0.
std::size_t valid_length(std::string_view text, std::size_t at) {
    const auto byte = [text, at](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    const unsigned char lead = byte(0);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xC2 && lead < 0xE0 ? 2 : lead >= 0xE0 && lead < 0xF0 ? 3 : 4;
    if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || at + length > text.size()) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return 0;
    }
    if (lead == 0xE0 && byte(1) < 0xA0) return 0;   // overlong
    if (lead == 0xED && byte(1) >= 0xA0) return 0;  // surrogates
    if (lead == 0xF0 && byte(1) < 0x90) return 0;   // overlong
    if (lead == 0xF4 && byte(1) >= 0x90) return 0;  // above U+10FFFF
    return length;
}

}  // namespace

void clean(std::string_view raw, Cleaned& out) {
    out.text.clear();
    out.replacement = out.undecodable = out.private_use = out.control = out.long_digits = false;
    out.text.reserve(raw.size());
    Scan scan;
    for (std::size_t at = 0; at < raw.size();) {
        const char c = raw[at];
        if (static_cast<signed char>(c) >= 0) {
            append_ascii(c, out, scan);
            ++at;
        } else {
            append_wide(next_utf8(raw, at), out, scan);
        }
    }
    if (scan.ask_icu) make_nfc(out.text);
    trim(out.text);
    const std::string_view text = out.text;
    out.null = text.empty() || text == "\\N" || text == "NULL" || text == "null" || text == "Null";
    if (out.null) out.text.clear();
    out.chars = count_utf8(out.text);
}

void join_lines(std::string& text) { std::erase(text, '\n'); }

std::size_t find_invalid_utf8(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        if (static_cast<signed char>(text[at]) >= 0) {
            ++at;
            continue;
        }
        const std::size_t length = valid_length(text, at);
        if (length == 0) return at;
        at += length;
    }
    return std::string_view::npos;
}

void append_utf8(std::string& out, char32_t c) {
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xC0 | (c >> 6));
        out += static_cast<char>(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        out += static_cast<char>(0xE0 | (c >> 12));
        out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (c & 0x3F));
    } else {
        out += static_cast<char>(0xF0 | (c >> 18));
        out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
        out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (c & 0x3F));
    }
}

char32_t next_utf8(std::string_view text, std::size_t& at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (length == 1) return static_cast<char32_t>(text[at++]);
    char32_t c = lead & (0xFFu >> (length + 1));
    const std::size_t end = std::min(at + length, text.size());
    for (++at; at < end; ++at) c = (c << 6) | (static_cast<unsigned char>(text[at]) & 0x3Fu);
    return c;
}

std::size_t count_utf8(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace xinlian::node
