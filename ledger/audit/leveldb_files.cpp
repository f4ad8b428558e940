#include "ledger/audit/leveldb_files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace xinlian::ledger {

namespace fs = std::filesystem;
using namespace leveldb_format;

namespace {

constexpr std::size_t current_bytes_max = 64;
constexpr std::size_t manifest_bytes_max = 256u << 20;
constexpr std::size_t log_bytes_max = 1u << 30;  // LevelDB begins a new log after 32 MiB and one more write
constexpr std::string_view manifest_prefix = "MANIFEST-";
constexpr std::uint8_t type_value = 1;

std::string file_name(std::uint64_t number, std::string_view suffix) {
    std::string digits = std::to_string(number);
    if (digits.size() < 6) digits.insert(0, 6 - digits.size(), '0');
    return digits + std::string(suffix);
}

// The number in a name like 000012.log.
std::optional<std::uint64_t> log_number(std::string_view name) {
    constexpr std::string_view suffix = ".log";
    if (!name.ends_with(suffix)) return std::nullopt;
    name.remove_suffix(suffix.size());
    if (name.empty() || name.size() > 18 || name.find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;
    std::uint64_t number = 0;
    for (const char digit : name) number = 10 * number + static_cast<std::uint64_t>(digit - '0');
    return number;
}

// LevelDB locks the file LOCK with fcntl(2). The query does not take the lock.
bool is_held(const std::string& folder) {
    const int handle = ::open((folder + "/LOCK").c_str(), O_RDONLY | O_CLOEXEC);
    if (handle < 0) return false;
    struct flock asked {};
    asked.l_type = F_WRLCK;
    asked.l_whence = SEEK_SET;
    const bool held = ::fcntl(handle, F_GETLK, &asked) == 0 && asked.l_type != F_UNLCK;
    ::close(handle);
    return held;
}

}  // namespace

// A table or the logs, with its next entry. A table is not read before its first key is reached.
struct LevelDbFiles::Source {
    const Table* table = nullptr;
    std::optional<Table::Cursor> cursor;
    ByteView first;  // first key of a table that was not read yet
    const std::vector<Logged>* logged = nullptr;
    std::size_t at = 0;

    ByteView key() const {
        if (logged != nullptr) return (*logged)[at].key;
        return cursor ? cursor->key() : first;
    }
    ByteView value() const { return logged != nullptr ? (*logged)[at].value : cursor->value(); }
    bool valid() const { return logged != nullptr ? at < logged->size() : !cursor || cursor->valid(); }
    void read() {
        if (table == nullptr || cursor) return;
        cursor.emplace(*table);
        cursor->seek(first);
    }
    void next() {
        if (logged != nullptr) {
            ++at;
        } else {
            cursor->next();
        }
    }
    bool damaged() const { return cursor && cursor->damage(); }
};

Damage LevelDbFiles::open(const std::string& folder, std::unique_ptr<LevelDbFiles>& out) {
    if (is_held(folder)) {
        return FileDamage{"LOCK",
                          {},
                          "a process works with this folder; stop it, or look at a copy made while it was "
                          "stopped",
                          {},
                          {},
                          Errc::unavailable};
    }
    std::unique_ptr<LevelDbFiles> files(new LevelDbFiles(folder));
    if (Damage found = files->read_manifest()) return found;
    if (Damage found = files->read_logs()) return found;
    if (Damage found = files->open_tables()) return found;
    if (Damage found = files->list_rest()) return found;
    out = std::move(files);
    return std::nullopt;
}

Damage LevelDbFiles::read_manifest() {
    Bytes current;
    if (Damage found = read_whole(folder_, "CURRENT", current_bytes_max, current)) {
        if (found->code == Errc::too_large) found->code = Errc::corrupt;
        return found;
    }
    files_.emplace_back("CURRENT");
    const std::string_view text = as_text(current);
    const std::string_view number = text.substr(std::min(text.size(), manifest_prefix.size()));
    if (!text.starts_with(manifest_prefix) || number.size() < 2 ||
        number.find_first_not_of("0123456789") != number.size() - 1 || number.back() != '\n')
        return FileDamage{"CURRENT", 0, "it does not name a manifest", {}, {}};
    const std::string name(text.substr(0, text.size() - 1));
    Bytes bytes;
    if (Damage found = read_whole(folder_, name, manifest_bytes_max, bytes)) return found;
    files_.push_back(name);
    return leveldb_format::read_manifest(name, bytes, manifest_);
}

Damage LevelDbFiles::read_logs() {
    std::vector<std::uint64_t> numbers;
    std::error_code failed;
    for (fs::directory_iterator it(folder_, failed), end; !failed && it != end; it.increment(failed)) {
        const auto number = log_number(it->path().filename().string());
        if (number && (*number >= manifest_.log_number || *number == manifest_.previous_log_number))
            numbers.push_back(*number);
    }
    if (failed) return FileDamage{"", {}, failed.message(), {}, {}, Errc::io};
    std::sort(numbers.begin(), numbers.end());
    const bool there = std::binary_search(numbers.begin(), numbers.end(), manifest_.log_number);
    if (manifest_.log_number != 0 && !there)
        return FileDamage{file_name(manifest_.log_number, ".log"), {}, "the file is missing", {}, {}};
    std::uint64_t next_sequence = manifest_.last_sequence + 1;
    for (const std::uint64_t number : numbers) {
        if (Damage found = read_log(number, next_sequence, number == numbers.front())) return found;
    }
    std::sort(logged_.begin(), logged_.end(),
              [](const Logged& a, const Logged& b) { return compare_internal(a.key, b.key) < 0; });
    return std::nullopt;
}

Damage LevelDbFiles::read_log(std::uint64_t number, std::uint64_t& next_sequence, bool first) {
    const std::string name = file_name(number, ".log");
    Bytes bytes;
    if (Damage found = read_whole(folder_, name, log_bytes_max, bytes)) return found;
    files_.push_back(name);
    logs_.push_back(name);
    return leveldb_format::read_log(name, bytes, [&](std::uint64_t offset, Bytes record) -> Damage {
        records_.push_back(std::move(record));
        std::vector<LoggedChange> changes;
        const auto wrong = read_write_batch(records_.back(), std::exchange(first, false), next_sequence, changes);
        if (wrong) return FileDamage{name, offset, *wrong, {}, {}};
        for (const LoggedChange& change : changes)
            logged_.push_back(
                {internal_key(change.key, change.sequence, change.type), change.value, logs_.size() - 1, offset});
        return std::nullopt;
    });
}

Damage LevelDbFiles::open_tables() {
    for (const auto& [place, listed] : manifest_.tables) {
        const std::string name = file_name(place.second, ".ldb");
        Table table;
        if (Damage found = Table::open(folder_, name, listed, table)) return found;
        tables_.push_back(std::move(table));
        table_bytes_ += listed.bytes;
        files_.push_back(name);
    }
    return std::nullopt;
}

Damage LevelDbFiles::list_rest() {
    std::sort(files_.begin(), files_.end());
    std::error_code failed;
    for (fs::directory_iterator it(folder_, failed), end; !failed && it != end; it.increment(failed)) {
        std::string name = it->path().filename().string();
        if (!std::binary_search(files_.begin(), files_.end(), name)) without_data_.push_back(std::move(name));
    }
    if (failed) return FileDamage{"", {}, failed.message(), {}, {}, Errc::io};
    std::sort(without_data_.begin(), without_data_.end());
    return std::nullopt;
}

Damage LevelDbFiles::check(const std::function<void(std::uint64_t)>& on_bytes) const {
    for (const Table& table : tables_) {
        if (Damage found = table.check(manifest_.last_sequence, on_bytes)) return found;
    }
    return std::nullopt;
}

std::vector<LevelDbFiles::Source> LevelDbFiles::sources_from(ByteView internal) const {
    std::vector<Source> sources;
    for (const Table& table : tables_) {
        const ListedTable& listed = table.listed();
        if (compare_internal(listed.largest, internal) < 0) continue;
        Source source;
        source.table = &table;
        source.first = compare_internal(listed.smallest, internal) < 0 ? internal : ByteView(listed.smallest);
        if (source.first.data() == internal.data()) source.read();
        if (source.valid() || source.damaged()) sources.push_back(std::move(source));
    }
    const auto at = std::lower_bound(logged_.begin(), logged_.end(), internal,
                                     [](const Logged& a, ByteView key) { return compare_internal(a.key, key) < 0; });
    if (at == logged_.end()) return sources;
    Source source;
    source.logged = &logged_;
    source.at = static_cast<std::size_t>(at - logged_.begin());
    sources.push_back(std::move(source));
    return sources;
}

Status LevelDbFiles::scan(ByteView from, const Visitor& visitor) const {
    const Bytes start = internal_key(from, sequence_max, 0xFF);
    std::vector<Source> sources = sources_from(start);
    const auto damage_in = [this](const Source& source) {
        const FileDamage& damage = *source.cursor->damage();
        return Error{damage.code, folder_ + "/" + damage.file + ", byte " + std::to_string(damage.offset.value_or(0)) +
                                      ": " + damage.what};
    };
    for (const Source& source : sources) {
        if (source.damaged()) return damage_in(source);
    }
    std::vector<Source*> heap;
    heap.reserve(sources.size());
    for (Source& source : sources) heap.push_back(&source);
    const auto later = [](const Source* a, const Source* b) { return compare_internal(a->key(), b->key()) > 0; };
    std::make_heap(heap.begin(), heap.end(), later);
    Bytes last;  // the last user key whose value was decided
    bool any = false;
    while (!heap.empty()) {
        std::pop_heap(heap.begin(), heap.end(), later);
        Source& source = *heap.back();
        source.read();
        if (source.damaged()) return damage_in(source);
        const ByteView key = user_key(source.key());
        if (!any || compare_user(last, key) != 0) {
            any = true;
            last.assign(key.begin(), key.end());
            const bool removed = (tag_of(source.key()) & 0xFF) != type_value;
            if (!removed && !visitor(key, source.value())) return Status();
        }
        source.next();
        if (source.damaged()) return damage_in(source);
        if (source.valid()) {
            std::push_heap(heap.begin(), heap.end(), later);
        } else {
            heap.pop_back();
        }
    }
    return Status();
}

std::optional<LevelDbFiles::Place> LevelDbFiles::place_of(ByteView key) const {
    const Bytes start = internal_key(key, sequence_max, 0xFF);
    std::vector<Source> sources = sources_from(start);
    Source* newest = nullptr;
    for (Source& source : sources) {
        if (source.damaged() || compare_user(user_key(source.key()), key) != 0) continue;
        if (newest == nullptr || compare_internal(source.key(), newest->key()) < 0) newest = &source;
    }
    if (newest == nullptr || (tag_of(newest->key()) & 0xFF) != type_value) return std::nullopt;
    newest->read();
    if (newest->damaged()) return std::nullopt;
    if (newest->logged == nullptr) return Place{newest->table->file(), newest->cursor->block_offset()};
    const Logged& logged = logged_[newest->at];
    return Place{logs_[logged.log], logged.offset};
}

}  // namespace xinlian::ledger
