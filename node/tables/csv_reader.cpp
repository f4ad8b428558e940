// RFC 4180 with common deviations: \n or \r\n, blank lines, a quote inside an unquoted cell taken literally.
#include <algorithm>

#include "node/tables/row_reader.hpp"

namespace xinlian::node {

namespace {

class CsvParser : public RowParser {
public:
    explicit CsvParser(const RowVisitor& visitor) : visitor_(visitor) {}

    Status feed(std::string_view text) override {
        std::size_t at = 0;
        while (at < text.size()) {
            switch (state_) {
                case State::plain:
                    at = take_until(text, at, ",\n\r\"");
                    break;
                case State::quoted:
                    at = take_until(text, at, "\"");
                    break;
                case State::quote_in_quoted:
                case State::carriage_return:
                    break;
            }
            if (at < text.size()) XL_TRY_STATUS(step(text[at++]));
        }
        return {};
    }

    Status finish() override {
        if (state_ == State::quoted) {
            return Error{Errc::malformed,
                         "row " + std::to_string(row_.number + 1) +
                             ": a quoted cell has no closing quotation mark; add it. The rows before were read"};
        }
        if (used_ > 0 || started_) XL_TRY_STATUS(end_row());
        if (header_.empty()) return Error{Errc::malformed, "the table has no header"};
        return {};
    }

private:
    enum class State : std::uint8_t { plain, quoted, quote_in_quoted, carriage_return };

    RawCell& cell() {
        if (used_ == row_.cells.size()) row_.cells.emplace_back();
        return row_.cells[used_];
    }

    void append(std::string_view text) {
        if (text.empty()) return;
        started_ = true;
        std::string& value = cell().text;
        if (!cell_open_) value.clear();
        cell_open_ = true;
        if (value.size() + text.size() <= cell_bytes_max) {
            value.append(text);
        } else {
            too_large_ = true;
        }
    }

    std::size_t take_until(std::string_view text, std::size_t at, const char* stops) {
        const std::size_t end = std::min(text.find_first_of(stops, at), text.size());
        append(text.substr(at, end - at));
        return end;
    }

    // Handles one special character of the current state.
    Status step(char c) {
        switch (state_) {
            case State::plain:
                if (c == '"' && !cell_open_) {
                    state_ = State::quoted;
                    started_ = cell_open_ = true;
                    cell().text.clear();
                    return {};
                }
                if (c == '"') return append("\""), Status();
                return separator(c);
            case State::quoted:
                state_ = State::quote_in_quoted;
                return {};
            case State::quote_in_quoted:
                if (c == '"') {
                    append("\"");
                    state_ = State::quoted;
                    return {};
                }
                state_ = State::plain;
                if (c == ',' || c == '\n' || c == '\r') return separator(c);
                append({&c, 1});  // "abc"d: text after the closing quote belongs to the cell
                return {};
            case State::carriage_return:
                state_ = State::plain;
                if (c == '\n') return {};  // its row ended at the \r
                return c == '"' || c == ',' || c == '\r' ? step(c) : (append({&c, 1}), Status());
        }
        return {};
    }

    Status separator(char c) {
        if (c == ',') {
            end_cell();
            started_ = true;
            return {};
        }
        if (c == '\r') state_ = State::carriage_return;
        return end_row();
    }

    void end_cell() {
        RawCell& ended = cell();
        if (!cell_open_) ended.text.clear();
        cell_open_ = false;
        if (++used_ > import_columns_max) {
            --used_;  // already counted as too many; its memory is reused
            overflow_ = true;
        }
    }

    Status end_row() {
        if (!started_) return {};  // a blank line
        end_cell();
        const std::size_t cells = std::exchange(used_, 0);
        started_ = false;
        if (header_.empty()) return take_header(cells);
        ++row_.number;
        row_.fault = fault_of(cells);
        too_large_ = overflow_ = false;
        row_.cells.resize(row_.fault == RowFault::none ? header_.size() : cells);
        assign_bad_bytes(row_);
        return visitor_.on_row(row_);
    }

    RowFault fault_of(std::size_t cells) const {
        if (too_large_) return RowFault::cell_too_large;
        if (cells < header_.size()) return RowFault::too_few_cells;
        if (overflow_) return RowFault::too_many_cells;
        // Empty cells after the last column are allowed.
        for (std::size_t i = header_.size(); i < cells; ++i) {
            if (!row_.cells[i].text.empty()) return RowFault::too_many_cells;
        }
        return RowFault::none;
    }

    Status take_header(std::size_t cells) {
        if (overflow_) {
            return Error{Errc::too_large,
                         "the header has more than " + std::to_string(import_columns_max) + " columns"};
        }
        for (std::size_t i = 0; i < cells; ++i) header_.push_back(row_.cells[i].text);
        while (header_.size() > 1 && header_.back().empty()) header_.pop_back();
        return visitor_.on_header(header_);
    }

    const RowVisitor& visitor_;
    std::vector<std::string> header_;
    RawRow row_;
    std::size_t used_ = 0;  // complete cells of the row
    State state_ = State::plain;
    bool cell_open_ = false, started_ = false, too_large_ = false, overflow_ = false;
};

}  // namespace

std::unique_ptr<RowParser> csv_parser(const RowVisitor& visitor) { return std::make_unique<CsvParser>(visitor); }

}  // namespace xinlian::node
