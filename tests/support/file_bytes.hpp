// Reads and writes whole files, for tests that damage them.
#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include "crypto/bytes.hpp"
#include "crypto/check.hpp"

namespace xinlian::test {

inline Bytes read_bytes(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(in), {});
}

inline void write_bytes(const std::string& path, const Bytes& bytes) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    XL_CHECK(out.good());
}

}  // namespace xinlian::test
