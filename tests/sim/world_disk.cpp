// Faults of the disk of a node that is down, and of one that runs.
#include <filesystem>

#include "tests/sim/world.hpp"

namespace xinlian::sim {

namespace fs = std::filesystem;

void World::damage_disk(std::size_t i, Comeback how) {
    Node& at = nodes_[i];
    switch (how) {
        case Comeback::whole:
            break;
        case Comeback::lost_journal:
            fs::remove_all(journal_folder(i));
            ++figures.lost_disks;
            break;
        case Comeback::flipped_journal:
            flip_journal_bit(i);
            break;
        case Comeback::lost_all:
            fs::remove_all(journal_folder(i));
            at.store = {};
            at.forgot = true;
            at.rows_flipped = false;
            ++figures.lost_disks;
            break;
        case Comeback::old_chain:
            if (at.image) at.store = *at.image;
            at.forgot = true;
            ++figures.disk_faults;
            break;
    }
}

// What a refusal to start tells the operator to do: move the data folder aside and fetch everything from the peers.
bool World::start_over(std::size_t i) {
    Node& at = nodes_[i];
    fs::remove_all(journal_folder(i));
    at.store = {};
    at.forgot = true;
    at.rows_flipped = false;
    forget(i);
    ++figures.lost_disks;
    const Status fresh = open(i, true);
    if (!fresh) invariants.broken("a node with an empty folder does not start: " + fresh.error().text);
    return fresh.ok();
}

void World::flip_row(std::size_t i) {
    auto& rows = nodes_[i].store;
    if (rows.rows().empty()) return;
    auto at = rows.rows().begin();
    std::advance(at, static_cast<std::ptrdiff_t>(chance_.below(rows.rows().size())));
    if (at->second.empty()) return;
    const Bytes key = at->first;
    nodes_[i].rows_flipped = true;
    const auto bit = static_cast<std::uint8_t>(1 << chance_.below(8));
    rows.flip(key, chance_.below(at->second.size()), bit);
    ++figures.disk_faults;
}

}  // namespace xinlian::sim
