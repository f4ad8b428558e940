// Reads an array of flat objects with Boost.JSON's streaming parser; numbers keep the digits of the file.
#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <map>

#include "node/tables/row_reader.hpp"

namespace xinlian::node {

namespace {

namespace json = boost::json;

// The handler that the parser calls. Its functions return false to stop; `stopped` has the reason.
struct Handler {
    static constexpr std::size_t max_object_size = import_columns_max;
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = 1024;
    static constexpr std::size_t max_string_size = cell_bytes_max;
    using View = json::string_view;

    const RowVisitor* visitor;
    std::function<void(RawRow&)> assign_bad_bytes;
    Status stopped;
    std::vector<std::string> header;
    std::map<std::string, std::size_t, std::less<>> columns;
    std::vector<bool> seen;
    RawRow row;
    std::string key;
    std::string number;
    std::size_t column = 0, next = 0;
    unsigned depth = 0;
    bool header_changed = false, stopped_already = false;

    bool stop(Error error) {
        stopped = std::move(error);
        stopped_already = true;
        return false;
    }
    bool flat() const { return depth == 2; }

    // Files usually have the fields of every object in the same order, so the next column is nearly always the right
    // one.
    bool begin_value(std::string_view name) {
        if (next < header.size() && header[next] == name) {
            column = next;
        } else if (const auto found = columns.find(name); found != columns.end()) {
            column = found->second;
        } else if (header.size() < import_columns_max) {
            column = header.size();
            columns.emplace(name, column);
            header.emplace_back(name);
            header_changed = true;
            row.cells.resize(header.size(), RawCell{{}, true});
            seen.resize(header.size());
        } else {
            return stop({Errc::too_large, "more than " + std::to_string(import_columns_max) + " different names"});
        }
        next = column + 1;
        if (seen[column]) row.fault = RowFault::repeated_name;
        seen[column] = true;
        row.cells[column].text.clear();
        row.cells[column].null = false;
        return true;
    }
    bool append(View text) {
        if (flat()) row.cells[column].text.append(text.data(), text.size());
        return flat() || outside();
    }
    // Nested values belong to a row that is refused; values outside rows end the reading.
    bool outside() {
        if (depth > 2) return true;
        return stop({Errc::malformed, "the file must be an array of objects, one per row"});
    }

    bool on_document_begin(json::error_code&) { return true; }
    bool on_document_end(json::error_code&) { return true; }
    bool on_array_begin(json::error_code&) {
        if (depth == 1) return stop({Errc::malformed, "the file must be an array of objects, one per row"});
        if (depth >= 2) row.fault = RowFault::nested_value;
        ++depth;
        return true;
    }
    bool on_array_end(std::size_t, json::error_code&) {
        --depth;
        return true;
    }
    bool on_object_begin(json::error_code&) {
        if (depth == 0) return stop({Errc::malformed, "the file must be an array of objects, from [ to ]"});
        ++depth;
        if (depth > 2) {
            row.fault = RowFault::nested_value;
            return true;
        }
        row.fault = RowFault::none;
        ++row.number;
        for (RawCell& cell : row.cells) {
            cell.text.clear();
            cell.null = true;
        }
        std::fill(seen.begin(), seen.end(), false);
        next = 0;
        return true;
    }
    bool on_object_end(std::size_t, json::error_code&) {
        if (--depth != 1) return true;
        if (std::exchange(header_changed, false)) {
            if (auto taken = visitor->on_header(header); !taken) return stop(std::move(taken).error());
        }
        assign_bad_bytes(row);
        if (auto visited = visitor->on_row(row); !visited) return stop(std::move(visited).error());
        return true;
    }
    bool on_key_part(View part, std::size_t, json::error_code&) {
        if (flat()) key.append(part.data(), part.size());
        return true;
    }
    bool on_key(View part, std::size_t, json::error_code&) {
        if (!flat()) return true;
        key.append(part.data(), part.size());
        const bool taken = begin_value(key);
        key.clear();
        return taken;
    }
    bool on_string_part(View part, std::size_t, json::error_code&) { return append(part); }
    bool on_string(View part, std::size_t, json::error_code&) { return append(part); }
    bool on_number_part(View part, json::error_code&) { return append(part); }
    bool on_int64(std::int64_t, View part, json::error_code&) { return append(part); }
    bool on_uint64(std::uint64_t, View part, json::error_code&) { return append(part); }
    bool on_double(double, View part, json::error_code&) { return append(part); }
    bool on_bool(bool, json::error_code&) {
        if (flat()) row.fault = RowFault::nested_value;
        return flat() || outside();
    }
    bool on_null(json::error_code&) {
        if (flat()) row.cells[column].null = true;
        return flat() || outside();
    }
    bool on_comment_part(View, json::error_code&) { return true; }
    bool on_comment(View, json::error_code&) { return true; }
};

class JsonParser : public RowParser {
public:
    explicit JsonParser(const RowVisitor& visitor) : parser_(options()) {
        parser_.handler().visitor = &visitor;
        parser_.handler().assign_bad_bytes = [this](RawRow& row) { assign_bad_bytes(row); };
    }
    Status feed(std::string_view text) override {
        json::error_code error;
        // Only white space may follow the end.
        if (parser_.done()) {
            if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return {};
            return broken("unexpected text after the end of the array");
        }
        const std::size_t read = parser_.write_some(true, text.data(), text.size(), error);
        if (parser_.handler().stopped_already) return parser_.handler().stopped;
        if (error) return broken(error.message());
        if (parser_.done()) return feed_rest(text.substr(read));
        return {};
    }
    Status finish() override {
        if (!parser_.done()) {
            json::error_code error;
            parser_.write_some(false, "", 0, error);
            if (error || !parser_.done()) return broken("the file ends too early");
        }
        if (parser_.handler().row.number == 0) return broken("the array contains no object");
        return {};
    }

private:
    static json::parse_options options() {
        json::parse_options options;
        options.max_depth = 16;
        return options;
    }
    Status feed_rest(std::string_view rest) {
        if (rest.find_first_not_of(" \t\r\n") == std::string_view::npos) return {};
        return broken("unexpected text after the end of the array");
    }
    Status broken(const std::string& what) {
        return Error{Errc::malformed, "after row " + std::to_string(parser_.handler().row.number) + ": " + what +
                                          "; the rows before it were read"};
    }
    json::basic_parser<Handler> parser_;
};

}  // namespace

std::unique_ptr<RowParser> json_parser(const RowVisitor& visitor) { return std::make_unique<JsonParser>(visitor); }

}  // namespace xinlian::node
