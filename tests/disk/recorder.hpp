// Records every change that this program makes to files under one folder, in order, and injects faults into them.
//
// It defines libc's open, write, fsync and similar functions for the whole program. Shared libraries (LevelDB,
// libstdc++) use these too, since a program's own functions come first. All other calls pass through as raw system
// calls. FILE* streams and mmap are not seen; nothing here uses them for data that matters (LevelDB's LOG is a FILE*).
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "crypto/bytes.hpp"

namespace xinlian::disk {

// One call that changes a file or folder, or makes one durable.
struct Operation {
    enum class Kind : std::uint8_t { open, write, truncate, sync, failed_sync, rename, unlink, make_folder };
    Kind kind = Kind::open;
    std::string path;        // relative to the root, "" for the root itself; of a handle: the name at opening
    std::string to;          // rename
    int handle = 0;          // open, write, truncate, sync, failed_sync: one number for each open()
    bool created = false;    // open
    bool emptied = false;    // open: O_TRUNC
    Bytes bytes;             // write
    std::uint64_t size = 0;  // truncate: what it leaves; write: where it begins
};
std::string describe(const Operation& operation);

// What happens to one call.
struct Fault {
    enum class Kind : std::uint8_t { no_space, io_error, short_write };
    Kind kind = Kind::io_error;
    std::size_t at = 0;  // changing calls that pass before it
};

// There is one for the program, since libc is one for the program.
class Recorder {
public:
    static Recorder& instance();

    // From now on calls under this folder are recorded (and those under the folder before are not).
    void watch(std::string root);
    const std::string& root() const { return root_; }
    std::vector<Operation>& log() { return log_; }  // while nothing else runs
    std::size_t recorded() const;

    // From now on changes under the root are reported as done and discarded: a fork may continue without effect on its
    // parent.
    void pretend() { pretending_ = true; }

    void put(const Fault& fault);
    void heal() { fault_.reset(); }
    // Threads are reported as started but do not run: LevelDB's compactions wait for ever. A fork keeps only one
    // thread, so a program that forks must not have other threads that hold locks.
    void hold_threads(bool hold) { threads_held_ = hold; }
    bool threads_held() const { return threads_held_; }
    // From now on reading any folder fails.
    void hide_folders(bool hide) { folders_hidden_ = hide; }
    bool folders_hidden() const { return folders_hidden_; }

    // The call that the fault affected, once it did.
    const std::optional<Operation>& struck() const { return struck_; }
    std::size_t after_strike() const { return after_strike_; }  // writes and syncs of the struck file since then

    // The decision about one call, for the functions of libc.
    struct Decision {
        bool pass = true;  // to the system
        int error = 0;     // if not: errno, or 0 for "reported as done"
        std::size_t bytes_max = ~std::size_t{0};
    };
    std::optional<std::string> inside(const char* path) const;  // under the root
    Decision decide(Operation operation);
    void opened(int fd, Operation operation);
    void closed(int fd);
    struct File {
        std::string path;
        int handle = 0;
    };
    std::optional<File> file(int fd) const;

private:
    mutable std::recursive_mutex mutex_;  // LevelDB may compact on a thread of its own
    bool threads_held_ = false;
    std::string root_;
    std::vector<Operation> log_;
    std::vector<std::optional<File>> files_;  // by descriptor
    int handles_ = 0;
    bool pretending_ = false;
    bool folders_hidden_ = false;
    std::optional<Fault> fault_;
    std::optional<Operation> struck_;
    std::size_t after_strike_ = 0;
};

}  // namespace xinlian::disk
