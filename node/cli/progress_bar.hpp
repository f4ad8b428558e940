// The progress of a long command: one line on standard error, only on a terminal, at most ten updates a second.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace xinlian::node {

class ProgressBar {
public:
    explicit ProgressBar(std::string name);
    ~ProgressBar();  // clears the line
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;
    // `count` is printed after the percentage, in the unit of the command. A total of 0 means unknown and is shown as
    // complete.
    void show(std::uint64_t done, std::uint64_t total, std::uint64_t count);
    void rename(std::string name) { name_ = std::move(name); }

private:
    std::string name_;
    bool shown_, drawn_ = false;
    std::chrono::steady_clock::time_point last_;
};

}  // namespace xinlian::node
