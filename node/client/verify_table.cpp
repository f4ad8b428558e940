#include "node/client/verify_table.hpp"

#include <algorithm>
#include <filesystem>

#include "node/tables/csv_writer.hpp"
#include "node/tables/row_reader.hpp"
#include "node/wording/outcome.hpp"
#include "node/wording/plain.hpp"

namespace xinlian::node {

namespace {

using Names = std::initializer_list<std::string_view>;

std::optional<std::size_t> column_named(const std::vector<std::string>& header, Names names) {
    for (std::size_t i = 0; i < header.size(); ++i) {
        if (std::find(names.begin(), names.end(), header[i]) != names.end()) return i;
    }
    return std::nullopt;
}

// The path of a file within the folder. The table is untrusted input.
Result<std::string> path_below(const std::filesystem::path& folder, const std::string& name) {
    const std::filesystem::path relative(name);
    const bool climbs = std::find(relative.begin(), relative.end(), "..") != relative.end();
    if (name.empty()) return Error{Errc::malformed, "the row names no proof file"};
    if (relative.is_absolute() || climbs || name.find('\0') != std::string::npos) {
        return Error{Errc::malformed, "\"" + name + "\" is not the name of a file in the folder of proofs"};
    }
    const std::filesystem::path path = folder / relative;
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) {
        return Error{Errc::not_found, "there is no file " + path.string()};
    }
    return path.string();
}

// Reads the table's rows and writes them with verdicts.
class Work {
public:
    Work(const ledger::Genesis& genesis, const VerifyTable& table, Encoding encoding)
        : genesis_(genesis), table_(table), encoding_(encoding) {
        const std::filesystem::path path(table.path);
        folder_ = table.proofs.empty() ? path.parent_path() : std::filesystem::path(table.proofs);
        verdict_.out = table.out;
        if (table.out.empty()) {
            const std::string name = path.stem().string() + "-verified" + path.extension().string();
            verdict_.out = (path.parent_path() / name).string();
        }
    }

    Status header(const std::vector<std::string>& names) {
        const auto proof = column_named(names, {"证明文件", "proof"});
        if (!proof) {
            return Error{Errc::malformed,
                         table_.path + " has no column 证明文件 (or proof) that names the proof files"};
        }
        proof_ = *proof;
        record_ = column_named(names, {"记录文件", "record"});
        columns_ = names.size();
        XL_TRY(file_, TableFile::create(verdict_.out, encoding_));
        std::vector<std::string> cells = names;
        for (const char* name : {say("结论", "verdict"), say("说明", "explanation"), say("截至高度", "as_of_height")}) {
            cells.emplace_back(name);
        }
        return file_->row(cells);
    }

    Status row(const RawRow& row) {
        const FileCheck check = check_row(row);
        std::vector<std::string> cells;
        for (const RawCell& cell : row.cells) cells.push_back(cell.text);
        cells.resize(columns_);
        switch (check.outcome) {
            case Outcome::valid:
                ++verdict_.valid;
                cells.emplace_back(say("成立", "valid"));
                break;
            case Outcome::invalid:
                ++verdict_.not_valid;
                cells.emplace_back(say("不成立", "not valid"));
                break;
            case Outcome::unknown:
                ++verdict_.unknown;
                cells.emplace_back(say("无法判断", "could not be verified"));
        }
        if (check.checked) {
            const ledger::Finding& finding = check.checked->finding;
            cells.push_back(node::say(genesis_, finding, {table_.language, check.checked->row}).sentence);
            cells.push_back(std::to_string(finding.height));
        } else {
            const bool refused = check.outcome == Outcome::invalid;
            cells.push_back(refused ? refusal(check.reason, table_.language) : printable(check.reason));
            cells.emplace_back();
        }
        XL_TRY_STATUS(file_->row(cells));
        return {};
    }

    void progress(std::uint64_t bytes, std::uint64_t total) const {
        if (table_.on_progress) table_.on_progress(bytes, total, verdict_.rows());
    }

    Result<TableCheck> finish() {
        XL_TRY_STATUS(file_->finish());
        return verdict_;
    }

private:
    const char* say(const char* zh, const char* en) const { return table_.language == Language::zh ? zh : en; }

    static FileCheck unknown(std::string reason) {
        FileCheck check;
        check.reason = std::move(reason);
        return check;
    }

    FileCheck check_row(const RawRow& row) const {
        if (row.fault != RowFault::none) return unknown("the row does not have as many cells as the header");
        if (!row.bad_bytes.empty()) return unknown("the row has bytes that are invalid in the table's encoding");
        const auto proof = path_below(folder_, row.cells[proof_].text);
        if (!proof) return unknown(proof.error().text);
        if (!record_ || row.cells[*record_].text.empty()) return check_proof_file(*proof, genesis_, {});
        const auto path = path_below(folder_, row.cells[*record_].text);
        if (!path) return unknown(path.error().text);
        const auto record = load_record_file(*path);
        return record ? check_proof_file(*proof, genesis_, *record) : unknown(record.error().text);
    }

    const ledger::Genesis& genesis_;
    const VerifyTable& table_;
    Encoding encoding_;
    std::filesystem::path folder_;
    std::size_t columns_ = 0, proof_ = 0;
    std::optional<std::size_t> record_;
    std::unique_ptr<TableFile> file_;
    TableCheck verdict_;
};

}  // namespace

Outcome TableCheck::outcome() const {
    if (not_valid > 0) return Outcome::invalid;
    return unknown > 0 ? Outcome::unknown : Outcome::valid;
}

Result<TableCheck> verify_table(const ledger::Genesis& genesis, const VerifyTable& table) {
    XL_TRY(const FileFacts facts, inspect_file(table.path, genesis.suite()));
    if (facts.layout != Layout::csv) return Error{Errc::unsupported, table.path + " is JSON; save it as CSV"};
    Work work(genesis, table, facts.encoding);
    XL_TRY_STATUS(read_rows(facts, {.on_header = [&](const auto& names) { return work.header(names); },
                                    .on_row = [&](const RawRow& row) { return work.row(row); },
                                    .on_progress = [&](std::uint64_t bytes) { work.progress(bytes, facts.bytes); }}));
    return work.finish();
}

}  // namespace xinlian::node
