// A table that names proof files becomes the same table with a verdict in each row: what a bureau does with thousands
// of proofs at once. In a stream: one row and one proof in memory at a time.
#pragma once

#include "node/client/fetch_proof.hpp"
#include "node/wording/language.hpp"

namespace xinlian::node {

struct VerifyTable {
    std::string path;  // CSV, UTF-8 or GB 18030, with a column 证明文件 or proof, and perhaps 记录文件 or record
    std::string proofs;  // the folder that the names in it start from; empty: the table's own
    std::string out;     // written in the encoding of the table; empty: its name with "-verified" before the extension
    Language language = Language::zh;
    std::function<void(std::uint64_t bytes, std::uint64_t bytes_total, std::uint64_t rows)>
        on_progress;  // may be empty
};
struct TableVerdict {
    std::string out;
    std::uint64_t valid = 0, not_valid = 0, cannot_tell = 0;
    std::uint64_t rows() const { return valid + not_valid + cannot_tell; }
    int exit_code() const;  // 1 if any is not valid, else 2 if any cannot be told, else 0
};

// Appends the columns 结论, 说明 and 截至高度 (verdict, explanation, as_of_height); all other cells stay as they are,
// but for a ' before what a spreadsheet would run as a formula. Errors are about the table as a whole; a proof that is
// missing or unreadable is a row that cannot be told.
Result<TableVerdict> verify_table(const ledger::Genesis& genesis, const VerifyTable& table);

}  // namespace xinlian::node
