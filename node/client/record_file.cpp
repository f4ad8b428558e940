#include "node/client/record_file.hpp"

#include <boost/json.hpp>

#include "crypto/files.hpp"

namespace xinlian::node {

namespace {

namespace json = boost::json;

Error malformed(std::string what) { return Error{Errc::malformed, "record file: " + std::move(what)}; }

Result<std::string> text_field(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) return malformed("\"" + std::string(name) + "\" must be a string");
    return std::string(value->get_string().c_str(), value->get_string().size());
}

Result<std::uint16_t> form_of(const json::object& object) {
    const json::value* value = object.if_contains("form");
    json::error_code error;
    std::uint16_t form = 0;
    if (value != nullptr && value->is_number()) form = value->to_number<std::uint16_t>(error);
    if (form != 0 && !error) return form;
    return malformed("\"form\" must be the version of the category's canonical form, a number from 1 to 65535");
}

Result<std::vector<ledger::Field>> fields_of(const json::object& object, ledger::FieldCodes codes) {
    const json::value* fields = object.if_contains("fields");
    if (fields == nullptr || !fields->is_object()) return malformed("\"fields\" must be an object");
    std::vector<ledger::Field> out;
    for (const std::string_view code : codes) {
        ledger::Field field{std::string(code), std::nullopt};
        const json::value* value = fields->get_object().if_contains(code);
        if (value == nullptr) return malformed("field " + field.code + " is missing; an empty field is null");
        if (value->is_string()) {
            field.value.emplace(value->get_string().c_str(), value->get_string().size());
        } else if (!value->is_null()) {
            return malformed("field " + field.code + " must be a string or null");
        }
        out.push_back(std::move(field));
    }
    if (const std::size_t count = fields->get_object().size(); count != codes.size()) {
        return malformed("there are " + std::to_string(count) + " fields; the form has " +
                         std::to_string(codes.size()) + "; remove the others");
    }
    return out;
}

// `parse` reads every spelling of the value and gives the canonical one.
template <class Parse>
Status check_canonical(const ledger::Record& record, std::string_view code, const char* what, const Parse& parse) {
    const auto* value = record.find(code);
    if (value == nullptr || !*value) return {};
    const std::string where = "record file: field " + std::string(code);
    auto read = parse(**value);
    if (!read) return within(where, std::move(read).error());
    if (read->text() == **value) return {};
    return Error{Errc::malformed, where + ": the " + what + " is not in its canonical form, " + read->text() +
                                      "; use the file as its issuer exported it"};
}

Status check_values(const ledger::Record& record) {
    XL_TRY_STATUS(check_canonical(record, subject_code_field(record.category), "code", [](std::string_view text) {
        return ledger::SubjectCode::parse(text, ledger::CheckDigit::any);
    }));
    for (const std::string_view code : document_number_fields(record.category)) {
        XL_TRY_STATUS(check_canonical(record, code, "document number", ledger::DocumentNumber::parse));
    }
    return {};
}

}  // namespace

std::string print_record_file(const RecordFile& file) {
    std::string out = "{\"format\":\"" + std::string(record_file_format) + "\",\n \"category\":\"" +
                      std::string(name_of(file.record.category)) +
                      "\",\n \"form\":" + std::to_string(file.record.form) + ",\n \"salt\":\"" + file.salt.hex() +
                      "\",\n \"fields\":{";
    const char* comma = "\n  ";
    for (const ledger::Field& field : file.record.fields) {
        out += comma + json::serialize(json::string(field.code)) + ":" +
               (field.value ? json::serialize(json::string(*field.value)) : std::string("null"));
        comma = ",\n  ";
    }
    return out + "}}\n";
}

Result<RecordFile> parse_record_file(std::string_view text) {
    if (text.size() > record_file_bytes_max) return Error{Errc::too_large, "the record file is larger than 8 MiB"};
    json::error_code error;
    json::parse_options options;
    options.max_depth = 4;
    const json::value root = json::parse(text, error, {}, options);
    if (error || !root.is_object())
        return malformed("not a JSON object" + (error ? ": " + error.message() : std::string()));
    const json::object& object = root.get_object();
    XL_TRY(const std::string format, text_field(object, "format"));
    if (format != record_file_format) {
        return Error{Errc::unsupported, "record file: format \"" + format + "\" is unknown; this program reads " +
                                            std::string(record_file_format)};
    }
    RecordFile file;
    XL_TRY(const std::string category, text_field(object, "category"));
    XL_TRY(file.record.category, ledger::category_named(category));
    XL_TRY(file.record.form, form_of(object));
    auto codes = ledger::codes_of(file.record.category, file.record.form);
    if (!codes) return within("record file", std::move(codes).error());
    XL_TRY(const std::string salt, text_field(object, "salt"));
    XL_TRY(file.salt, hash_from_hex(salt));
    XL_TRY(file.record.fields, fields_of(object, *codes));
    if (auto checked = ledger::check(file.record); !checked) return within("record file", std::move(checked).error());
    XL_TRY_STATUS(check_values(file.record));
    return file;
}

Result<RecordFile> load_record_file(const std::string& path) {
    XL_TRY(const Bytes bytes, read_file(path, record_file_bytes_max));
    auto file = parse_record_file(as_text(bytes));
    if (!file) return within(path, std::move(file).error());
    return file;
}

}  // namespace xinlian::node
