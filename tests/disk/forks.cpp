#include "tests/disk/forks.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <sstream>

#include "crypto/check.hpp"

namespace xinlian::disk {

namespace {

constexpr std::size_t failures_kept_max = 8;
constexpr std::size_t failure_text_max = 600;

// One line each. A pipe transfers it atomically, since it is far below 64 KiB.
std::string print(const Tally& tally) {
    std::string text = std::to_string(tally.cases) + " " + std::to_string(tally.failed) + "\n";
    for (const auto& [kind, number] : tally.kinds) text += "k " + std::to_string(number) + " " + kind + "\n";
    for (std::string failure : tally.failures) {
        std::replace(failure.begin(), failure.end(), '\n', ' ');
        text += "! " + failure.substr(0, failure_text_max) + "\n";
    }
    return text;
}

bool parse(const std::string& text, Tally& tally) {
    std::istringstream in(text);
    if (!(in >> tally.cases >> tally.failed)) return false;
    std::string line;
    while (std::getline(in, line)) {
        if (line.starts_with("! ")) tally.failures.push_back(line.substr(2));
        if (!line.starts_with("k ")) continue;
        std::istringstream fields(line.substr(2));
        std::uint64_t number = 0;
        fields >> number;
        fields.get();
        std::string kind;
        std::getline(fields, kind);
        tally.kinds[kind] += number;
    }
    return true;
}

}  // namespace

void Tally::add(const Tally& other) {
    cases += other.cases;
    failed += other.failed;
    for (const auto& [kind, number] : other.kinds) kinds[kind] += number;
    for (const std::string& failure : other.failures) {
        if (failures.size() < failures_kept_max) failures.push_back(failure);
    }
}

void Tally::fail(std::string text) {
    ++failed;
    if (failures.size() < failures_kept_max) failures.push_back(std::move(text));
}

std::string Forks::own_folder(const std::string& base) { return base + "/" + std::to_string(::getpid()); }

void Forks::run(const std::string& name, const std::function<void(Tally&)>& in_child) {
    while (children_.size() >= at_once_) reap();
    int ends[2];
    XL_CHECK(::pipe(ends) == 0);
    const pid_t pid = ::fork();
    XL_CHECK(pid >= 0);
    if (pid == 0) {
        ::close(ends[0]);
        ::alarm(seconds_max);
        Tally tally;
        in_child(tally);
        for (std::string& failure : tally.failures) failure = name + ": " + failure;
        const std::string text = print(tally);
        const bool told = ::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size());
        ::_exit(told ? 0 : 1);
    }
    ::close(ends[1]);
    children_.push_back({pid, ends[0], name});
}

// Waits for any child of this object by its pipe. The children of a child are not waited for.
void Forks::reap() {
    std::vector<pollfd> ends;
    for (const Child& child : children_) ends.push_back({child.pipe, POLLIN, 0});
    while (::poll(ends.data(), ends.size(), -1) < 0 && errno == EINTR) {
    }
    for (std::size_t i = ends.size(); i-- > 0;) {
        if (ends[i].revents == 0) continue;
        const Child child = children_[i];
        std::string text;
        char buffer[4096];
        for (ssize_t got; (got = ::read(child.pipe, buffer, sizeof buffer)) > 0;)
            text.append(buffer, static_cast<std::size_t>(got));
        ::close(child.pipe);
        int status = 0;
        ::waitpid(child.pid, &status, 0);
        Tally tally;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || !parse(text, tally)) {
            tally = {};
            tally.cases = 1;
            tally.fail(child.name + ": the process ended by " +
                       (WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                                            : "status " + std::to_string(WEXITSTATUS(status))));
        }
        tally_.add(tally);
        std::error_code ignored;
        std::filesystem::remove_all(base_ + "/" + std::to_string(child.pid), ignored);
        children_.erase(children_.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

void Forks::finish() {
    while (!children_.empty()) reap();
}

}  // namespace xinlian::disk
