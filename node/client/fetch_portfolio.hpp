// Portfolio files for people: a list of companies becomes subject tags, a node is asked for the file about them, and a
// file becomes a table with a row per company. Nothing of it is told before the whole file was found to hold.
#pragma once

#include <map>

#include "ledger/proof/portfolio.hpp"
#include "ledger/proof/verify.hpp"
#include "node/client/node_client.hpp"
#include "node/tables/csv_writer.hpp"
#include "node/wording/language.hpp"

namespace xinlian::node {

// Unified social credit codes by their subject tags.
using SubjectList = std::map<Hash, std::string>;

// Reads a CSV or JSON file with a header (the column 统一社会信用代码, else the first), or one code per line without
// one. UTF-8 or GB 18030. Errc::invalid names the row of a cell that holds no code; Errc::too_large above
// portfolio_subjects_max.
Result<SubjectList> load_subject_list(const std::string& path, Suite suite, const Hash& channel_key);

struct FetchedPortfolio {
    std::string file;
    ledger::PortfolioFinding finding;
};
// Asks the node, verifies, and checks that the answer is about exactly these subjects. `on_subject` as of
// verify_portfolio: nothing it sees holds unless this returns.
Result<FetchedPortfolio> fetch_portfolio(const NodeClient& node, const ledger::Genesis& genesis,
                                         const SubjectList& subjects,
                                         const ledger::OnPortfolioSubject& on_subject = {});
// What a portfolio that holds says of one of its subjects, as a proof of that subject alone would.
ledger::Finding finding_of(const ledger::PortfolioFinding& portfolio, ledger::PortfolioSubject subject);

// What `verify` makes of a portfolio file beside its verdict.
struct PortfolioTable {
    std::string path;         // empty: none
    bool json_lines = false;  // else CSV, UTF-8 with BOM
    bool chinese = false;     // names of the columns
};
// Verifies a file on disk; with `subjects`, also that it is about exactly these. The table is in place only if all of
// it holds. Errors as verify_portfolio's, Errc::invalid if the subjects are others.
Result<ledger::PortfolioFinding> read_portfolio(const ledger::Genesis& genesis, const std::string& path,
                                                const std::optional<SubjectList>& subjects,
                                                const PortfolioTable& table);

// The finding in one sentence, and as JSON.
std::string say(const ledger::Genesis& genesis, const ledger::PortfolioFinding& finding, Language language);
boost::json::object to_json(const ledger::Genesis& genesis, const ledger::PortfolioFinding& finding, Language language);

}  // namespace xinlian::node
