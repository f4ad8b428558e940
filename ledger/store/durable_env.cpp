// Compiled without RTTI, as Debian's LevelDB is: a class derived from one of its own could not be linked otherwise.
#include <leveldb/env.h>

#include <atomic>
#include <utility>

#include "ledger/store/durable.hpp"

namespace xinlian::ledger {

namespace {

class DurableEnv : public leveldb::EnvWrapper {
public:
    DurableEnv() : leveldb::EnvWrapper(leveldb::Env::Default()) {}

    leveldb::Status NewWritableFile(const std::string& name, leveldb::WritableFile** file) override {
        const leveldb::Status made = target()->NewWritableFile(name, file);
        if (!made.ok()) return made;
        const leveldb::Status safe = synced(name);
        if (!safe.ok()) delete std::exchange(*file, nullptr);
        return safe;
    }
    leveldb::Status RenameFile(const std::string& from, const std::string& to) override {
        const leveldb::Status renamed = target()->RenameFile(from, to);
        return renamed.ok() ? synced(to) : renamed;
    }
    // LevelDB cleans up after a failure: it would remove the manifest that the renamed CURRENT already names.
    leveldb::Status RemoveFile(const std::string& name) override {
        if (failed_)
            return leveldb::Status::IOError("a folder could not be synced earlier; no file is removed: " + name);
        return target()->RemoveFile(name);
    }

private:
    leveldb::Status synced(const std::string& name) {
        const Status done = sync_folder(name.substr(0, name.rfind('/')));
        if (done) return leveldb::Status::OK();
        failed_ = true;
        return leveldb::Status::IOError(done.error().text);
    }

    std::atomic<bool> failed_{false};  // LevelDB compacts on a thread of its own
};

}  // namespace

std::unique_ptr<leveldb::Env> durable_env() { return std::make_unique<DurableEnv>(); }

}  // namespace xinlian::ledger
