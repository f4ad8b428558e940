// Compiled without run-time type information, as LevelDB is: its comparator has none to derive from.
#include "tests/unit/ledger/audit/reversed_rows.hpp"

#include <leveldb/comparator.h>
#include <leveldb/db.h>

#include <memory>

#include "crypto/check.hpp"

namespace xinlian::ledger::audit_test {

namespace {

// Sorts the other way round under the name of LevelDB's own order.
class Reversed : public leveldb::Comparator {
public:
    int Compare(const leveldb::Slice& a, const leveldb::Slice& b) const override { return b.compare(a); }
    const char* Name() const override { return leveldb::BytewiseComparator()->Name(); }
    void FindShortestSeparator(std::string* /*start*/, const leveldb::Slice& /*limit*/) const override {}
    void FindShortSuccessor(std::string* /*key*/) const override {}
};

}  // namespace

void write_reversed(const std::string& folder) {
    const Reversed reversed;
    leveldb::Options options;
    options.create_if_missing = true;
    options.comparator = &reversed;
    leveldb::DB* opened = nullptr;
    XL_CHECK(leveldb::DB::Open(options, folder, &opened).ok());
    const std::unique_ptr<leveldb::DB> db(opened);
    for (const char* key : {"a", "b", "c"}) XL_CHECK(db->Put({}, key, "value").ok());
    db->CompactRange(nullptr, nullptr);
}

}  // namespace xinlian::ledger::audit_test
