#include "ledger/audit/leveldb_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/crc.hpp>
#include <cerrno>
#include <cstring>

namespace xinlian::ledger::leveldb_format {
namespace {

constexpr std::size_t block_bytes = 32768;
constexpr std::size_t header_bytes = 4 + 2 + 1;
enum class Piece : std::uint8_t { full = 1, first = 2, middle = 3, last = 4 };

// Tags of a version edit (doc/impl.md; the numbers are those of LevelDB's version_edit.cc).
enum class Tag : std::uint8_t {
    comparator = 1,
    log_number = 2,
    next_file = 3,
    last_sequence = 4,
    compact_pointer = 5,
    deleted_file = 6,
    new_file = 7,
    previous_log_number = 9,
};
constexpr std::string_view comparator_name = "leveldb.BytewiseComparator";
constexpr std::uint32_t levels_max = 7;
constexpr std::uint8_t type_removed = 0, type_value = 1;

bool all_zero(ByteView bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

class LogReader {
public:
    LogReader(const std::string& file, ByteView bytes, const TakeRecord& take)
        : file_(file), bytes_(bytes), take_(take) {}

    Damage run() {
        while (at_ < bytes_.size()) {
            const std::size_t in_block = block_bytes - at_ % block_bytes;
            if (in_block < header_bytes) {
                const ByteView rest = bytes_.subspan(at_, std::min(in_block, bytes_.size() - at_));
                if (!all_zero(rest)) return damage("the padding at the end of a block is not zero");
                at_ += rest.size();
                continue;
            }
            if (Damage found = piece(in_block)) return found;
        }
        if (begun_) return FileDamage{file_, start_, "the last record is cut short: its end is missing", {}, {}};
        return std::nullopt;
    }

private:
    Damage piece(std::size_t in_block) {
        LittleReader reader(bytes_.subspan(at_, std::min(in_block, bytes_.size() - at_)));
        const std::uint64_t check = reader.fixed(4);
        const std::size_t length = reader.fixed(2);
        const ByteView type = reader.take(1);
        const ByteView data = reader.take(length);
        if (reader.failed() && bytes_.size() - at_ < in_block)
            return damage("the last record is cut short: its end is missing");
        if (reader.failed()) return damage("a record is longer than its block");
        if (masked_crc(type, data) != check) return damage("a record does not fit its checksum");
        const auto kind = static_cast<Piece>(type[0]);
        const bool first = kind == Piece::full || kind == Piece::first;
        const bool last = kind == Piece::full || kind == Piece::last;
        if (!first && !last && kind != Piece::middle) return damage("a record is of no known type");
        if (first == begun_)
            return damage(begun_ ? "a record begins before the one before it ended"
                                 : "a record goes on that did not begin");
        if (first) start_ = at_;
        begun_ = !last;
        record_.insert(record_.end(), data.begin(), data.end());
        at_ += header_bytes + length;
        return last ? take_(start_, std::exchange(record_, {})) : std::nullopt;
    }
    Damage damage(std::string what) const { return FileDamage{file_, at_, std::move(what), {}, {}}; }

    const std::string& file_;
    ByteView bytes_;
    const TakeRecord& take_;
    std::size_t at_ = 0;
    std::uint64_t start_ = 0;  // offset of the record that began last
    bool begun_ = false;       // that record has not ended
    Bytes record_;
};

bool is_internal(ByteView key) { return key.size() >= tag_bytes && (tag_of(key) & 0xFF) <= type_value; }

// Reads one version edit. Returns the error, or empty.
class EditReader {
public:
    EditReader(Manifest& manifest, std::uint16_t& seen) : manifest_(manifest), seen_(seen) {}

    std::optional<std::string> run(ByteView record) {
        LittleReader reader(record);
        while (reader.left() > 0 && !wrong_) {
            const std::uint64_t tag = reader.varint(32);
            if (reader.failed() || tag > 9) return "an edit has a field of no known kind";
            field(static_cast<Tag>(tag), reader);
            if (reader.failed()) return "an edit is cut short";
            seen_ = static_cast<std::uint16_t>(seen_ | (1u << tag));
        }
        return wrong_;
    }

private:
    void field(Tag tag, LittleReader& reader) {
        switch (tag) {
            case Tag::comparator:
                if (as_text(reader.prefixed()) != comparator_name) wrong_ = "its keys are in another order than ours";
                return;
            case Tag::log_number:
                manifest_.log_number = reader.varint(64);
                return;
            case Tag::next_file:
                manifest_.next_file = reader.varint(64);
                return;
            case Tag::last_sequence:
                manifest_.last_sequence = reader.varint(64);
                return;
            case Tag::previous_log_number:
                manifest_.previous_log_number = reader.varint(64);
                return;
            case Tag::compact_pointer:
                reader.varint(32);
                reader.prefixed();
                return;
            case Tag::deleted_file: {
                const auto level = static_cast<std::uint32_t>(reader.varint(32));
                const std::uint64_t number = reader.varint(64);
                if (!reader.failed() && manifest_.tables.erase({level, number}) == 0)
                    wrong_ = "an edit removes table " + std::to_string(number) + ", which is not listed";
                return;
            }
            case Tag::new_file:
                new_file(reader);
                return;
        }
        wrong_ = "an edit has a field of no known kind";
    }
    void new_file(LittleReader& reader) {
        const auto level = static_cast<std::uint32_t>(reader.varint(32));
        const std::uint64_t number = reader.varint(64);
        ListedTable table;
        table.bytes = reader.varint(64);
        const ByteView smallest = reader.prefixed(), largest = reader.prefixed();
        if (reader.failed()) return;
        if (level >= levels_max || !is_internal(smallest) || !is_internal(largest)) {
            wrong_ = "an edit lists a table with a level or keys that cannot be";
            return;
        }
        table.smallest.assign(smallest.begin(), smallest.end());
        table.largest.assign(largest.begin(), largest.end());
        if (!manifest_.tables.emplace(std::pair(level, number), std::move(table)).second)
            wrong_ = "an edit lists table " + std::to_string(number) + " twice";
    }

    Manifest& manifest_;
    std::uint16_t& seen_;  // bit set of the tags
    std::optional<std::string> wrong_;
};

}  // namespace

std::uint64_t LittleReader::fixed(unsigned bytes) {
    const ByteView view = take(bytes);
    std::uint64_t value = 0;
    for (std::size_t i = view.size(); i-- > 0;) value = (value << 8) | view[i];
    return value;
}

std::uint64_t LittleReader::varint(unsigned bits) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < bits; shift += 7) {
        const ByteView next = take(1);
        if (failed_) return 0;
        const std::uint64_t part = next[0] & 0x7F;
        if (shift + 7 > bits && (part >> (bits - shift)) != 0) break;
        value |= part << shift;
        if ((next[0] & 0x80) != 0) continue;
        if (next[0] == 0 && shift > 0) break;  // not the shortest form
        return value;
    }
    failed_ = true;
    return 0;
}

ByteView LittleReader::take(std::size_t bytes) {
    if (failed_ || bytes > left()) {
        failed_ = true;
        return {};
    }
    const ByteView view = bytes_.subspan(at_, bytes);
    at_ += bytes;
    return view;
}

std::uint32_t masked_crc(ByteView first, ByteView second) {
    boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
    crc.process_bytes(first.data(), first.size());
    crc.process_bytes(second.data(), second.size());
    const std::uint32_t sum = crc.checksum();
    return ((sum >> 15) | (sum << 17)) + 0xA282EAD8u;
}

std::uint64_t tag_of(ByteView internal) { return LittleReader(internal.last(tag_bytes)).fixed(tag_bytes); }

Bytes internal_key(ByteView user, std::uint64_t sequence, std::uint8_t type) {
    Bytes out(user.begin(), user.end());
    std::uint64_t tag = (sequence << 8) | type;
    for (std::size_t i = 0; i < tag_bytes; ++i, tag >>= 8) out.push_back(static_cast<std::uint8_t>(tag));
    return out;
}

int compare_user(ByteView a, ByteView b) {
    const std::size_t both = std::min(a.size(), b.size());
    const int order = both == 0 ? 0 : std::memcmp(a.data(), b.data(), both);
    if (order != 0 || a.size() == b.size()) return order;
    return a.size() < b.size() ? -1 : 1;
}

int compare_internal(ByteView a, ByteView b) {
    const int order = compare_user(user_key(a), user_key(b));
    if (order != 0) return order;
    const std::uint64_t tag_a = tag_of(a), tag_b = tag_of(b);
    return tag_a == tag_b ? 0 : (tag_a > tag_b ? -1 : 1);
}

Damage read_log(const std::string& file, ByteView bytes, const TakeRecord& take) {
    return LogReader(file, bytes, take).run();
}

Damage read_whole(const std::string& folder, const std::string& file, std::size_t bytes_max, Bytes& out) {
    const int handle = ::open((folder + "/" + file).c_str(),
                              O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a pipe in a copy must not block
    if (handle < 0 && errno == ENOENT) return FileDamage{file, {}, "the file is missing", {}, {}};
    const auto failed = [&] { return FileDamage{file, {}, std::strerror(errno), {}, {}, Errc::io}; };
    if (handle < 0) return failed();
    struct stat about {};
    Damage damage;
    if (::fstat(handle, &about) != 0) {
        damage = failed();
    } else if (static_cast<std::uint64_t>(about.st_size) > bytes_max) {
        damage = FileDamage{file, {}, "the file is larger than " + std::to_string(bytes_max) + " bytes",
                            {},   {}, Errc::too_large};
    } else {
        out.resize(static_cast<std::size_t>(about.st_size));
    }
    for (std::size_t at = 0; !damage && at < out.size();) {
        const ssize_t got = ::read(handle, out.data() + at, out.size() - at);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) damage = failed();
        if (got > 0) at += static_cast<std::size_t>(got);
    }
    ::close(handle);
    return damage;
}

Damage read_manifest(const std::string& file, ByteView bytes, Manifest& out) {
    std::uint16_t seen = 0;
    Damage damage = read_log(file, bytes, [&](std::uint64_t offset, const Bytes& record) -> Damage {
        const auto wrong = EditReader(out, seen).run(record);
        return wrong ? Damage(FileDamage{file, offset, *wrong, {}, {}}) : std::nullopt;
    });
    if (damage) return damage;
    for (const Tag tag : {Tag::comparator, Tag::log_number, Tag::next_file, Tag::last_sequence}) {
        if ((seen & (1u << static_cast<unsigned>(tag))) == 0)
            return FileDamage{file, bytes.size(), "it ends before it says what every manifest says", {}, {}};
    }
    return std::nullopt;
}

std::optional<std::string> read_write_batch(ByteView record, bool any_start, std::uint64_t& next,
                                            std::vector<LoggedChange>& out) {
    LittleReader reader(record);
    std::uint64_t sequence = reader.fixed(8);
    const std::uint64_t count = reader.fixed(4);
    if (reader.failed()) return "a write is cut short";
    const bool gap = any_start ? sequence > next : sequence != next;
    if (gap) return "a write is missing before this one (number " + std::to_string(sequence) + ")";
    for (std::uint64_t i = 0; i < count; ++i, ++sequence) {
        LoggedChange change;
        change.sequence = sequence;
        const ByteView type = reader.take(1);
        if (type.empty() || type[0] > type_value) return "a write has a change of no known kind";
        change.type = type[0];
        change.key = reader.prefixed();
        if (change.type != type_removed) change.value = reader.prefixed();
        if (reader.failed()) return "a write is cut short";
        out.push_back(change);
    }
    if (reader.left() > 0 || sequence > sequence_max) return "a write has another length than it says";
    next = sequence;
    return std::nullopt;
}

}  // namespace xinlian::ledger::leveldb_format
