// Runs cases in processes of their own: each starts with the exact state at the fork, and may crash or hang without
// effect on the next.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace xinlian::disk {

struct Tally {
    std::uint64_t cases = 0, failed = 0;
    std::map<std::string, std::uint64_t> kinds;  // how many of which
    std::vector<std::string> failures;           // the first few, in words
    void add(const Tally& other);
    void fail(std::string text);
};

class Forks {
public:
    // Each child may make the folder BASE/PID, which is removed when the child has ended.
    Forks(std::string base, unsigned at_once) : base_(std::move(base)), at_once_(at_once) {}
    ~Forks() { finish(); }
    Forks(const Forks&) = delete;
    Forks& operator=(const Forks&) = delete;

    // Runs `in_child` in a child, at once or when another child has ended. An exception, a signal, or more than
    // `seconds_max` is a failure of the case of this name.
    void run(const std::string& name, const std::function<void(Tally&)>& in_child);
    void finish();
    const Tally& tally() const { return tally_; }
    static std::string own_folder(const std::string& base);

private:
    static constexpr unsigned seconds_max = 300;
    struct Child {
        pid_t pid = 0;
        int pipe = -1;
        std::string name;
    };
    void reap();
    std::string base_;
    unsigned at_once_;
    std::vector<Child> children_;
    Tally tally_;
};

}  // namespace xinlian::disk
