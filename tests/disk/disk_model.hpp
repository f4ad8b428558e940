// Models what a disk may hold after a power cut. The model follows a log of operations and knows for every byte and
// every name whether a sync has made it durable (docs/assurance.md, disks):
//
//   bytes  what was appended since the last sync of the file is there, is missing, or is there up to any byte; a
//   truncated
//          file is as before or as after. Synced bytes are there. After a failed sync the system considers the bytes
//          written: no later sync brings them, or the bytes after them, to the disk until they are written again.
//   names  a creation, rename or removal is durable once its folder was synced. Of the others none may have happened,
//   or
//          the first n in their order (as in a journalling file system), or any single one. A file whose name is not
//          durable is gone, synced or not.
// Partial bytes are combined with no pending name, or with all.
#pragma once

#include <map>
#include <set>

#include "tests/disk/recorder.hpp"

namespace xinlian::disk {

// One possible state of a disk: which of the pending names happened, and how much of each file's pending bytes.
struct Cut {
    std::set<std::size_t> names;         // of the pending ones, by their order
    std::map<int, std::uint64_t> sizes;  // by file; not named: as synced
    std::string name;                    // for a report
    std::string variant;                 // its kind, for counting
};

// Files with their bytes; folders have none. Paths are relative to the root.
using Image = std::map<std::string, std::optional<Bytes>>;

class DiskModel {
public:
    void apply(const Operation& operation);
    // Every state the disk may have now, each once.
    std::vector<Cut> cuts() const;
    // The state as the running program sees it.
    Cut everything() const;
    Image image(const Cut& cut) const;
    // The state after power returned: this is what exists, and it is durable.
    static DiskModel from(const Image& image);
    bool is_pending() const;

private:
    struct File {
        bool folder = false;
        Bytes bytes;
        std::uint64_t synced = 0;     // this many leading bytes are durable; invariant: <= bytes.size()
        std::optional<Bytes> before;  // the durable content if the file was truncated since
        // Bytes that a failed sync left marked as written; invariant: empty, or synced <= stale_from.
        std::uint64_t stale_from = 0, stale_to = 0;
    };
    struct Name {
        Operation::Kind kind = Operation::Kind::open;  // open: creation
        std::string path, to;
        int file = 0;
    };
    using Names = std::map<std::string, int>;
    static void happen(Names& names, const Name& name);
    static void write(File& at, const Operation& operation);
    static void cut_off(File& at, std::uint64_t size);
    static void sync(File& at);
    void add_name(Name name);
    int add_file(bool folder);
    std::vector<Cut> name_cuts() const;
    std::vector<Cut> size_cuts() const;
    struct Part {
        int file = 0;
        std::uint64_t size = 0;
        bool before = false;
    };
    std::map<std::string, Part> shape(const Cut& cut) const;
    std::string look(const Cut& cut) const;

    std::map<int, File> files_;
    std::map<int, int> handles_;  // -> file
    Names now_, safe_;
    std::vector<Name> pending_;  // between the two, in their order
};

// Writes an image into this folder, which must not exist.
void materialize(const Image& image, const std::string& root);

}  // namespace xinlian::disk
