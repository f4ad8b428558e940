// Portfolio files for users: converts a list of companies to subject tags, requests the file about them from a node,
// and converts a file to a table with one row per company. No result is shown before the whole file was verified.
#pragma once

#include <map>

#include "ledger/proof/portfolio.hpp"
#include "ledger/proof/verify.hpp"
#include "node/client/node_client.hpp"
#include "node/tables/csv_writer.hpp"
#include "node/wording/language.hpp"

namespace xinlian::node {

// Unified social credit codes by their subject tags.
using SubjectList = std::map<Hash, ledger::SubjectCode>;

// Reads a CSV or JSON file with a header (the column 统一社会信用代码, else the first), or one code per line without
// one. UTF-8 or GB 18030. A code may have a wrong check digit, as in an import. Errc::malformed names the row of a cell
// that holds no code; Errc::too_large above portfolio_subjects_max.
Result<SubjectList> load_subject_list(const std::string& path, Suite suite, const Hash& channel_key);

struct FetchedPortfolio {
    std::string file;
    ledger::PortfolioFinding finding;
};
// Requests the file, verifies it, and checks that it is about exactly these subjects. `on_subject` is as in
// verify_portfolio: nothing that it receives is proven until this returns without an error.
Result<FetchedPortfolio> fetch_portfolio(const NodeClient& node, const ledger::Genesis& genesis,
                                         const SubjectList& subjects,
                                         const ledger::OnPortfolioSubject& on_subject = {});
// The finding about one subject of a valid portfolio, the same as from a proof of that subject alone.
ledger::Finding finding_of(const ledger::PortfolioFinding& portfolio, ledger::PortfolioSubject subject);

// The output of `verify` for a portfolio file, besides the verdict.
struct PortfolioTable {
    std::string path;         // empty: none
    bool json_lines = false;  // else CSV, UTF-8 with BOM
    bool chinese = false;     // column names in Chinese
};
// Verifies a file on disk and, with `subjects`, that it is about exactly these. The table is put in place only if the
// whole file is valid. Errors as in verify_portfolio; Errc::invalid if the subjects differ.
Result<ledger::PortfolioFinding> read_portfolio(const ledger::Genesis& genesis, const std::string& path,
                                                const std::optional<SubjectList>& subjects,
                                                const PortfolioTable& table);

// The finding in one sentence, and as JSON.
std::string say(const ledger::Genesis& genesis, const ledger::PortfolioFinding& finding, Language language);
boost::json::object to_json(const ledger::Genesis& genesis, const ledger::PortfolioFinding& finding, Language language);

}  // namespace xinlian::node
