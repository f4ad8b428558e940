#include "ledger/entry/record.hpp"

#include <algorithm>

#include "crypto/merkle_log.hpp"
#include "crypto/utf8.hpp"

namespace xinlian::ledger {

namespace {

bool is_control(char32_t point) { return point < 0x20 || (point >= 0x7F && point <= 0x9F); }

// Empty if the text is canonical; otherwise the error and its place.
std::optional<std::string> fault_in(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = at;
        if (valid_length(text, at) == 0) return "byte " + std::to_string(begin) + " is not well-formed UTF-8";
        const char32_t point = next_utf8(text, at);
        if (is_control(point) && point != '\n') return "byte " + std::to_string(begin) + " is a control character";
    }
    return std::nullopt;
}

Status check_value(const Field& field) {
    if (!field.value) return {};
    const std::string where = "field " + field.code;
    if (field.value->empty()) return invalid(where + ": the value is an empty string; use null for an empty field");
    if (field.value->size() > field_value_bytes_max) {
        return invalid(where + ": the value has " + std::to_string(field.value->size()) + " bytes; at most " +
                       std::to_string(field_value_bytes_max) + " are allowed");
    }
    if (const auto fault = fault_in(*field.value)) {
        return invalid(where + ": " + *fault + "; convert the value to clean UTF-8");
    }
    return {};
}

// The codes of this many fields of a form.
Result<FieldCodes> codes_of_fields(Category category, std::uint16_t form, std::size_t count) {
    if (!is_of_record(category)) return invalid("the category is not that of a record");
    XL_TRY(const FieldCodes codes, codes_of(category, form));
    if (count == codes.size()) return codes;
    return invalid("there are " + std::to_string(count) + " fields; form " + std::to_string(form) + " of category " +
                   std::string(name_of(category)) + " has " + std::to_string(codes.size()));
}

// A foreign code is not repeated: it may be anything.
Status check_position(FieldCodes codes, const Field& field, std::size_t index) {
    if (index < codes.size() && field.code == codes[index]) return {};
    const auto at = std::find(codes.begin(), codes.end(), field.code);
    const std::string where = "position " + std::to_string(index + 1);
    if (at == codes.end()) return invalid("the field at " + where + " is not one of the form");
    return invalid("field " + field.code + " is at " + where + "; the form has it at position " +
                   std::to_string(at - codes.begin() + 1));
}

std::vector<Hash> commitments(Suite suite, const Record& record, const Hash& record_salt) {
    std::vector<Hash> leaves;
    leaves.reserve(record.fields.size());
    for (const Field& field : record.fields) {
        leaves.push_back(field_commitment(suite, field, field_salt(suite, record_salt, field.code)));
    }
    return leaves;
}

RecordShape shape_of(const Record& record) {
    return {record.category, record.form, static_cast<std::uint16_t>(record.fields.size())};
}

// Encodes one part of a key of several texts, so that no two keys have the same encoding.
void add_part(Writer& writer, std::string_view text) {
    writer.integer(static_cast<std::uint64_t>(text.size()));
    writer.raw(as_bytes(text));
}

}  // namespace

const std::optional<std::string>* Record::find(std::string_view code) const {
    const auto at =
        std::find_if(fields.begin(), fields.end(), [code](const Field& field) { return field.code == code; });
    return at != fields.end() ? &at->value : nullptr;
}

Status check(const Record& record) {
    auto codes = codes_of_fields(record.category, record.form, record.fields.size());
    if (!codes) return within("the record", std::move(codes).error());
    for (std::size_t i = 0; i < record.fields.size(); ++i) {
        XL_TRY_STATUS(check_position(*codes, record.fields[i], i));
        XL_TRY_STATUS(check_value(record.fields[i]));
    }
    return {};
}

Hash field_salt(Suite suite, const Hash& record_salt, std::string_view code) {
    return keyed_hash(suite, record_salt.view(), {as_bytes("xinlian/v1/field-salt"), as_bytes(code)});
}

Hash field_commitment(Suite suite, const Field& field, const Hash& salt) {
    const Bytes encoded = encode(field);
    return tagged_hash(suite, "xinlian/v1/field", {salt.view(), encoded});
}

Hash digest_of(Suite suite, const RecordShape& shape, const Hash& fields_root) {
    const Bytes encoded = encode(shape);
    return tagged_hash(suite, "xinlian/v1/record", {encoded, fields_root.view()});
}

Hash record_digest(Suite suite, const Record& record, const Hash& record_salt) {
    return digest_of(suite, shape_of(record), log_root_of(suite, commitments(suite, record, record_salt)));
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
    if (chosen.empty()) return invalid("no field was given; give the codes of the fields to open");

    const std::vector<Hash> leaves = commitments(suite, record, record_salt);
    Opening opening{shape_of(record), log_root_of(suite, leaves), {}};
    for (const std::size_t index : chosen) {
        const Field& field = record.fields[index];
        opening.fields.push_back({static_cast<std::uint16_t>(index), field, field_salt(suite, record_salt, field.code),
                                  log_path_of(suite, leaves, index)});
    }
    return opening;
}

Status check_opening(Suite suite, const Opening& opening, const Hash& digest) {
    const RecordShape& shape = opening.shape;
    auto codes = codes_of_fields(shape.category, shape.form, shape.field_count);
    if (!codes) return within("the opening", std::move(codes).error());
    if (opening.fields.empty()) return invalid("the opening contains no field");
    if (digest_of(suite, shape, opening.fields_root) != digest) {
        return invalid("the opening belongs to another record, not to the one with this digest");
    }
    for (std::size_t i = 0; i < opening.fields.size(); ++i) {
        const OpenedField& opened = opening.fields[i];
        XL_TRY_STATUS(check_position(*codes, opened.field, opened.index));
        XL_TRY_STATUS(check_value(opened.field));
        if (i > 0 && opening.fields[i - 1].index >= opened.index) {
            return invalid("field " + opened.field.code +
                           ": the opened fields are not in order, or a field is repeated");
        }
        const Hash leaf = field_commitment(suite, opened.field, opened.salt);
        if (auto status =
                check_inclusion(suite, leaf, opened.index, shape.field_count, opened.path, opening.fields_root);
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
