// Shared by the fuzz targets: choices from the input, and a file for code that reads only files.
//
// A law is an XL_CHECK: if it is violated the program aborts, and libFuzzer keeps the input.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>

#include "crypto/bytes.hpp"

namespace xinlian::fuzz {

// Choices, taken from the front of the input. They are zero once the input is used up, so every input is valid.
class Input {
public:
    Input(const std::uint8_t* data, std::size_t size) : left_(data, size) {}

    bool empty() const { return left_.empty(); }
    std::uint8_t byte() {
        if (left_.empty()) return 0;
        const std::uint8_t first = left_.front();
        left_ = left_.subspan(1);
        return first;
    }
    std::size_t two_bytes() {
        const std::size_t high = byte();
        return high << 8 | byte();
    }
    std::size_t below(std::size_t bound) { return (bound > 256 ? two_bytes() : byte()) % bound; }
    ByteView take(std::size_t size) {
        const ByteView taken = left_.first(std::min(size, left_.size()));
        left_ = left_.subspan(taken.size());
        return taken;
    }
    ByteView rest() { return take(left_.size()); }

private:
    ByteView left_;
};

inline Bytes copy(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

// A file for decoders that read from a path: in memory where the system has such a folder, one per process.
class ScratchFile {
public:
    ScratchFile() {
        std::string made =
            std::ifstream("/dev/shm/.").good() ? "/dev/shm/xinlian-fuzz-XXXXXX" : "/tmp/xinlian-fuzz-XXXXXX";
        const int handle = ::mkstemp(made.data());  // with mode 0600
        XL_CHECK(handle >= 0);
        path_ = made;
        ::close(handle);
    }
    ScratchFile(const ScratchFile&) = delete;
    ScratchFile& operator=(const ScratchFile&) = delete;
    ~ScratchFile() { std::remove(path_.c_str()); }

    const std::string& write(ByteView bytes) const {
        std::ofstream out(path_, std::ios::binary | std::ios::trunc);
        out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        out.close();
        XL_CHECK(out.good());
        return path_;
    }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

}  // namespace xinlian::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
