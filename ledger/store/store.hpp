// The interface of the storage for the chain: the only virtual interface of the project.
#pragma once

#include <functional>

#include "crypto/bytes.hpp"

namespace xinlian::ledger {

struct Change {
    Bytes key;
    std::optional<Bytes> value;  // empty: removes the key
};

class Store {
public:
    virtual ~Store() = default;
    virtual Result<std::optional<Bytes>> get(ByteView key) const = 0;
    // Visits the keys from <= key < to, ascending. The visitor returns false to stop. Errc::corrupt, Errc::io.
    using Visitor = std::function<bool(ByteView key, ByteView value)>;
    virtual Status scan(ByteView from, ByteView to, const Visitor& visitor) const = 0;
    // The last key < to and >= from, with its value.
    virtual Result<std::optional<std::pair<Bytes, Bytes>>> last_before(ByteView from, ByteView to) const = 0;
    // Atomic, and on disk on return. After a failure the store must not be used again.
    virtual Status commit(std::span<const Change> changes) = 0;
};

}  // namespace xinlian::ledger
