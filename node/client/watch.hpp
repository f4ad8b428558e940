// Watching a list of subjects: what is new about them since the last look, each look a verified portfolio.
//
// What was seen is kept in one small file: for each subject the number of entries and the head of its list. A later
// look must begin with exactly these entries, so a node that shows another history is found out.
#pragma once

#include "ledger/proof/verify.hpp"
#include "node/client/fetch_portfolio.hpp"

namespace xinlian::node {

inline constexpr std::size_t watch_file_bytes_max = 64u << 20;

struct Watched {
    Height height = 0;  // of the last look; 0 before the first
    std::map<Hash, ledger::ListState> seen;
};
// Nothing seen if there is no file. Errc::malformed, Errc::conflict if it is of another chain, Errc::too_large,
// Errc::io.
Result<Watched> load_watched(const std::string& path, const ledger::Genesis& genesis);
Status store_watched(const std::string& path, const ledger::Genesis& genesis, const Watched& watched);

// One subject about which there is news: all its entries, of which the first `known` were seen before.
struct News {
    std::string code;
    ledger::Finding finding;  // of the subject's list
    std::size_t known = 0;
};
struct Look {
    Watched watched;  // to be stored once the news have been told
    std::vector<News> news;
};
// Errc::conflict if what was seen is no longer there, or if the node is behind the last look.
Result<Look> look_again(const NodeClient& node, const ledger::Genesis& genesis, const SubjectList& subjects,
                        const Watched& before);

// Lines for people: the new entries and how the subject's records stand; and the same for machines.
std::vector<std::string> news_lines(const ledger::Genesis& genesis, const News& news, Language language);
boost::json::object news_json(const ledger::Genesis& genesis, const News& news, Language language);

}  // namespace xinlian::node
