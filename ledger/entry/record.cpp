#include "ledger/entry/record.hpp"

#include <algorithm>

#include "crypto/merkle_log.hpp"
#include "crypto/utf8.hpp"

namespace xinlian::ledger {

namespace {

bool is_control(char32_t point) { return point < 0x20 || (point >= 0x7F && point <= 0x9F); }

enum class LineBreaks { refused, allowed };

// Empty if the text is canonical; otherwise the error and its place.
std::optional<std::string> fault_in(std::string_view text, LineBreaks breaks) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = at;
        if (valid_length(text, at) == 0) return "byte " + std::to_string(begin) + " is not well-formed UTF-8";
        const char32_t point = next_utf8(text, at);
        const bool allowed = point == '\n' && breaks == LineBreaks::allowed;
        if (is_control(point) && !allowed) return "byte " + std::to_string(begin) + " is a control character";
    }
    return std::nullopt;
}

Error broken(std::string text) { return {Errc::invalid, std::move(text)}; }

Status check_code(std::string_view code, std::size_t index) {
    const std::string where = "field number " + std::to_string(index + 1);
    if (code.empty()) return broken(where + ": the code is empty; enter the field's code in the catalogue");
    if (code.size() > field_code_bytes_max) {
        return broken(where + ": the code has " + std::to_string(code.size()) + " bytes; at most " +
                      std::to_string(field_code_bytes_max) + " are allowed");
    }
    if (const auto fault = fault_in(code, LineBreaks::refused)) {
        return broken(where + ": the code: " + *fault + "; convert it to clean UTF-8");
    }
    return {};
}

Status check_field(const Field& field, std::size_t index) {
    XL_TRY_STATUS(check_code(field.code, index));
    if (!field.value) return {};
    const std::string where = "field " + field.code;
    if (field.value->empty()) return broken(where + ": the value is an empty string; use null for an empty field");
    if (field.value->size() > field_value_bytes_max) {
        return broken(where + ": the value has " + std::to_string(field.value->size()) + " bytes; at most " +
                      std::to_string(field_value_bytes_max) + " are allowed");
    }
    if (const auto fault = fault_in(*field.value, LineBreaks::allowed)) {
        return broken(where + ": " + *fault + "; convert the value to clean UTF-8");
    }
    return {};
}

std::vector<Hash> commitments(Suite suite, const Record& record, const Hash& record_salt) {
    std::vector<Hash> leaves;
    leaves.reserve(record.fields.size());
    for (const Field& field : record.fields) {
        leaves.push_back(field_commitment(suite, record.category, field, field_salt(suite, record_salt, field.code)));
    }
    return leaves;
}

// Encodes one part of a key of several texts, so that no two keys have the same encoding.
void add_part(Writer& writer, std::string_view text) {
    writer.integer(static_cast<std::uint64_t>(text.size()));
    writer.raw(as_bytes(text));
}

}  // namespace

std::string_view name_of(Category category) {
    switch (category) {
        case Category::penalty:
            return "penalty";
        case Category::licence:
            return "licence";
        case Category::any:
            return "any";
    }
    return "unknown";
}

Result<Category> category_named(std::string_view name) {
    for (const Category category : {Category::penalty, Category::licence, Category::any}) {
        if (name == name_of(category)) return category;
    }
    return Error{Errc::unsupported, "unknown category; expected penalty, licence, or any for all categories"};
}

std::string_view subject_code_field(Category category) {
    switch (category) {
        case Category::penalty:
            return "CF_XDR_SHXYM";
        case Category::licence:
            return "XK_XDR_SHXYM";
        case Category::any:
            break;
    }
    return {};
}

const std::optional<std::string>* Record::find(std::string_view code) const {
    const auto at = std::lower_bound(fields.begin(), fields.end(), code,
                                     [](const Field& field, std::string_view c) { return field.code < c; });
    return at != fields.end() && at->code == code ? &at->value : nullptr;
}

Status check(const Record& record) {
    if (!is_of_record(record.category)) return broken("the record's category is unknown");
    // Without fields the digest would be the same for every record, whatever its salt.
    if (record.fields.empty()) return broken("the record has no fields; it needs at least one");
    if (record.fields.size() > record_fields_max) {
        return broken("the record has " + std::to_string(record.fields.size()) + " fields; at most " +
                      std::to_string(record_fields_max) + " are allowed");
    }
    for (std::size_t i = 0; i < record.fields.size(); ++i) {
        XL_TRY_STATUS(check_field(record.fields[i], i));
        if (i == 0) continue;
        const int order = record.fields[i - 1].code.compare(record.fields[i].code);
        if (order == 0) return broken("field " + record.fields[i].code + " appears twice; keep one");
        if (order > 0) return broken("field " + record.fields[i].code + " is out of order; sort the fields by code");
    }
    return {};
}

Hash field_salt(Suite suite, const Hash& record_salt, std::string_view code) {
    return keyed_hash(suite, record_salt.view(), {as_bytes("xinlian/v1/field-salt"), as_bytes(code)});
}

Hash field_commitment(Suite suite, Category category, const Field& field, const Hash& salt) {
    Writer writer;
    writer(category, field);
    const Bytes encoded = writer.take();
    return tagged_hash(suite, "xinlian/v1/field", {salt.view(), encoded});
}

Hash record_digest(Suite suite, const Record& record, const Hash& record_salt) {
    return log_root_of(suite, commitments(suite, record, record_salt));
}

Result<Opening> open_fields(Suite suite, const Record& record, const Hash& record_salt,
                            const std::vector<std::string>& codes) {
    XL_TRY_STATUS(check(record));
    std::vector<std::size_t> chosen;
    for (const std::string& code : codes) {
        const auto at = std::find_if(record.fields.begin(), record.fields.end(),
                                     [&code](const Field& field) { return field.code == code; });
        if (at == record.fields.end()) {
            return Error{Errc::not_found, "the record has no field " + code + "; use the code of one of its fields"};
        }
        chosen.push_back(static_cast<std::size_t>(at - record.fields.begin()));
    }
    std::sort(chosen.begin(), chosen.end());
    chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
    if (chosen.empty()) return broken("no field was given; give the codes of the fields to open");

    const std::vector<Hash> leaves = commitments(suite, record, record_salt);
    Opening opening{record.category, static_cast<std::uint16_t>(leaves.size()), {}};
    for (const std::size_t index : chosen) {
        const Field& field = record.fields[index];
        opening.fields.push_back({static_cast<std::uint16_t>(index), field, field_salt(suite, record_salt, field.code),
                                  log_path_of(suite, leaves, index)});
    }
    return opening;
}

Status check_opening(Suite suite, const Opening& opening, const Hash& digest) {
    if (!is_of_record(opening.category)) return broken("the opening's category is unknown");
    if (opening.field_count == 0 || opening.field_count > record_fields_max) {
        return broken("the opening claims " + std::to_string(opening.field_count) + " fields; a record has 1 to " +
                      std::to_string(record_fields_max));
    }
    if (opening.fields.empty()) return broken("the opening contains no field");
    for (std::size_t i = 0; i < opening.fields.size(); ++i) {
        const OpenedField& opened = opening.fields[i];
        XL_TRY_STATUS(check_field(opened.field, opened.index));
        if (i > 0 &&
            (opening.fields[i - 1].index >= opened.index || opening.fields[i - 1].field.code >= opened.field.code)) {
            return broken("field " + opened.field.code +
                          ": the opened fields are not in order, or a field is repeated");
        }
        const Hash leaf = field_commitment(suite, opening.category, opened.field, opened.salt);
        if (auto status = check_inclusion(suite, leaf, opened.index, opening.field_count, opened.path, digest);
            !status) {
            return within("field " + opened.field.code + " is not part of the record", std::move(status).error());
        }
    }
    return {};
}

Hash record_id(Suite suite, const Hash& record_key, const NaturalKey& key) {
    Writer writer;
    for (const std::string* part :
         {&key.agency_code, &key.document_number.text(), &key.subject_code.text(), &key.decision_date}) {
        add_part(writer, *part);
    }
    const Bytes encoded = writer.take();
    return keyed_hash(suite, record_key.view(), {as_bytes("xinlian/v1/record-id"), encoded});
}

Hash subject_tag(Suite suite, const Hash& channel_key, const SubjectCode& subject_code) {
    return keyed_hash(suite, channel_key.view(), {as_bytes("xinlian/v1/subject-tag"), as_bytes(subject_code.text())});
}

}  // namespace xinlian::ledger
