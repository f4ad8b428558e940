// Logs and manifests of LevelDB, made by hand: each rule of the reader, both ways.
#include "ledger/audit/leveldb_log.hpp"

#include <catch2/catch.hpp>

using namespace xinlian;
using namespace xinlian::ledger;
using namespace xinlian::ledger::leveldb_format;

namespace {

constexpr std::size_t block_bytes = 32768;
enum : std::uint8_t { full = 1, first = 2, middle = 3, last = 4 };

void put(Bytes& out, std::uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}
Bytes joined(std::initializer_list<Bytes> parts) {
    Bytes out;
    for (const Bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
    return out;
}
Bytes piece(std::uint8_t type, const Bytes& data) {
    Bytes out;
    const Bytes kind{type};
    put(out, masked_crc(kind, data), 4);
    put(out, data.size(), 2);
    out.push_back(type);
    return joined({out, data});
}
Bytes text(std::string_view words) {  // as in a field: its length, then itself
    return joined({{static_cast<std::uint8_t>(words.size())}, to_bytes(words)});
}

struct ReadBack {
    std::vector<Bytes> records;
    std::vector<std::uint64_t> offsets;
    Damage damage;
};
ReadBack read(const Bytes& log) {
    ReadBack out;
    out.damage = read_log("a.log", log, [&out](std::uint64_t offset, Bytes record) -> Damage {
        out.offsets.push_back(offset);
        out.records.push_back(std::move(record));
        return std::nullopt;
    });
    return out;
}
std::string wrong_with(const Bytes& log) {
    const ReadBack out = read(log);
    return out.damage ? std::to_string(out.damage->offset.value()) + ": " + out.damage->what : "sound";
}
bool says(const std::string& sentence, std::string_view words) { return sentence.find(words) != std::string::npos; }

const Bytes one = to_bytes("one"), two = to_bytes("two");

// Fields of a version edit.
const Bytes comparator = joined({{1}, text("leveldb.BytewiseComparator")});
const Bytes log_number{2, 7}, next_file{3, 9}, last_sequence{4, 5};
// A user's key as LevelDB writes it: with the number 1, as a value.
std::string numbered(std::string_view user) { return std::string(user) + std::string("\1\1\0\0\0\0\0\0", 8); }
Bytes table(std::uint8_t level, std::uint8_t number, std::string_view smallest = "a") {
    const std::string from = smallest.empty() ? std::string("short") : numbered(smallest);
    return joined({{7, level, number, 50}, text(from), text(numbered("b"))});
}
std::string wrong_with_manifest(const std::vector<Bytes>& edits, Manifest& manifest) {
    Bytes file;
    for (const Bytes& edit : edits) file = joined({file, piece(full, edit)});
    const Damage damage = read_manifest("MANIFEST-000001", file, manifest);
    return damage ? damage->what : "sound";
}
std::string wrong_with_manifest(const std::vector<Bytes>& edits) {
    Manifest manifest;
    return wrong_with_manifest(edits, manifest);
}

Bytes batch(std::uint64_t sequence, std::uint32_t count, const Bytes& changes) {
    Bytes out;
    put(out, sequence, 8);
    put(out, count, 4);
    return joined({out, changes});
}
const Bytes change = joined({{1}, text("key"), text("value")}), removal = joined({{0}, text("key")});

}  // namespace

TEST_CASE("a log's records are read whole, over blocks and padding, with where they begin") {
    const ReadBack two_records =
        read(joined({piece(full, one), piece(first, two), piece(middle, one), piece(last, two)}));
    CHECK_FALSE(two_records.damage);
    CHECK(two_records.records == std::vector<Bytes>{one, to_bytes("twoonetwo")});
    CHECK(two_records.offsets == std::vector<std::uint64_t>{0, 10});
    const Bytes filler = piece(full, Bytes(block_bytes - 7 - 5, 9));  // five bytes are left of the block
    const ReadBack padded = read(joined({filler, Bytes(5, 0), piece(full, one)}));
    CHECK_FALSE(padded.damage);
    CHECK(padded.offsets == std::vector<std::uint64_t>{0, block_bytes});
    CHECK_FALSE(read({}).damage);
}

TEST_CASE("what a log may not hold is named with its byte") {
    const Bytes good = piece(full, one);  // 10 bytes
    const Bytes filler = piece(full, Bytes(block_bytes - 7 - 5, 9));
    CHECK(wrong_with(joined({filler, Bytes{0, 0, 1, 0, 0}, good})) ==
          "32763: the padding at the end of a block is not zero");
    CHECK(wrong_with(joined({filler, Bytes{0, 1}})) == "32763: the padding at the end of a block is not zero");
    CHECK(wrong_with(joined({good, Bytes(20, 0)})) == "10: a record does not fit its checksum");
    CHECK(wrong_with(joined({good, Bytes(3, 0)})) == "10: the last record is cut short: its end is missing");
    for (std::size_t cut = 1; cut < good.size(); ++cut) {
        const Bytes rest(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(cut));
        CHECK(says(wrong_with(joined({good, rest})), "10: the last record is cut short"));
    }
    CHECK(says(wrong_with(piece(first, one)), "0: the last record is cut short"));
    CHECK(wrong_with(joined({good, piece(5, one)})) == "10: a record is of no known type");
    CHECK(wrong_with(joined({good, piece(0, one)})) == "10: a record is of no known type");
    CHECK(wrong_with(joined({piece(first, one), good})) == "10: a record begins before the one before it ended");
    CHECK(wrong_with(joined({good, piece(last, one)})) == "10: a record goes on that did not begin");
    CHECK(wrong_with(joined({good, piece(middle, one)})) == "10: a record goes on that did not begin");
    Bytes longer = joined({filler, Bytes(5, 0), good});
    longer[4] = 0xFF;
    longer[5] = 0xFF;
    CHECK(wrong_with(longer) == "0: a record is longer than its block");
}

TEST_CASE("a manifest says which tables there are, and what it may not say is refused") {
    const Bytes start = joined({comparator, log_number, next_file, last_sequence});
    Manifest manifest;
    CHECK(wrong_with_manifest({start, table(0, 3), table(1, 4), {6, 0, 3}}, manifest) == "sound");
    CHECK(manifest.log_number == 7);
    CHECK(manifest.last_sequence == 5);
    REQUIRE(manifest.tables.size() == 1);
    CHECK(manifest.tables.begin()->first == std::pair<std::uint32_t, std::uint64_t>(1, 4));
    CHECK(manifest.tables.begin()->second.bytes == 50);

    for (const Bytes& left_out : {comparator, log_number, next_file, last_sequence}) {
        Bytes edit;
        for (const Bytes& field : {comparator, log_number, next_file, last_sequence})
            if (field != left_out) edit = joined({edit, field});
        CHECK(says(wrong_with_manifest({edit}), "it ends before"));
    }
    CHECK(says(wrong_with_manifest({joined({{1}, text("another order")})}), "another order"));
    CHECK(says(wrong_with_manifest({start, {6, 0, 3}}), "not listed"));
    CHECK(says(wrong_with_manifest({start, table(0, 3), table(0, 3)}), "twice"));
    CHECK(says(wrong_with_manifest({start, table(7, 3)}), "cannot be"));
    CHECK(says(wrong_with_manifest({start, table(0, 3, "")}), "cannot be"));
    CHECK(says(wrong_with_manifest({start, {8, 1}}), "no known kind"));
    CHECK(says(wrong_with_manifest({start, {0, 1}}), "no known kind"));
    CHECK(says(wrong_with_manifest({start, {10, 1}}), "no known kind"));
    CHECK(says(wrong_with_manifest({start, {7, 0, 3}}), "cut short"));
}

TEST_CASE("a log's writes follow each other without a gap, and hold what they say") {
    std::uint64_t next = 6;
    std::vector<LoggedChange> changes;
    const auto wrong = [&](const Bytes& written, bool any_start) {
        return read_write_batch(written, any_start, next, changes).value_or("sound");
    };
    const Bytes record = batch(4, 2, joined({change, removal}));  // what is read points into it
    CHECK(wrong(record, true) == "sound");                        // written before the manifest
    CHECK(next == 6);
    REQUIRE(changes.size() == 2);
    CHECK(changes[1].sequence == 5);
    CHECK(changes[1].type == 0);
    CHECK(as_text(changes[0].value) == "value");
    CHECK(wrong(batch(6, 1, change), false) == "sound");
    CHECK(next == 7);
    CHECK(says(wrong(batch(8, 1, change), false), "a write is missing"));
    CHECK(says(wrong(batch(6, 1, change), false), "a write is missing"));
    CHECK(says(wrong(batch(8, 1, change), true), "a write is missing"));
    CHECK(says(wrong(batch(7, 2, change), false), "no known kind"));
    CHECK(says(wrong(batch(7, 1, joined({change, change})), false), "another length"));
    CHECK(says(wrong(batch(7, 1, {2, 0}), false), "no known kind"));
    CHECK(says(wrong(batch(7, 1, {1, 9, 1}), false), "cut short"));
    CHECK(says(wrong({1, 2, 3}, false), "cut short"));
    CHECK(next == 7);
}
