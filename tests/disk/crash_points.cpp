#include "tests/disk/crash_points.hpp"

#include <unistd.h>

#include <filesystem>

#include "tests/disk/fault_injector.hpp"

namespace xinlian::disk {

namespace {

constexpr std::uint64_t patience_ms = 60'000;  // simulated, until the next block is final

// Follows the disk through one run, or through one restart, and forks a child for each state that the disk may have.
class Enumeration {
public:
    Enumeration(Members& members, Script& script, const CrashPlan& plan, DiskModel model, unsigned depth)
        : members_(members),
          script_(script),
          plan_(plan),
          model_(std::move(model)),
          depth_(depth),
          forks_(plan.base, depth == 1 ? plan.at_once : 1) {}

    void watch() {
        members_.at_turn = [this](std::size_t member, Members::Moment moment) {
            if (plan_.members.contains(member)) turn(moment);
        };
    }
    void finish(CrashReport& report) {
        members_.at_turn = {};
        forks_.finish();
        report.points += points_;
        report.tally.add(forks_.tally());
        for (const auto& [kind, number] : operations_) report.operations[kind] += number;
    }
    std::uint64_t points() const { return points_; }

private:
    void turn(Members::Moment moment) {
        if (moment == Members::Moment::sent) {
            // The disk is unchanged, but the other members have heard more.
            const std::uint64_t talk = talked();
            if (acted_ || talk != talked_) cut_here("after what was sent");
            if ((acted_ || talk != talked_) && loses_disks()) one("after what was sent, all is lost", "lost", {}, {});
            talked_ = talk;
            acted_ = false;
            return;
        }
        for (const Operation& operation : std::exchange(Recorder::instance().log(), {})) {
            if (plan_.forget && plan_.forget(operation)) continue;
            model_.apply(operation);
            if (operation.kind == Operation::Kind::open && !operation.created && !operation.emptied) continue;
            ++points_;
            acted_ = true;
            ++operations_[describe(operation).substr(0, describe(operation).find(' '))];
            cut_here("after: " + describe(operation));
        }
    }
    // Applies once something is certified: before that, a lost disk cannot be distinguished from a new one.
    bool loses_disks() const {
        return depth_ == 1 && plan_.members.size() == 1 && !plan_.forget &&
               !members_.member(*plan_.members.begin()).acknowledged.empty();
    }
    std::uint64_t talked() const {
        std::uint64_t talk = 0;
        for (const std::size_t i : plan_.members)
            talk += members_.member(i).said.size() + members_.member(i).receipts.size();
        return talk;
    }

    void cut_here(const std::string& where) {
        for (const Cut& cut : model_.cuts()) {
            const Image image = model_.image(cut);
            one(where + ", " + cut.name, cut.variant, DiskModel::from(image), image);
        }
        if (plan_.kill && depth_ == 1 && model_.is_pending()) {
            const Cut left = model_.everything();
            one(where + ", killed", "killed", model_, model_.image(left));
        }
    }

    void one(const std::string& name, const std::string& variant, DiskModel after, const Image& image) {
        if (number_++ % plan_.every != 0 || (plan_.stop_at_failure && forks_.tally().failed > 0)) return;
        const bool twice = depth_ == 1 && plan_.twice_every != 0 && run_ % plan_.twice_every == 0;
        // If several members lose power, they are attacked in turn, one in each run.
        const std::size_t attacked =
            *std::next(plan_.members.begin(), static_cast<long>(run_++ % plan_.members.size()));
        forks_.run(name, [&](Tally& tally) {
            ++tally.cases;
            ++tally.kinds[depth_ == 1 ? variant : "second, " + variant];
            resume(tally, std::move(after), image, twice ? std::nullopt : std::optional(attacked));
        });
    }

    // In a child: the members restart with this disk. One of them is attacked, or the restart is cut as well.
    void resume(Tally& tally, DiskModel after, const Image& image, std::optional<std::size_t> attacked) {
        const bool twice = !attacked;
        const std::string root = Forks::own_folder(plan_.base);
        materialize(image, root);
        for (const std::size_t i : plan_.members) {
            if (members_.member(i).replica) members_.drop(i);
        }
        Recorder::instance().watch(root);
        members_.move_to(root);
        CrashPlan plan = plan_;
        plan.every = 1;
        plan.disk_lost = plan_.disk_lost || image.empty();
        Enumeration second(members_, script_, plan, std::move(after), 2);
        if (twice) {
            second.watch();
        } else {
            members_.at_turn = {};
        }
        const Status begun = members_.begin();
        if (!begun) return tally.fail("it does not start again: " + begun.error().text);
        for (const std::size_t i : plan_.members) {
            if (members_.member(i).recalled == consensus::Memory::lost)
                tally.fail("it thinks that its journal is lost");
            if (!plan.disk_lost) members_.check_acknowledged(i);
        }
        if (attacked) tally.add(inject_all_faults(members_, script_, *attacked, plan_.base));
        go_on(tally);
        if (!twice) return;
        CrashReport report;
        second.finish(report);
        report.tally.kinds["points of a restart"] += report.points;
        tally.add(report.tally);
    }

    void go_on(Tally& tally) {
        const auto batch = script_.fresh_batch();
        members_.submit((*plan_.members.begin() + 1) % Members::count, batch);
        const bool final = members_.run_until([&] { return members_.all_hold(batch); }, patience_ms);
        members_.check_agreement();
        if (members_.wrong()) return tally.fail(*members_.wrong());
        if (!final) tally.fail("no further block becomes final everywhere: " + members_.describe());
    }

    Members& members_;
    Script& script_;
    const CrashPlan& plan_;
    DiskModel model_;
    unsigned depth_;
    Forks forks_;
    std::uint64_t points_ = 0, number_ = 0, run_ = 0, talked_ = 0;
    bool acted_ = false;
    std::map<std::string, std::uint64_t> operations_;
};

}  // namespace

CrashReport run_crash_points(const CrashPlan& plan, std::size_t blocks) {
    CrashReport report;
    const std::string root = plan.base + "/run";
    std::filesystem::create_directories(root);
    Recorder::instance().watch(root);
    Recorder::instance().hold_threads(true);
    {
        Members members(root, plan.members, script_journal_bytes_max);
        Script script(members, *plan.members.begin());
        Enumeration first(members, script, plan, {}, 1);
        first.watch();
        const Status begun = members.begin();
        if (!begun) report.tally.fail("the run does not start: " + begun.error().text);
        if (begun && !script.run(blocks)) report.tally.fail("the run does not end: " + members.describe());
        members.check_agreement();
        if (members.wrong()) report.tally.fail("the run itself: " + *members.wrong());
        first.finish(report);
        report.rotations = members.rotations();
    }
    Recorder::instance().hold_threads(false);
    Recorder::instance().watch("");
    std::filesystem::remove_all(root);
    return report;
}

}  // namespace xinlian::disk
