#include "node/client/watch.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "crypto/files.hpp"
#include "node/client/json_reading.hpp"
#include "node/wording/sentence.hpp"

namespace xinlian::node {

namespace {

constexpr std::string_view watch_form = "xinlian-watch/1";

Error damaged(const std::string& path) {
    return {Errc::malformed,
            path +
                " is not a file written by `xinlian watch`, or it is damaged; move it aside, and everything about "
                "the subjects is reported again"};
}

// Whether the list begins with the entries seen before.
bool goes_on(Suite suite, const ledger::ListState& seen, std::span<const ledger::ListAnswer::Item> entries) {
    if (seen.count > entries.size()) return false;
    Hash head;
    for (const auto& item : entries.first(seen.count)) {
        head = ledger::list_next(suite, head, log_leaf_hash(suite, encode(item.entry)), item.index);
    }
    return head == seen.head;
}

Result<Watched> parse(const boost::json::object& json) {
    Watched watched;
    watched.height = json.at("height").to_number<Height>();
    for (const auto& [tag, state] : json.at("seen").as_object()) {
        XL_TRY(const Hash subject, hash_from_hex(std::string(tag)));
        XL_TRY(const Hash head, hash_from_hex(std::string(state.at("head").as_string())));
        watched.seen.emplace(subject, ledger::ListState{state.at("count").to_number<std::uint64_t>(), head});
    }
    return watched;
}

}  // namespace

Result<Watched> load_watched(const std::string& path, const ledger::Genesis& genesis) {
    Result<Bytes> bytes = read_file(path, watch_file_bytes_max);
    if (!bytes && bytes.error().code == Errc::not_found) return Watched{};
    if (!bytes) return std::move(bytes).error();
    const Result<boost::json::object> parsed = parse_object(as_text(*bytes));
    if (!parsed) return damaged(path);
    const boost::json::object& json = *parsed;
    try {
        if (json.at("form").as_string() != watch_form) return damaged(path);
        if (json.at("chain_id").as_string() != genesis.chain_id().hex()) {
            return Error{Errc::conflict,
                         path + " belongs to another federation, " + std::string(json.at("chain_id").as_string())};
        }
        Result<Watched> watched = parse(json);
        return watched ? std::move(watched) : damaged(path);
    } catch (const std::exception&) {  // thrown by Boost.JSON for a missing member or a wrong type
        return damaged(path);
    }
}

Status store_watched(const std::string& path, const ledger::Genesis& genesis, const Watched& watched) {
    boost::json::object seen;
    for (const auto& [tag, state] : watched.seen) {
        seen.emplace(tag.hex(), boost::json::object{{"count", state.count}, {"head", state.head.hex()}});
    }
    const boost::json::object json{{"form", watch_form},
                                   {"chain_id", genesis.chain_id().hex()},
                                   {"height", watched.height},
                                   {"seen", std::move(seen)}};
    return write_file(path, as_bytes(boost::json::serialize(json) + "\n"), 0600, Existing::replace);
}

Result<Look> look_again(const NodeClient& node, const ledger::Genesis& genesis, const SubjectList& subjects,
                        const Watched& before) {
    Look look;
    std::vector<std::pair<std::string, ledger::PortfolioSubject>> changed;
    const auto on_subject = [&](const ledger::PortfolioSubject& subject) -> Status {
        const auto found = before.seen.find(subject.subject);
        const ledger::ListState seen = found == before.seen.end() ? ledger::ListState{} : found->second;
        const std::string& code = subjects.at(subject.subject).text();
        if (!goes_on(genesis.suite(), seen, subject.entries)) {
            return Error{Errc::conflict, "what was known about " + code + " up to height " +
                                             std::to_string(before.height) +
                                             " is not in the history that this node serves; keep the file "
                                             "and ask another member"};
        }
        if (subject.state) look.watched.seen.emplace(subject.subject, *subject.state);
        if (subject.entries.size() > seen.count) changed.emplace_back(code, subject);
        return {};
    };
    XL_TRY(const FetchedPortfolio fetched, fetch_portfolio(node, genesis, subjects, on_subject));
    if (fetched.finding.height < before.height) {
        return Error{Errc::conflict, "the node is at height " + std::to_string(fetched.finding.height) +
                                         ", below height " + std::to_string(before.height) +
                                         " of the last look; try again later"};
    }
    look.watched.height = fetched.finding.height;
    for (auto& [code, subject] : changed) {
        const auto found = before.seen.find(subject.subject);
        const std::size_t known = found == before.seen.end() ? 0 : found->second.count;
        const Hash tag = subject.subject;
        look.news.push_back({code, tag, finding_of(fetched.finding, std::move(subject)), known});
    }
    const auto last_index = [](const News& news) { return news.entries().back().index; };
    std::sort(look.news.begin(), look.news.end(),
              [&](const News& a, const News& b) { return last_index(a) < last_index(b); });
    return look;
}

std::vector<std::string> news_lines(const ledger::Genesis& genesis, const News& news, Language language) {
    std::vector<std::string> lines = say(genesis, news.finding, {.language = language}).lines;
    lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(news.known));
    return lines;
}

boost::json::object news_json(const ledger::Genesis& genesis, const News& news, Language language) {
    const boost::json::object all = to_json(genesis, news.finding, {.language = language});
    boost::json::array fresh;
    const boost::json::array& entries = all.at("entries").as_array();
    for (std::size_t i = news.known; i < entries.size(); ++i) fresh.push_back(entries[i]);
    return {{"code", news.code},         {"subject", news.subject.hex()}, {"as_of", all.at("as_of")},
            {"entries", entries.size()}, {"new", std::move(fresh)},       {"records", all.at("records")}};
}

}  // namespace xinlian::node
