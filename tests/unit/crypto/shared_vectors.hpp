// Test vectors made elsewhere: a folder outside the project, named by XINLIAN_SHARED.
#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

namespace xinlian::testing {

// The file's bytes; nothing if XINLIAN_SHARED is not set: the test is then skipped with a warning.
inline std::optional<std::string> shared_file(const std::string& path) {
    const char* folder = std::getenv("XINLIAN_SHARED");
    if (folder == nullptr) return std::nullopt;
    std::ifstream file(std::string(folder) + "/" + path, std::ios::binary);
    if (!file) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace xinlian::testing

#define XL_SHARED_FILE(name, path)                                                            \
    const auto name##_or_none = ::xinlian::testing::shared_file(path);                        \
    if (!name##_or_none) {                                                                    \
        WARN("passed over: " << (path) << " is not there; set XINLIAN_SHARED to its folder"); \
        return;                                                                               \
    }                                                                                         \
    const std::string& name = *name##_or_none
