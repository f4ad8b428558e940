#include "node/cli/progress_bar.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>

namespace xinlian::node {

ProgressBar::ProgressBar(std::string name) : name_(std::move(name)), shown_(::isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
    if (shown_ && drawn_) std::cerr << "\r\x1b[K" << std::flush;
}

void ProgressBar::show(std::uint64_t done, std::uint64_t total, std::uint64_t count) {
    const auto now = std::chrono::steady_clock::now();
    if (!shown_ || (drawn_ && now - last_ < std::chrono::milliseconds(100))) return;
    last_ = now;
    drawn_ = true;
    constexpr std::size_t width = 30;
    const std::uint64_t reached = std::min(done, total);
    const std::size_t filled = total == 0 ? width : static_cast<std::size_t>(reached * width / total);
    std::cerr << "\r" << name_ << " [" << std::string(filled, '#') << std::string(width - filled, '.') << "] "
              << (total == 0 ? 100 : reached * 100 / total) << "% " << count << "\x1b[K" << std::flush;
}

}  // namespace xinlian::node
