// The vote journal on disk: an append-only file of checksummed, chained frames. Each append writes one frame, which is
// on disk before anything that it covers leaves the node (docs/protocol.md, what is synced before what).
//
// FOLDER/journal.00000001 …  LOCK
//        STARTED (a journal was created here, so that a missing one is detected)
//        DAMAGED (a journal was lost here, and the new one does not record that yet; the file stays until the first
//        append, so that the loss is not forgotten after a crash)
//
// A file: marker (8 random bytes), check (16). A frame: marker (8), length of the payload (4), number (8), check of
// these three (4), check of number and payload (16), link over all frames so far (16), payload: count (4), then kind
// (1), length (4) and body of each record.
//
// A frame that ends too early was never acknowledged by fdatasync, so nothing that it covers was sent: it is truncated.
// A damaged frame before an intact one, a complete but altered frame, or a missing file means that votes may be lost:
// `damaged`.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "node/replica/journal_record.hpp"

namespace xinlian::node {

class JournalFile;

struct OpenedJournal {
    std::unique_ptr<JournalFile> file;
    std::vector<JournalRecord> records;  // oldest first; those before the first damage
    bool damaged = false;                // treat the journal as lost: it may not contain all votes
    std::string detail;                  // what was damaged or truncated, for the log
};

class JournalFile {
public:
    static constexpr std::size_t frame_bytes_max = 64u << 20;
    static constexpr std::size_t frame_records_max = 1u << 20;

    // Creates the folder and an empty journal if there is none. A damaged one is moved aside (journal.NNN.damaged) and
    // a new one is created. The returned records are on disk, even if the previous process ended before it synced them.
    // Errc::unavailable if another process has the journal open, Errc::io.
    static Result<OpenedJournal> open(const std::string& folder);
    ~JournalFile();
    JournalFile(const JournalFile&) = delete;
    JournalFile& operator=(const JournalFile&) = delete;

    // One frame, one write, one fdatasync. After an error every further call fails: a failed sync is never retried.
    Status append(std::span<const JournalRecord> records);
    // Replaces the journal with these records. The new file is written beside it, synced and renamed, the folder is
    // synced, and then the old file is removed.
    Status rotate(std::span<const JournalRecord> live);

private:
    JournalFile(std::string folder, int lock);
    Status begin(std::uint64_t generation, std::span<const JournalRecord> records);
    Status go_on(ByteView good, bool torn);
    Bytes frame(std::span<const JournalRecord> records);
    Bytes frames(std::span<const JournalRecord> records);
    Status fail(const std::string& what);
    Status fail(Error error);
    Status mark_damaged();
    Status mark_started();

    std::string folder_;
    int lock_ = -1;
    int file_ = -1;
    std::uint64_t generation_ = 0;
    std::uint64_t sequence_ = 0;            // number of the last frame in this file
    std::array<std::uint8_t, 8> marker_{};  // random; the first bytes of the file and of every frame
    Hash chain_;                            // hash over all frames in this file
    bool failed_ = false;
    bool marked_ = false;  // the file DAMAGED exists

    friend struct JournalReader;
};

}  // namespace xinlian::node
