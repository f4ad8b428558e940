// Generates random scenarios. At most f members are faulty at once: Byzantine, never returning, with a wrong clock, or
// with a disk that forgets. Any member may crash, be disconnected or have a full disk at any time, as long as its disk
// keeps what it synced.
#include <algorithm>
#include <sstream>

#include "tests/sim/byzantine.hpp"
#include "tests/sim/scenario.hpp"

namespace xinlian::sim {

namespace {

class Author {
public:
    explicit Author(std::uint64_t seed) : chance_(seed * 7'919 + 17) {
        page_ << "# A random run, seed " << seed << ".\nseed " << seed << "\n";
    }

    std::string write() {
        cast();
        if (beyond_faults_) return beyond_faults();
        page_ << "weather loss " << below(200) << " duplicate " << below(150) << " delay 1 "
              << 5 + below(odds(300) ? 600 : 60) << " crash " << (odds(500) ? below(9) : 0) << " gather "
              << (odds(500) ? below(900) : 0) << "\n";
        if (odds(200)) page_ << "wan 5 30\n";
        // A first start needs all its members; a late one sends no votes for two more views.
        if (faulty_ || odds(700)) {
            page_ << "weather loss 0 crash 0\n";
            for (int i = 0; i < 3; ++i) page_ << "run 1500\nsubmit 2\nexpect final within 60000\n";
            page_ << "weather loss " << below(200) << " crash " << (odds(500) ? below(9) : 0) << "\nbetray\n";
        }
        if (dead_) page_ << "crash " << *dead_ << "\n";
        for (std::uint64_t steps = 4 + below(20); steps > 0; --steps) {
            page_ << "run " << 10 + below(odds(200) ? 5'000 : 1'200) << "\n";
            step();
        }
        clear_up();
        return page_.str();
    }

private:
    std::uint64_t below(std::uint64_t bound) { return chance_.below(bound); }
    bool odds(std::uint64_t of_thousand) { return chance_.permille(of_thousand); }
    std::size_t somebody() { return below(nodes_); }
    std::size_t member() { return below(members_); }
    // A member that may crash without being counted among the faulty: its disk keeps what it synced.
    std::size_t victim() {
        std::size_t i = somebody();
        while (dead_ == i) i = somebody();
        return i;
    }

    void cast() {
        static constexpr std::array<std::size_t, 12> sizes{4, 4, 4, 4, 4, 4, 4, 5, 6, 7, 7, 10};
        members_ = sizes[below(sizes.size())];
        if (odds(10)) members_ = 13;
        if (odds(2)) members_ = 41;
        const std::size_t observers = odds(250) ? 1 : 0;
        page_ << "members " << members_ << "\n";
        if (members_ < 10 && odds(30)) {
            beyond_faults_ = true;
            return;
        }
        if (observers > 0) page_ << "observers " << observers << "\n";
        if (odds(700)) page_ << "settings random\n";
        nodes_ = members_ + observers;
        std::size_t faulty = (members_ - 1) / 3;
        if (odds(250)) faulty = below(faulty + 1);
        std::vector<std::size_t> order(members_);
        for (std::size_t i = 0; i < members_; ++i) order[i] = i;
        for (std::size_t i = members_; i > 1; --i) std::swap(order[i - 1], order[below(i)]);
        for (std::size_t i = 0; i < faulty; ++i) role(order[i]);
        nodes_ += twins_;
    }
    // One more Byzantine member than tolerated. Evidence must still name only these members.
    std::string beyond_faults() {
        nodes_ = members_;
        page_ << "beyond-faults\n";
        const std::size_t first = member();
        for (std::size_t i = 0; i <= (members_ - 1) / 3; ++i) {
            page_ << "byzantine " << (first + i) % members_ << (odds(600) ? " twin" : " equivocator") << "\n";
        }
        page_ << "weather loss " << below(100) << " delay 1 " << 5 + below(100) << " crash " << below(5)
              << "\nrun 1000\n";
        for (std::uint64_t steps = 4 + below(12); steps > 0; --steps) {
            page_ << "submit " << 1 + below(4) << "\nrun " << 100 + below(4'000) << "\n";
            step();
        }
        page_ << "heal\nrun 10000\n";
        return page_.str();
    }
    void role(std::size_t i) {
        faulty_ = true;
        const std::uint64_t kind = below(100);
        if (kind < 12) {
            page_ << "byzantine " << i << " twin\n";
            ++twins_, byzantine_ = true;
        } else if (kind < 60) {
            page_ << "byzantine " << i << " " << vice_names[below(vice_names.size())] << "\n";
            byzantine_ = true;
        } else if (kind < 70 && !dead_) {
            dead_ = i;
        } else if (kind < 80 && !wrong_clock_) {
            wrong_clock_ = i;
        } else if (!forgetful_) {
            forgetful_ = i;
        }
    }

    void step() {
        const std::uint64_t what = below(100);
        if (what < 30)
            page_ << "submit " << 1 + below(4) << "\n";
        else if (what < 38)
            page_ << "submit 1 " << somebody() << "\n";
        else if (what < 41)
            page_ << "fork " << somebody() << " " << somebody() << "\n";
        else if (what < 42)
            page_ << "resolve " << somebody() << "\n";
        else if (what < 49)
            page_ << "crash " << victim() << "\n";
        else if (what < 58)
            page_ << "start " << victim() << "\n";
        else if (what < 61)
            power_cut();
        else if (what < 67)
            page_ << "cut " << somebody() << " " << somebody() << "\n";
        else if (what < 72)
            split();
        else if (what < 75)
            page_ << "isolate " << somebody() << "\n";
        else if (what < 84)
            page_ << "heal\n";
        else if (what < 87)
            full_disk();
        else if (what < 89)
            page_ << "clock " << member() << (odds(500) ? " ahead " : " behind ") << below(2'000) << "\n";
        else if (what < 91)
            uplink();
        else if (what < 93 && wrong_clock_)
            wrong_clock();
        else if (what < 98 && forgetful_)
            forget();
        else
            page_ << "insist\n";
    }
    void power_cut() {
        page_ << "power-cut\n";
        if (odds(300)) page_ << "run " << below(3'000) << "\n";
        start_all();
    }
    void start_all() {
        page_ << "start";
        for (std::size_t i = 0; i < nodes_; ++i) {
            if (dead_ != i) page_ << " " << i;
        }
        page_ << "\n";
    }
    void split() {
        page_ << "split";
        const std::uint64_t sides = 2 + below(2);
        for (std::uint64_t side = 0; side < sides; ++side) {
            if (side > 0) page_ << " |";
            for (std::size_t i = 0; i < nodes_; ++i) {
                if (i * 2'654'435'761u / 7 % sides == (side + split_) % sides) page_ << " " << i;
            }
        }
        split_ += 1 + below(3);
        page_ << "\n";
    }
    // The more members, the more each has to send.
    void uplink() {
        slow_.push_back(somebody());
        page_ << "uplink " << slow_.back() << " " << members_ * (5 + below(100)) << "\n";
    }
    void full_disk() {
        const std::size_t i = victim();
        page_ << "disk " << i << " full\nrun " << 200 + below(3'000) << "\ndisk " << i << " well\nstart " << i << "\n";
    }
    void wrong_clock() {
        static constexpr std::array<std::uint64_t, 4> far{6'000, 60'000, 86'400'000, 3'000'000'000};
        page_ << "clock " << *wrong_clock_ << (odds(500) ? " ahead " : " behind ") << far[below(far.size())] << "\n";
    }
    void forget() {
        const std::size_t i = *forgetful_;
        switch (below(5)) {
            case 0:
                page_ << "crash " << i << "\nstart " << i << " lost-journal\n";
                return;
            case 1:
                page_ << "crash " << i << "\nstart " << i << " flipped-journal\n";
                return;
            case 2:
                page_ << "crash " << i << "\nstart " << i << " lost-all\n";
                return;
            case 3:
                page_ << "disk " << i << " lies\nsubmit 3\nrun " << 500 + below(2'000) << "\ncrash " << i << "\nstart "
                      << i << " old-chain\n";
                return;
            default:
                page_ << "disk " << i << " flips\nrun " << below(1'000) << "\ncrash " << i << "\nstart " << i << "\n";
                return;
        }
    }

    // Heals the network; only permanently faulty members remain.
    void clear_up() {
        page_ << "weather fine\n";
        for (std::size_t i = 0; i < nodes_; ++i) {
            if (i >= members_ || wrong_clock_ != i) page_ << "clock " << i << " ahead 0\n";
        }
        for (const std::size_t i : slow_) page_ << "uplink " << i << " 1000000\n";
        page_ << "heal\n";
        start_all();
        page_ << "heal\nexpect final within 60000\n";
        // Byzantine members never stop sending, and one that became silent late may still have to be waited for.
        if (!byzantine_) page_ << "run 13000\nexpect level\nexpect quiet 8000\n";
    }

    Chance chance_;
    std::ostringstream page_;
    std::size_t members_ = 4, nodes_ = 4, twins_ = 0;
    std::uint64_t split_ = 0;
    bool byzantine_ = false, faulty_ = false, beyond_faults_ = false;
    std::vector<std::size_t> slow_;
    std::optional<std::size_t> dead_, wrong_clock_, forgetful_;
};

}  // namespace

std::string random_page(std::uint64_t seed) { return Author(seed).write(); }

}  // namespace xinlian::sim
