#include "node/import/row.hpp"

#include <algorithm>

#include "crypto/utf8.hpp"
#include "node/tables/value.hpp"

namespace xinlian::node {

namespace {

// Values that identify a row must not be damaged; in others damage is only reported.
bool names_something(ColumnKind kind) {
    switch (kind) {
        case ColumnKind::line:
        case ColumnKind::document:
        case ColumnKind::subject_kind:
        case ColumnKind::subject_code:
        case ColumnKind::agency_code:
        case ColumnKind::amount:
        case ColumnKind::date:
        case ColumnKind::end_date:
            return true;
        case ColumnKind::text:
        case ColumnKind::other_code:
        case ColumnKind::source_code:
        case ColumnKind::list:
        case ColumnKind::personal:
            return false;
    }
    return false;
}

Problem problem_of(ledger::CodeFault fault) {
    using ledger::CodeFault;
    switch (fault) {
        case CodeFault::masked:
            return Problem::masked_code;
        case CodeFault::scientific:
            return Problem::scientific_code;
        case CodeFault::several:
            return Problem::several_subjects;
        case CodeFault::resident_id:
            return Problem::resident_id_as_code;
        case CodeFault::check_digit:
            return Problem::check_digit;
        case CodeFault::none:
        case CodeFault::format:
            break;
    }
    return Problem::bad_code;
}

void upper_case(std::string& text) {
    std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
    for (char& c : text) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
}

bool is_refused(const MadeRow& row, std::size_t field) {
    return std::any_of(row.findings.begin(), row.findings.end(), [field](const RowFinding& f) {
        return f.column == static_cast<int>(field) && refuses(f.problem);
    });
}

// At most 40 characters of a value, for the text of a reason.
std::string shown(std::string_view text) {
    std::size_t at = 0;
    for (std::size_t n = 0; n < 40 && at < text.size(); ++n) next_utf8(text, at);
    return std::string(text.substr(0, at)) + (at < text.size() ? "…" : "");
}

}  // namespace

bool MadeRow::refused() const {
    return std::any_of(findings.begin(), findings.end(), [](const RowFinding& f) { return refuses(f.problem); });
}

void RowMaker::make(const RawRow& raw, MadeRow& out) {
    const Profile& profile = *binding_.profile;
    out.record.category = profile.category;
    out.record.form = profile.form;
    out.record.fields.resize(profile.columns.size());
    for (std::size_t i = 0; i < profile.columns.size(); ++i) {
        out.record.fields[i].code = profile.columns[i].code;
        out.record.fields[i].value.reset();
    }
    out.key.reset();
    document_.reset(), document_instead_.reset(), subject_.reset();
    out.decided = out.public_until = ledger::date_none;
    out.personal.clear();
    out.findings.clear();
    if (raw.fault != RowFault::none) {
        const bool cells = raw.fault == RowFault::too_few_cells || raw.fault == RowFault::too_many_cells;
        out.findings.push_back({cells
                                    ? Problem::wrong_cells
                                    : (raw.fault == RowFault::cell_too_large ? Problem::too_long : Problem::bad_value),
                                -1,
                                {}});
        return;
    }
    if (!raw.bad_bytes.empty()) {
        out.findings.push_back({Problem::bad_bytes, -1, "byte " + std::to_string(raw.bad_bytes.front())});
        return;
    }
    const std::size_t columns = std::min(raw.cells.size(), binding_.field_of.size());
    for (std::size_t i = 0; i < columns; ++i) {
        if (binding_.field_of[i] >= 0 && !raw.cells[i].null) take(i, raw.cells[i], out);
    }
    check_whole(out);
}

void RowMaker::take(std::size_t column, const RawCell& cell, MadeRow& out) {
    std::string_view text = cell.text;
    // Error files have a ' before a text that a spreadsheet would run as a formula.
    if (binding_.is_error_file && text.size() > 1 && text[0] == '\'' &&
        std::string_view("=+-@\t\r").find(text[1]) != std::string_view::npos) {
        text.remove_prefix(1);
    }
    clean(text, cleaned_);
    if (cleaned_.null) return;
    const auto field = static_cast<std::size_t>(binding_.field_of[column]);
    const ProfileColumn& about = binding_.profile->columns[field];
    const int where = static_cast<int>(field);
    if (about.kind == ColumnKind::personal) {
        // Sealing encodes the value as a field, so that a longer one must be refused here.
        if (cleaned_.text.size() > ledger::field_value_bytes_max) {
            out.findings.push_back({Problem::too_long, where, {}});
            return;
        }
        out.personal.push_back({about.code, cleaned_.text});
        return;
    }
    if (cleaned_.undecodable) out.findings.push_back({Problem::bad_bytes, where, {}});
    if (cleaned_.control) out.findings.push_back({Problem::control_character, where, {}});
    if (cleaned_.replacement) {
        out.findings.push_back(
            {names_something(about.kind) ? Problem::unreadable_character : Problem::unreadable_in_text, where, {}});
    }
    if (cleaned_.private_use) out.findings.push_back({Problem::private_use, where, {}});
    take_text(field, out, binding_.scale_of[column]);
    const std::optional<std::string>& value = out.record.fields[field].value;
    const bool fits = !value || ((about.chars_max == 0 || count_utf8(*value) <= about.chars_max) &&
                                 value->size() <= ledger::field_value_bytes_max);
    // A value that is already refused needs no second reason.
    if (!fits && !is_refused(out, field))
        out.findings.push_back({Problem::too_long, where, "≤ " + std::to_string(about.chars_max)});
}

void RowMaker::take_text(std::size_t field, MadeRow& out, std::uint32_t scale) {
    const int where = static_cast<int>(field);
    std::optional<std::string>& value = out.record.fields[field].value;
    switch (binding_.profile->columns[field].kind) {
        case ColumnKind::line:
            if (field == binding_.profile->subject_name && holds_several_names(cleaned_.text)) {
                out.findings.push_back({Problem::several_subjects, where, {}});
            }
            [[fallthrough]];
        case ColumnKind::subject_kind:
            join_lines(cleaned_.text);
            value = cleaned_.text;
            return;
        case ColumnKind::text:
            if (cleaned_.long_digits && holds_resident_id(cleaned_.text)) {
                out.findings.push_back({Problem::resident_id_in_text, where, {}});
            }
            value = cleaned_.text;
            return;
        case ColumnKind::document:
            return take_document(field, out);
        case ColumnKind::other_code:
            upper_case(cleaned_.text);
            value = cleaned_.text;
            return;
        case ColumnKind::subject_code:
        case ColumnKind::agency_code:
        case ColumnKind::source_code:
            return take_code(field, out);
        case ColumnKind::list:
            if (std::string list = unify_list(cleaned_.text); !list.empty()) value = std::move(list);
            return;
        case ColumnKind::amount:
            value = read_amount(cleaned_.text, scale);
            if (!value) out.findings.push_back({Problem::bad_amount, where, shown(cleaned_.text)});
            return;
        case ColumnKind::date:
        case ColumnKind::end_date:
            return take_day(field, out);
        case ColumnKind::personal:
            return;  // never a value of the record
    }
}

void RowMaker::take_document(std::size_t field, MadeRow& out) {
    const Result<ledger::DocumentNumber> number = ledger::DocumentNumber::parse(cleaned_.text);
    // What is no number is refused by another finding: its characters were looked at, its length will be.
    out.record.fields[field].value = number ? number->text() : cleaned_.text;
    if (number) (field == binding_.profile->document ? document_ : document_instead_) = *number;
}

void RowMaker::take_code(std::size_t field, MadeRow& out) {
    using ledger::CodeFault;
    const int where = static_cast<int>(field);
    const ColumnKind kind = binding_.profile->columns[field].kind;
    const ledger::CodeReading code = ledger::read_code(cleaned_.text);
    out.record.fields[field].value = code.text;
    if (kind == ColumnKind::subject_code) {
        const auto subject = ledger::SubjectCode::parse(code.text, ledger::CheckDigit::any);
        if (subject) subject_ = *subject;
    }
    if (code.fault == CodeFault::none) return;
    const bool lenient = kind == ColumnKind::source_code && code.fault != CodeFault::check_digit;
    out.findings.push_back({lenient ? Problem::bad_source_code : problem_of(code.fault), where, {}});
}

void RowMaker::take_day(std::size_t field, MadeRow& out) {
    const int where = static_cast<int>(field);
    const Profile& profile = *binding_.profile;
    const std::optional<ReadDate> read = read_date(cleaned_.text);
    // 长期 is allowed only as an end date.
    if (!read || (read->date == ledger::date_forever && profile.columns[field].kind == ColumnKind::date)) {
        out.findings.push_back({Problem::bad_date, where, shown(cleaned_.text)});
        return;
    }
    if (read->serial) out.findings.push_back({Problem::serial_date, where, ledger::date_text(read->date)});
    out.record.fields[field].value = ledger::date_text(read->date);
    if (field == profile.decided) out.decided = read->date;
    if (field == profile.until) out.public_until = read->date;
}

void RowMaker::check_whole(MadeRow& out) const {
    const Profile& profile = *binding_.profile;
    const auto value = [&out](std::size_t field) -> const std::optional<std::string>& {
        return out.record.fields[field].value;
    };
    if (value(profile.subject_kind) == "自然人") {
        // No other finding about such a row matters, and none of its content may be repeated.
        out.findings = {{Problem::natural_person, static_cast<int>(profile.subject_kind), {}}};
        return;
    }
    const auto found = [&out](std::size_t field) { return is_refused(out, field); };
    for (std::size_t i = 0; i < profile.columns.size(); ++i) {
        if (profile.columns[i].required && !value(i) && !found(i)) {
            out.findings.push_back({Problem::missing, static_cast<int>(i), {}});
        }
    }
    const std::optional<std::string>& document =
        value(profile.document) ? value(profile.document) : value(profile.document_instead);
    if (!document && !found(profile.document) && !profile.columns[profile.document].required) {
        out.findings.push_back({Problem::missing, static_cast<int>(profile.document), {}});
    }
    const std::optional<std::string>& agency =
        value(profile.agency_code) ? value(profile.agency_code) : value(profile.agency);
    if (!agency) out.findings.push_back({Problem::missing, static_cast<int>(profile.agency_code), {}});
    if (agency && !value(profile.agency_code)) {
        out.findings.push_back({Problem::no_agency_code, static_cast<int>(profile.agency_code), {}});
    }
    if (out.refused()) return;
    // Otherwise a finding refuses the row: both are required.
    XL_CHECK(subject_ && (document_ || document_instead_));
    out.key.emplace(
        ledger::NaturalKey{*agency, document_ ? *document_ : *document_instead_, *subject_, *value(profile.decided)});
}

}  // namespace xinlian::node
