// Where the chain keeps what is final: the only virtual interface of the project.
#pragma once

#include <functional>

#include "crypto/bytes.hpp"

namespace xinlian::ledger {

struct Change {
    Bytes key;
    std::optional<Bytes> value;  // nothing removes the key
};

class Store {
public:
    virtual ~Store() = default;
    virtual Result<std::optional<Bytes>> get(ByteView key) const = 0;
    // Keys from <= key < to, ascending; the visitor returns false to stop. Errc::corrupt, Errc::io.
    using Visitor = std::function<bool(ByteView key, ByteView value)>;
    virtual Status scan(ByteView from, ByteView to, const Visitor& visitor) const = 0;
    // The last key < to and >= from, with its value.
    virtual Result<std::optional<std::pair<Bytes, Bytes>>> last_before(ByteView from, ByteView to) const = 0;
    // All or nothing, and on disk when it returns. After a failure the store must not be used again.
    virtual Status commit(std::span<const Change> changes) = 0;
};

}  // namespace xinlian::ledger
