#include "ledger/audit/leveldb_table.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace xinlian::ledger::leveldb_format {
namespace {

constexpr std::size_t trailer_bytes = 1 + 4;
constexpr std::size_t handles_bytes = 40, footer_bytes = handles_bytes + 8;
constexpr std::uint64_t magic = 0xDB4775248B80FB57;
constexpr std::string_view filter_name = "filter.leveldb.BuiltinBloomFilter2";

// Iterates over the entries of a block. A key repeats the first `shared` bytes of the previous one.
class BlockEntries {
public:
    explicit BlockEntries(ByteView block) : block_(block) {
        if (block.size() < 4) return;
        const std::uint64_t restarts = LittleReader(block.last(4)).fixed(4);
        if (restarts == 0 || restarts > (block.size() - 4) / 4) return;
        end_ = block.size() - 4 - 4 * static_cast<std::size_t>(restarts);
        restarts_ = block.subspan(end_, 4 * static_cast<std::size_t>(restarts));
        good_ = true;
    }
    bool good() const { return good_; }
    bool at_end() const { return at_ == end_; }
    std::size_t end() const { return end_; }

    // Returns false if there is none, or it is damaged (then good() is false too).
    bool next(Bytes& key, ByteView& value) {
        if (!good_ || at_end()) return false;
        LittleReader reader(block_.subspan(at_, end_ - at_));
        const std::size_t shared = reader.varint(32), rest = reader.varint(32), value_bytes = reader.varint(32);
        const ByteView more = reader.take(rest);
        value = reader.take(value_bytes);
        good_ = !reader.failed() && shared <= key.size();
        if (!good_) return false;
        if (LittleReader(restarts_.subspan(4 * next_restart_, 4)).fixed(4) == at_) {
            good_ = shared == 0;
            if (4 * (next_restart_ + 1) < restarts_.size()) ++next_restart_;
        } else if (at_ == 0) {
            good_ = false;
        }
        key.resize(shared);
        key.insert(key.end(), more.begin(), more.end());
        at_ += reader.at();
        return good_;
    }
    // After the last entry: whether all restart points were met, in order.
    bool restarts_met() const { return 4 * (next_restart_ + 1) == restarts_.size(); }

private:
    ByteView block_, restarts_;
    std::size_t at_ = 0, end_ = 0, next_restart_ = 0;
    bool good_ = false;
};

}  // namespace

Table& Table::operator=(Table&& other) noexcept {
    std::swap(file_, other.file_);
    std::swap(handle_, other.handle_);
    std::swap(listed_, other.listed_);
    std::swap(index_, other.index_);
    return *this;
}

Table::~Table() {
    if (handle_ >= 0) ::close(handle_);
}

Damage Table::open(const std::string& folder, const std::string& file, const ListedTable& listed, Table& out) {
    out.file_ = file;
    out.listed_ = listed;
    out.handle_ = ::open((folder + "/" + file).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (out.handle_ < 0 && errno == ENOENT) return FileDamage{file, {}, "the file is missing", {}, {}};
    struct stat about {};
    if (out.handle_ < 0 || ::fstat(out.handle_, &about) != 0)
        return FileDamage{file, {}, std::strerror(errno), {}, {}, Errc::io};
    const auto bytes = static_cast<std::uint64_t>(about.st_size);
    if (bytes != listed.bytes || bytes < footer_bytes) {
        return out.damage(std::min(bytes, listed.bytes), "the file has " + std::to_string(bytes) + " bytes; it had " +
                                                             std::to_string(listed.bytes) + " when it was written");
    }
    Handle meta, index;
    if (Damage found = out.read_footer(meta, index)) return found;
    if (index.offset + index.bytes + trailer_bytes != bytes - footer_bytes ||
        meta.offset + meta.bytes + trailer_bytes != index.offset) {
        return out.damage(bytes - footer_bytes, "the footer names blocks that are not where they must be");
    }
    std::uint64_t data_end = 0;
    if (Damage found = out.read_filter(meta, data_end)) return found;
    if (Damage found = out.read_index(index)) return found;
    std::uint64_t at = 0;
    for (const IndexEntry& entry : out.index_) {
        if (entry.block.offset != at || entry.block.bytes > data_end - at ||
            trailer_bytes > data_end - at - entry.block.bytes)
            return out.damage(index.offset, "the index names blocks that do not follow each other");
        at += entry.block.bytes + trailer_bytes;
    }
    if (at != data_end) return out.damage(index.offset, "the index does not name all blocks");
    return std::nullopt;
}

Table::Handle Table::read_handle(LittleReader& reader) {
    Handle handle;
    handle.offset = reader.varint(64);
    handle.bytes = reader.varint(64);
    return handle;
}

Damage Table::read_at(std::uint64_t offset, std::size_t bytes, Bytes& out) const {
    out.resize(bytes);
    for (std::size_t at = 0; at < bytes;) {
        const ssize_t got = ::pread(handle_, out.data() + at, bytes - at, static_cast<off_t>(offset + at));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return FileDamage{file_, offset + at, std::strerror(errno), {}, {}, Errc::io};
        if (got == 0) return damage(offset + at, "the file ends here, within a block");
        at += static_cast<std::size_t>(got);
    }
    return std::nullopt;
}

// Reads the block's bytes without its trailer. The caller has checked that it is within the file.
Damage Table::read_block(const Handle& handle, Bytes& out) const {
    const auto bytes = static_cast<std::size_t>(handle.bytes);
    if (Damage found = read_at(handle.offset, bytes + trailer_bytes, out)) return found;
    const ByteView all = out;
    const std::uint64_t check = LittleReader(all.last(4)).fixed(4);
    if (masked_crc(all.first(bytes + 1), {}) != check)
        return damage(handle.offset, "the block of " + std::to_string(bytes) + " bytes does not fit its checksum");
    if (all[bytes] != 0) return FileDamage{file_, handle.offset, "the block is compressed", {}, {}, Errc::unsupported};
    out.resize(bytes);
    return std::nullopt;
}

Damage Table::read_footer(Handle& meta, Handle& index) const {
    const std::uint64_t at = listed_.bytes - footer_bytes;
    Bytes footer;
    if (Damage found = read_at(at, footer_bytes, footer)) return found;
    if (LittleReader(ByteView(footer).last(8)).fixed(8) != magic)
        return damage(at + handles_bytes, "the footer does not end with the number that marks a table");
    LittleReader reader(ByteView(footer).first(handles_bytes));
    meta = read_handle(reader);
    index = read_handle(reader);
    const bool far = meta.offset > at || meta.bytes > at || index.offset > at || index.bytes > at;
    if (reader.failed() || far) return damage(at, "the footer names blocks that are not in the file");
    const ByteView padding = reader.take(reader.left());
    if (std::any_of(padding.begin(), padding.end(), [](std::uint8_t byte) { return byte != 0; }))
        return damage(at, "the footer's padding is not zero");
    return std::nullopt;
}

// The only meta block, the filter, is between the data and the meta index block.
Damage Table::read_filter(const Handle& meta, std::uint64_t& data_end) const {
    Bytes block;
    if (Damage found = read_block(meta, block)) return found;
    BlockEntries entries(block);
    Bytes key;
    ByteView value;
    const bool one = entries.next(key, value) && entries.at_end() && as_text(key) == filter_name;
    LittleReader reader(value);
    const Handle filter = read_handle(reader);
    if (!one || reader.failed() || reader.left() > 0 || filter.offset > meta.offset || filter.bytes > meta.offset ||
        filter.offset + filter.bytes + trailer_bytes != meta.offset)
        return damage(meta.offset, "the block before the index does not name the filter");
    data_end = filter.offset;
    return read_block(filter, block);
}

Damage Table::read_index(const Handle& index) {
    Bytes block;
    if (Damage found = read_block(index, block)) return found;
    BlockEntries entries(block);
    Bytes key;
    ByteView value;
    while (entries.next(key, value)) {
        LittleReader reader(value);
        const Handle handle = read_handle(reader);
        if (reader.failed() || reader.left() > 0 || key.size() < tag_bytes ||
            (!index_.empty() && compare_internal(index_.back().last, key) >= 0))
            return damage(index.offset, "the index is out of order");
        index_.push_back({key, handle});
    }
    if (!entries.good() || index_.empty()) return damage(index.offset, "the index does not decode");
    return std::nullopt;
}

Damage Table::check(std::uint64_t last_sequence, const std::function<void(std::uint64_t)>& on_bytes) const {
    Bytes last;
    for (std::size_t block = 0; block < index_.size(); ++block) {
        if (Damage found = check_block(block, last_sequence, last)) {
            const auto bound = [](ByteView internal) {
                const ByteView user = user_key(internal);
                return Bytes(user.begin(), user.end());
            };
            found->after = bound(block == 0 ? listed_.smallest : index_[block - 1].last);
            found->up_to = bound(index_[block].last);
            return found;
        }
        on_bytes(index_[block].block.bytes + trailer_bytes);
    }
    if (last != listed_.largest)
        return damage(index_.back().block.offset, "the last key is not the one that the manifest lists");
    return std::nullopt;
}

Damage Table::check_block(std::size_t block, std::uint64_t last_sequence, Bytes& last_key) const {
    const std::uint64_t offset = index_[block].block.offset;
    Bytes bytes;
    if (Damage found = read_block(index_[block].block, bytes)) return found;
    BlockEntries entries(bytes);
    Bytes key;
    ByteView value;
    std::size_t count = 0;
    for (; entries.next(key, value); ++count) {
        if (key.size() < tag_bytes || (tag_of(key) & 0xFF) > 1) return damage(offset, "a key has no number");
        if (sequence_of(key) > last_sequence) return damage(offset, "a key is newer than the manifest knows");
        if (last_key.empty() && key != listed_.smallest)
            return damage(offset, "the first key is not the one that the manifest lists");
        if (!last_key.empty() && compare_internal(last_key, key) >= 0) return damage(offset, "keys are out of order");
        if (count == 0 && block > 0 && compare_internal(index_[block - 1].last, key) >= 0)
            return damage(offset, "a key is before its place in the index");
        last_key = key;
    }
    if (!entries.good() || count == 0 || !entries.restarts_met()) return damage(offset, "the block does not decode");
    if (compare_internal(last_key, index_[block].last) > 0)
        return damage(offset, "a key is behind its place in the index");
    return std::nullopt;
}

void Table::Cursor::load(std::size_t block) {
    valid_ = false;
    block_ = block;
    if (block >= table_->index_.size()) return;
    damage_ = table_->read_block(table_->index_[block].block, bytes_);
    if (damage_) return;
    const BlockEntries entries(bytes_);
    key_.clear();
    at_ = 0;
    entries_end_ = entries.end();
    read_entry();
}

// check() has checked the order of the keys and the restart points. Here only reads beyond the block are prevented.
void Table::Cursor::read_entry() {
    LittleReader reader(ByteView(bytes_).subspan(at_, entries_end_ - at_));
    const std::size_t shared = reader.varint(32), rest = reader.varint(32), value_bytes = reader.varint(32);
    const ByteView more = reader.take(rest);
    value_ = reader.take(value_bytes);
    valid_ = !reader.failed() && shared <= key_.size() && shared + rest >= tag_bytes;
    if (!valid_) {
        damage_ = table_->damage(block_offset(), "the block does not decode");
        return;
    }
    key_.resize(shared);
    key_.insert(key_.end(), more.begin(), more.end());
    at_ += reader.at();
}

void Table::Cursor::next() {
    if (at_ < entries_end_) {
        read_entry();
    } else {
        load(block_ + 1);
    }
}

void Table::Cursor::seek(ByteView internal) {
    const auto& index = table_->index_;
    const auto at = std::lower_bound(index.begin(), index.end(), internal, [](const IndexEntry& entry, ByteView key) {
        return compare_internal(entry.last, key) < 0;
    });
    load(static_cast<std::size_t>(at - index.begin()));
    while (valid_ && compare_internal(key_, internal) < 0) next();
}

std::uint64_t Table::Cursor::block_offset() const { return table_->index_[block_].block.offset; }

}  // namespace xinlian::ledger::leveldb_format
