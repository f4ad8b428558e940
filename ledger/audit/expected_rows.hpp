// A store that keeps only each row's key and the hash of its value. A chain that appends to it produces the rows that
// follow from the blocks, and every row of a copy can be compared with them. Private to the audit.
#pragma once

#include <map>

#include "ledger/store/store.hpp"

namespace xinlian::ledger {

bool less(ByteView a, ByteView b);  // the order of keys in a store: by bytes, the shorter first

class ExpectedRows : public Store {
public:
    // Only the rows of the first commit can be read back: a chain reads them when it is opened, and reads nothing
    // later.
    Result<std::optional<Bytes>> get(ByteView key) const override;
    Status scan(ByteView from, ByteView to, const Visitor& visitor) const override;
    Result<std::optional<std::pair<Bytes, Bytes>>> last_before(ByteView from, ByteView to) const override;
    Status commit(std::span<const Change> changes) override;

    // Sorts the rows by key and keeps the last value of each. Nothing may be committed afterwards.
    void finish();
    std::size_t size() const { return rows_.size(); }
    ByteView key(std::size_t row) const;
    bool fits(std::size_t row, ByteView value) const;

private:
    // Half of a hash is enough: no attacker chooses both values.
    using Half = std::array<std::uint8_t, 16>;
    struct Row {
        std::uint64_t prefix = 0;  // first bytes of the key, which decide nearly every comparison
        std::uint64_t at = 0;      // offset of the key in keys_; later rows have later keys
        std::uint32_t key_bytes = 0;
        bool there = false;  // false: removed
        Half value{};
    };
    static Half half_of(ByteView value);
    ByteView key(const Row& row) const { return ByteView(keys_).subspan(row.at, row.key_bytes); }

    std::map<Bytes, Bytes> first_;
    Bytes keys_;
    std::vector<Row> rows_;
};

}  // namespace xinlian::ledger
