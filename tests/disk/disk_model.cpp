#include "tests/disk/disk_model.hpp"

#include <filesystem>
#include <fstream>

#include "crypto/check.hpp"

namespace xinlian::disk {

namespace {

std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

// LevelDB's log for people and the lock files are never read, so their names need no variants.
bool counts(const std::string& path) {
    return !path.ends_with("/LOG") && !path.ends_with("/LOG.old") && !path.ends_with("/LOCK");
}

}  // namespace

int DiskModel::add_file(bool folder) {
    const int file = files_.empty() ? 1 : files_.rbegin()->first + 1;
    files_[file].folder = folder;
    return file;
}

void DiskModel::happen(Names& names, const Name& name) {
    switch (name.kind) {
        case Operation::Kind::rename:
            names.erase(name.path);
            names[name.to] = name.file;
            break;
        case Operation::Kind::unlink:
            if (const auto at = names.find(name.path); at != names.end() && at->second == name.file) names.erase(at);
            break;
        default:
            names[name.path] = name.file;
            break;
    }
}

void DiskModel::add_name(Name name) {
    happen(now_, name);
    if (counts(name.path)) {
        pending_.push_back(std::move(name));
    } else {
        happen(safe_, name);
    }
}

// Bytes that exist already are only ever overwritten with the same bytes.
void DiskModel::write(File& at, const Operation& operation) {
    const std::uint64_t from = operation.size, to = from + operation.bytes.size();
    XL_CHECK(from <= at.bytes.size());
    const std::uint64_t again = std::min<std::uint64_t>(to, at.bytes.size()) - from;
    XL_CHECK(std::equal(operation.bytes.begin(), operation.bytes.begin() + static_cast<long>(again),
                        at.bytes.begin() + static_cast<long>(from)));
    at.bytes.insert(at.bytes.end(), operation.bytes.begin() + static_cast<long>(again), operation.bytes.end());
    if (from <= at.stale_from) at.stale_from = std::max(at.stale_from, std::min(at.stale_to, to));
}

void DiskModel::cut_off(File& at, std::uint64_t size) {
    XL_CHECK(size <= at.bytes.size());
    if (!at.before && size < at.synced)
        at.before = Bytes(at.bytes.begin(), at.bytes.begin() + static_cast<long>(at.synced));
    at.bytes.resize(size);
    at.synced = std::min(at.synced, size);
    at.stale_to = std::min(at.stale_to, size);
    at.stale_from = std::min(at.stale_from, at.stale_to);
}

void DiskModel::sync(File& at) {
    at.synced = at.stale_from < at.stale_to ? at.stale_from : at.bytes.size();
    at.before.reset();
}

void DiskModel::apply(const Operation& operation) {
    switch (operation.kind) {
        case Operation::Kind::open: {
            if (operation.path.empty()) {
                handles_[operation.handle] = 0;  // the root
                break;
            }
            if (operation.created) add_name({operation.kind, operation.path, {}, add_file(false)});
            const int file = now_.at(operation.path);
            handles_[operation.handle] = file;
            if (operation.emptied) {
                File& at = files_.at(file);
                if (!at.before) at.before = Bytes(at.bytes.begin(), at.bytes.begin() + static_cast<long>(at.synced));
                cut_off(at, 0);
            }
            break;
        }
        case Operation::Kind::write:
            write(files_.at(handles_.at(operation.handle)), operation);
            break;
        case Operation::Kind::truncate:
            cut_off(files_.at(handles_.at(operation.handle)), operation.size);
            break;
        case Operation::Kind::failed_sync: {
            const int file = handles_.at(operation.handle);
            if (file == 0 || files_.at(file).folder) break;
            File& at = files_.at(file);
            if (at.stale_from == at.stale_to) at.stale_from = at.synced;
            at.stale_to = at.bytes.size();
            break;
        }
        case Operation::Kind::sync: {
            const int file = handles_.at(operation.handle);
            if (file != 0 && !files_.at(file).folder) {
                sync(files_.at(file));
                break;
            }
            const auto here = [&](const Name& name) { return folder_of(name.path) == operation.path; };
            for (const Name& name : pending_) {
                if (here(name)) happen(safe_, name);
            }
            std::erase_if(pending_, here);
            break;
        }
        case Operation::Kind::rename:
        case Operation::Kind::unlink:
            add_name({operation.kind, operation.path, operation.to, now_.at(operation.path)});
            break;
        case Operation::Kind::make_folder:
            add_name({operation.kind, operation.path, {}, add_file(true)});
            break;
    }
}

std::vector<Cut> DiskModel::name_cuts() const {
    std::vector<Cut> cuts{{{}, {}, "", "synced"}};
    Cut first;
    for (std::size_t i = 0; i < pending_.size(); ++i) {
        first.names.insert(i);
        const bool all = i + 1 == pending_.size();
        cuts.push_back({first.names,
                        {},
                        all ? "all names" : "the first " + std::to_string(i + 1) + " names",
                        all ? "names all" : "names in part"});
    }
    for (std::size_t i = 0; i < pending_.size(); ++i) {
        const Name& name = pending_[i];
        cuts.push_back({{i}, {}, "the name " + (name.to.empty() ? name.path : name.to) + " alone", "one name alone"});
    }
    return cuts;
}

// For each file with pending bytes, a few prefixes; then all files complete.
std::vector<Cut> DiskModel::size_cuts() const {
    std::vector<Cut> cuts{{{}, {}, "", ""}};
    Cut whole;
    whole.name = "all bytes";
    whole.variant = "bytes whole";
    for (const auto& [number, file] : files_) {
        const std::uint64_t size = file.bytes.size();
        if (file.synced == size && !file.before) continue;
        whole.sizes[number] = size;
        std::set<std::uint64_t> torn;
        const std::uint64_t pending = size - file.synced;
        if (!file.before && pending > 1) {
            torn = {file.synced + 1, file.synced + pending / 2, size - 1};
            if (const std::uint64_t sector = (size - 1) / 512 * 512; sector > file.synced) torn.insert(sector);
        }
        for (const std::uint64_t at : torn)
            cuts.push_back({{}, {{number, at}}, "torn after " + std::to_string(at - file.synced) + " bytes", "torn"});
    }
    if (!whole.sizes.empty()) cuts.push_back(whole);
    if (whole.sizes.size() < 2) return cuts;
    for (const auto& [number, size] : whole.sizes)
        cuts.push_back({{}, {{number, size}}, "one file whole", "bytes of one"});
    return cuts;
}

std::vector<Cut> DiskModel::cuts() const {
    std::vector<Cut> all;
    std::set<std::string> seen;
    for (const Cut& names : name_cuts()) {
        const bool partly = names.variant == "names in part" || names.variant == "one name alone";
        for (const Cut& sizes : size_cuts()) {
            if (partly && !sizes.name.empty()) continue;  // one uncertain thing in parts at a time
            Cut cut{names.names, sizes.sizes, names.name, names.variant};
            if (!sizes.name.empty()) cut.name += (cut.name.empty() ? "" : ", ") + sizes.name;
            if (!sizes.variant.empty()) cut.variant = sizes.variant;
            if (cut.name.empty()) cut.name = "what is synced";
            if (seen.insert(look(cut)).second) all.push_back(std::move(cut));
        }
    }
    return all;
}

bool DiskModel::is_pending() const {
    if (!pending_.empty()) return true;
    for (const auto& [number, file] : files_) {
        if (file.before || file.synced != file.bytes.size()) return true;
    }
    return false;
}

Cut DiskModel::everything() const {
    Cut cut;
    for (std::size_t i = 0; i < pending_.size(); ++i) cut.names.insert(i);
    for (const auto& [number, file] : files_) cut.sizes[number] = file.bytes.size();
    cut.name = "as the program left it";
    cut.variant = "killed";
    return cut;
}

// Two cuts that look the same are one case, because files only grow.
std::string DiskModel::look(const Cut& cut) const {
    std::string text;
    for (const auto& [path, part] : shape(cut))
        text += path + "=" + std::to_string(part.file) + (part.before ? "b" : ":") + std::to_string(part.size) + ";";
    return text;
}

std::map<std::string, DiskModel::Part> DiskModel::shape(const Cut& cut) const {
    Names names = safe_;
    for (const std::size_t i : cut.names) happen(names, pending_.at(i));
    std::map<std::string, Part> parts;
    for (const auto& [path, number] : names) {  // a folder comes before what is in it
        if (const std::string folder = folder_of(path); !folder.empty() && !parts.contains(folder)) continue;
        const File& file = files_.at(number);
        const auto size = cut.sizes.find(number);
        const bool before = size == cut.sizes.end() && file.before;
        parts[path] = {number, size == cut.sizes.end() ? file.synced : size->second, before};
    }
    return parts;
}

Image DiskModel::image(const Cut& cut) const {
    Image image;
    for (const auto& [path, part] : shape(cut)) {
        const File& file = files_.at(part.file);
        if (file.folder) {
            image[path] = std::nullopt;
        } else if (part.before) {
            image[path] = *file.before;
        } else {
            image[path] = Bytes(file.bytes.begin(), file.bytes.begin() + static_cast<long>(part.size));
        }
    }
    return image;
}

DiskModel DiskModel::from(const Image& image) {
    DiskModel model;
    for (const auto& [path, bytes] : image) {
        const int file = model.add_file(!bytes.has_value());
        if (bytes) {
            model.files_[file].bytes = *bytes;
            model.files_[file].synced = bytes->size();
        }
        model.now_[path] = model.safe_[path] = file;
    }
    return model;
}

void materialize(const Image& image, const std::string& root) {
    std::filesystem::create_directory(root);
    for (const auto& [path, bytes] : image) {
        if (!bytes) {
            std::filesystem::create_directory(root + "/" + path);
            continue;
        }
        std::ofstream out(root + "/" + path, std::ios::binary);
        out.write(reinterpret_cast<const char*>(bytes->data()), static_cast<std::streamsize>(bytes->size()));
        XL_CHECK(out.good());
    }
}

}  // namespace xinlian::disk
