#include "ledger/store/durable.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

namespace xinlian::ledger {

namespace fs = std::filesystem;

Status sync_folder(const std::string& folder) {
    const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle < 0) return Error{Errc::io, "cannot open the folder " + folder + " to sync it: " + std::strerror(errno)};
    const bool synced = ::fsync(handle) == 0;
    const int fault = errno;
    ::close(handle);
    if (!synced) return Error{Errc::io, "cannot sync the folder " + folder + ": " + std::strerror(fault)};
    return Status();
}

Status make_folder(const std::string& folder) {
    std::error_code failed;
    const fs::path whole = fs::absolute(folder, failed).lexically_normal();
    std::vector<fs::path> parents{whole.parent_path()};
    while (!failed && !fs::exists(parents.back(), failed) && parents.back().has_relative_path())
        parents.push_back(parents.back().parent_path());
    if (!failed) fs::create_directories(whole, failed);
    if (failed) return Error{Errc::io, "cannot create the folder " + folder + ": " + failed.message()};
    for (auto parent = parents.rbegin(); parent != parents.rend(); ++parent)
        XL_TRY_STATUS(sync_folder(parent->string()));
    return Status();
}

}  // namespace xinlian::ledger
