#include "node/client/fetch_portfolio.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <cstring>

#include "node/tables/row_reader.hpp"
#include "node/wording/plain.hpp"
#include "node/wording/sentence.hpp"

namespace xinlian::node {

namespace {

using ledger::PortfolioFinding;
using ledger::PortfolioSubject;

constexpr std::string_view code_column = "统一社会信用代码";

class ListReader {
public:
    ListReader(Suite suite, const Hash& key) : suite_(suite), key_(key) {}

    Status header(const std::vector<std::string>& names) {
        const auto found = std::find(names.begin(), names.end(), code_column);
        column_ = found == names.end() ? 0 : static_cast<std::size_t>(found - names.begin());
        // A list without a header begins with a code.
        const std::string_view first = names.empty() ? std::string_view() : names.front();
        auto code = read(first);
        if (found != names.end() || headless_) return {};
        if (code) {
            headless_ = true;
            return add(*code);
        }
        // A mistyped code must not pass for the name of the column.
        const bool is_name = first.empty() || first.front() < '0' || first.front() > '9';
        return is_name ? Status() : within("row 1", std::move(code).error());
    }

    Status row(const RawRow& row) {
        const std::string where = "row " + std::to_string(row.number + (headless_ ? 1 : 0));
        if (row.fault != RowFault::none || row.cells.size() <= column_) {
            return Error{Errc::invalid, where + ": the row does not have as many cells as the header"};
        }
        auto code = read(row.cells[column_].text);
        if (!code) return within(where, std::move(code).error());
        if (Status added = add(*code); !added) return within(where, std::move(added).error());
        return {};
    }

    SubjectList take() { return std::move(list_); }

private:
    // As an import does: a list is taken from a register, which may hold such codes.
    static Result<ledger::SubjectCode> read(std::string_view cell) {
        return ledger::SubjectCode::parse(cell, ledger::CheckDigit::any);
    }

    Status add(const ledger::SubjectCode& code) {
        list_.emplace(ledger::subject_tag(suite_, key_, code), code);
        if (list_.size() <= ledger::portfolio_subjects_max) return {};
        return Error{Errc::too_large, "a portfolio contains at most " + std::to_string(ledger::portfolio_subjects_max) +
                                          " subjects; split the list"};
    }

    Suite suite_;
    const Hash& key_;
    std::size_t column_ = 0;
    bool headless_ = false;
    SubjectList list_;
};

// Compares the subjects of a file with the requested ones, one by one.
class Expected {
public:
    explicit Expected(const SubjectList& asked) : missing_(asked) {}
    Status seen(const Hash& subject) {
        if (missing_.erase(subject) == 1) return {};
        return Error{Errc::invalid, "the portfolio contains a subject that is not on the list, " + subject.hex()};
    }
    Status finish() const {
        if (missing_.empty()) return {};
        return Error{Errc::invalid, "the portfolio lacks " + std::to_string(missing_.size()) +
                                        " subjects of the list, for example " + missing_.begin()->second.text()};
    }

private:
    SubjectList missing_;
};

// Writes the rows of the table; does nothing without a path.
class Rows {
public:
    Rows(const PortfolioTable& form, const std::optional<SubjectList>& names) : form_(form), names_(names) {}

    Status begin() {
        if (form_.path.empty()) return {};
        XL_TRY(file_, TableFile::create(form_.path, form_.json_lines ? Encoding::utf8 : Encoding::utf8_bom));
        if (form_.json_lines) return {};
        const std::string zh[] = {std::string(code_column), "主体标签", "条目数", "最新条目高度", "最新条目时间"};
        const std::string en[] = {"code", "subject", "entries", "latest_height", "latest_time"};
        return file_->row(form_.chinese ? zh : en);
    }

    Status add(const PortfolioSubject& subject) {
        if (!file_) return {};
        const std::string tag = subject.subject.hex();
        const auto known = names_ ? names_->find(subject.subject) : SubjectList::const_iterator();
        const std::string code = names_ && known != names_->end() ? known->second.text() : std::string();
        const ledger::LogEntry* latest = subject.entries.empty() ? nullptr : &subject.entries.back().entry;
        if (form_.json_lines) {
            boost::json::object line{
                {"code", nullptr}, {"subject", tag}, {"entries", subject.entries.size()}, {"latest", nullptr}};
            if (!code.empty()) line["code"] = code;
            if (latest != nullptr) line["latest"] = {{"height", latest->height}, {"time_ms", latest->time.ms}};
            return file_->line(boost::json::serialize(line));
        }
        const std::string cells[] = {code, tag, std::to_string(subject.entries.size()),
                                     latest == nullptr ? "" : std::to_string(latest->height),
                                     latest == nullptr ? "" : time_text(latest->time)};
        return file_->row(cells);
    }

    Status finish() { return file_ ? file_->finish() : Status(); }

private:
    const PortfolioTable& form_;
    const std::optional<SubjectList>& names_;
    std::unique_ptr<TableFile> file_;
};

struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

Result<SubjectList> load_subject_list(const std::string& path, Suite suite, const Hash& channel_key) {
    XL_TRY(const FileFacts facts, inspect_file(path, suite));
    ListReader reader(suite, channel_key);
    XL_TRY_STATUS(read_rows(facts, {.on_header = [&](const auto& names) { return reader.header(names); },
                                    .on_row = [&](const RawRow& row) { return reader.row(row); },
                                    .on_progress = {}}));
    SubjectList list = reader.take();
    if (list.empty()) return Error{Errc::invalid, path + ": the list has no subjects"};
    return list;
}

ledger::Finding finding_of(const PortfolioFinding& portfolio, PortfolioSubject subject) {
    return {portfolio, ledger::ListFinding{ledger::EntriesOfSubject{subject.subject}, std::move(subject.entries)}};
}

Result<FetchedPortfolio> fetch_portfolio(const NodeClient& node, const ledger::Genesis& genesis,
                                         const SubjectList& subjects, const ledger::OnPortfolioSubject& on_subject) {
    std::string body;
    for (const auto& [tag, code] : subjects) body += tag.hex() + "\n";
    XL_TRY(std::string file, node.post("/v1/proofs/portfolio", body, "text/plain"));
    Expected expected(subjects);
    const auto source = [left = std::string_view(file)](std::span<std::uint8_t> into) mutable -> Result<std::size_t> {
        const std::size_t n = left.copy(reinterpret_cast<char*>(into.data()), into.size());
        left.remove_prefix(n);
        return n;
    };
    Status refused;  // error of the receiver, not of the portfolio
    auto finding = ledger::verify_portfolio(genesis, source, [&](const PortfolioSubject& subject) -> Status {
        XL_TRY_STATUS(expected.seen(subject.subject));
        if (on_subject) refused = on_subject(subject);
        return refused;
    });
    if (!refused) return std::move(refused).error();
    if (!finding) return within("the node's portfolio is not valid", std::move(finding).error());
    XL_TRY_STATUS(expected.finish());
    return FetchedPortfolio{std::move(file), *std::move(finding)};
}

Result<PortfolioFinding> read_portfolio(const ledger::Genesis& genesis, const std::string& path,
                                        const std::optional<SubjectList>& subjects, const PortfolioTable& table) {
    const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rbe"));
    if (!file) return Error{Errc::io, "cannot open " + path + ": " + std::strerror(errno)};
    const auto source = [&](std::span<std::uint8_t> into) -> Result<std::size_t> {
        const std::size_t got = std::fread(into.data(), 1, into.size(), file.get());
        if (std::ferror(file.get()) != 0) return Error{Errc::io, "cannot read " + path};
        return got;
    };
    std::optional<Expected> expected;
    if (subjects) expected.emplace(*subjects);
    Rows rows(table, subjects);
    XL_TRY_STATUS(rows.begin());
    XL_TRY(PortfolioFinding finding,
           ledger::verify_portfolio(genesis, source, [&](const PortfolioSubject& subject) -> Status {
               if (expected) XL_TRY_STATUS(expected->seen(subject.subject));
               return rows.add(subject);
           }));
    if (expected) XL_TRY_STATUS(expected->finish());
    XL_TRY_STATUS(rows.finish());
    return finding;
}

std::string say(const ledger::Genesis& genesis, const PortfolioFinding& portfolio, Language language) {
    const std::string as_of = as_of_text(genesis, portfolio, language),
                      signers = signers_text(genesis, portfolio, language);
    const std::string of = std::to_string(portfolio.subjects), count = std::to_string(portfolio.entries);
    if (language == Language::zh) {
        return "完整：" + as_of + "各地关于这 " + of + " 个主体的条目合计恰为 " + count + " 条，别无其他" + signers;
    }
    return "Complete: " + as_of + " the entries about these subjects (" + of + ") are exactly " + count +
           ", from all regions, and no others" + signers;
}

boost::json::object to_json(const ledger::Genesis& genesis, const PortfolioFinding& portfolio, Language language) {
    boost::json::object json = common_json(genesis, portfolio, say(genesis, portfolio, language));
    json["kind"] = "portfolio";
    json["subjects"] = portfolio.subjects;
    json["entries"] = portfolio.entries;
    return json;
}

}  // namespace xinlian::node
