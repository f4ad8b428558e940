// Laws of the strict readers of LevelDB's files: records of a log come out as they were put in; a write or a manifest's
// edit of any bytes under a right checksum is refused or read; a table that is found sound gives its entries in order,
// all of them, and one that is not is refused without a step outside of its blocks.
#include "ledger/audit/leveldb_table.hpp"

#include "crypto/check.hpp"
#include "tests/fuzz/input.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using namespace xinlian::ledger::leveldb_format;

namespace {

void put(Bytes& out, std::uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i, value >>= 8) out.push_back(static_cast<std::uint8_t>(value));
}
void put_varint(Bytes& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out.push_back(static_cast<std::uint8_t>(value | 0x80));
    out.push_back(static_cast<std::uint8_t>(value));
}
void put(Bytes& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

// A log that holds these records, each in one piece; short enough for one block.
Bytes log_of(const std::vector<Bytes>& records) {
    Bytes out;
    for (const Bytes& record : records) {
        const std::array<std::uint8_t, 1> full{1};
        put(out, masked_crc(full, record), 4);
        put(out, record.size(), 2);
        put(out, full);
        put(out, record);
    }
    return out;
}

void check_log(fuzz::Input& input) {
    std::vector<Bytes> records;
    for (std::size_t left = input.below(6); left > 0; --left)
        records.push_back(fuzz::copy(input.take(input.below(300))));
    std::vector<Bytes> read;
    const Damage damage = read_log("log", log_of(records), [&read](std::uint64_t, Bytes record) -> Damage {
        read.push_back(std::move(record));
        return std::nullopt;
    });
    XL_CHECK(!damage);
    XL_CHECK(read == records);
    const ByteView rest = input.rest();
    static_cast<void>(read_log("log", rest, [](std::uint64_t, const Bytes&) -> Damage { return std::nullopt; }));
    Manifest manifest;
    static_cast<void>(read_manifest("manifest", log_of({fuzz::copy(rest)}), manifest));
}

void check_write(fuzz::Input& input) {
    std::uint64_t next = input.byte();
    const std::uint64_t before = next;
    const bool any_start = input.byte() % 2 == 1;
    const ByteView record = input.rest();
    std::vector<LoggedChange> changes;
    if (read_write_batch(record, any_start, next, changes)) {
        XL_CHECK(next == before);
        return;
    }
    Bytes again;
    put(again, next - changes.size(), 8);
    put(again, changes.size(), 4);
    for (const LoggedChange& change : changes) {
        again.push_back(change.type);
        put_varint(again, change.key.size());
        put(again, change.key);
        if (change.type == 0) continue;
        put_varint(again, change.value.size());
        put(again, change.value);
    }
    XL_CHECK(again == fuzz::copy(record));
}

void put_entry(Bytes& block, ByteView key, ByteView value) {
    put_varint(block, 0);
    put_varint(block, key.size());
    put_varint(block, value.size());
    put(block, key);
    put(block, value);
}
void put_handle(Bytes& out, std::uint64_t offset, std::uint64_t bytes) {
    put_varint(out, offset);
    put_varint(out, bytes);
}

// A table of one block of data, with right checksums whatever the block holds.
class TableMaker {
public:
    Bytes make(ByteView data, ByteView last_key) {
        add(data);
        const std::uint64_t filter_at = add(Bytes(3, 0xAA));
        Bytes meta, index;
        Bytes handle;
        put_handle(handle, filter_at, 3);
        put_entry(meta, as_bytes("filter.leveldb.BuiltinBloomFilter2"), handle);
        put(meta, 0, 4), put(meta, 1, 4);
        const std::uint64_t meta_at = add(meta);
        handle.clear();
        put_handle(handle, 0, data.size());
        put_entry(index, last_key, handle);
        put(index, 0, 4), put(index, 1, 4);
        const std::uint64_t index_at = add(index);
        Bytes footer;
        put_handle(footer, meta_at, meta.size());
        put_handle(footer, index_at, index.size());
        footer.resize(40, 0);
        put(file_, footer);
        put(file_, 0xDB4775248B80FB57, 8);
        return std::move(file_);
    }

private:
    std::uint64_t add(ByteView block) {
        const std::uint64_t at = file_.size();
        Bytes typed = fuzz::copy(block);
        typed.push_back(0);
        put(file_, typed);
        put(file_, masked_crc(typed, {}), 4);
        return at;
    }
    Bytes file_;
};

void check_table(fuzz::Input& input) {
    static const fuzz::ScratchFile scratch;
    std::vector<Bytes> keys;
    Bytes data;
    const bool raw = input.byte() % 2 == 1;
    for (std::size_t left = 1 + input.below(4); left > 0; --left) {
        const ByteView user = input.take(input.below(4));
        const std::uint64_t sequence = input.byte();
        keys.push_back(internal_key(user, sequence, static_cast<std::uint8_t>(input.byte() % 3)));
        if (!raw) put_entry(data, keys.back(), input.take(input.below(8)));
    }
    if (raw) {
        put(data, input.rest());
    } else {
        // Each entry is whole, and only the first a restart point.
        put(data, 0, 4), put(data, 1, 4);
    }
    ListedTable listed{0, keys.front(), keys.back()};
    const Bytes file = TableMaker().make(data, keys.back());
    listed.bytes = file.size();
    const std::string path = scratch.write(file);
    const std::size_t slash = path.rfind('/');
    Table table;
    if (Table::open(path.substr(0, slash), path.substr(slash + 1), listed, table)) return;
    if (const Damage damage = table.check(300, [](std::uint64_t) {})) {
        XL_CHECK(!damage->what.empty());
        return;
    }
    Table::Cursor cursor(table);
    std::size_t met = 0;
    Bytes before;
    for (cursor.seek(listed.smallest); cursor.valid(); cursor.next(), ++met) {
        XL_CHECK(met == 0 || compare_internal(before, cursor.key()) < 0);
        before = fuzz::copy(cursor.key());
    }
    XL_CHECK(!cursor.damage());
    XL_CHECK(before == listed.largest);
    XL_CHECK(raw || met == keys.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    switch (input.byte() % 3) {
        case 0:
            check_log(input);
            break;
        case 1:
            check_write(input);
            break;
        default:
            check_table(input);
    }
    return 0;
}
