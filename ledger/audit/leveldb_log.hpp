// LevelDB's log format, which its write-ahead log and its MANIFEST share, and what stands in their records: read
// strictly, for somebody who wants to know whether a copy is whole. LevelDB itself forgives some of what is refused
// here (a cut tail, padding that is not zero), as a database must that was just interrupted.
//
// Source: LevelDB's doc/log_format.md and doc/impl.md; a record's check is CRC-32C, masked.
#pragma once

#include <functional>
#include <map>
#include <optional>

#include "crypto/bytes.hpp"

namespace xinlian::ledger {

// What is wrong with a file, and where.
struct FileDamage {
    std::string file;                     // its name in the folder
    std::optional<std::uint64_t> offset;  // of the first thing that does not fit, in bytes; none: the file as a whole
    std::string what;
    Bytes after, up_to;         // keys: rows between them lie in the damaged part; empty if that is not known
    Errc code = Errc::corrupt;  // io, too_large, unavailable, unsupported: nothing can be told about it
};
using Damage = std::optional<FileDamage>;  // nothing: sound

namespace leveldb_format {

// Little-endian numbers and varints in their shortest form. After the first thing that is not there, failed() is true
// and everything reads as zero or empty.
class LittleReader {
public:
    explicit LittleReader(ByteView bytes) : bytes_(bytes) {}
    std::uint64_t fixed(unsigned bytes);
    std::uint64_t varint(unsigned bits);
    ByteView take(std::size_t bytes);
    ByteView prefixed() { return take(varint(32)); }
    bool failed() const { return failed_; }
    std::size_t at() const { return at_; }
    std::size_t left() const { return bytes_.size() - at_; }

private:
    ByteView bytes_;
    std::size_t at_ = 0;
    bool failed_ = false;
};

// CRC-32C of the parts, masked as LevelDB stores it.
std::uint32_t masked_crc(ByteView first, ByteView second);

// A key as LevelDB orders it: the user's bytes ascending, then the newer one first.
inline constexpr std::size_t tag_bytes = 8;
inline constexpr std::uint64_t sequence_max = (std::uint64_t{1} << 56) - 1;
inline ByteView user_key(ByteView internal) { return internal.first(internal.size() - tag_bytes); }
std::uint64_t tag_of(ByteView internal);  // sequence * 256 + type (0 removed, 1 a value)
inline std::uint64_t sequence_of(ByteView internal) { return tag_of(internal) >> 8; }
Bytes internal_key(ByteView user, std::uint64_t sequence, std::uint8_t type);
int compare_user(ByteView a, ByteView b);
int compare_internal(ByteView a, ByteView b);

// Each record of a log, oldest first, with where it begins. Every byte of the file is looked at.
using TakeRecord = std::function<Damage(std::uint64_t offset, Bytes record)>;
Damage read_log(const std::string& file, ByteView bytes, const TakeRecord& take);

// The whole file. Errc::too_large above bytes_max, Errc::io; a file that is not there is damage.
Damage read_whole(const std::string& folder, const std::string& file, std::size_t bytes_max, Bytes& out);

struct ListedTable {
    std::uint64_t bytes = 0;
    Bytes smallest, largest;  // internal keys
};
// What a MANIFEST says is there.
struct Manifest {
    std::uint64_t log_number = 0, previous_log_number = 0, next_file = 0, last_sequence = 0;
    std::map<std::pair<std::uint32_t, std::uint64_t>, ListedTable> tables;  // by level and file number
};
Damage read_manifest(const std::string& file, ByteView bytes, Manifest& out);

// One change in a record of a write-ahead log.
struct LoggedChange {
    std::uint64_t sequence = 0;
    std::uint8_t type = 0;
    ByteView key, value;  // in the record
};
// The changes of one record; the first's sequence must be `next` at most when it is the log's first (`any_start`), and
// `next` itself otherwise: a gap is a write that was lost. Moves `next` behind them. What is wrong, or nothing.
std::optional<std::string> read_write_batch(ByteView record, bool any_start, std::uint64_t& next,
                                            std::vector<LoggedChange>& out);

}  // namespace leveldb_format
}  // namespace xinlian::ledger
