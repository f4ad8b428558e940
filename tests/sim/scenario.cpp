#include "tests/sim/scenario.hpp"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "tests/sim/byzantine.hpp"
#include "tests/sim/clients.hpp"
#include "tests/sim/final_invariants.hpp"

namespace xinlian::sim {
namespace {

using Words = std::vector<std::string>;

Words split(const std::string& line) {
    std::istringstream in(line.substr(0, line.find('#')));
    Words words;
    for (std::string word; in >> word;) words.push_back(word);
    return words;
}

std::uint64_t percentile(const std::vector<std::uint64_t>& sorted, std::uint64_t percent) {
    return sorted.empty() ? 0 : sorted[(sorted.size() - 1) * percent / 100];
}

// Executes a page line by line. The lines before the first action describe the federation.
class Player {
public:
    Player(const std::string& page, std::string folder, Casts& casts, bool thorough,
           std::function<void(const std::string&)> listener)
        : page_(page), casts_(casts), thorough_(thorough) {
        setup_.folder = std::move(folder);
        setup_.listener = std::move(listener);
    }

    Play play() {
        std::istringstream in(page_);
        for (std::string line; std::getline(in, line) && out_.broken.empty();) {
            ++line_;
            words_ = split(line);
            next_ = 1;
            if (setup_.listener) setup_.listener(line);
            if (words_.empty() || describe() || act()) continue;
            fail("is not understood");
        }
        if (!world_) begin();
        finish();
        return std::move(out_);
    }

private:
    // --- parsing ---

    void fail(const std::string& what) {
        std::string text = "line " + std::to_string(line_) + " (";
        for (const std::string& word : words_) text += (text.back() == '(' ? "" : " ") + word;
        out_.broken.push_back(text + ") " + what);
    }
    bool more() const { return next_ < words_.size(); }
    std::string word() { return more() ? words_[next_++] : ""; }
    std::uint64_t number() {
        const std::string text = word();
        if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos) {
            fail("needs a number where it says \"" + text + "\"");
            return 0;
        }
        return std::stoull(text);
    }
    std::size_t node() {
        const std::uint64_t i = number();
        if (i < world_->size()) return i;
        fail("names a node that is not there");
        return 0;
    }
    bool is(std::string_view first) const { return words_[0] == first; }

    // --- setup ---

    bool describe() {
        if (world_) return false;
        if (is("members")) return members_ = number(), true;
        if (is("observers")) return setup_.observers = number(), true;
        if (is("seed")) return setup_.seed = number(), true;
        if (is("settings")) return setup_.random_settings = word() == "random", true;
        if (is("heartbeat")) return setup_.timing.heartbeat = {number()}, true;
        if (is("beyond-faults")) return beyond_faults_ = true;
        if (is("byzantine")) {
            const std::size_t i = number();
            const std::string kind = word();
            setup_.byzantine.insert(i);
            if (kind == "twin") return twins_.push_back(i), true;
            const auto at = std::find(vice_names.begin(), vice_names.end(), kind);
            if (at == vice_names.end()) fail("names no known kind of byzantine");
            vices_[i] = static_cast<Vice>(at - vice_names.begin());
            return true;
        }
        return false;
    }

    void begin() {
        std::size_t second = members_ + setup_.observers;
        for (const std::size_t member : twins_) setup_.twins[member] = second++;
        world_ = std::make_unique<World>(casts_.of(members_), setup_);
        world_->invariants.beyond_faults = beyond_faults_;
        clients_ = std::make_unique<Clients>(*world_);
        world_->begin();
        if (page_.find("\nbetray") == std::string::npos) betray();
    }

    // --- actions ---

    bool act() {
        if (!world_) begin();
        if (is("run")) return world_->run({number()}), true;
        if (is("weather")) return weather();
        if (is("submit")) return submit();
        if (is("fork")) return fork();
        if (is("resolve")) return resolve();
        if (is("betray")) return betray();
        if (is("insist")) return clients_->insist(), true;
        if (is("crash")) return each([this](std::size_t i) { world_->crash(i); });
        if (is("start")) return start();
        if (is("power-cut")) return power_cut();
        if (is("cut")) return cut();
        if (is("isolate")) return each([this](std::size_t i) { isolate(i); });
        if (is("split")) return split_up();
        if (is("heal")) return world_->heal(), true;
        if (is("clock")) return clock();
        if (is("disk")) return disk();
        if (is("delay")) return delay();
        if (is("wan")) return wan();
        if (is("uplink")) return uplink();
        if (is("report")) return report();
        if (is("expect")) return expect();
        return false;
    }

    // Starts the Byzantine behaviour; without this line it starts at the beginning.
    bool betray() {
        for (const auto& [i, vice] : vices_) world_->turn_coat(i, make_tongue(vice));
        return true;
    }
    template <class F>
    bool each(F&& what) {
        while (more()) what(node());
        return true;
    }
    bool weather() {
        while (more()) {
            const std::string what = word();
            Weather& now = world_->weather;
            if (what == "loss")
                now.loss = number();
            else if (what == "duplicate")
                now.duplicate = number();
            else if (what == "crash")
                now.crash = number();
            else if (what == "gather")
                now.gather = number();
            else if (what == "delay")
                now.delay_min_ms = number(), now.delay_max_ms = number();
            else if (what == "fine")
                now = Weather{};
            else
                return false;
        }
        return true;
    }
    // submit COUNT [NODE]
    bool submit() {
        std::uint64_t count = number();
        const std::optional<std::size_t> at = more() ? std::optional(node()) : std::nullopt;
        while (count-- > 0) {
            const std::size_t drawn = world_->chance().below(world_->size());
            clients_->submit(world_->chance().below(clients_->issuers()), at.value_or(drawn));
        }
        return true;
    }
    bool fork() {
        const std::size_t one = node(), other = node();
        return clients_->fork(world_->chance().below(clients_->issuers()), one, other), true;
    }
    // resolve NODE [NAME VALUE]…: an issuer submits a resolution of these parameters, or of random ones
    bool resolve() {
        const std::size_t at = node();
        std::string rules;
        while (more()) {
            rules += (rules.empty() ? "\"" : ",\"") + word();
            rules += "\":" + std::to_string(number());
        }
        clients_->resolve(world_->chance().below(clients_->issuers()), at, rules);
        return true;
    }
    // start NODE… | start NODE lost-journal|flipped-journal|lost-all|old-chain
    bool start() {
        const std::size_t first = node();
        const std::string how = word();
        if (how == "lost-journal") return world_->start(first, Comeback::lost_journal), true;
        if (how == "flipped-journal") return world_->start(first, Comeback::flipped_journal), true;
        if (how == "lost-all") return world_->start(first, Comeback::lost_all), true;
        if (how == "old-chain") return world_->start(first, Comeback::old_chain), true;
        next_ = 1;
        return each([this](std::size_t i) { world_->start(i); });
    }
    bool power_cut() {
        for (std::size_t i = 0; i < world_->size(); ++i) world_->crash(i);
        return true;
    }
    // cut FROM TO: one way
    bool cut() {
        const std::size_t from = node(), to = node();
        return world_->cut(from, to), true;
    }
    void isolate(std::size_t i) {
        for (std::size_t other = 0; other < world_->size(); ++other) {
            if (other == i) continue;
            world_->cut(i, other);
            world_->cut(other, i);
        }
    }
    // split 0 1 | 2 3 | …: a node that is not named is isolated
    bool split_up() {
        std::map<std::size_t, std::size_t> side;
        std::size_t number_of_side = 1;
        while (more()) {
            if (words_[next_] == "|")
                ++number_of_side, ++next_;
            else
                side[node()] = number_of_side;
        }
        for (std::size_t a = 0; a < world_->size(); ++a) {
            for (std::size_t b = 0; b < world_->size(); ++b) {
                if (a != b && (side[a] == 0 || side[a] != side[b])) world_->cut(a, b);
            }
        }
        return true;
    }
    // clock NODE ahead|behind MS
    bool clock() {
        const std::size_t i = node();
        const bool ahead = word() == "ahead";
        const auto skew = static_cast<std::int64_t>(number());
        world_->node(i).skew_ms = ahead ? skew : -skew;
        return true;
    }
    // disk NODE full|well|lies|flips
    bool disk() {
        const std::size_t i = node();
        const std::string how = word();
        World::Node& at = world_->node(i);
        if (how == "full")
            at.disk_full = true, ++world_->figures.disk_faults;
        else if (how == "well")
            at.disk_full = false;
        else if (how == "lies")
            at.image = at.store;
        else if (how == "flips")
            world_->flip_row(i);
        else
            return false;
        return true;
    }
    // delay A B MIN MAX: both ways
    bool delay() {
        const std::size_t a = node(), b = node();
        const std::uint64_t min = number(), max = number();
        world_->set_delay(a, b, min, max);
        world_->set_delay(b, a, min, max);
        return true;
    }
    // wan MIN MAX: every pair of nodes gets a delay between these, with a tenth of jitter
    bool wan() {
        const std::uint64_t min = number(), max = number();
        for (std::size_t a = 0; a < world_->size(); ++a) {
            for (std::size_t b = a + 1; b < world_->size(); ++b) {
                const std::uint64_t far = world_->chance().between(min, max);
                world_->set_delay(a, b, far, far + far / 10);
                world_->set_delay(b, a, far, far + far / 10);
            }
        }
        return true;
    }
    // uplink NODE BYTES_PER_MS
    bool uplink() {
        const std::size_t i = node();
        return world_->set_bandwidth(i, std::max<std::uint64_t>(1, number())), true;
    }

    // report finality: how long blocks took, beside three message delays; how long clients waited; what was sent
    bool report() {
        const auto sorted = [](std::vector<std::uint64_t> values) {
            std::sort(values.begin(), values.end());
            return values;
        };
        const auto spread = [](const std::vector<std::uint64_t>& values) {
            return "p50 " + std::to_string(percentile(values, 50)) + " ms, p99 " +
                   std::to_string(percentile(values, 99)) + " ms";
        };
        const Height height = highest();
        out_.report.push_back("from proposal to finality: " + spread(sorted(world_->proposal_to_final_ms())));
        if (const auto delays = sorted(world_->one_way_delays_ms()); !delays.empty()) {
            // A quorum is two thirds, so this is the slowest message of each round that must be waited for.
            const std::uint64_t delay = percentile(delays, 67);
            out_.report.push_back("two thirds of the links take at most " + std::to_string(delay) +
                                  " ms: three of these are " + std::to_string(3 * delay) + " ms");
        }
        out_.report.push_back("from submitting to the first receipt: " + spread(sorted(clients_->waits_ms())) + ", " +
                              std::to_string(clients_->waits_ms().size()) + " batches");
        out_.report.push_back(std::to_string(height) + " blocks, " +
                              std::to_string(height == 0 ? 0 : world_->figures.consensus_sent / height) +
                              " consensus messages per block");
        return true;
    }

    // --- expectations ---

    bool expect() {
        const std::string what = word();
        if (what == "final") return expect_final();
        if (what == "stuck") return expect_stuck();
        if (what == "quiet") return expect_quiet();
        if (what == "evidence") return expect_evidence();
        if (what == "on-ledger") return expect_on_ledger();
        if (what == "innocence") return world_->evidence().empty() || (fail("did not hold: there is evidence"), true);
        if (what == "level") return expect_level();
        if (what == "down") return holds([this](std::size_t i) { return !world_->up(i); });
        if (what == "up") return holds([this](std::size_t i) { return world_->up(i); });
        if (what == "refused") return holds([this](std::size_t i) { return world_->node(i).refused; });
        if (what == "delays") return expect_delays();
        if (what == "mute") return holds([this](std::size_t i) { return world_->node(i).votes == 0; });
        if (what == "votes") return holds([this](std::size_t i) { return world_->node(i).votes > 0; });
        if (what == "view-at-most") return highest_view() <= number() || (fail("did not hold"), true);
        return false;
    }
    template <class F>
    bool holds(F&& what) {
        while (more()) what(node()) || (fail("did not hold"), true);
        return true;
    }
    Height highest() const {
        Height height = 0;
        for (std::size_t i = 0; i < world_->size(); ++i) {
            if (world_->node(i).honest) height = std::max(height, world_->height(i));
        }
        return height;
    }
    View highest_view() const {
        View view = 0;
        for (std::size_t i = 0; i < world_->size(); ++i) {
            if (world_->up(i) && world_->node(i).honest)
                view = std::max(view, world_->node(i).replica->overview().current);
        }
        return view;
    }
    // expect final within MS: a new batch of every issuer and all that waits is answered, and all nodes know it
    bool expect_final() {
        word();
        const Duration most{number()};
        for (std::size_t issuer = 0; issuer < clients_->issuers() && issuer < 4; ++issuer) {
            std::size_t at = world_->chance().below(world_->size());
            for (std::size_t n = 0; n < world_->size() && !(world_->up(at) && world_->node(at).honest); ++n)
                at = (at + 1) % world_->size();
            clients_->submit(issuer, at);
        }
        const Time until = world_->now() + most;
        const auto done = [this] { return clients_->all_answered() && clients_->all_know(); };
        const Time since = world_->now();
        while (!done() && world_->now() < until) {
            clients_->insist();
            world_->run_until({std::min<std::uint64_t>(400, (until - world_->now()).ms)}, done);
        }
        if (!done()) fail("did not hold: not all that was submitted is final everywhere;" + clients_->unanswered());
        out_.figures.recovery_ms_max = std::max(out_.figures.recovery_ms_max, (world_->now() - since).ms);
        return true;
    }
    // expect stuck MS: nothing becomes final, whether or not anything was submitted
    bool expect_stuck() {
        const Height before = highest();
        clients_->submit(0, world_->chance().below(world_->size()));
        world_->run({number()});
        if (highest() != before) fail("did not hold: something became final");
        return true;
    }
    // expect quiet MS: no consensus message from an honest member, and less than one wake in half a second
    bool expect_quiet() {
        const std::uint64_t sent = world_->figures.consensus_frames, ms = number();
        std::vector<std::uint64_t> ticks;
        for (std::size_t i = 0; i < world_->size(); ++i) ticks.push_back(world_->node(i).ticks);
        world_->run({ms});
        if (world_->figures.consensus_frames != sent)
            fail("did not hold: " + std::to_string(world_->figures.consensus_frames - sent) + " consensus messages");
        for (std::size_t i = 0; i < world_->size(); ++i) {
            const std::uint64_t more = world_->node(i).ticks - ticks[i];
            if (more > ms / 500)
                fail("did not hold: node " + std::to_string(i) + " woke " + std::to_string(more) + " times");
        }
        return true;
    }
    // expect delays N: N message delays suffice from proposal to finality, where a message delay is the maximum over
    // the fastest two thirds of the links (a quorum waits for no more)
    bool expect_delays() {
        std::vector<std::uint64_t> took = world_->proposal_to_final_ms(), links = world_->one_way_delays_ms();
        std::sort(took.begin(), took.end());
        std::sort(links.begin(), links.end());
        const std::uint64_t most = number() * percentile(links, 67);
        if (took.empty() || percentile(took, 99) > most)
            fail("did not hold: p99 is " + std::to_string(percentile(took, 99)) + " ms of " + std::to_string(most));
        return true;
    }
    bool expect_evidence() {
        const std::uint64_t member = number();
        const auto& all = world_->evidence();
        const auto against = [member](const Evidence& one) { return one.member == member; };
        if (std::none_of(all.begin(), all.end(), against)) fail("did not hold: there is none");
        return true;
    }
    // expect on-ledger MEMBER: every honest node's ledger holds evidence against it
    bool expect_on_ledger() {
        const auto member = static_cast<MemberIndex>(number());
        for (std::size_t i = 0; i < world_->size(); ++i) {
            if (!world_->up(i) || !world_->node(i).honest) continue;
            if (!world_->node(i).chain->snapshot()->state.evidence(0, member))
                fail("did not hold: node " + std::to_string(i) + " knows of none");
        }
        return true;
    }
    bool expect_level() {
        for (std::size_t i = 0; i < world_->size(); ++i) {
            if (world_->up(i) && world_->node(i).honest && world_->height(i) != highest())
                fail("did not hold: node " + std::to_string(i) + " is at " + std::to_string(world_->height(i)));
        }
        return true;
    }

    // --- the end ---

    void finish() {
        for (std::string& complaint : check_final_invariants(*world_, thorough_))
            out_.broken.push_back(std::move(complaint));
        const std::uint64_t recovery = out_.figures.recovery_ms_max;
        out_.figures = world_->figures;
        out_.figures.recovery_ms_max = recovery;
        out_.figures.blocks = highest();
        out_.trace = world_->trace();
        out_.state = world_->describe();
    }

    const std::string& page_;
    Casts& casts_;
    bool thorough_;
    Setup setup_;
    std::size_t members_ = 4;
    bool beyond_faults_ = false;
    std::vector<std::size_t> twins_;
    std::map<std::size_t, Vice> vices_;
    std::unique_ptr<World> world_;
    std::unique_ptr<Clients> clients_;
    std::size_t line_ = 0, next_ = 1;
    Words words_;
    Play out_;
};

}  // namespace

const test::Federation& Casts::of(std::size_t members) {
    auto& cast = made_[members];
    if (!cast) cast = std::make_unique<test::Federation>(Suite::ed25519_sha256, 1, members);
    return *cast;
}

Play play(const std::string& page, const std::string& folder, Casts& casts, bool thorough,
          std::function<void(const std::string&)> listener) {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    return Player(page, folder, casts, thorough, std::move(listener)).play();
}

}  // namespace xinlian::sim
