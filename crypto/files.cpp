#include "crypto/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "crypto/random.hpp"

namespace xinlian {

namespace {

Error refused(const std::string& path, const char* doing) {
    const int reason = errno;
    const Errc code = reason == ENOENT ? Errc::not_found : reason == EEXIST ? Errc::conflict : Errc::io;
    return Error{code, path + ": " + doing + ": " + std::generic_category().message(reason)};
}

// Closes what it holds.
class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }

private:
    int fd_;
};

std::string folder_of(const std::string& path) {
    const std::string folder = std::filesystem::path(path).parent_path().string();
    return folder.empty() ? "." : folder;
}

// A rename or a new name is only on disk once its folder is.
Status sync_folder(const std::string& folder) {
    const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0) return refused(folder, "cannot be opened");
    if (::fsync(fd.get()) != 0) return refused(folder, "cannot be synced");
    return Status();
}

Status write_all(int fd, const std::string& path, ByteView bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return refused(path, "cannot be written");
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    if (::fsync(fd) != 0) return refused(path, "cannot be synced");
    return Status();
}

// The file under its final name; with refuse, link(2) fails where rename(2) would overwrite.
Status put_in_place(const std::string& from, const std::string& to, Existing existing) {
    if (existing == Existing::replace) {
        if (::rename(from.c_str(), to.c_str()) != 0) return refused(to, "cannot be renamed into place");
        return Status();
    }
    if (::link(from.c_str(), to.c_str()) != 0) {
        if (errno == EEXIST) return Error{Errc::conflict, to + " already exists; choose another name or move it away"};
        return refused(to, "cannot be renamed into place");
    }
    ::unlink(from.c_str());
    return Status();
}

}  // namespace

Status make_folder(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) == 0) return sync_folder(folder_of(path));
    if (errno == ENOENT && !path.empty()) {
        XL_TRY_STATUS(make_folder(folder_of(path)));
        if (::mkdir(path.c_str(), 0700) == 0) return sync_folder(folder_of(path));
    }
    struct stat about {};
    if (errno == EEXIST && ::stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode)) return Status();
    return refused(path, "the folder cannot be created");
}

Result<bool> is_free(const std::string& path) {
    std::error_code reason;
    const auto status = std::filesystem::status(path, reason);
    if (status.type() == std::filesystem::file_type::not_found) return true;
    if (reason) return Error{Errc::io, path + ": " + reason.message()};
    if (!std::filesystem::is_directory(status)) return false;
    const bool empty = std::filesystem::is_empty(path, reason);
    if (reason) return Error{Errc::io, path + ": " + reason.message()};
    return empty;
}

Status write_file(const std::string& path, ByteView bytes, unsigned mode, Existing existing) {
    const std::string partial = path + ".partial." + std::to_string(::getpid());
    const Descriptor fd(::open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
    if (fd.get() < 0) return refused(partial, "cannot be created");
    Status status = write_all(fd.get(), partial, bytes);
    if (status) status = put_in_place(partial, path, existing);
    if (!status) {
        ::unlink(partial.c_str());
        return status;
    }
    return sync_folder(folder_of(path));
}

Status move_file(const std::string& from, const std::string& to) {
    XL_TRY_STATUS(put_in_place(from, to, Existing::replace));
    return sync_folder(folder_of(to));
}

Status overwrite_file(const std::string& path) {
    const Descriptor fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (fd.get() < 0) return refused(path, "cannot be opened");
    struct stat about {};
    if (::fstat(fd.get(), &about) != 0) return refused(path, "cannot be examined");
    Bytes noise(std::size_t{1} << 16);
    for (std::uint64_t left = static_cast<std::uint64_t>(about.st_size); left > 0;) {
        const auto part = std::span(noise).first(static_cast<std::size_t>(std::min<std::uint64_t>(left, noise.size())));
        random_fill(part);
        XL_TRY_STATUS(write_all(fd.get(), path, part));
        left -= part.size();
    }
    return Status();
}

Status destroy_file(const std::string& path) {
    XL_TRY_STATUS(overwrite_file(path));
    if (::unlink(path.c_str()) != 0) return refused(path, "cannot be removed");
    return sync_folder(folder_of(path));
}

Result<Bytes> read_file(const std::string& path, std::size_t bytes_max) {
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() < 0) return refused(path, "cannot be opened");
    struct stat about {};
    if (::fstat(fd.get(), &about) != 0) return refused(path, "cannot be read");
    if (S_ISDIR(about.st_mode)) return Error{Errc::io, path + " is a folder, not a file"};
    Bytes bytes;
    const std::size_t step = 1 << 16;
    while (true) {
        const std::size_t size = bytes.size();
        if (size > bytes_max || (about.st_size > 0 && static_cast<std::uint64_t>(about.st_size) > bytes_max)) {
            return Error{Errc::too_large, path + " is larger than " + std::to_string(bytes_max) + " bytes"};
        }
        bytes.resize(size + step);
        const ssize_t got = ::read(fd.get(), bytes.data() + size, step);
        if (got < 0 && errno == EINTR) {
            bytes.resize(size);
            continue;
        }
        if (got < 0) return refused(path, "cannot be read");
        bytes.resize(size + static_cast<std::size_t>(got));
        if (got == 0) return bytes;
    }
}

}  // namespace xinlian
