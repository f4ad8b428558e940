// Compiled without RTTI, as Debian's LevelDB is: a class derived from one of its own could not be linked otherwise.
#include "ledger/audit/read_only_env.hpp"

#include <fcntl.h>
#include <leveldb/db.h>
#include <leveldb/env.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

namespace xinlian::ledger {

namespace {

namespace fs = std::filesystem;
using leveldb::Slice;
using leveldb::Status;

// Of a file that LevelDB reads from its beginning to its end. A node's logs have 32 MiB and one more write.
constexpr std::uint64_t stream_bytes_max = 512u << 20;

using Content = std::shared_ptr<std::string>;

class MemoryStream : public leveldb::SequentialFile {
public:
    explicit MemoryStream(Content content) : content_(std::move(content)) {}
    Status Read(std::size_t n, Slice* result, char* scratch) override {
        const std::size_t got = content_->copy(scratch, n, at_);
        at_ += got;
        *result = Slice(scratch, got);
        return Status::OK();
    }
    Status Skip(std::uint64_t n) override {
        at_ += std::min<std::uint64_t>(n, content_->size() - at_);
        return Status::OK();
    }

private:
    Content content_;
    std::size_t at_ = 0;  // Invariant: not behind the content's end
};

class MemoryBlocks : public leveldb::RandomAccessFile {
public:
    explicit MemoryBlocks(Content content) : content_(std::move(content)) {}
    Status Read(std::uint64_t offset, std::size_t n, Slice* result, char* scratch) const override {
        const std::size_t from = std::min<std::uint64_t>(offset, content_->size());
        *result = Slice(scratch, content_->copy(scratch, n, from));
        return Status::OK();
    }

private:
    Content content_;
};

class MemoryWriter : public leveldb::WritableFile {
public:
    explicit MemoryWriter(Content content) : content_(std::move(content)) {}
    Status Append(const Slice& data) override {
        content_->append(data.data(), data.size());
        return Status::OK();
    }
    Status Close() override { return Status::OK(); }
    Status Flush() override { return Status::OK(); }
    Status Sync() override { return Status::OK(); }

private:
    Content content_;
};

// A table of the folder. LevelDB's own reads by memory map: a disk that fails under it ends the process.
class FileBlocks : public leveldb::RandomAccessFile {
public:
    FileBlocks(int handle, std::string path, std::uint64_t& bytes_read)
        : handle_(handle), path_(std::move(path)), bytes_read_(bytes_read) {}
    ~FileBlocks() override { ::close(handle_); }
    Status Read(std::uint64_t offset, std::size_t n, Slice* result, char* scratch) const override {
        std::size_t got = 0;
        while (got < n) {
            const ssize_t more = ::pread(handle_, scratch + got, n - got, static_cast<off_t>(offset + got));
            if (more < 0 && errno == EINTR) continue;
            if (more < 0) return Status::IOError(path_, std::strerror(errno));
            if (more == 0) break;
            got += static_cast<std::size_t>(more);
        }
        bytes_read_ += got;
        *result = Slice(scratch, got);
        return Status::OK();
    }

private:
    int handle_;
    std::string path_;
    std::uint64_t& bytes_read_;
};

class NoLock : public leveldb::FileLock {};

}  // namespace

class ReadOnlyEnv::Files : public leveldb::EnvWrapper {
public:
    explicit Files(const std::string& folder) : leveldb::EnvWrapper(leveldb::Env::Default()), folder_(folder + "/") {}

    Status NewSequentialFile(const std::string& path, leveldb::SequentialFile** file) override;
    Status NewRandomAccessFile(const std::string& path, leveldb::RandomAccessFile** file) override;
    Status NewWritableFile(const std::string& path, leveldb::WritableFile** file) override;
    Status NewAppendableFile(const std::string& path, leveldb::WritableFile** file) override;
    bool FileExists(const std::string& path) override;
    Status GetChildren(const std::string& path, std::vector<std::string>* names) override;
    Status GetFileSize(const std::string& path, std::uint64_t* bytes) override;
    Status RenameFile(const std::string& from, const std::string& to) override;
    Status RemoveFile(const std::string& path) override {
        memory_.erase(path);
        return Status::OK();
    }
    Status CreateDir(const std::string&) override { return Status::OK(); }
    Status RemoveDir(const std::string&) override { return Status::OK(); }
    Status LockFile(const std::string&, leveldb::FileLock** lock) override {
        *lock = new NoLock;
        return Status::OK();
    }
    Status UnlockFile(leveldb::FileLock* lock) override {
        delete lock;
        return Status::OK();
    }
    Status NewLogger(const std::string& path, leveldb::Logger** logger) override {
        *logger = nullptr;
        return Status::NotSupported(path, "no log is written");
    }
    void Schedule(void (*work)(void*), void* argument) override {
        if (closing_) {
            target()->Schedule(work, argument);
        } else {
            compaction_ = {work, argument};
        }
    }

    void close(leveldb::DB* db) {
        closing_ = true;
        if (const auto compaction = std::exchange(compaction_, std::nullopt))
            target()->Schedule(compaction->first, compaction->second);
        delete db;
        closing_ = false;
    }

    std::set<std::string> read_;
    std::string last_, log_;
    std::uint64_t bytes_read_ = 0;

private:
    // A file of the folder itself that can be read like one, and its bytes. What somebody wrote into CURRENT may name
    // a file elsewhere, and a copy may hold a pipe.
    Status find(const std::string& path, std::uint64_t& bytes) const;
    Status find_stream(const std::string& path);
    void note(const std::string& path) {
        last_ = path.substr(folder_.size());
        read_.insert(last_);
    }

    std::string folder_;                     // with the slash
    std::map<std::string, Content> memory_;  // by path
    // LevelDB has one compaction at most that is due.
    std::optional<std::pair<void (*)(void*), void*>> compaction_;
    bool closing_ = false;
};

Status ReadOnlyEnv::Files::find(const std::string& path, std::uint64_t& bytes) const {
    const bool within = path.starts_with(folder_) && path.find('/', folder_.size()) == std::string::npos;
    std::error_code failed;
    const fs::file_status status = fs::status(path, failed);
    if (!within || status.type() == fs::file_type::not_found || fs::is_directory(status))
        return Status::NotFound(path, "the file is missing");
    if (failed) return Status::IOError(path, failed.message());
    if (!fs::is_regular_file(status)) return Status::IOError(path, "not a regular file");
    bytes = fs::file_size(path, failed);
    return failed ? Status::IOError(path, failed.message()) : Status::OK();
}

Status ReadOnlyEnv::Files::find_stream(const std::string& path) {
    std::uint64_t bytes = 0;
    const Status found = find(path, bytes);
    if (!found.ok()) return found;
    note(path);
    if (bytes <= stream_bytes_max) return found;
    return Status::IOError(path, "the file is larger than " + std::to_string(stream_bytes_max) + " bytes");
}

Status ReadOnlyEnv::Files::NewSequentialFile(const std::string& path, leveldb::SequentialFile** file) {
    *file = nullptr;
    const auto made = memory_.find(path);
    if (made != memory_.end()) {
        *file = new MemoryStream(made->second);
        return Status::OK();
    }
    const Status found = find_stream(path);
    return found.ok() ? target()->NewSequentialFile(path, file) : found;
}

Status ReadOnlyEnv::Files::NewRandomAccessFile(const std::string& path, leveldb::RandomAccessFile** file) {
    *file = nullptr;
    const auto made = memory_.find(path);
    if (made != memory_.end()) {
        *file = new MemoryBlocks(made->second);
        return Status::OK();
    }
    std::uint64_t bytes = 0;
    const Status found = find(path, bytes);
    if (!found.ok()) return found;
    note(path);
    const int handle = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (handle < 0) return Status::IOError(path, std::strerror(errno));
    *file = new FileBlocks(handle, path, bytes_read_);
    return Status::OK();
}

Status ReadOnlyEnv::Files::NewWritableFile(const std::string& path, leveldb::WritableFile** file) {
    *file = nullptr;
    if (closing_) return Status::IOError(path, "no file is written while the store closes");
    const Content content = std::make_shared<std::string>();
    memory_[path] = content;
    *file = new MemoryWriter(content);
    return Status::OK();
}

Status ReadOnlyEnv::Files::NewAppendableFile(const std::string& path, leveldb::WritableFile** file) {
    *file = nullptr;
    Content& content = memory_[path];
    if (!content) {
        std::string bytes;
        const Status found = find_stream(path);
        const Status read = found.ok() ? leveldb::ReadFileToString(target(), path, &bytes) : found;
        if (!read.ok()) {
            memory_.erase(path);
            return read;
        }
        content = std::make_shared<std::string>(std::move(bytes));
    }
    if (path.ends_with(".log")) log_ = path.substr(folder_.size());
    *file = new MemoryWriter(content);
    return Status::OK();
}

bool ReadOnlyEnv::Files::FileExists(const std::string& path) {
    std::uint64_t bytes = 0;
    return memory_.contains(path) || find(path, bytes).ok();
}

Status ReadOnlyEnv::Files::GetChildren(const std::string& path, std::vector<std::string>* names) {
    const Status listed = target()->GetChildren(path, names);
    if (!listed.ok()) return listed;
    for (const auto& [made, content] : memory_) {
        std::string name = made.substr(folder_.size());
        if (std::find(names->begin(), names->end(), name) == names->end()) names->push_back(std::move(name));
    }
    return listed;
}

Status ReadOnlyEnv::Files::GetFileSize(const std::string& path, std::uint64_t* bytes) {
    const auto made = memory_.find(path);
    if (made == memory_.end()) return find(path, *bytes);
    *bytes = made->second->size();
    return Status::OK();
}

Status ReadOnlyEnv::Files::RenameFile(const std::string& from, const std::string& to) {
    auto made = memory_.extract(from);
    if (made.empty()) return Status::NotFound(from, "the file was not created by this process");
    memory_[to] = std::move(made.mapped());
    return Status::OK();
}

ReadOnlyEnv::ReadOnlyEnv(const std::string& folder) : files_(std::make_unique<Files>(folder)) {}
ReadOnlyEnv::~ReadOnlyEnv() = default;
leveldb::Env* ReadOnlyEnv::get() const { return files_.get(); }
void ReadOnlyEnv::close(leveldb::DB* db) { files_->close(db); }
const std::set<std::string>& ReadOnlyEnv::files_read() const { return files_->read_; }
const std::string& ReadOnlyEnv::last_opened() const { return files_->last_; }
std::uint64_t ReadOnlyEnv::bytes_read() const { return files_->bytes_read_; }
const std::string& ReadOnlyEnv::continued_log() const { return files_->log_; }

}  // namespace xinlian::ledger
