// A credit record in its canonical form, and the commitment that leaves home in its stead.
//
// A record is an ordered list of fields (code, value or null) of one catalogue category. Each field is committed to
// with a salt of its own; the Merkle root (RFC 9162 tree) over the commitments in code order is the record digest. So
// single fields can be opened against the digest, and destroying the record's salt erases the record for ever. How
// files become canonical values is node/import's business; here every value is already canonical text.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crypto/codec.hpp"
#include "crypto/hash.hpp"
#include "ledger/entry/document_number.hpp"
#include "ledger/entry/subject_code.hpp"

namespace xinlian::ledger {

inline constexpr std::size_t record_fields_max = 64;
inline constexpr std::size_t field_code_bytes_max = 32;
inline constexpr std::size_t field_value_bytes_max = 65'536;
inline constexpr std::uint32_t canonical_form_version = 1;

// Catalogue category of an entry. Fixed for ever; the names are the catalogue's. `any` is a scope of authorizations and
// queries, never a record's.
enum class Category : std::uint8_t { penalty = 1, licence = 2, any = 3 };
inline bool is_known(Category category) { return category >= Category::penalty && category <= Category::any; }
inline bool is_of_record(Category category) { return is_known(category) && category != Category::any; }
std::string_view name_of(Category category);
Result<Category> category_named(std::string_view name);
std::string_view subject_code_field(Category category);  // the catalogue's code of the field that holds it

struct Field {
    std::string code;                  // "CF_WSH"
    std::optional<std::string> value;  // UTF-8, NFC; null is not the empty text
    bool operator==(const Field&) const = default;
    template <class Archive>
    void save(Archive& archive) const;
    template <class Archive>
    void load(Archive& archive);
};

struct Record {
    Category category = Category::penalty;
    std::vector<Field> fields;  // strictly ascending codes
    bool operator==(const Record&) const = default;
    template <class Archive>
    void serialize(Archive& archive);

    const std::optional<std::string>* find(std::string_view code) const;  // nullptr if the record has no such field
};
// Ascending distinct codes, limits, no empty value (empty is null), no control characters but \n. Errc::invalid names
// the field.
Status check(const Record& record);

// Salt of one field, derived from the record's 32 random bytes: keyed_hash(record_salt, "xinlian/v1/field-salt" ||
// code).
Hash field_salt(Suite suite, const Hash& record_salt, std::string_view code);
// tagged_hash("xinlian/v1/field", salt || encode(category, code, optional value)).
Hash field_commitment(Suite suite, Category category, const Field& field, const Hash& salt);
// Merkle root over the commitments.
Hash record_digest(Suite suite, const Record& record, const Hash& record_salt);

// Chosen fields of a record, shown to somebody who holds only the digest.
struct OpenedField {
    std::uint16_t index = 0;  // position among the record's fields
    Field field;
    Hash salt;
    std::vector<Hash> path;  // RFC 9162 inclusion path of the commitment
    bool operator==(const OpenedField&) const = default;
    template <class Archive>
    void serialize(Archive& archive);
};
struct Opening {
    Category category = Category::penalty;
    std::uint16_t field_count = 0;
    std::vector<OpenedField> fields;
    bool operator==(const Opening&) const = default;
    template <class Archive>
    void serialize(Archive& archive);
};
Result<Opening> open_fields(Suite suite, const Record& record, const Hash& record_salt,
                            const std::vector<std::string>& codes);  // Errc::not_found names the code
Status check_opening(Suite suite, const Opening& opening, const Hash& digest);

// Keyed hashes, so that nobody without the key can enumerate codes.
// Record id: under the issuer's own record key, of (agency code, document number, subject code, decision date).
struct NaturalKey {
    std::string agency_code;  // or its name, if the file gives no code
    DocumentNumber document_number;
    SubjectCode subject_code;
    std::string decision_date;
};
Hash record_id(Suite suite, const Hash& record_key, const NaturalKey& key);
// Subject tag: under the channel's key, of the subject's code.
Hash subject_tag(Suite suite, const Hash& channel_key, const SubjectCode& subject_code);

template <class Archive>
void Field::save(Archive& archive) const {
    archive(bounded(code, field_code_bytes_max), value.has_value());
    if (value) archive(bounded(*value, field_value_bytes_max));
}
template <class Archive>
void Field::load(Archive& archive) {
    bool present = false;
    archive(bounded(code, field_code_bytes_max), present);
    value.reset();
    if (present && !archive.failed()) archive(bounded(value.emplace(), field_value_bytes_max));
}
template <class Archive>
void Record::serialize(Archive& archive) {
    archive(category, bounded(fields, record_fields_max));
}
template <class Archive>
void OpenedField::serialize(Archive& archive) {
    archive(index, field, salt, bounded(path, std::size_t{16}));
}
template <class Archive>
void Opening::serialize(Archive& archive) {
    archive(category, field_count, bounded(fields, record_fields_max));
}

}  // namespace xinlian::ledger
