// LevelDB's log format, shared by its write-ahead log and its MANIFEST, and the contents of their records. The parser
// is strict, because it decides whether a copy is intact. LevelDB itself accepts some of what is rejected here (a
// truncated tail, padding that is not zero), as a database must after an interruption.
//
// Source: LevelDB's doc/log_format.md and doc/impl.md; a record's checksum is a masked CRC-32C.
#pragma once

#include <functional>
#include <map>
#include <optional>

#include "crypto/bytes.hpp"

namespace xinlian::ledger {

// The damage in a file and its place.
struct FileDamage {
    std::string file;                     // name in the folder
    std::optional<std::uint64_t> offset;  // byte offset of the first error; empty: the file as a whole
    std::string what;
    Bytes after, up_to;         // keys: the rows between them are in the damaged part; empty if unknown
    Errc code = Errc::corrupt;  // io, too_large, unavailable, unsupported: the file could not be checked
};
using Damage = std::optional<FileDamage>;  // empty: no damage

namespace leveldb_format {

// Reads little-endian numbers and varints in their shortest form. After the first read beyond the end, failed() is true
// and every value is zero or empty.
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

// LevelDB's key order: the user's bytes ascending, then the newer one first.
inline constexpr std::size_t tag_bytes = 8;
inline constexpr std::uint64_t sequence_max = (std::uint64_t{1} << 56) - 1;
inline ByteView user_key(ByteView internal) { return internal.first(internal.size() - tag_bytes); }
std::uint64_t tag_of(ByteView internal);  // sequence * 256 + type (0: removed, 1: a value)
inline std::uint64_t sequence_of(ByteView internal) { return tag_of(internal) >> 8; }
Bytes internal_key(ByteView user, std::uint64_t sequence, std::uint8_t type);
int compare_user(ByteView a, ByteView b);
int compare_internal(ByteView a, ByteView b);

// Calls `take` for each record of a log, oldest first, with its offset. Every byte of the file is checked.
using TakeRecord = std::function<Damage(std::uint64_t offset, Bytes record)>;
Damage read_log(const std::string& file, ByteView bytes, const TakeRecord& take);

// Reads the whole file. Errc::too_large above bytes_max, Errc::io. A missing file is damage.
Damage read_whole(const std::string& folder, const std::string& file, std::size_t bytes_max, Bytes& out);

struct ListedTable {
    std::uint64_t bytes = 0;
    Bytes smallest, largest;  // internal keys
};
// The contents of a MANIFEST.
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
// Reads the changes of one record and sets `next` to the sequence number after them. In the first record of a log
// (`any_start`) the first sequence number must be at most `next`, otherwise equal to `next`: a gap is a lost write.
// Returns the error, or empty.
std::optional<std::string> read_write_batch(ByteView record, bool any_start, std::uint64_t& next,
                                            std::vector<LoggedChange>& out);

}  // namespace leveldb_format
}  // namespace xinlian::ledger
