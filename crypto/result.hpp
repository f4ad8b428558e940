// The return type of every operation that can fail: a value, or an Error with a code for programs and a sentence for
// people. Invalid input is an Error; a violated invariant is XL_CHECK (crypto/check.hpp). Our code never throws.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "crypto/check.hpp"

namespace xinlian {

// What a caller can do about it; docs/openapi.yaml maps these to HTTP codes.
enum class Errc : std::uint8_t {
    malformed,    // the bytes or text cannot be parsed: do not retry
    invalid,      // well formed, but violates a rule (signature, proof, value): do not retry
    unknown_key,  // signed or asked by somebody who is not a member or lacks the role
    not_found,    // there is no such thing (yet)
    conflict,     // contradicts what is already here
    stale,        // older than what is already here
    too_large,    // above a stated limit
    busy,         // full or not ready: try again later
    unavailable,  // a peer, file or service cannot be reached
    corrupt,      // our own data fails its checks: stop and tell the operator
    io,           // the operating system refused
    unsupported,  // a version or option this program does not know
};

std::string_view name_of(Errc code);

struct [[nodiscard]] Error {
    Errc code = Errc::invalid;
    std::string text;  // one sentence: what, where, what to do
};

template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

    bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    // Reading the value of an error is a bug of the caller.
    T& value() & {
        XL_CHECK(ok());
        return *std::get_if<0>(&state_);
    }
    const T& value() const& {
        XL_CHECK(ok());
        return *std::get_if<0>(&state_);
    }
    T&& value() && {
        XL_CHECK(ok());
        return std::move(*std::get_if<0>(&state_));
    }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    const Error& error() const& {
        XL_CHECK(!ok());
        return *std::get_if<1>(&state_);
    }
    Error&& error() && {
        XL_CHECK(!ok());
        return std::move(*std::get_if<1>(&state_));
    }

private:
    std::variant<T, Error> state_;
};

// Success without a value. `return Status();` or `return Error{...};`
class [[nodiscard]] Status {
public:
    Status() = default;
    Status(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

    bool ok() const { return !error_; }
    explicit operator bool() const { return ok(); }
    const Error& error() const& {
        XL_CHECK(!ok());
        return *error_;
    }
    Error&& error() && {
        XL_CHECK(!ok());
        return std::move(*error_);
    }

private:
    std::optional<Error> error_;
};

// The error of a value that breaks a rule.
inline Error invalid(std::string text) { return {Errc::invalid, std::move(text)}; }

// Prefixes the error with its place: "row 17: field 处罚决定日期: ..."
inline Error within(std::string_view where, Error error) {
    error.text = std::string(where) + ": " + error.text;
    return error;
}

}  // namespace xinlian

#define XL_CONCAT_(a, b) a##b
#define XL_CONCAT(a, b) XL_CONCAT_(a, b)

// XL_TRY(const Batch batch, decode<Batch>(bytes));  returns the error to the caller, or declares the value.
#define XL_TRY(declaration, ...) XL_TRY_(declaration, XL_CONCAT(xl_try_, __LINE__), __VA_ARGS__)
#define XL_TRY_(declaration, name, ...)        \
    auto name = (__VA_ARGS__);                 \
    if (!name) return std::move(name).error(); \
    declaration = *std::move(name)

// XL_TRY_STATUS(check(batch));  for a Status, or a Result whose value is not wanted.
#define XL_TRY_STATUS(expression)                                                           \
    do {                                                                                    \
        if (auto xl_status = (expression); !xl_status) return std::move(xl_status).error(); \
    } while (false)
