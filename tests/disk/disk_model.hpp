// What a disk may hold after the power went. It follows a log of operations and knows of every byte and every name
// whether a sync has made it safe. Model (docs/assurance.md, disks):
//
//   bytes  what was appended since the last sync of the file is there, is not, or is there up to any byte; a file cut
//          shorter is as before or as after. Synced bytes are there. After a sync that failed, the system takes the
//          bytes for written: no later sync brings them, and what follows them, to the disk, until they are written
//          again.
//   names  a creation, rename or removal is safe once its folder was synced. Others may have happened or not: none of
//          them, the first so many in their order (what a journalling file system does), or any one of them alone.
//          A file whose name is not safe is gone, synced or not. Bytes in part are met with no pending name or all.
#pragma once

#include <map>
#include <set>

#include "tests/disk/recorder.hpp"

namespace xinlian::disk {

// One way a disk may look: which of the pending names happened, and how much of each file's pending bytes.
struct Cut {
    std::set<std::size_t> names;         // of the pending ones, by their order
    std::map<int, std::uint64_t> sizes;  // by file; not named: as synced
    std::string name;                    // for a report
    std::string variant;                 // its kind, for counting
};

// Files with their bytes, folders without. Paths under the root.
using Image = std::map<std::string, std::optional<Bytes>>;

class DiskModel {
public:
    void apply(const Operation& operation);
    // Every way it may look now, no two of them alike.
    std::vector<Cut> cuts() const;
    // As the running program sees it.
    Cut everything() const;
    Image image(const Cut& cut) const;
    // The power came back: this is what is there, and it is safe.
    static DiskModel from(const Image& image);
    bool is_pending() const;

private:
    struct File {
        bool folder = false;
        Bytes bytes;
        std::uint64_t synced = 0;     // the first so many bytes are safe; Invariant: <= bytes.size()
        std::optional<Bytes> before;  // what is safe instead, after it was cut shorter
        // Taken for written by a sync that failed; Invariant: empty, or synced <= stale_from.
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
