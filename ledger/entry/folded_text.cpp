#include "ledger/entry/folded_text.hpp"

#include <algorithm>
#include <utility>

#include "crypto/utf8.hpp"

namespace xinlian::ledger {

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

constexpr char32_t kelvin_sign = 0x212A;  // NFC makes it the letter K; no other ASCII letter or digit has such a twin

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
    bool after_return = false;
    std::size_t digits = 0;
};

void append_ascii(char c, FoldedText& out, Scan& scan) {
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

void append_wide(char32_t c, FoldedText& out, Scan& scan) {
    if (c == 0xFEFF || c == 0x200B) return;
    if (is_space(c)) return append_ascii(' ', out, scan);
    if (c == kelvin_sign) return append_ascii('K', out, scan);
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
    out.may_compose = out.may_compose || !inert;
    append_utf8(out.text, c);
}

}  // namespace

void fold(std::string_view raw, FoldedText& out) {
    out.text.clear();
    out.replacement = out.undecodable = out.private_use = out.control = out.long_digits = out.may_compose = false;
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

void join_lines(std::string& text) { std::erase(text, '\n'); }

}  // namespace xinlian::ledger
