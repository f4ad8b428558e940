// Verifies the proof files listed in a table and adds a verdict to each row, for a bureau with thousands of proofs. It
// works as a stream, with one row and one proof in memory at a time.
#pragma once

#include "node/client/fetch_proof.hpp"
#include "node/wording/language.hpp"

namespace xinlian::node {

struct VerifyTable {
    std::string path;  // CSV, UTF-8 or GB 18030, with a column 证明文件 or proof, and optionally 记录文件 or record
    std::string proofs;  // the folder of the named files; empty: the table's own
    std::string out;     // written in the encoding of the table; empty: its name with "-verified" before the extension
    Language language = Language::zh;
    std::function<void(std::uint64_t bytes, std::uint64_t bytes_total, std::uint64_t rows)>
        on_progress;  // may be empty
};
struct TableCheck {
    std::string out;
    std::uint64_t valid = 0, not_valid = 0, unknown = 0;
    std::uint64_t rows() const { return valid + not_valid + unknown; }
    Outcome outcome() const;  // invalid if any row is, else unknown if any could not be verified, else valid
};

// Appends the columns 结论, 说明 and 截至高度 (verdict, explanation, as_of_height); all other cells are unchanged,
// except for a ' before a text that a spreadsheet would run as a formula. Errors are about the table as a whole; a
// missing or unreadable proof is a row that could not be verified.
Result<TableCheck> verify_table(const ledger::Genesis& genesis, const VerifyTable& table);

}  // namespace xinlian::node
