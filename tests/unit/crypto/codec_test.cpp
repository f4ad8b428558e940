// Tests the canonical encoding and its refusals.
#include "crypto/codec.hpp"

#include <catch2/catch.hpp>

#include "crypto/hash.hpp"

using namespace xinlian;

namespace {

enum class Colour : std::uint8_t { red = 1, green = 2 };
bool is_known(Colour colour) { return colour == Colour::red || colour == Colour::green; }

constexpr std::size_t numbers_max = 3;
constexpr std::size_t text_max = 5;

struct Everything {
    std::uint8_t small = 0;
    std::uint64_t large = 0;
    bool yes = false;
    Colour colour = Colour::red;
    std::array<std::uint8_t, 4> raw{};
    Hash hash;
    std::optional<std::uint16_t> maybe;
    std::vector<std::uint32_t> numbers;
    std::string text;
    bool operator==(const Everything&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(small, large, yes, colour, raw, hash, maybe, bounded(numbers, numbers_max), bounded(text, text_max));
    }
};

Everything example() {
    Everything value;
    value.small = 7;
    value.large = 0x0102030405060708;
    value.yes = true;
    value.colour = Colour::green;
    value.raw = {9, 8, 7, 6};
    value.hash.bytes.fill(0xee);
    value.maybe = 0x1234;
    value.numbers = {1, 2};
    value.text = "abc";
    return value;
}

constexpr std::size_t yes_at = 9;
constexpr std::size_t colour_at = 10;
constexpr std::size_t maybe_at = 47;
constexpr std::size_t numbers_at = 50;

}  // namespace

TEST_CASE("the encoding is big-endian, of fixed width, without padding") {
    const std::string expected =
        "07"
        "0102030405060708"
        "01"
        "02"
        "09080706" +
        std::string(64, 'e') +
        "011234"
        "00000002"
        "00000001"
        "00000002"
        "00000003"
        "616263";
    CHECK(to_hex(encode(example())) == expected);
    CHECK(decode<Everything>(encode(example())).value() == example());
}

TEST_CASE("an input cut at any byte is refused, and so is one that goes on") {
    const Bytes whole = encode(example());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        INFO(size);
        const auto value = decode<Everything>(ByteView(whole).first(size));
        REQUIRE_FALSE(value);
        CHECK(value.error().code == Errc::malformed);
    }
    Bytes longer = whole;
    longer.push_back(0);
    CHECK(decode<Everything>(longer).error().text ==
          "at byte " + std::to_string(whole.size()) + ": unexpected bytes after the end");
}

TEST_CASE("every change of one byte is refused or decodes to what encodes to it") {
    const Bytes whole = encode(example());
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (int byte = 0; byte < 256; ++byte) {
            Bytes changed = whole;
            changed[at] = static_cast<std::uint8_t>(byte);
            const auto value = decode<Everything>(changed);
            if (value && encode(*value) != changed) FAIL("byte " << at << " = " << byte);
        }
    }
}

TEST_CASE("yes-or-no bytes other than 0 and 1, and unknown kinds, are refused") {
    for (const std::size_t at : {yes_at, maybe_at}) {
        for (const int byte : {2, 0x80, 0xff}) {
            Bytes bytes = encode(example());
            bytes[at] = static_cast<std::uint8_t>(byte);
            CHECK_FALSE(decode<Everything>(bytes));
        }
    }
    for (const int byte : {0, 3, 255}) {
        Bytes bytes = encode(example());
        bytes[colour_at] = static_cast<std::uint8_t>(byte);
        CHECK(decode<Everything>(bytes).error().text.find("unknown kind") != std::string::npos);
    }
}

TEST_CASE("a count at its limit is taken, one above is refused") {
    Everything value = example();
    value.numbers.assign(numbers_max, 5);
    value.text.assign(text_max, 'x');
    CHECK(decode<Everything>(encode(value)).value() == value);

    struct Wider {
        std::vector<std::uint8_t> bytes;
        void serialize(Writer& writer) { writer(bounded(bytes, 10)); }
    };
    struct Narrow {
        std::vector<std::uint8_t> bytes;
        void serialize(Reader& reader) { reader(bounded(bytes, 3)); }
    };
    CHECK(decode<Narrow>(encode(Wider{{1, 2, 3}})).value().bytes.size() == 3);
    CHECK(decode<Narrow>(encode(Wider{{1, 2, 3, 4}})).error().text.find("exceeds its limit") != std::string::npos);
}

TEST_CASE("a count exceeds the remaining bytes is refused before anything is allocated") {
    struct Huge {
        std::vector<std::uint64_t> numbers;
        void serialize(Reader& reader) { reader(bounded(numbers, 0xffffffff)); }
    };
    const Bytes claim{0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5};
    const auto value = decode<Huge>(claim);
    REQUIRE_FALSE(value);
    CHECK(value.error().text.find("exceeds the remaining bytes") != std::string::npos);
    Bytes bytes = encode(example());
    bytes[numbers_at] = 0xff;
    CHECK_FALSE(decode<Everything>(bytes));
}

TEST_CASE("the first fault sticks, and all that is read after it is zero") {
    const Bytes bytes{1, 2, 3};
    Reader reader(bytes);
    CHECK(reader.integer<std::uint32_t>() == 0);
    CHECK(reader.failed());
    CHECK(reader.integer<std::uint8_t>() == 0);
    reader.fail("a later fault");
    CHECK(std::string(reader.fault()) == "the input ends too early");
    CHECK(reader.fault_offset() == 0);
}
