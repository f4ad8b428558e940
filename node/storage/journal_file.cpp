#include "node/storage/journal_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "crypto/random.hpp"
#include "ledger/store/durable.hpp"

namespace xinlian::node {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t marker_bytes = 8;
constexpr std::size_t generation_digits_max = 18;  // in a file name: always fits 64 bits; other files are ignored
constexpr std::size_t check_bytes = 16;
constexpr std::size_t file_head_bytes = marker_bytes + check_bytes;
constexpr std::size_t head_check_bytes = 4;
constexpr std::size_t frame_head_bytes = marker_bytes + 4 + 8 + head_check_bytes + check_bytes + check_bytes;

std::string file_name(std::uint64_t generation) {
    std::string digits = std::to_string(generation);
    return "journal." + std::string(digits.size() < 8 ? 8 - digits.size() : 0, '0') + digits;
}

// The first link of a file's chain; its first bytes are the check after the marker at the start of the file.
Hash first_link(std::uint64_t generation, ByteView marker) {
    Writer writer;
    writer.integer(generation);
    return tagged_hash(Suite::ed25519_sha256, "xinlian/v1/journal", {writer.take(), marker});
}

Hash content_hash(std::uint64_t sequence, ByteView payload) {
    Writer writer;
    writer.integer(sequence);
    return hash(Suite::ed25519_sha256, {writer.take(), payload});
}

// Hash over the head of a frame, so that an altered length is not mistaken for a truncated frame.
Hash head_hash(ByteView marker, std::size_t length, std::uint64_t sequence) {
    Writer writer;
    writer.integer(static_cast<std::uint32_t>(length));
    writer.integer(sequence);
    return hash(Suite::ed25519_sha256, {marker, writer.take()});
}

Hash next_link(const Hash& before, const Hash& content) {
    return hash(Suite::ed25519_sha256, {before.view(), content.view()});
}

// Returns false with errno set.
bool write_all(int file, ByteView bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return true;
}

Result<Bytes> read_file(const std::string& path) {
    const int handle = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (handle < 0) return Error{Errc::io, path + ": " + std::strerror(errno)};
    struct stat about {};
    Bytes bytes;
    if (::fstat(handle, &about) == 0) bytes.resize(static_cast<std::size_t>(about.st_size));
    std::size_t at = 0;
    while (at < bytes.size()) {
        const ssize_t got = ::read(handle, bytes.data() + at, bytes.size() - at);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        at += static_cast<std::size_t>(got);
    }
    ::close(handle);
    if (at < bytes.size()) return Error{Errc::io, path + ": the file could not be read to its end"};
    return bytes;
}

struct Frame {
    std::uint64_t sequence = 0;
    Hash content;
    ByteView chain;  // the first check_bytes of the link
    ByteView payload;
    std::size_t bytes = 0;
};

bool starts_with(ByteView in, ByteView marker) {
    return in.size() >= marker.size() && std::equal(marker.begin(), marker.end(), in.begin());
}

// The payload length in the valid, complete head of the frame that `in` starts with.
std::optional<std::size_t> length_at(ByteView in, ByteView marker) {
    if (in.size() < frame_head_bytes || !starts_with(in, marker)) return std::nullopt;
    Reader reader(in.subspan(marker_bytes));
    const std::size_t length = reader.integer<std::uint32_t>();
    const auto sequence = reader.integer<std::uint64_t>();
    const Hash right = head_hash(marker, length, sequence);
    const ByteView check = reader.raw(head_check_bytes);
    return std::equal(check.begin(), check.end(), right.bytes.begin()) ? std::optional(length) : std::nullopt;
}

// The frame at the start of `in`, if its checksum is right.
std::optional<Frame> frame_at(ByteView in, ByteView marker) {
    if (!length_at(in, marker)) return std::nullopt;
    Reader reader(in.subspan(marker_bytes));
    Frame frame;
    const std::size_t length = reader.integer<std::uint32_t>();
    frame.sequence = reader.integer<std::uint64_t>();
    reader.raw(head_check_bytes);
    const ByteView check = reader.raw(check_bytes);
    frame.chain = reader.raw(check_bytes);
    if (length > JournalFile::frame_bytes_max || length > reader.left()) return std::nullopt;
    frame.payload = reader.raw(length);
    frame.content = content_hash(frame.sequence, frame.payload);
    if (!std::equal(check.begin(), check.end(), frame.content.bytes.begin())) return std::nullopt;
    frame.bytes = frame_head_bytes + length;
    return frame;
}

// Whether an incomplete write can have left these bytes: the beginning of a frame and nothing else, or space that was
// never written. Anything else was complete once, and may have been acknowledged. (File systems extend a file when its
// data is written, so a frame ends in zeros only if a block of it was lost.)
bool is_torn(ByteView rest, ByteView marker) {
    if (std::all_of(rest.begin(), rest.end(), [](std::uint8_t byte) { return byte == 0; })) return true;
    if (rest.size() < frame_head_bytes) {
        const ByteView begun = rest.first(std::min(rest.size(), marker_bytes));
        return std::equal(begun.begin(), begun.end(), marker.begin());
    }
    const auto length = length_at(rest, marker);
    return length && *length > rest.size() - frame_head_bytes;
}

// The marker is random, so that an attacker cannot put bytes into a batch that look like a frame or cost hashing.
bool any_frame_in(ByteView in, ByteView marker) {
    for (std::size_t at = 0; at + frame_head_bytes <= in.size(); ++at) {
        if (in[at] == marker[0] && frame_at(in.subspan(at), marker)) return true;
    }
    return false;
}

bool is_journal(std::string_view name) {
    if (!name.starts_with("journal.")) return false;
    const std::string_view digits = name.substr(8);
    return !digits.empty() && digits.size() <= generation_digits_max &&
           digits.find_first_not_of("0123456789") == std::string_view::npos;
}

// Oldest first. Removes the remains of an interrupted rotation; the old file is intact. A folder that cannot be read
// completely is an error and not a folder without journals: a new journal would replace an intact one.
Result<std::vector<std::string>> journals_in(const std::string& folder) {
    std::error_code fault, ignored;
    std::vector<std::string> names;
    for (fs::directory_iterator at(folder, fault), end; !fault && at != end; at.increment(fault)) {
        const std::string name = at->path().filename().string();
        if (is_journal(name)) names.push_back(name);
        if (name.ends_with(".new")) fs::remove(at->path(), ignored);
    }
    if (fault) return Error{Errc::io, "cannot list the folder " + folder + ": " + fault.message()};
    std::sort(names.begin(), names.end(),
              [](const auto& a, const auto& b) { return a.size() != b.size() ? a.size() < b.size() : a < b; });
    return names;
}

bool is_known_kind(std::uint8_t kind) {
    return kind >= 1 && kind <= static_cast<std::uint8_t>(JournalRecord::Kind::evidence);
}

// Whether the records fit in one frame.
bool fit_frame(std::span<const JournalRecord> records) {
    std::size_t bytes = 4;
    for (const JournalRecord& record : records) bytes += 5 + record.body.size();
    return records.size() <= JournalFile::frame_records_max && bytes <= JournalFile::frame_bytes_max;
}

bool take_records(ByteView payload, std::vector<JournalRecord>& records) {
    Reader reader(payload);
    const auto count = reader.integer<std::uint32_t>();
    if (count > JournalFile::frame_records_max) return false;
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto kind = reader.integer<std::uint8_t>();
        const ByteView body = reader.raw(reader.integer<std::uint32_t>());
        if (reader.failed() || !is_known_kind(kind)) return false;
        records.push_back({static_cast<JournalRecord::Kind>(kind), Bytes(body.begin(), body.end())});
    }
    return reader.left() == 0;
}

}  // namespace

struct JournalReader {
    JournalFile& file;
    OpenedJournal& opened;

    bool read_head(ByteView in) {
        if (in.size() < file_head_bytes) return false;
        std::copy_n(in.begin(), marker_bytes, file.marker_.begin());
        file.chain_ = first_link(file.generation_, file.marker_);
        return std::equal(in.begin() + marker_bytes, in.begin() + file_head_bytes, file.chain_.bytes.begin());
    }

    // Reads frames and sets `good` to the end of the last good one. Returns false if the rest is damage and not a torn
    // end.
    bool read(ByteView in, std::size_t& good) {
        if (!read_head(in)) {
            opened.detail = "the header of the file is damaged";
            return false;
        }
        good = file_head_bytes;
        while (good < in.size()) {
            const auto frame = frame_at(in.subspan(good), file.marker_);
            if (!frame) break;
            const Hash link = next_link(file.chain_, frame->content);
            const bool follows = frame->sequence == file.sequence_ + 1 &&
                                 std::equal(frame->chain.begin(), frame->chain.end(), link.bytes.begin());
            if (!follows || !take_records(frame->payload, opened.records)) {
                opened.detail = "the frame at byte " + std::to_string(good) + " does not follow the previous frame";
                return false;
            }
            file.chain_ = link;
            file.sequence_ = frame->sequence;
            good += frame->bytes;
        }
        if (good == in.size()) return true;
        if (any_frame_in(in.subspan(good + 1), file.marker_)) {
            opened.detail = "the frame at byte " + std::to_string(good) + " is damaged and intact frames follow it";
            return false;
        }
        if (!is_torn(in.subspan(good), file.marker_)) {
            opened.detail = "the last frame, at byte " + std::to_string(good) + ", is damaged";
            return false;
        }
        opened.detail = "an unfinished write of " + std::to_string(in.size() - good) + " bytes at the end was removed";
        return true;
    }
};

JournalFile::JournalFile(std::string folder, int lock) : folder_(std::move(folder)), lock_(lock) {}

JournalFile::~JournalFile() {
    if (file_ >= 0) ::close(file_);
    if (lock_ >= 0) ::close(lock_);
}

// `what` is the operation that set errno.
Status JournalFile::fail(const std::string& what) { return fail(Error{Errc::io, what + ": " + std::strerror(errno)}); }

Status JournalFile::fail(Error error) {
    failed_ = true;
    return error;
}

Result<OpenedJournal> JournalFile::open(const std::string& folder) {
    XL_TRY_STATUS(ledger::make_folder(folder));
    std::error_code fault;
    const int lock = ::open((folder + "/LOCK").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (lock < 0) return Error{Errc::io, folder + "/LOCK: " + std::strerror(errno)};
    OpenedJournal opened;
    opened.file.reset(new JournalFile(folder, lock));
    if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
        return Error{Errc::unavailable, folder +
                                            " is in use by another process; two nodes with one key would equivocate. "
                                            "Stop the other process first"};
    }

    XL_TRY(const std::vector<std::string> names, journals_in(folder));
    const bool started = fs::exists(folder + "/STARTED", fault);
    if (!fault) opened.file->marked_ = opened.damaged = fs::exists(folder + "/DAMAGED", fault);
    if (fault) return Error{Errc::io, "cannot read the folder " + folder + ": " + fault.message()};
    if (opened.damaged) opened.detail = "a loss that an earlier start found is not recorded yet";
    if (names.empty()) {
        if (started) {
            opened.damaged = true;
            opened.detail = "the journal file is missing";
            XL_TRY_STATUS(opened.file->mark_damaged());
        }
        XL_TRY_STATUS(opened.file->begin(1, {}));
        return opened;
    }

    // The highest generation: its rename completed a rotation, and older files were still to be removed.
    JournalFile& file = *opened.file;
    const std::string path = folder + "/" + names.back();
    file.generation_ = std::stoull(names.back().substr(8));
    XL_TRY(const Bytes bytes, read_file(path));
    std::size_t good = 0;
    if (!JournalReader{file, opened}.read(bytes, good)) {
        opened.damaged = true;
        XL_TRY_STATUS(file.mark_damaged());
        fs::rename(path, path + ".damaged", fault);
        if (fault) return Error{Errc::io, path + ": " + fault.message()};
        XL_TRY_STATUS(file.begin(file.generation_ + 1, opened.records));
        return opened;
    }
    XL_TRY_STATUS(file.go_on(ByteView(bytes).first(good), good < bytes.size()));
    XL_TRY_STATUS(file.mark_started());
    for (std::size_t i = 0; i + 1 < names.size(); ++i) fs::remove(folder + "/" + names[i], fault);
    return opened;
}

// A process that was killed, or whose sync failed, may have left data that is not on disk. From now on it counts as
// sent, so it must be synced before a possible power failure.
Status JournalFile::go_on(ByteView good, bool torn) {
    const std::string path = folder_ + "/" + file_name(generation_);
    file_ = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);  // no O_APPEND: the file is rewritten from its first byte
    if (file_ < 0) return fail(path);
    if (torn && ::ftruncate(file_, static_cast<off_t>(good.size())) != 0) return fail(path);
    // After a failed sync the kernel considers the pages clean, and another sync succeeds without writing them. Only
    // bytes that are written again reach the disk. They are identical, so that a crash in between changes nothing.
    if (!write_all(file_, good) || ::fsync(file_) != 0) return fail(path);
    return Status();
}

Status JournalFile::mark_damaged() {
    const std::string mark = folder_ + "/DAMAGED";
    const int made = ::open(mark.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (made < 0) return fail(mark);
    ::close(made);
    marked_ = true;
    if (const Status synced = ledger::sync_folder(folder_); !synced) return fail(synced.error());
    return Status();
}

// Creates a new file of this generation with these records. It is in place and durable on return.
Status JournalFile::begin(std::uint64_t generation, std::span<const JournalRecord> records) {
    const std::string path = folder_ + "/" + file_name(generation);
    const std::string fresh = path + ".new";
    const int next = ::open(fresh.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    if (next < 0) return fail(fresh);
    generation_ = generation;
    sequence_ = 0;
    random_fill(marker_);
    chain_ = first_link(generation, marker_);
    Bytes bytes(marker_.begin(), marker_.end());
    bytes.insert(bytes.end(), chain_.bytes.begin(), chain_.bytes.begin() + check_bytes);
    if (!records.empty()) {
        const Bytes first = frames(records);
        bytes.insert(bytes.end(), first.begin(), first.end());
    }
    const int old = std::exchange(file_, next);
    if (old >= 0) ::close(old);
    if (!write_all(next, bytes) || ::fsync(next) != 0) return fail(fresh);
    if (::rename(fresh.c_str(), path.c_str()) != 0) return fail(fresh);
    return mark_started();
}

// The journal's name is on disk first. Otherwise a power failure could leave only the mark, which would look like a
// loss.
Status JournalFile::mark_started() {
    if (const Status synced = ledger::sync_folder(folder_); !synced) return fail(synced.error());
    const std::string mark = folder_ + "/STARTED";
    if (std::error_code fault; fs::exists(mark, fault)) return Status();
    const int made = ::open(mark.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (made < 0) return fail(mark);
    ::close(made);
    if (const Status synced = ledger::sync_folder(folder_); !synced) return fail(synced.error());
    return Status();
}

Bytes JournalFile::frame(std::span<const JournalRecord> records) {
    Writer payload;
    payload.integer(static_cast<std::uint32_t>(records.size()));
    for (const JournalRecord& record : records) {
        payload.integer(static_cast<std::uint8_t>(record.kind));
        payload.integer(static_cast<std::uint32_t>(record.body.size()));
        payload.raw(record.body);
    }
    const Bytes body = payload.take();
    const Hash content = content_hash(++sequence_, body);
    chain_ = next_link(chain_, content);
    Writer out;
    out.reserve(frame_head_bytes + body.size());
    out.raw(marker_);
    out.integer(static_cast<std::uint32_t>(body.size()));
    out.integer(sequence_);
    out.raw(head_hash(marker_, body.size(), sequence_).view().first(head_check_bytes));
    out.raw(content.view().first(check_bytes));
    out.raw(chain_.view().first(check_bytes));
    out.raw(body);
    return out.take();
}

// Several frames if the records do not fit in one; each record fitted when it was read or appended.
Bytes JournalFile::frames(std::span<const JournalRecord> records) {
    if (fit_frame(records) || records.size() < 2) return frame(records);
    Bytes bytes = frames(records.first(records.size() / 2));
    const Bytes rest = frames(records.subspan(records.size() / 2));
    bytes.insert(bytes.end(), rest.begin(), rest.end());
    return bytes;
}

Status JournalFile::append(std::span<const JournalRecord> records) {
    if (failed_) return Error{Errc::io, folder_ + ": an earlier write failed; the journal accepts no more records"};
    if (!fit_frame(records)) {
        // Splitting is safe: nothing is sent before all frames are on disk.
        if (records.size() < 2) return Error{Errc::too_large, folder_ + ": one record exceeds the limit of a frame"};
        XL_TRY_STATUS(append(records.first(records.size() / 2)));
        return append(records.subspan(records.size() / 2));
    }
    const std::string path = folder_ + "/" + file_name(generation_);
    if (!write_all(file_, frame(records)) || ::fdatasync(file_) != 0) return fail(path);
    if (marked_ && !records.empty()) {
        // The first record appended after a loss says how long not to vote.
        if (::unlink((folder_ + "/DAMAGED").c_str()) != 0) return fail(folder_ + "/DAMAGED");
        marked_ = false;
    }
    return Status();
}

Status JournalFile::rotate(std::span<const JournalRecord> live) {
    if (failed_) return Error{Errc::io, folder_ + ": an earlier write failed; the journal accepts no more records"};
    const std::string old = folder_ + "/" + file_name(generation_);
    if (!fit_frame(live)) return Status();  // too many live records: keep appending
    XL_TRY_STATUS(begin(generation_ + 1, live));
    if (::unlink(old.c_str()) != 0) return fail(old);
    if (const Status synced = ledger::sync_folder(folder_); !synced) return fail(synced.error());
    return Status();
}

}  // namespace xinlian::node
