#include "tests/twins/schedule.hpp"

#include <charconv>
#include <set>

#include "crypto/check.hpp"

namespace xinlian::twins {

namespace {

constexpr std::size_t members_max = 16;
constexpr std::size_t rounds_max = 32;

// splitmix64, so that a seed means the same with every library.
std::uint64_t next(std::uint64_t& state) {
    std::uint64_t z = (state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

// Parses a decimal number and the mark after it from the front of `text`; the last number has no mark.
bool take(std::string_view& text, char mark, std::uint64_t& number) {
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty()) return mark == '.';
    if (text.front() != mark) return false;
    text.remove_prefix(1);
    return !text.empty();
}

}  // namespace

std::uint32_t Shape::choices() const { return static_cast<std::uint32_t>(members << (nodes() - 1)); }

std::optional<std::uint64_t> Shape::total() const {
    std::uint64_t all = 1;
    for (std::size_t round = 0; round < rounds; ++round) {
        if (__builtin_mul_overflow(all, choices(), &all)) return std::nullopt;
    }
    return all;
}

Status check(const Shape& shape) {
    if (shape.members < 1 || shape.members > members_max || shape.doubled > shape.members) {
        return Error{Errc::invalid, "a play has 1 to 16 members, of whom no more are doubled than there are"};
    }
    if (shape.nodes() > 24) return Error{Errc::invalid, "a play has at most 24 nodes"};
    if (shape.rounds < 1 || shape.rounds > rounds_max) return Error{Errc::invalid, "a play has 1 to 32 rounds"};
    return {};
}

Schedule::Schedule(Shape shape, std::vector<std::uint32_t> rounds) : shape_(shape), rounds_(std::move(rounds)) {
    XL_CHECK(check(shape_).ok() && rounds_.size() == shape_.rounds);
    for (const std::uint32_t round : rounds_) XL_CHECK(round < shape_.choices());
}

Schedule Schedule::numbered(const Shape& shape, std::uint64_t number) {
    std::vector<std::uint32_t> rounds(shape.rounds);
    for (std::uint32_t& round : rounds) {
        round = static_cast<std::uint32_t>(number % shape.choices());
        number /= shape.choices();
    }
    return {shape, std::move(rounds)};
}

Result<Schedule> Schedule::from_id(std::string_view id) {
    const Error wrong{Errc::malformed, "a schedule is written like 4+1:17.3.60: members, doubled members, rounds"};
    std::uint64_t members = 0, doubled = 0, number = 0;
    if (!take(id, '+', members) || !take(id, ':', doubled)) return wrong;
    Shape shape{members, doubled, 1};
    XL_TRY_STATUS(check(shape));
    std::vector<std::uint32_t> rounds;
    while (!id.empty()) {
        if (!take(id, '.', number) || number >= shape.choices() || rounds.size() == rounds_max) return wrong;
        rounds.push_back(static_cast<std::uint32_t>(number));
    }
    shape.rounds = rounds.size();
    return Schedule(shape, std::move(rounds));
}

std::string Schedule::id() const {
    std::string id = std::to_string(shape_.members) + "+" + std::to_string(shape_.doubled);
    for (std::size_t i = 0; i < rounds_.size(); ++i) id += (i == 0 ? ":" : ".") + std::to_string(rounds_[i]);
    return id;
}

std::string Schedule::text() const {
    std::string text;
    for (View view = 1; is_scheduled(view); ++view) {
        text += "view " + std::to_string(view) + ": led by " + std::to_string(leader(view)) + ", {";
        for (const std::uint32_t side : {0u, 1u}) {
            for (std::size_t node = 0; node < shape_.nodes(); ++node) {
                if ((sides(view) >> node & 1u) == side) text += " " + std::to_string(node);
            }
            text += side == 0 ? " } | {" : " }\n";
        }
    }
    return text;
}

MemberIndex Schedule::leader(View view) const {
    const std::uint64_t number = is_scheduled(view) ? rounds_[view - 1] : view;
    return static_cast<MemberIndex>(number % shape_.members);
}

std::uint32_t Schedule::sides(View view) const {
    return static_cast<std::uint32_t>(rounds_[view - 1] / shape_.members) << 1;
}

bool Schedule::together(View view, std::size_t a, std::size_t b) const {
    return !is_scheduled(view) || (sides(view) >> a & 1u) == (sides(view) >> b & 1u);
}

std::vector<Schedule> sample(const Shape& shape, std::uint64_t count, std::uint64_t seed) {
    const auto total = shape.total();
    if (total && count >= *total) return every(shape, 1);
    std::set<Schedule> known;
    std::vector<Schedule> chosen;
    while (chosen.size() < count) {
        std::vector<std::uint32_t> rounds(shape.rounds);
        for (std::uint32_t& round : rounds) round = static_cast<std::uint32_t>(next(seed) % shape.choices());
        const Schedule schedule(shape, std::move(rounds));
        if (known.insert(schedule).second) chosen.push_back(schedule);
    }
    return chosen;
}

std::vector<Schedule> every(const Shape& shape, std::uint64_t stride) {
    XL_CHECK(shape.total() && stride > 0);
    std::vector<Schedule> chosen;
    for (std::uint64_t number = 0; number < *shape.total(); number += stride) {
        chosen.push_back(Schedule::numbered(shape, number));
    }
    return chosen;
}

}  // namespace xinlian::twins
