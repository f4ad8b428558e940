// The schedules of Twins: for each round, which nodes hear each other and who leads. (Bano and others, "Twins: BFT
// Systems Made Robust", OPODIS 2021: a Byzantine member is two copies of the honest program with one key.)
//
// Nodes 0 … members-1 are the members; node members+i is the second copy of member i, for the first `doubled` members.
// Which members are doubled does not matter, since any of them may lead any round. A round is a side for each node, 0
// or 1, and a leader. Node 0 is always on side 0, since exchanging the sides changes nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crypto/committee.hpp"

namespace xinlian::twins {

struct Shape {
    std::size_t members = 4;
    std::size_t doubled = 1;
    std::size_t rounds = 3;

    bool operator==(const Shape&) const = default;
    std::size_t nodes() const { return members + doubled; }
    MemberIndex member_of(std::size_t node) const {
        return static_cast<MemberIndex>(node < members ? node : node - members);
    }
    bool is_doubled(MemberIndex member) const { return member < doubled; }
    std::uint32_t choices() const;               // of one round: partitions times leaders
    std::optional<std::uint64_t> total() const;  // of schedules; nothing if 64 bits do not hold it
};
// At most 16 members, no more doubled than there are, 1 to 32 rounds. Errc::invalid.
Status check(const Shape& shape);

class Schedule {
public:
    Schedule(Shape shape, std::vector<std::uint32_t> rounds);  // one number below choices() for each round
    static Schedule numbered(const Shape& shape, std::uint64_t number);
    static Result<Schedule> from_id(std::string_view id);

    // "4+1:17.3.60": members, doubled members, the numbers of the rounds. It identifies the schedule completely.
    std::string id() const;
    std::string text() const;  // for people, a line for each round: "view 1: led by 2, {0 1 4} | {2 3}"
    const Shape& shape() const { return shape_; }

    // Round r is view r. After the last round all nodes hear each other, and the members lead in turn.
    bool is_scheduled(View view) const { return view >= 1 && view <= rounds_.size(); }
    MemberIndex leader(View view) const;
    bool together(View view, std::size_t a, std::size_t b) const;

    auto operator<=>(const Schedule& other) const { return rounds_ <=> other.rounds_; }  // of one shape
    bool operator==(const Schedule& other) const = default;

private:
    std::uint32_t sides(View view) const;  // a bit for each node

    Shape shape_;
    std::vector<std::uint32_t> rounds_;
};

// `count` different schedules, the same ones for the same seed; all schedules, in order, if there are no more.
std::vector<Schedule> sample(const Shape& shape, std::uint64_t count, std::uint64_t seed);
// Every `stride`-th schedule of all.
std::vector<Schedule> every(const Shape& shape, std::uint64_t stride);

}  // namespace xinlian::twins
