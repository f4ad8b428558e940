// Compiled without RTTI, as Debian's LevelDB is: a class derived from one of its own could not be linked otherwise.
#include <leveldb/env.h>

#include "ledger/durable.hpp"

namespace xinlian::ledger {

namespace {

class DurableEnv : public leveldb::EnvWrapper {
public:
    DurableEnv() : leveldb::EnvWrapper(leveldb::Env::Default()) {}

    leveldb::Status NewWritableFile(const std::string& name, leveldb::WritableFile** file) override {
        leveldb::Status made = target()->NewWritableFile(name, file);
        if (made.ok()) made = synced(name);
        return made;
    }
    leveldb::Status RenameFile(const std::string& from, const std::string& to) override {
        const leveldb::Status renamed = target()->RenameFile(from, to);
        return renamed.ok() ? synced(to) : renamed;
    }

private:
    static leveldb::Status synced(const std::string& name) {
        const Status done = sync_folder(name.substr(0, name.rfind('/')));
        return done ? leveldb::Status::OK() : leveldb::Status::IOError(done.error().text);
    }
};

}  // namespace

std::unique_ptr<leveldb::Env> durable_env() { return std::make_unique<DurableEnv>(); }

}  // namespace xinlian::ledger
