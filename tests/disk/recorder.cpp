#include "tests/disk/recorder.hpp"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>

namespace xinlian::disk {

std::string describe(const Operation& operation) {
    switch (operation.kind) {
        case Operation::Kind::open:
            return (operation.created ? "create " : "open ") + operation.path;
        case Operation::Kind::write:
            return "write " + std::to_string(operation.bytes.size()) + " bytes to " + operation.path;
        case Operation::Kind::truncate:
            return "truncate " + operation.path + " to " + std::to_string(operation.size);
        case Operation::Kind::sync:
            return "sync " + (operation.path.empty() ? std::string("the root") : operation.path);
        case Operation::Kind::failed_sync:
            return "fail to sync " + operation.path;
        case Operation::Kind::rename:
            return "rename " + operation.path + " to " + operation.to;
        case Operation::Kind::unlink:
            return "remove " + operation.path;
        case Operation::Kind::make_folder:
            return "make folder " + operation.path;
    }
    return "?";
}

Recorder& Recorder::instance() {
    static Recorder recorder;
    return recorder;
}

void Recorder::watch(std::string root) {
    const std::lock_guard lock(mutex_);
    root_ = std::move(root);
    log_.clear();
    files_.clear();
    pretending_ = false;
}

std::size_t Recorder::recorded() const {
    const std::lock_guard lock(mutex_);
    return log_.size();
}

void Recorder::put(const Fault& fault) {
    fault_ = fault;
    struck_.reset();
    after_strike_ = 0;
}

std::optional<std::string> Recorder::inside(const char* path) const {
    if (root_.empty() || path == nullptr) return std::nullopt;
    const std::string_view given(path);
    if (given == root_) return std::string();
    if (given.size() > root_.size() && given.starts_with(root_) && given[root_.size()] == '/') {
        std::string_view rest = given.substr(root_.size() + 1);
        while (rest.ends_with('/')) rest.remove_suffix(1);
        return std::string(rest);
    }
    return std::nullopt;
}

// Called before the system call. If the call then fails by itself, the log is wrong, and the tests fail at once.
Recorder::Decision Recorder::decide(Operation operation) {
    const std::lock_guard lock(mutex_);
    const bool uses = operation.kind == Operation::Kind::write || operation.kind == Operation::Kind::sync;
    if (struck_ && uses && operation.path == struck_->path) ++after_strike_;
    Decision decision;
    if (fault_ && !struck_) {
        const bool write = operation.kind == Operation::Kind::write;
        const bool fits = fault_->kind == Fault::Kind::io_error ||
                          (operation.kind != Operation::Kind::sync && operation.kind != Operation::Kind::unlink);
        if (fits && (write || fault_->kind != Fault::Kind::short_write) && fault_->at-- == 0) {
            struck_ = operation;
            if (fault_->kind == Fault::Kind::short_write) {
                decision.bytes_max = operation.bytes.size() / 2;
                operation.bytes.resize(decision.bytes_max);
                fault_ = Fault{Fault::Kind::no_space, 0};  // and then nothing more fits
                if (decision.bytes_max > 0) {
                    struck_.reset();
                    log_.push_back(std::move(operation));
                    return decision;
                }
            }
            if (operation.kind == Operation::Kind::sync) {
                operation.kind = Operation::Kind::failed_sync;
                log_.push_back(std::move(operation));
            }
            return {false, fault_->kind == Fault::Kind::io_error ? EIO : ENOSPC, 0};
        }
    }
    if (pretending_) return {false, 0, 0};
    if (operation.kind != Operation::Kind::open) log_.push_back(std::move(operation));
    return decision;
}

void Recorder::opened(int fd, Operation operation) {
    const std::lock_guard lock(mutex_);
    closed(fd);
    if (files_.size() <= static_cast<std::size_t>(fd)) files_.resize(static_cast<std::size_t>(fd) + 1);
    operation.handle = ++handles_;
    files_[static_cast<std::size_t>(fd)] = File{operation.path, operation.handle};
    if (!pretending_) log_.push_back(std::move(operation));
}

void Recorder::closed(int fd) {
    const std::lock_guard lock(mutex_);
    if (fd >= 0 && static_cast<std::size_t>(fd) < files_.size()) files_[static_cast<std::size_t>(fd)].reset();
}

std::optional<Recorder::File> Recorder::file(int fd) const {
    const std::lock_guard lock(mutex_);
    if (fd < 0 || static_cast<std::size_t>(fd) >= files_.size()) return std::nullopt;
    return files_[static_cast<std::size_t>(fd)];
}

namespace {

using Kind = Operation::Kind;

Recorder& recorder() { return Recorder::instance(); }

// -1 with errno set, or 0 for "as if done".
int refused(const Recorder::Decision& decision) {
    if (decision.error == 0) return 0;
    errno = decision.error;
    return -1;
}

int raw_open(const char* path, int flags, unsigned mode) {
    return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

int open_any(const char* path, int flags, unsigned mode) {
    const auto name = recorder().inside(path);
    const bool changing = (flags & (O_CREAT | O_TRUNC)) != 0;
    if (!name || (!changing && (flags & O_ACCMODE) == O_RDONLY && (flags & O_DIRECTORY) == 0)) {
        // Readers are ignored, but LevelDB opens folders without O_DIRECTORY to sync them.
        const int fd = raw_open(path, flags, mode);
        if (fd < 0) return fd;
        struct stat about {};
        if (name && ::fstat(fd, &about) == 0 && S_ISDIR(about.st_mode))
            recorder().opened(fd, {Kind::open, *name, {}, 0, false, false, {}, 0});
        else
            recorder().closed(fd);
        return fd;
    }
    const bool there = ::syscall(SYS_faccessat, AT_FDCWD, path, F_OK) == 0;
    Operation operation{Kind::open, *name, {}, 0, !there, there && (flags & O_TRUNC) != 0, {}, 0};
    if (operation.created || operation.emptied) {
        const Recorder::Decision decision = recorder().decide(operation);
        if (!decision.pass && decision.error != 0) return refused(decision);
        if (!decision.pass) path = "/dev/null";
    }
    const int fd = raw_open(path, flags, mode);
    if (fd < 0) return fd;
    const bool stream = name->ends_with("/LOG");  // LevelDB opens a FILE* on it, whose close() is not seen
    recorder().opened(fd, std::move(operation));
    if (stream) recorder().closed(fd);
    return fd;
}

int sync_any(int fd, long call) {
    if (const auto file = recorder().file(fd)) {
        const auto decision = recorder().decide({Kind::sync, file->path, {}, file->handle, false, false, {}, 0});
        // Nothing is synced to the real disk: the log says what is durable, and no test here needs the real disk.
        return refused(decision);
    }
    return static_cast<int>(::syscall(call, fd));
}

// Where the next write() to it begins.
std::uint64_t place_of(int fd) {
    const bool appends = (::fcntl(fd, F_GETFL) & O_APPEND) != 0;
    return static_cast<std::uint64_t>(::lseek(fd, 0, appends ? SEEK_END : SEEK_CUR));
}

int truncate_any(int fd, off_t size) {
    if (const auto file = recorder().file(fd)) {
        const auto decision = recorder().decide(
            {Kind::truncate, file->path, {}, file->handle, false, false, {}, static_cast<std::uint64_t>(size)});
        if (!decision.pass) return refused(decision);
    }
    return static_cast<int>(::syscall(SYS_ftruncate, fd, size));
}

// A name that is removed or created.
int name_any(Kind kind, const char* path, const char* to) {
    const auto name = recorder().inside(path);
    if (!name) return 1;
    if (::syscall(SYS_faccessat, AT_FDCWD, path, F_OK) == (kind == Kind::make_folder ? 0 : -1))
        return 1;  // it will fail
    const auto decision = recorder().decide(
        {kind, *name, to == nullptr ? std::string() : recorder().inside(to).value_or("?"), 0, false, false, {}, 0});
    return decision.pass ? 1 : refused(decision);
}

}  // namespace

}  // namespace xinlian::disk

extern "C" {

using xinlian::Bytes;
using xinlian::disk::Operation;
using xinlian::disk::Recorder;

int open(const char* path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    const unsigned mode = (flags & O_CREAT) != 0 ? va_arg(list, unsigned) : 0;
    va_end(list);
    return xinlian::disk::open_any(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    const unsigned mode = (flags & O_CREAT) != 0 ? va_arg(list, unsigned) : 0;
    va_end(list);
    return xinlian::disk::open_any(path, flags, mode);
}

int close(int fd) {
    Recorder::instance().closed(fd);
    return static_cast<int>(::syscall(SYS_close, fd));
}

ssize_t write(int fd, const void* data, std::size_t size) {
    if (const auto file = Recorder::instance().file(fd)) {
        const auto* first = static_cast<const std::uint8_t*>(data);
        const auto decision = Recorder::instance().decide({Operation::Kind::write,
                                                           file->path,
                                                           {},
                                                           file->handle,
                                                           false,
                                                           false,
                                                           Bytes(first, first + size),
                                                           xinlian::disk::place_of(fd)});
        if (!decision.pass) return decision.error == 0 ? static_cast<ssize_t>(size) : xinlian::disk::refused(decision);
        size = std::min(size, decision.bytes_max);
    }
    return ::syscall(SYS_write, fd, data, size);
}

int fsync(int fd) { return xinlian::disk::sync_any(fd, SYS_fsync); }
int fdatasync(int fd) { return xinlian::disk::sync_any(fd, SYS_fdatasync); }
int ftruncate(int fd, off_t size) noexcept { return xinlian::disk::truncate_any(fd, size); }

int rename(const char* from, const char* to) noexcept {
    const int decision = xinlian::disk::name_any(Operation::Kind::rename, from, to);
    return decision <= 0 ? decision : static_cast<int>(::syscall(SYS_rename, from, to));
}

int unlink(const char* path) noexcept {
    const int decision = xinlian::disk::name_any(Operation::Kind::unlink, path, nullptr);
    return decision <= 0 ? decision : static_cast<int>(::syscall(SYS_unlink, path));
}

int remove(const char* path) noexcept {
    const int decision = xinlian::disk::name_any(Operation::Kind::unlink, path, nullptr);
    if (decision <= 0) return decision;
    const int done = static_cast<int>(::syscall(SYS_unlink, path));
    return done == 0 || errno != EISDIR ? done : static_cast<int>(::syscall(SYS_rmdir, path));
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*run)(void*), void* argument) noexcept {
    if (Recorder::instance().threads_held()) {
        *thread = ::pthread_self();
        return 0;
    }
    using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
    static const auto create = reinterpret_cast<Create>(::dlsym(RTLD_NEXT, "pthread_create"));
    return create(thread, attributes, run, argument);
}

dirent* readdir(DIR* folder) {
    if (Recorder::instance().folders_hidden()) {
        errno = EIO;
        return nullptr;
    }
    using Read = dirent* (*)(DIR*);
    static const auto read = reinterpret_cast<Read>(::dlsym(RTLD_NEXT, "readdir"));
    return read(folder);
}

int mkdir(const char* path, mode_t mode) noexcept {
    const int decision = xinlian::disk::name_any(Operation::Kind::make_folder, path, nullptr);
    return decision <= 0 ? decision : static_cast<int>(::syscall(SYS_mkdir, path, mode));
}
}
