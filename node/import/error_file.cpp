#include "node/import/error_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "crypto/files.hpp"
#include "node/tables/csv_writer.hpp"

namespace xinlian::node {

namespace {

constexpr unsigned numbered_names_max = 999;

// Replaces undecodable_mark with the replacement character.
std::string without_marks(std::string_view text) {
    constexpr std::string_view mark = "\xEF\xB7\x90", replacement = "\xEF\xBF\xBD";
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t found = std::min(text.find(mark, at), text.size());
        out.append(text.substr(at, found - at));
        if (found < text.size()) out.append(replacement);
        at = found + mark.size();
    }
    return out;
}

std::string quoted_json(std::string_view text) {
    return boost::json::serialize(boost::json::string(without_marks(text)));
}

struct Notes {
    std::string fields, codes, reasons;
};
Notes notes_of(const Profile& profile, const std::vector<RowFinding>& findings) {
    Notes notes;
    for (const RowFinding& finding : findings) {
        if (!refuses(finding.problem)) continue;
        const char* separator = notes.codes.empty() ? "" : "；";
        const auto column = static_cast<std::size_t>(std::max(finding.column, 0));
        notes.fields += separator + std::string(finding.column < 0 ? "整行" : profile.columns[column].code);
        notes.codes += separator + code_of(finding.problem);
        notes.reasons += separator + describe_zh(profile, finding);
    }
    return notes;
}

// "a.csv" → "a-errors.csv", "a-errors-2.csv" …
std::string name_beside(const std::string& path, unsigned number) {
    const std::filesystem::path file(path);
    const std::string suffix = number < 2 ? "-errors" : "-errors-" + std::to_string(number);
    return (file.parent_path() / (file.stem().string() + suffix + file.extension().string())).string();
}

bool same_content(const std::string& a, const std::string& b) {
    std::error_code error;
    if (std::filesystem::file_size(a, error) != std::filesystem::file_size(b, error) || error) return false;
    const auto left = read_file(a, csv_bytes_max), right = read_file(b, csv_bytes_max);
    return left && right && *left == *right;
}

Error cannot(const std::string& path) {
    return {Errc::io, "cannot write the error file " + path + ": " + std::strerror(errno)};
}

}  // namespace

ErrorFile::ErrorFile(const FileFacts& facts, std::string path) : facts_(facts), path_(std::move(path)) {}
ErrorFile::~ErrorFile() {
    if (file_) ::unlink(temporary_.c_str());
}

Status ErrorFile::write(std::string_view utf8) {
    XL_TRY(const std::string bytes, encode_text(utf8, facts_.encoding));
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) return cannot(temporary_);
    return {};
}

Status ErrorFile::open(const std::vector<std::string>& header, const Binding& binding) {
    temporary_ = (path_.empty() ? name_beside(facts_.path, 1) : path_) + ".part";
    file_.reset(std::fopen(temporary_.c_str(), "wbe"));
    if (!file_) return cannot(temporary_);
    std::string line = facts_.encoding == Encoding::utf8_bom ? "\xEF\xBB\xBF" : "";
    if (facts_.layout == Layout::json) return write(line + "[");
    for (std::size_t i = 0; i < header.size(); ++i) {
        if (binding.field_of[i] != Binding::error_note) line += csv_cell(header[i]) + ",";
    }
    for (const char* name : error_columns) line += std::string(name) + ",";
    line.back() = '\r';
    return write(line + "\n");
}

Status ErrorFile::add(const std::vector<std::string>& header, const Binding& binding, const RawRow& row,
                      const std::vector<RowFinding>& findings) {
    if (!file_) XL_TRY_STATUS(open(header, binding));
    const Notes notes = notes_of(*binding.profile, findings);
    const std::string number = std::to_string(row.number);
    const std::string* const added[] = {&number, &notes.fields, &notes.codes, &notes.reasons};
    std::string line;
    if (facts_.layout == Layout::json) {
        line = first_ ? "\n{" : ",\n{";
        for (std::size_t i = 0; i < std::min(header.size(), row.cells.size()); ++i) {
            if (binding.field_of[i] == Binding::error_note) continue;
            line +=
                quoted_json(header[i]) + ": " + (row.cells[i].null ? "null" : quoted_json(row.cells[i].text)) + ", ";
        }
        for (std::size_t i = 0; i < std::size(added); ++i) {
            line += (i > 0 ? ", " : "") + quoted_json(error_columns[i]) + ": " + quoted_json(*added[i]);
        }
        line += "}";
    } else {
        // Always at least as many cells as the header, so that the notes are in their columns.
        const std::size_t cells = std::max(header.size(), row.cells.size());
        for (std::size_t i = 0; i < cells && i < header.size(); ++i) {
            if (binding.field_of[i] == Binding::error_note) continue;
            const std::string text = i < row.cells.size() ? without_marks(row.cells[i].text) : std::string();
            // A cell of an error file already has its '.
            line += csv_cell(neutralised(text)) + ",";
        }
        for (const std::string* note : added) line += csv_cell(*note) + ",";
        line.back() = '\r';
        line += "\n";
    }
    first_ = false;
    return write(line);
}

Result<std::string> ErrorFile::finish() {
    if (!file_) return std::string();
    if (facts_.layout == Layout::json) XL_TRY_STATUS(write("\n]\n"));
    const bool written = std::fflush(file_.get()) == 0 && ::fsync(::fileno(file_.get())) == 0;
    file_.reset();
    if (!written) return cannot(temporary_);
    std::string place = path_;
    for (unsigned n = 1; path_.empty() && n <= numbered_names_max; ++n) {
        place = name_beside(facts_.path, n);
        std::error_code error;
        if (!std::filesystem::exists(place, error) || same_content(place, temporary_)) break;
    }
    if (std::rename(temporary_.c_str(), place.c_str()) != 0) return cannot(place);
    return place;
}

}  // namespace xinlian::node
