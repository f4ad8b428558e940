// The canonical encoding: the one way in which anything is hashed, signed, stored or sent (docs/encoding.md).
//
// Fixed-width big-endian unsigned integers; bool and enums one byte, unknown values refused; arrays raw; optional as
// 0 or 1 and the value; sequences as a 32-bit count and the items. Whatever has no canonical form does not compile:
// signed integers, floats, plain strings and vectors, pointers, unordered containers, enums without is_known().
//
// A type lists its fields once, for cereal:
//     template <class Archive> void serialize(Archive& archive) { archive(kind, id, bounded(entries, entries_max)); }
//
// The reader treats its input as hostile: a count is checked against its stated maximum and against the bytes that are
// left before anything is allocated. It never throws. The first error is kept, and every value read after it is zero.
// Property, fuzzed for each type: decode(b) fails, or encode(decode(b)) == b.
#pragma once

#include <array>
#include <cereal/cereal.hpp>
#include <concepts>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "crypto/bytes.hpp"

namespace xinlian {

class Writer : public cereal::OutputArchive<Writer> {
public:
    Writer() : OutputArchive(this) {}
    void raw(ByteView bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
    template <std::unsigned_integral T>
    void integer(T value) {
        std::array<std::uint8_t, sizeof(T)> bytes;
        for (std::size_t i = 0; i < sizeof(T); ++i) {
            bytes[i] = static_cast<std::uint8_t>(value >> (8 * (sizeof(T) - 1 - i)));
        }
        raw(bytes);
    }
    void reserve(std::size_t bytes) { out_.reserve(bytes); }
    Bytes take() { return std::move(out_); }

private:
    Bytes out_;
};

class Reader : public cereal::InputArchive<Reader> {
public:
    explicit Reader(ByteView in) : InputArchive(this), in_(in) {}

    std::size_t left() const { return in_.size() - at_; }
    std::size_t offset() const { return at_; }
    bool failed() const { return fault_ != nullptr; }
    const char* fault() const { return fault_; }

    void fail(const char* fault) {
        if (fault_ == nullptr) {
            fault_ = fault;
            fault_at_ = at_;
        }
    }
    std::size_t fault_offset() const { return fault_at_; }

    // The next `size` bytes, or nothing if there are fewer.
    ByteView raw(std::size_t size) {
        if (failed() || size > left()) {
            fail("the input ends too early");
            return {};
        }
        const ByteView taken = in_.subspan(at_, size);
        at_ += size;
        return taken;
    }
    template <std::unsigned_integral T>
    T integer() {
        T value = 0;
        for (const std::uint8_t byte : raw(sizeof(T))) value = static_cast<T>((value << 8) | byte);
        return value;
    }
    // A count of items of at least one byte each.
    std::size_t count(std::size_t max) {
        const std::size_t n = integer<std::uint32_t>();
        if (n > max) fail("a count exceeds its limit");
        if (n > left()) fail("a count exceeds the remaining bytes");
        return failed() ? 0 : n;
    }

private:
    ByteView in_;
    std::size_t at_ = 0;
    const char* fault_ = nullptr;
    std::size_t fault_at_ = 0;
};

// A sequence with its stated maximum: the only way to encode a vector or a text.
template <class T>
struct Bounded {
    T& value;
    std::size_t max;
};
template <class T>
Bounded<T> bounded(T& value, std::size_t max) {
    return {value, max};
}

// Types whose bytes are encoded as they are (hashes, signatures): they name their array `bytes`.
template <class T>
concept RawBytes = requires(T t) {
    { t.bytes } -> std::same_as<std::array<std::uint8_t, sizeof(T)>&>;
    requires T::is_raw_bytes;
};

namespace codec_detail {

template <class T>
concept CanonicalInteger = std::unsigned_integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>;

}  // namespace codec_detail

template <codec_detail::CanonicalInteger T>
void CEREAL_SAVE_FUNCTION_NAME(Writer& writer, const T& value) {
    writer.integer(value);
}
template <codec_detail::CanonicalInteger T>
void CEREAL_LOAD_FUNCTION_NAME(Reader& reader, T& value) {
    value = reader.integer<T>();
}

template <std::same_as<bool> T>
void CEREAL_SAVE_FUNCTION_NAME(Writer& writer, const T& value) {
    writer.integer<std::uint8_t>(value ? 1 : 0);
}
template <std::same_as<bool> T>
void CEREAL_LOAD_FUNCTION_NAME(Reader& reader, T& value) {
    const auto byte = reader.integer<std::uint8_t>();
    if (byte > 1) reader.fail("a boolean byte is neither 0 nor 1");
    value = byte == 1;
}

// An enum needs `bool is_known(E)` next to it; its underlying type is one byte.
template <class T>
requires std::is_enum_v<T>
void CEREAL_SAVE_FUNCTION_NAME(Writer& writer, const T& value) {
    static_assert(sizeof(T) == 1);
    XL_CHECK(is_known(value));
    writer.integer(static_cast<std::uint8_t>(value));
}
template <class T>
requires std::is_enum_v<T>
void CEREAL_LOAD_FUNCTION_NAME(Reader& reader, T& value) {
    static_assert(sizeof(T) == 1);
    const T read = static_cast<T>(reader.integer<std::uint8_t>());
    if (!reader.failed() && !is_known(read)) reader.fail("unknown kind");
    value = read;
}

template <std::size_t N>
void CEREAL_SAVE_FUNCTION_NAME(Writer& writer, const std::array<std::uint8_t, N>& value) {
    writer.raw(value);
}
template <std::size_t N>
void CEREAL_LOAD_FUNCTION_NAME(Reader& reader, std::array<std::uint8_t, N>& value) {
    const ByteView bytes = reader.raw(N);
    if (bytes.size() == N) std::copy(bytes.begin(), bytes.end(), value.begin());
}

template <RawBytes T>
void CEREAL_SAVE_FUNCTION_NAME(Writer& writer, const T& value) {
    writer.raw(value.bytes);
}
template <RawBytes T>
void CEREAL_LOAD_FUNCTION_NAME(Reader& reader, T& value) {
    const ByteView bytes = reader.raw(sizeof(T));
    if (bytes.size() == sizeof(T)) std::copy(bytes.begin(), bytes.end(), value.bytes.begin());
}

template <class T>
void CEREAL_SAVE_FUNCTION_NAME(Writer& writer, const std::optional<T>& value) {
    writer.integer<std::uint8_t>(value ? 1 : 0);
    if (value) writer(*value);
}
template <class T>
void CEREAL_LOAD_FUNCTION_NAME(Reader& reader, std::optional<T>& value) {
    bool present = false;
    reader(present);
    value.reset();
    if (present && !reader.failed()) reader(value.emplace());
}

template <class T>
void CEREAL_SAVE_FUNCTION_NAME(Writer& writer, const Bounded<T>& sequence) {
    XL_CHECK(sequence.value.size() <= sequence.max);
    writer.integer(static_cast<std::uint32_t>(sequence.value.size()));
    if constexpr (sizeof(typename std::remove_const_t<T>::value_type) == 1 &&
                  std::is_integral_v<typename T::value_type>) {
        writer.raw({reinterpret_cast<const std::uint8_t*>(sequence.value.data()), sequence.value.size()});
    } else {
        for (const auto& item : sequence.value) writer(item);
    }
}
template <class T>
void CEREAL_LOAD_FUNCTION_NAME(Reader& reader, Bounded<T>& sequence) {
    const std::size_t n = reader.count(sequence.max);
    sequence.value.clear();
    if constexpr (sizeof(typename T::value_type) == 1 && std::is_integral_v<typename T::value_type>) {
        const ByteView bytes = reader.raw(n);
        sequence.value.assign(bytes.begin(), bytes.end());
    } else {
        for (std::size_t i = 0; i < n && !reader.failed(); ++i) reader(sequence.value.emplace_back());
    }
}

template <class T>
Bytes encode(const T& value) {
    Writer writer;
    writer(value);
    return writer.take();
}

// The whole input is one T, or it is refused with the offset of the fault (Errc::malformed).
template <class T>
Result<T> decode(ByteView bytes) {
    Reader reader(bytes);
    T value{};
    reader(value);
    if (!reader.failed() && reader.left() != 0) reader.fail("unexpected bytes after the end");
    if (reader.failed()) {
        return Error{Errc::malformed, "at byte " + std::to_string(reader.fault_offset()) + ": " + reader.fault()};
    }
    return value;
}

}  // namespace xinlian

CEREAL_SETUP_ARCHIVE_TRAITS(xinlian::Reader, xinlian::Writer)

namespace cereal {
// cereal's own enum loader accepts any value; ours refuses unknown ones.
template <class T>
requires std::is_enum_v<T>
struct specialize<xinlian::Reader, T, specialization::non_member_load_save> : std::true_type {
};
template <class T>
requires std::is_enum_v<T>
struct specialize<xinlian::Writer, T, specialization::non_member_load_save> : std::true_type {
};
}  // namespace cereal
