// Watches a list of subjects: finds what is new about them since the last check. Each check fetches a verified
// portfolio.
//
// The state is kept in one small file: the number of entries and the list head of each subject. The lists of a later
// check must begin with exactly these entries, so that a node with a different history is detected.
#pragma once

#include "ledger/proof/verify.hpp"
#include "node/client/fetch_portfolio.hpp"

namespace xinlian::node {

inline constexpr std::size_t watch_file_bytes_max = 64u << 20;

struct Watched {
    Height height = 0;  // of the last check; 0 before the first
    std::map<Hash, ledger::ListState> seen;
};
// An empty state if there is no file. Errc::malformed, Errc::conflict if it is of another chain, Errc::too_large,
// Errc::io.
Result<Watched> load_watched(const std::string& path, const ledger::Genesis& genesis);
Status store_watched(const std::string& path, const ledger::Genesis& genesis, const Watched& watched);

// A subject with new entries: all its entries, of which the first `known` were seen before.
struct News {
    std::string code;
    Hash subject;
    ledger::Finding finding;  // finding about the subject's list
    std::size_t known = 0;
    const std::vector<ledger::ListAnswer::Item>& entries() const {
        return std::get<ledger::ListFinding>(finding.what).entries;
    }
};
struct Look {
    Watched watched;  // to be stored after the news was delivered
    std::vector<News> news;
};
// Errc::conflict if entries seen before are missing, or if the node is behind the last check.
Result<Look> look_again(const NodeClient& node, const ledger::Genesis& genesis, const SubjectList& subjects,
                        const Watched& before);

// The new entries and the display status of the subject's records, as lines of text and as JSON.
std::vector<std::string> news_lines(const ledger::Genesis& genesis, const News& news, Language language);
boost::json::object news_json(const ledger::Genesis& genesis, const News& news, Language language);

}  // namespace xinlian::node
