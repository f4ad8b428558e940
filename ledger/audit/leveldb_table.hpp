// Reads a sorted table of LevelDB (.ldb) without LevelDB and without writing. Every byte of the file is checked: blocks
// follow each other without a gap, each matches its checksum, and the footer's padding is zero.
//
// Source: LevelDB's doc/table_format.md. Blocks are not compressed (ledger/store/leveldb_store.hpp).
#pragma once

#include <memory>

#include "ledger/audit/leveldb_log.hpp"

namespace xinlian::ledger::leveldb_format {

class Table {
public:
    Table() = default;
    Table(Table&& other) noexcept { *this = std::move(other); }
    Table& operator=(Table&& other) noexcept;
    ~Table();

    // Opens the file and reads footer, filter and index. `listed` is the manifest's entry for it.
    static Damage open(const std::string& folder, const std::string& file, const ListedTable& listed, Table& out);
    // Checks all data blocks: checksums, order of the keys, agreement with the index and the manifest. Calls `on_bytes`
    // with the number of bytes of each block.
    Damage check(std::uint64_t last_sequence, const std::function<void(std::uint64_t)>& on_bytes) const;

    const std::string& file() const { return file_; }
    const ListedTable& listed() const { return listed_; }

    // Iterates over the entries in order. The table must not be moved meanwhile. After damage() the cursor is not
    // valid.
    class Cursor {
    public:
        explicit Cursor(const Table& table) : table_(&table) {}
        void seek(ByteView internal);  // to the first entry not before the key
        void next();
        bool valid() const { return valid_; }
        ByteView key() const { return key_; }
        ByteView value() const { return value_; }
        std::uint64_t block_offset() const;
        const Damage& damage() const { return damage_; }

    private:
        void load(std::size_t block);
        void read_entry();
        const Table* table_;
        std::size_t block_ = 0;
        Bytes bytes_;
        std::size_t at_ = 0, entries_end_ = 0;
        Bytes key_;
        ByteView value_;
        bool valid_ = false;
        Damage damage_;
    };

private:
    struct Handle {
        std::uint64_t offset = 0, bytes = 0;
    };
    struct IndexEntry {
        Bytes last;  // internal key, at least the block's last and less than the next block's first
        Handle block;
    };
    static Handle read_handle(LittleReader& reader);
    Damage damage(std::uint64_t offset, std::string what) const {
        return FileDamage{file_, offset, std::move(what), {}, {}};
    }
    Damage read_at(std::uint64_t offset, std::size_t bytes, Bytes& out) const;
    Damage read_block(const Handle& handle, Bytes& out) const;
    Damage read_footer(Handle& meta, Handle& index) const;
    Damage read_filter(const Handle& meta, std::uint64_t& data_end) const;
    Damage read_index(const Handle& index);
    Damage check_block(std::size_t block, std::uint64_t last_sequence, Bytes& last_key) const;

    std::string file_;
    int handle_ = -1;
    ListedTable listed_;
    std::vector<IndexEntry> index_;
};

}  // namespace xinlian::ledger::leveldb_format
