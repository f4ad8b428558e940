#include "node/client/record_file.hpp"

#include <algorithm>
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

Result<std::vector<ledger::Field>> fields_of(const json::object& object) {
    const json::value* fields = object.if_contains("fields");
    if (fields == nullptr || !fields->is_object()) return malformed("\"fields\" must be an object");
    if (fields->get_object().size() > ledger::record_fields_max) {
        return Error{Errc::too_large,
                     "record file: more than " + std::to_string(ledger::record_fields_max) + " fields"};
    }
    std::vector<ledger::Field> out;
    for (const auto& [code, value] : fields->get_object()) {
        ledger::Field field{std::string(code), std::nullopt};
        if (value.is_string()) {
            field.value.emplace(value.get_string().c_str(), value.get_string().size());
        } else if (!value.is_null()) {
            return malformed("field " + field.code + " must be a string or null");
        }
        out.push_back(std::move(field));
    }
    // JSON objects have no order; the canonical order is by code.
    std::sort(out.begin(), out.end(), [](const ledger::Field& a, const ledger::Field& b) { return a.code < b.code; });
    return out;
}

// A record file is what an import made: it is compared with digests, so nothing in it is corrected.
Status check_subject(const ledger::Record& record) {
    const std::string_view field = subject_code_field(record.category);
    const auto* value = record.find(field);
    if (value == nullptr || !*value) return {};
    auto code = ledger::SubjectCode::parse(**value, ledger::CheckDigit::any);
    const std::string where = "record file: field " + std::string(field);
    if (!code) return within(where, std::move(code).error());
    if (code->text() == **value) return {};
    return Error{Errc::malformed, where + ": the code is not in its canonical form, " + code->text()};
}

}  // namespace

std::string print_record_file(const RecordFile& file) {
    std::string out = "{\"format\":\"" + std::string(record_file_format) + "\",\n \"category\":\"" +
                      std::string(name_of(file.record.category)) + "\",\n \"salt\":\"" + file.salt.hex() +
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
    XL_TRY(const std::string salt, text_field(object, "salt"));
    XL_TRY(file.salt, hash_from_hex(salt));
    XL_TRY(file.record.fields, fields_of(object));
    if (auto checked = ledger::check(file.record); !checked) return within("record file", std::move(checked).error());
    XL_TRY_STATUS(check_subject(file.record));
    return file;
}

Result<RecordFile> load_record_file(const std::string& path) {
    XL_TRY(const Bytes bytes, read_file(path, record_file_bytes_max));
    return parse_record_file(as_text(bytes));
}

}  // namespace xinlian::node
