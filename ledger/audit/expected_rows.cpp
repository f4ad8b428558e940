#include "ledger/audit/expected_rows.hpp"

#include <algorithm>
#include <array>

#include "crypto/hash.hpp"

namespace xinlian::ledger {

namespace {

std::uint64_t prefix_of(ByteView key) {
    std::uint64_t prefix = 0;
    for (std::size_t i = 0; i < 8; ++i) prefix = (prefix << 8) | (i < key.size() ? key[i] : 0u);
    return prefix;
}

}  // namespace

bool less(ByteView a, ByteView b) { return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end()); }

Result<std::optional<Bytes>> ExpectedRows::get(ByteView key) const {
    const auto at = first_.find(Bytes(key.begin(), key.end()));
    return at == first_.end() ? std::optional<Bytes>() : std::optional<Bytes>(at->second);
}

Status ExpectedRows::scan(ByteView from, ByteView to, const Visitor& visitor) const {
    for (auto at = first_.lower_bound(Bytes(from.begin(), from.end())); at != first_.end() && less(at->first, to);
         ++at) {
        if (!visitor(at->first, at->second)) break;
    }
    return Status();
}

Result<std::optional<std::pair<Bytes, Bytes>>> ExpectedRows::last_before(ByteView from, ByteView to) const {
    using Found = std::optional<std::pair<Bytes, Bytes>>;
    auto at = first_.lower_bound(Bytes(to.begin(), to.end()));
    if (at == first_.begin()) return Found();
    --at;
    return less(at->first, from) ? Found() : Found(std::pair(at->first, at->second));
}

Status ExpectedRows::commit(std::span<const Change> changes) {
    const bool first = rows_.empty();
    for (const Change& change : changes) {
        Row row;
        row.prefix = prefix_of(change.key);
        row.at = keys_.size();
        row.key_bytes = static_cast<std::uint32_t>(change.key.size());
        row.there = change.value.has_value();
        if (row.there) row.value = half_of(*change.value);
        keys_.insert(keys_.end(), change.key.begin(), change.key.end());
        rows_.push_back(row);
        if (first && change.value) first_[change.key] = *change.value;
    }
    return Status();
}

ExpectedRows::Half ExpectedRows::half_of(ByteView value) {
    const Hash whole = hash(Suite::ed25519_sha256, value);
    Half half{};
    std::copy_n(whole.bytes.begin(), half.size(), half.begin());
    return half;
}

void ExpectedRows::finish() {
    std::sort(rows_.begin(), rows_.end(), [this](const Row& a, const Row& b) {
        if (a.prefix != b.prefix) return a.prefix < b.prefix;
        const ByteView key_a = key(a), key_b = key(b);
        if (std::equal(key_a.begin(), key_a.end(), key_b.begin(), key_b.end())) return a.at < b.at;
        return less(key_a, key_b);
    });
    std::size_t kept = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        const ByteView here = key(rows_[i]);
        if (i + 1 < rows_.size()) {
            const ByteView next = key(rows_[i + 1]);
            if (std::equal(here.begin(), here.end(), next.begin(), next.end())) continue;
        }
        if (rows_[i].there) rows_[kept++] = rows_[i];
    }
    rows_.resize(kept);
}

ByteView ExpectedRows::key(std::size_t row) const { return key(rows_[row]); }

bool ExpectedRows::fits(std::size_t row, ByteView value) const { return rows_[row].value == half_of(value); }

}  // namespace xinlian::ledger
