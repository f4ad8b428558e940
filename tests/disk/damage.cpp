#include "tests/disk/damage.hpp"

#include <filesystem>
#include <fstream>
#include <random>

#include "ledger/chain/scrub.hpp"
#include "tests/disk/answers.hpp"
#include "tests/disk/disk_model.hpp"
#include "tests/disk/script.hpp"

namespace xinlian::disk {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t victim = 0;
constexpr std::size_t blocks_in_tables = 260, blocks_in_log = 140;
constexpr std::uint64_t journal_bytes_max = 400'000;

enum class Damage : std::uint8_t { bit, zeros, cut };

std::string_view name_of(Damage damage) {
    switch (damage) {
        case Damage::bit:
            return "a flipped bit";
        case Damage::zeros:
            return "4 KiB of zeros";
        case Damage::cut:
            return "cut short";
    }
    return "?";
}

// Returns false if the file is unchanged.
bool harm(Bytes& bytes, Damage damage, std::uint64_t place) {
    const Bytes before = bytes;
    switch (damage) {
        case Damage::bit:
            bytes[place / 8 % bytes.size()] ^= static_cast<std::uint8_t>(1u << (place % 8));
            break;
        case Damage::zeros: {
            const std::size_t from = place % bytes.size() / 4096 * 4096;
            std::fill(bytes.begin() + static_cast<long>(from),
                      bytes.begin() + static_cast<long>(std::min(bytes.size(), from + 4096)), std::uint8_t{0});
            break;
        }
        case Damage::cut:
            bytes.resize(place % bytes.size());
            break;
    }
    return bytes != before;
}

std::string kind_of(const std::string& path) {
    const std::string name = path.substr(path.rfind('/') + 1);
    if (path.find("/journal/journal.") != std::string::npos) return "journal";
    if (name.ends_with(".ldb")) return "table";
    if (name.ends_with(".log")) return "write-ahead log";
    if (name.starts_with("MANIFEST-")) return "manifest";
    return name == "CURRENT" ? "CURRENT" : "";
}

class Matrix {
public:
    explicit Matrix(const DamagePlan& plan)
        : plan_(plan),
          members_(plan.base + "/run", {victim}, journal_bytes_max),
          script_(members_, victim),
          forks_(plan.base, plan.at_once) {}

    Tally run() {
        Recorder::instance().hold_threads(true);
        if (!build()) {
            forks_.finish();
            Tally tally;
            tally.cases = 1;
            tally.fail("the chain to be damaged does not come about: " + members_.describe());
            return tally;
        }
        for (const auto& [path, bytes] : image_) {
            if (!bytes || kind_of(path).empty() || bytes->empty()) continue;
            for (const Damage damage : {Damage::bit, Damage::zeros, Damage::cut}) places(path, damage);
            if (plan_.all_bytes && kind_of(path) == "journal") every_byte(path);
        }
        forks_.finish();
        Recorder::instance().hold_threads(false);
        return forks_.tally();
    }

private:
    // Makes a node's folder with tables, a log and a journal, and records its answers while it is healthy.
    bool build() {
        const std::string first = plan_.base + "/run", second = plan_.base + "/again";
        const std::string folder = second + "/" + std::to_string(victim);
        fs::create_directories(first);
        bool good = members_.begin().ok() && script_.run(blocks_in_tables);
        if (!good) return false;
        members_.drop(victim);
        fs::copy(first, second, fs::copy_options::recursive);  // the one before still holds its locks
        members_.move_to(second);
        good = members_.begin().ok() && script_.run(blocks_in_log);
        if (!good) return false;
        answers_ = answers_of(members_.member(victim).chain());
        members_.drop(victim);
        image_[std::to_string(victim)] = std::nullopt;
        for (const auto& item : fs::recursive_directory_iterator(folder)) {
            const std::string path = std::to_string(victim) + item.path().string().substr(folder.size());
            if (item.is_directory()) {
                image_[path] = std::nullopt;
                continue;
            }
            std::ifstream in(item.path(), std::ios::binary);
            image_[path] = Bytes(std::istreambuf_iterator<char>(in), {});
        }
        fs::remove_all(first);
        fs::remove_all(second);
        for (std::size_t i = 0; i < Members::count; ++i) {
            if (i != victim) members_.drop(i);
        }
        members_.member(victim).said.clear();
        return true;
    }

    void places(const std::string& path, Damage damage) {
        std::seed_seq seed{static_cast<unsigned>(damage), static_cast<unsigned>(kind_of(path)[0]), 1u};
        std::mt19937_64 chance(seed);
        for (std::uint64_t i = 0; i < plan_.faults; ++i) one(path, damage, chance());
    }
    // The last bytes hold the votes that no block has made obsolete.
    void every_byte(const std::string& path) {
        constexpr std::size_t tail = 3'000;
        const std::size_t size = image_.at(path)->size();
        for (std::size_t at = size > tail ? size - tail : 0; at < size; ++at) {
            one(path, Damage::cut, at);
            one(path, Damage::bit, at * 8 + at % 8);
        }
    }
    void one(const std::string& path, Damage damage, std::uint64_t place) {
        const std::string what = kind_of(path) + ", " + std::string(name_of(damage));
        forks_.run(what + " at " + std::to_string(place), [&](Tally& tally) {
            Image image = image_;
            if (!harm(*image.at(path), damage, place)) return;
            ++tally.cases;
            ++tally.kinds[what + ": " + outcome(tally, image)];
        });
    }

    std::string outcome(Tally& tally, const Image& image) {
        const std::string root = Forks::own_folder(plan_.base);
        materialize(image, root);
        // A refused store waits for its compactions, so they must be able to run; one table and a log start none.
        Recorder::instance().hold_threads(false);
        members_.move_to(root);
        const Status started = members_.start(victim);
        if (!started) {
            if (started.error().text.find(root) == std::string::npos &&
                started.error().text.find("folder") == std::string::npos)
                tally.fail("the refusal does not say where: " + started.error().text);
            return "refused at the start";
        }
        const bool amnesia = members_.member(victim).recalled == consensus::Memory::lost;
        const Reading reading = compare(answers_, members_.member(victim).chain());
        if (!reading.wrong.empty()) tally.fail("a wrong or missing answer: " + reading.wrong);
        if (amnesia) {
            if (!members_.member(victim).said.empty()) tally.fail("it votes though its journal is lost");
            members_.submit(victim, script_.fresh_batch());
            expect_silence(tally);
            return "a lost journal is noticed; it is silent";
        }
        if (reading.errors == 0) return "no effect on what is read";
        members_.may_halt = true;
        members_.submit(victim, script_.fresh_batch());
        Members::Member& at = members_.member(victim);
        if (!at.replica) return "noticed in reading; it stops";
        const std::optional<Error> found = scrub(at);
        if (!found) {
            tally.fail("its scrub does not see what is noticed in reading");
            return "noticed in reading alone";
        }
        at.replica->damaged(found->text, members_.clock());
        expect_silence(tally);
        return "noticed in reading and by the scrub; it is silent";
    }

    // What the daemon would report to the replica.
    static std::optional<Error> scrub(const Members::Member& at) {
        ledger::Scrub scrub(*at.data->store, *at.data->chain);
        for (;;) {
            const ledger::Scrub::Step step = scrub.step();
            if (step.damage || step.finished) return step.damage;
        }
    }
    // The member is alone, has work to do and gets no answers. A member that knows of a loss must send no votes.
    void expect_silence(Tally& tally) {
        const std::size_t said = members_.member(victim).said.size();
        members_.run_ms(20'000);
        if (members_.member(victim).said.size() != said) tally.fail("it votes after it noticed a loss");
        if (members_.wrong()) tally.fail(*members_.wrong());
    }

    const DamagePlan& plan_;
    Members members_;
    Script script_;
    Forks forks_;
    Image image_;
    Answers answers_;
};

}  // namespace

Tally run_damage(const DamagePlan& plan) { return Matrix(plan).run(); }

}  // namespace xinlian::disk
