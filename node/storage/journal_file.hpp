// The vote journal on disk: an append-only file of checksummed, chained frames, one frame per append, each on disk
// before anything it covers leaves the node (docs/protocol.md, what is synced before what).
//
// FOLDER/journal.00000001 …  LOCK  STARTED (says that a journal was begun here, so that a missing one is noticed)
//        DAMAGED (a journal was lost here, and the one begun instead does not yet say so: it is kept until the first
//        append, so that a crash in between does not make the loss forgotten)
//
// A file: marker (8 random bytes), check (16). A frame: marker (8), length of the payload (4), number (8), check of
// these three (4), check of number and payload (16), link over all frames so far (16), payload: count (4), then kind
// (1), length (4) and body of each record.
//
// A frame that ends too early was never acknowledged by fdatasync, so nothing it covers was sent: it is cut off. A
// broken frame with a good one after it, one that is all there but altered, or a missing file, means that votes may be
// forgotten: `damaged`.
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
    std::vector<JournalRecord> records;  // oldest first; what could be read up to the first damage
    bool damaged = false;                // treat as lost: the votes in it may not be all
    std::string detail;                  // what was damaged or cut, for the log
};

class JournalFile {
public:
    static constexpr std::size_t frame_bytes_max = 64u << 20;
    static constexpr std::size_t frame_records_max = 1u << 20;

    // Creates the folder and an empty journal if there is none. A damaged one is moved aside (journal.NNN.damaged) and
    // a new one begun. What it gives back is on disk, however the process before it ended. Errc::unavailable if another
    // process holds it, Errc::io.
    static Result<OpenedJournal> open(const std::string& folder);
    ~JournalFile();
    JournalFile(const JournalFile&) = delete;
    JournalFile& operator=(const JournalFile&) = delete;

    // One frame, one write, one fdatasync. After an error the object refuses further use: a failed sync is never
    // retried.
    Status append(std::span<const JournalRecord> records);
    // Replaces the journal by these records: written beside it, synced, renamed, the folder synced, then the old file
    // removed.
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
    std::uint64_t sequence_ = 0;            // of the last frame in this file
    std::array<std::uint8_t, 8> marker_{};  // random; begins the file and every frame in it
    Hash chain_;                            // over all frames in this file
    bool failed_ = false;
    bool marked_ = false;  // DAMAGED is there

    friend struct JournalReader;
};

}  // namespace xinlian::node
