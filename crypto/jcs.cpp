#include "crypto/jcs.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "crypto/utf8.hpp"

namespace xinlian {

namespace {

// RFC 8785, 3.2.2.2.
std::string json_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        switch (c) {
            case '"':
                out += "\\\"";
                continue;
            case '\\':
                out += "\\\\";
                continue;
            case '\b':
                out += "\\b";
                continue;
            case '\t':
                out += "\\t";
                continue;
            case '\n':
                out += "\\n";
                continue;
            case '\f':
                out += "\\f";
                continue;
            case '\r':
                out += "\\r";
                continue;
        }
        if (static_cast<unsigned char>(c) < 0x20) {
            out += "\\u00";
            out += to_hex(as_bytes({&c, 1}));
        } else {
            out.push_back(c);
        }
    }
    out.push_back('"');
    return out;
}

// RFC 8785, 3.2.2.3: as ECMAScript's Number::toString does.
std::string number_text(double value) {
    if (value == 0) return "0";  // minus zero too
    // The shortest digits that read back as the same double: d.ddde+XX
    std::array<char, 40> buffer;
    const auto end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::fabs(value), std::chars_format::scientific);
    const std::string_view text(buffer.data(), static_cast<std::size_t>(end.ptr - buffer.data()));
    const std::size_t e = text.find('e');
    std::string digits(1, text[0]);
    if (e > 2) digits += text.substr(2, e - 2);
    int exponent = 0;
    const std::string_view exponent_text = text.substr(text[e + 1] == '+' ? e + 2 : e + 1);
    std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);

    const int count = static_cast<int>(digits.size());
    const int point = exponent + 1;  // the decimal point stands after this many digits: the standard's n
    std::string out = value < 0 ? "-" : "";
    if (count <= point && point <= 21) return out + digits + std::string(static_cast<std::size_t>(point - count), '0');
    if (0 < point && point <= 21) {
        return out + digits.substr(0, static_cast<std::size_t>(point)) + "." +
               digits.substr(static_cast<std::size_t>(point));
    }
    if (-6 < point && point <= 0) return out + "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
    out += digits.substr(0, 1);
    if (count > 1) out += "." + digits.substr(1);
    return out + "e" + (exponent > 0 ? "+" : "-") + std::to_string(std::abs(exponent));
}

// Sorting key of RFC 8785, 3.2.3: the UTF-16 code units. `text` is valid UTF-8.
std::u16string utf16(std::string_view text) {
    std::u16string out;
    for (std::size_t at = 0; at < text.size();) {
        const char32_t code = next_utf8(text, at);
        if (code >= 0x10000) {
            out.push_back(static_cast<char16_t>(0xd7c0 + (code >> 10)));
            out.push_back(static_cast<char16_t>(0xdc00 + (code & 0x3ff)));
        } else {
            out.push_back(static_cast<char16_t>(code));
        }
    }
    return out;
}

class Parser {
public:
    explicit Parser(std::string_view in) : in_(in) {}

    Result<std::string> document() {
        XL_TRY(std::string text, value(0));
        skip_space();
        if (at_ != in_.size()) return fault("unexpected text follows the value");
        return text;
    }

private:
    Error fault(std::string_view what) const {
        return Error{Errc::malformed, "JSON, at byte " + std::to_string(at_) + ": " + std::string(what)};
    }
    char peek() const { return at_ < in_.size() ? in_[at_] : '\0'; }
    bool take(std::string_view text) {
        if (!in_.substr(at_).starts_with(text)) return false;
        at_ += text.size();
        return true;
    }
    void skip_space() {
        while (at_ < in_.size() && (in_[at_] == ' ' || in_[at_] == '\t' || in_[at_] == '\n' || in_[at_] == '\r')) ++at_;
    }

    Result<std::string> value(std::size_t depth) {
        skip_space();
        if (peek() == '{' || peek() == '[') {
            if (depth == jcs_depth_max) return fault("nested too deeply; at most 64 levels");
            return peek() == '{' ? object(depth + 1) : array(depth + 1);
        }
        if (peek() == '"') {
            XL_TRY(const std::string text, string());
            return json_string(text);
        }
        for (const std::string_view word : {"true", "false", "null"}) {
            if (take(word)) return std::string(word);
        }
        return number();
    }

    Result<std::string> object(std::size_t depth) {
        struct Member {
            std::u16string order;
            std::string text;
        };
        std::vector<Member> members;
        ++at_;
        skip_space();
        while (!take("}")) {
            if (!members.empty()) {
                if (!take(",")) return fault("expected , or }");
                skip_space();
            }
            if (peek() != '"') return fault("expected a name in quotes");
            XL_TRY(const std::string name, string());
            skip_space();
            if (!take(":")) return fault("expected :");
            XL_TRY(const std::string its_value, value(depth));
            members.push_back({utf16(name), json_string(name) + ":" + its_value});
            skip_space();
        }
        std::sort(members.begin(), members.end(), [](const Member& a, const Member& b) { return a.order < b.order; });
        std::string out = "{";
        for (std::size_t i = 0; i < members.size(); ++i) {
            if (i > 0 && members[i].order == members[i - 1].order)
                return fault("the object that ends here has a duplicate name");
            if (i > 0) out.push_back(',');
            out += members[i].text;
        }
        return out + "}";
    }

    Result<std::string> array(std::size_t depth) {
        std::string out(1, '[');
        ++at_;
        skip_space();
        while (!take("]")) {
            if (out.size() > 1) {
                if (!take(",")) return fault("expected , or ]");
                out.push_back(',');
            }
            XL_TRY(const std::string item, value(depth));
            out += item;
            skip_space();
        }
        return out + "]";
    }

    // The text between the quotes, as UTF-8 without escapes.
    Result<std::string> string() {
        std::string out;
        ++at_;
        while (!take("\"")) {
            if (at_ >= in_.size()) return fault("the string is not terminated");
            if (take("\\")) {
                XL_TRY_STATUS(escape(out));
                continue;
            }
            if (static_cast<unsigned char>(peek()) < 0x20) return fault("a control character must be escaped");
            const std::size_t length = valid_length(in_, at_);
            if (length == 0) return fault("not UTF-8");
            out += in_.substr(at_, length);
            at_ += length;
        }
        return out;
    }

    Status escape(std::string& out) {
        constexpr std::string_view letters = "\"\\/bfnrt";
        constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        if (const std::size_t i = letters.find(peek()); at_ < in_.size() && i != std::string_view::npos) {
            out.push_back(meanings[i]);
            ++at_;
            return {};
        }
        if (!take("u")) return fault("unknown escape");
        XL_TRY(std::uint32_t code, code_unit());
        if (code >= 0xdc00 && code <= 0xdfff) return fault("a lone surrogate");
        if (code >= 0xd800 && code <= 0xdbff) {
            if (!take("\\u")) return fault("a lone surrogate");
            XL_TRY(const std::uint32_t low, code_unit());
            if (low < 0xdc00 || low > 0xdfff) return fault("a lone surrogate");
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        }
        append_utf8(out, code);
        return {};
    }

    Result<std::uint32_t> code_unit() {
        auto bytes = from_hex(in_.substr(at_, 4));
        if (!bytes || bytes->size() != 2) return fault("\\u needs four hexadecimal digits");
        at_ += 4;
        return static_cast<std::uint32_t>((*bytes)[0] << 8 | (*bytes)[1]);
    }

    std::size_t digits() {
        const std::size_t begin = at_;
        while (peek() >= '0' && peek() <= '9') ++at_;
        return at_ - begin;
    }

    Result<std::string> number() {
        const std::size_t begin = at_;
        take("-");
        const bool zero = peek() == '0';
        const std::size_t whole = digits();
        if (whole == 0) return fault("expected a value");
        if (zero && whole > 1) return fault("a number must not start with 0");
        if (take(".") && digits() == 0) return fault("expected digits after the point");
        if (peek() == 'e' || peek() == 'E') {
            ++at_;
            if (!take("+")) take("-");
            if (digits() == 0) return fault("expected digits of the exponent");
        }
        double value = 0;
        const auto end = std::from_chars(in_.data() + begin, in_.data() + at_, value);
        if (end.ec != std::errc() || !std::isfinite(value)) return fault("the number is out of range for a double");
        return number_text(value);
    }

    std::string_view in_;
    std::size_t at_ = 0;
};

}  // namespace

Result<std::string> jcs(std::string_view json) { return Parser(json).document(); }

}  // namespace xinlian
