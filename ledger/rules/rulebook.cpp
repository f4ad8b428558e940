#include "ledger/rules/rulebook.hpp"

#include <algorithm>

#include "ledger/entry/strict_json.hpp"

namespace xinlian::ledger {

namespace {

namespace json = boost::json;
using parts::number_at;
using parts::text_at;

constexpr std::size_t regimes_max = 64, regions_max = 64, source_bytes_max = 200;
constexpr unsigned months_max = 1'200, term_days_max = 1'000, years_max = 100;
constexpr std::array<std::string_view, 4> grade_names{"not-stated", "minor", "general", "serious"};
constexpr std::array<std::string_view, 3> certainty_names{"statute", "published", "unknown"};

Result<std::string> source_at(const json::object& object, const std::string& where) {
    XL_TRY(const std::string_view text, text_at(object, "source", where));
    if (text.size() > source_bytes_max) return invalid(where + ": source is longer than 200 bytes");
    return std::string(text);
}

Result<unsigned> small_at(const json::object& object, std::string_view name, unsigned min, unsigned max,
                          const std::string& where) {
    XL_TRY(const std::uint64_t number, number_at(object, name, min, max, where));
    return static_cast<unsigned>(number);
}

Result<RepairTerm> repair_term_at(const json::object& object, std::string_view name, const std::string& where) {
    static constexpr std::array<std::string_view, 2> known{"least_months", "greatest_months"};
    const std::string place = where + ": " + std::string(name);
    XL_TRY(const json::object* const of, parts::object_at(object, name, where));
    if (of == nullptr) return invalid(place + " is missing");
    XL_TRY_STATUS(parts::check_names(*of, place, known));
    RepairTerm term;
    XL_TRY(term.months_min, small_at(*of, "least_months", 0, months_max, place));
    XL_TRY(term.months_max, small_at(*of, "greatest_months", term.months_min, months_max, place));
    return term;
}

Result<RepairRegime> parse_regime(const json::value& value, const std::string& where) {
    static constexpr std::array<std::string_view, 7> known{"from",    "not-stated", "minor", "general",
                                                           "serious", "special",    "source"};
    XL_TRY(const json::object* const object, parts::object_of(value, where));
    XL_TRY_STATUS(parts::check_names(*object, where, known));
    RepairRegime regime;
    XL_TRY(const std::string_view from, text_at(*object, "from", where));
    if (!from.empty()) {
        Result<Date> day = date_from_iso(from);
        if (!day) return within(where + ": from", invalid(day.error().text));
        regime.from = *day;
    }
    for (std::size_t i = 0; i < grade_names.size(); ++i) {
        XL_TRY(regime.by_grade[i], repair_term_at(*object, grade_names[i], where));
    }
    if (object->contains("special")) {
        XL_TRY(regime.special, repair_term_at(*object, "special", where));
    }
    XL_TRY(regime.source, source_at(*object, where));
    return regime;
}

Result<std::vector<RepairRegime>> parse_repair(const json::object& rules) {
    XL_TRY(const json::array* const list, parts::list_at(rules, "repair", regimes_max, "rules"));
    std::vector<RepairRegime> regimes;
    for (const json::value& item : *list) {
        const std::string where = "rules: repair number " + std::to_string(regimes.size() + 1);
        XL_TRY(RepairRegime regime, parse_regime(item, where));
        if (regimes.empty() != (regime.from == date_none)) {
            return invalid(where + ": from must be empty in the first regime and in no other");
        }
        if (!regimes.empty() && regime.from <= regimes.back().from)
            return invalid(where + ": from must be later than that of the regime before");
        regimes.push_back(std::move(regime));
    }
    if (regimes.empty()) return invalid("rules: repair is empty");
    return regimes;
}

Result<DisputeTerm> parse_dispute(const json::object& object, const std::string& where) {
    static constexpr std::array<std::string_view, 4> known{"days", "working", "certainty", "source"};
    XL_TRY_STATUS(parts::check_names(object, where, known));
    DisputeTerm term;
    XL_TRY(term.days, small_at(object, "days", 1, term_days_max, where));
    const json::value* working = object.if_contains("working");
    if (working == nullptr || !working->is_bool()) return invalid(where + ": working must be true or false");
    term.working = working->as_bool();
    XL_TRY(const std::string_view certainty, text_at(object, "certainty", where));
    const auto at = std::find(certainty_names.begin(), certainty_names.end(), certainty);
    if (at == certainty_names.end()) return parts::unknown_word(where, "certainty", certainty, certainty_names);
    term.certainty = static_cast<Certainty>(at - certainty_names.begin());
    XL_TRY(term.source, source_at(object, where));
    return term;
}

// Checks the two digits of a region.
Status check_region(std::string_view region, const std::string& where) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (region.size() == 2 && digit(region[0]) && digit(region[1])) return {};
    return invalid(where + ": " + parts::quoted(region) + " is not a region; expected two digits, as in \"31\"");
}

Status parse_disputes(const json::object& rules, Terms& terms) {
    const std::string where = "rules: dispute";
    XL_TRY(const json::object* const object, parts::object_at(rules, "dispute", "rules"));
    terms.dispute_of.clear();
    if (object->size() > regions_max) return invalid(where + " has too many regions");
    bool general = false;
    for (const auto& item : *object) {
        const std::string_view region(item.key().data(), item.key().size());
        const std::string place = where + ": " + parts::quoted(region);
        XL_TRY(const json::object* const of, parts::object_of(item.value(), place));
        XL_TRY(DisputeTerm term, parse_dispute(*of, place));
        general = general || region == "other";
        if (region == "other") {
            terms.dispute = std::move(term);
            continue;
        }
        XL_TRY_STATUS(check_region(region, where));
        terms.dispute_of.emplace(region, std::move(term));
    }
    return general ? Status() : invalid(where + ": \"other\", the term of all other regions, is missing");
}

Status parse_retention(const json::object& rules, Terms& terms) {
    const std::string where = "rules: retention_years";
    XL_TRY(const json::object* const object, parts::object_at(rules, "retention_years", "rules"));
    terms.retention_years.clear();
    if (object->size() > regions_max) return invalid(where + " has too many regions");
    for (const auto& item : *object) {
        const std::string_view region(item.key().data(), item.key().size());
        XL_TRY_STATUS(check_region(region, where));
        XL_TRY(const unsigned years, small_at(*object, region, 1, years_max, where));
        terms.retention_years.emplace(region, years);
    }
    return {};
}

Result<std::vector<Date>> parse_days(const json::object& year, std::string_view name, const std::string& where) {
    XL_TRY(const json::array* const list, parts::list_at(year, name, Calendar::days_max, where));
    std::vector<Date> days;
    for (const json::value& item : *list) {
        XL_TRY(const std::string_view text, parts::text_of(item, where));
        const Result<Date> day = date_from_iso(text);
        if (!day) return within(where, invalid(day.error().text));
        days.push_back(*day);
    }
    return days;
}

// The given years replace or extend the shipped ones.
Status parse_calendar(const json::object& rules, Terms& terms) {
    static constexpr std::array<std::string_view, 2> known{"off", "worked"};
    XL_TRY(const json::object* const object, parts::object_at(rules, "calendar", "rules"));
    if (object->size() > years_max) return invalid("rules: calendar has too many years");
    for (const auto& item : *object) {
        const std::string_view name(item.key().data(), item.key().size());
        const std::string where = "rules: calendar: " + parts::quoted(name);
        const Result<Date> first = date_from_iso(std::string(name) + "-01-01");
        if (!first) return invalid(where + " is not a year");
        XL_TRY(const json::object* const year, parts::object_of(item.value(), where));
        XL_TRY_STATUS(parts::check_names(*year, where, known));
        XL_TRY(std::vector<Date> off, parse_days(*year, "off", where));
        XL_TRY(std::vector<Date> worked, parse_days(*year, "worked", where));
        XL_TRY_STATUS(terms.calendar.set_year(*first / 10'000, std::move(off), std::move(worked)));
    }
    return {};
}

Result<Terms> parse_terms(const json::object& rules) {
    Terms terms = shipped_terms();
    if (rules.contains("repair")) {
        XL_TRY(terms.repair, parse_repair(rules));
    }
    if (rules.contains("dispute")) XL_TRY_STATUS(parse_disputes(rules, terms));
    if (rules.contains("retention_years")) XL_TRY_STATUS(parse_retention(rules, terms));
    if (rules.contains("calendar")) XL_TRY_STATUS(parse_calendar(rules, terms));
    if (rules.contains("report_working_days")) {
        XL_TRY(terms.report_working_days, small_at(rules, "report_working_days", 1, term_days_max, "rules"));
    }
    if (rules.contains("withdrawal_days")) {
        XL_TRY(terms.withdrawal_days, small_at(rules, "withdrawal_days", 1, term_days_max, "rules"));
    }
    if (rules.contains("answer_working_days")) {
        XL_TRY(terms.answer_working_days, small_at(rules, "answer_working_days", 1, term_days_max, "rules"));
    }
    if (rules.contains("acknowledge_working_days")) {
        XL_TRY(terms.acknowledge_working_days, small_at(rules, "acknowledge_working_days", 1, term_days_max, "rules"));
    }
    return terms;
}

// A batch is made before its block is known. A batch that the genesis file allows must therefore not become too large
// for every block, or its feed would wait for ever.
Status parse_parameters(const Genesis& genesis, const json::value& value, Rulebook& rulebook) {
    const std::string where = "rules: parameters";
    const Parameters& fixed = genesis.parameters();
    XL_TRY(const Parameters parameters, parts::parameters_of(value, where, fixed));
    if (parameters.batch_entries_max != fixed.batch_entries_max) {
        return invalid(where + ": batch_entries_max cannot be changed; it must be as in the genesis file, " +
                       std::to_string(fixed.batch_entries_max));
    }
    if (parameters.block_body_bytes_max < fixed.block_body_bytes_max) {
        return invalid(where + ": block_body_bytes_max cannot be less than in the genesis file, " +
                       std::to_string(fixed.block_body_bytes_max));
    }
    if (!(parameters == fixed)) rulebook.parameters = parameters;
    return {};
}

// Roles except validator. A member that writes must have a key in the genesis file. At least one member must be able to
// write, or no further resolution would be possible.
Status parse_roles(const Genesis& genesis, const json::object& rules, Rulebook& rulebook) {
    XL_TRY(const json::object* const object, parts::object_at(rules, "roles", "rules"));
    for (const auto& item : *object) {
        const std::string_view id(item.key().data(), item.key().size());
        const std::string where = "rules: roles: " + parts::quoted(id);
        const Member* member = genesis.member(id);
        if (member == nullptr) return invalid(where + " is not a member in the genesis file");
        XL_TRY(Roles roles, parts::roles_of(item.value(), where));
        if (roles.validator != member->roles.validator) {
            return invalid(
                where +
                ": a resolution cannot change who is a validator; leave the role validator as in the genesis file");
        }
        if (roles.writes() && !member->roles.writes()) {
            return invalid(
                where + " has no key in the genesis file to sign batches with, so it can be neither issuer nor bureau");
        }
        rulebook.roles.emplace(id, roles);
    }
    const auto writes = [&](const Member& member) { return rulebook.roles_of(member).writes(); };
    if (std::any_of(genesis.members().begin(), genesis.members().end(), writes)) return {};
    return invalid(
        "rules: roles leave no member that is issuer or bureau, so that nobody could enter new rules into the "
        "ledger");
}

Result<std::vector<Category>> parse_categories(const json::object& object, const std::string& where) {
    XL_TRY(const json::array* const list, parts::list_at(object, "categories", 2, where));
    std::vector<Category> categories;
    for (const json::value& item : *list) {
        XL_TRY(const std::string_view name, parts::text_of(item, where + ": categories"));
        const Result<Category> category = category_named(name);
        if (!category) return within(where + ": categories", invalid(category.error().text));
        if (!is_of_record(*category)) return invalid(where + ": categories must be categories of records, not any");
        categories.push_back(*category);
    }
    std::sort(categories.begin(), categories.end());
    const bool twice = std::adjacent_find(categories.begin(), categories.end()) != categories.end();
    if (categories.empty() || twice) return invalid(where + ": categories must name at least one category, each once");
    return categories;
}

Status parse_members(const Genesis& genesis, const json::object& object, const std::string& where, Channel& channel) {
    XL_TRY(const json::object* const members, parts::object_at(object, "members", where));
    if (members == nullptr || members->size() < 2) return invalid(where + ": members must be two or more");
    for (const auto& item : *members) {
        const std::string id(item.key().data(), item.key().size());
        const std::string place = where + ": member " + parts::quoted(id);
        if (genesis.member(id) == nullptr) return invalid(place + " is not a member in the genesis file");
        XL_TRY(const std::string_view hex, parts::text_of(item.value(), place));
        Result<Bytes> sealed = from_hex(hex);
        if (!sealed || sealed->empty() || sealed->size() > channel_key_bytes_max) {
            return invalid(place + ": the sealed key must be 1 to " + std::to_string(channel_key_bytes_max) +
                           " bytes in hexadecimal");
        }
        channel.members.push_back(id);
        channel.sealed.emplace(id, *std::move(sealed));
    }
    std::sort(channel.members.begin(), channel.members.end());
    return {};
}

Result<Channel> parse_channel(const Genesis& genesis, const json::value& value, const std::string& where) {
    static constexpr std::array<std::string_view, 5> known{"number", "name", "categories", "key_epoch", "members"};
    XL_TRY(const json::object* const object, parts::object_of(value, where));
    XL_TRY_STATUS(parts::check_names(*object, where, known));
    Channel channel;
    XL_TRY(const std::uint64_t number, number_at(*object, "number", 1, UINT16_MAX, where));
    channel.number = static_cast<std::uint16_t>(number);
    XL_TRY(channel.name, parts::people_name_at(*object, where));
    XL_TRY(channel.categories, parse_categories(*object, where));
    XL_TRY(channel.key_epoch, small_at(*object, "key_epoch", 1, 1'000'000, where));
    XL_TRY_STATUS(parse_members(genesis, *object, where, channel));
    return channel;
}

Status parse_channels(const Genesis& genesis, const json::object& rules, Rulebook& rulebook) {
    XL_TRY(const json::array* const list, parts::list_at(rules, "channels", channels_max, "rules"));
    for (const json::value& item : *list) {
        const std::string where =
            "rules: channel number " + std::to_string(rulebook.channels.size() + 1) + " of the list";
        XL_TRY(Channel channel, parse_channel(genesis, item, where));
        if (!rulebook.channels.empty() && channel.number <= rulebook.channels.back().number) {
            return invalid(where + ": number must be greater than that of the channel before");
        }
        rulebook.channels.push_back(std::move(channel));
    }
    return {};
}

json::object json_of(const RepairTerm& term) {
    return {{"least_months", term.months_min}, {"greatest_months", term.months_max}};
}

json::object json_of(const RepairRegime& regime) {
    json::object out{{"from", date_text(regime.from)}};
    for (std::size_t i = 0; i < grade_names.size(); ++i) out[grade_names[i]] = json_of(regime.by_grade[i]);
    if (regime.special) out["special"] = json_of(*regime.special);
    out["source"] = regime.source;
    return out;
}

json::object json_of(const DisputeTerm& term) {
    return {{"days", term.days},
            {"working", term.working},
            {"certainty", certainty_names[static_cast<std::size_t>(term.certainty)]},
            {"source", term.source}};
}

json::object json_of(const Calendar::Year& year) {
    const auto list = [](const std::vector<Date>& days) {
        json::array out;
        for (const Date day : days) out.emplace_back(date_text(day));
        return out;
    };
    return {{"off", list(year.off)}, {"worked", list(year.worked)}};
}

json::object json_of(const Channel& channel) {
    json::array categories;
    for (const Category category : channel.categories) categories.emplace_back(name_of(category));
    json::object members;
    for (const auto& [id, sealed] : channel.sealed) members[id] = to_hex(sealed);
    return {{"number", channel.number},
            {"name", channel.name},
            {"categories", std::move(categories)},
            {"key_epoch", channel.key_epoch},
            {"members", std::move(members)}};
}

}  // namespace

bool Channel::has(std::string_view member) const { return std::binary_search(members.begin(), members.end(), member); }

bool Channel::covers(Category category) const {
    return category == Category::any || std::binary_search(categories.begin(), categories.end(), category);
}

Roles Rulebook::roles_of(const Member& member) const {
    const auto at = roles.find(member.id);
    return at == roles.end() ? member.roles : at->second;
}

const Channel* Rulebook::channel(std::uint16_t number) const {
    const auto at = std::lower_bound(channels.begin(), channels.end(), number,
                                     [](const Channel& channel, std::uint16_t n) { return channel.number < n; });
    return at == channels.end() || at->number != number ? nullptr : &*at;
}

const Rulebook& shipped_rulebook() {
    static const Rulebook rulebook;
    return rulebook;
}

Result<Rulebook> parse_rulebook(const Genesis& genesis, std::string_view text) {
    static constexpr std::array<std::string_view, 11> known{"repair",
                                                            "dispute",
                                                            "report_working_days",
                                                            "withdrawal_days",
                                                            "answer_working_days",
                                                            "acknowledge_working_days",
                                                            "retention_years",
                                                            "calendar",
                                                            "parameters",
                                                            "roles",
                                                            "channels"};
    json::error_code fault;
    const json::value value = json::parse(json::string_view(text.data(), text.size()), fault);
    if (fault) return Error{Errc::malformed, "the rules are not JSON: " + fault.message()};
    XL_TRY(const json::object* const rules, parts::object_of(value, "rules"));
    XL_TRY_STATUS(parts::check_names(*rules, "rules", known));
    Rulebook rulebook;
    XL_TRY(rulebook.terms, parse_terms(*rules));
    if (const json::value* given = rules->if_contains("parameters")) {
        XL_TRY_STATUS(parse_parameters(genesis, *given, rulebook));
    }
    if (rules->contains("roles")) XL_TRY_STATUS(parse_roles(genesis, *rules, rulebook));
    if (rules->contains("channels")) XL_TRY_STATUS(parse_channels(genesis, *rules, rulebook));
    return rulebook;
}

std::string print_rulebook(const Rulebook& rulebook, const Parameters& parameters) {
    const Terms& terms = rulebook.terms;
    json::array repair, channels;
    for (const RepairRegime& regime : terms.repair) repair.push_back(json_of(regime));
    for (const Channel& channel : rulebook.channels) channels.push_back(json_of(channel));
    json::object dispute{{"other", json_of(terms.dispute)}}, retention, calendar, roles;
    for (const auto& [region, term] : terms.dispute_of) dispute[region] = json_of(term);
    for (const auto& [region, years] : terms.retention_years) retention[region] = years;
    for (const auto& [year, days] : terms.calendar.years()) calendar[std::to_string(year)] = json_of(days);
    for (const auto& [id, of] : rulebook.roles) roles[id] = parts::roles_json(of);
    return json::serialize(
        json::object{{"repair", std::move(repair)},
                     {"dispute", std::move(dispute)},
                     {"report_working_days", terms.report_working_days},
                     {"withdrawal_days", terms.withdrawal_days},
                     {"answer_working_days", terms.answer_working_days},
                     {"acknowledge_working_days", terms.acknowledge_working_days},
                     {"retention_years", std::move(retention)},
                     {"calendar", std::move(calendar)},
                     {"parameters", parts::parameters_json(rulebook.parameters.value_or(parameters))},
                     {"roles", std::move(roles)},
                     {"channels", std::move(channels)}});
}

}  // namespace xinlian::ledger
