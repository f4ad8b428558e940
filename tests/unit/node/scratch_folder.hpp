// A folder of a test's own, removed with the test.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "crypto/check.hpp"

namespace xinlian::node {

class ScratchFolder {
public:
    ScratchFolder() {
        std::string made = (std::filesystem::temp_directory_path() / "xinlian-test-XXXXXX").string();
        path_ = ::mkdtemp(made.data()) == nullptr ? std::string() : made;
        XL_CHECK(!path_.empty());
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    ~ScratchFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    std::string path(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

}  // namespace xinlian::node
