// A credit record in canonical form, and the commitment to it. Only the commitment leaves the issuer.
//
// A record has the fields (code, value or null) of one form of one catalogue category (ledger/entry/form.hpp), in the
// form's order. Each field has a commitment with a salt of its own. The record digest is a hash of category, form,
// number of fields and the Merkle root (RFC 9162 tree) over the commitments. Single fields can therefore be opened
// against the digest, each at the one position that its form gives it, and destroying the record's salt erases the
// record permanently. node/import converts files to canonical values; here every value is already canonical text.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crypto/codec.hpp"
#include "crypto/hash.hpp"
#include "ledger/entry/document_number.hpp"
#include "ledger/entry/form.hpp"
#include "ledger/entry/subject_code.hpp"

namespace xinlian::ledger {

inline constexpr std::size_t field_value_bytes_max = 65'536;

struct Field {
    std::string code;                  // "CF_WSH"
    std::optional<std::string> value;  // UTF-8, NFC; null differs from the empty text
    bool operator==(const Field&) const = default;
    template <class Archive>
    void save(Archive& archive) const;
    template <class Archive>
    void load(Archive& archive);
};

struct Record {
    Category category = Category::penalty;
    std::uint16_t form = 0;     // version of the category's canonical form; 0 is none
    std::vector<Field> fields;  // those of the form, in its order
    bool operator==(const Record&) const = default;
    template <class Archive>
    void serialize(Archive& archive);

    const std::optional<std::string>* find(std::string_view code) const;  // nullptr if the record has no such field
};
// Checks that the fields are those of the form, in its order, that no value is empty (an empty value is null) or above
// the limit, and that there are no control characters except \n. Errc::invalid names the field; Errc::unsupported if
// this program does not know the form.
Status check(const Record& record);

// Salt of one field, derived from the record's 32 random bytes: keyed_hash(record_salt, "xinlian/v1/field-salt" ||
// code).
Hash field_salt(Suite suite, const Hash& record_salt, std::string_view code);
// tagged_hash("xinlian/v1/field", salt || encode(code, optional value)).
Hash field_commitment(Suite suite, const Field& field, const Hash& salt);
// What a digest binds beside the commitments. Without it, one root could be read as a tree of two different numbers of
// fields, and one field could be opened with two values.
struct RecordShape {
    Category category = Category::penalty;
    std::uint16_t form = 0;
    std::uint16_t field_count = 0;
    bool operator==(const RecordShape&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(category, form, field_count);
    }
};
// tagged_hash("xinlian/v1/record", encode(shape) || Merkle root over the commitments).
Hash digest_of(Suite suite, const RecordShape& shape, const Hash& fields_root);
Hash record_digest(Suite suite, const Record& record, const Hash& record_salt);

// Selected fields of a record, disclosed to a party that holds only the digest.
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
    RecordShape shape;
    Hash fields_root;
    std::vector<OpenedField> fields;
    bool operator==(const Opening&) const = default;
    template <class Archive>
    void serialize(Archive& archive);
};
Result<Opening> open_fields(Suite suite, const Record& record, const Hash& record_salt,
                            const std::vector<std::string>& codes);  // Errc::not_found names the code
// Errc::unsupported if this program does not know the form.
Status check_opening(Suite suite, const Opening& opening, const Hash& digest);

// Keyed hashes, so that codes cannot be enumerated without the key. Record id: under the issuer's own record key, of
// (agency code, document number, subject code, decision date).
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
    archive(category, form, bounded(fields, record_fields_max));
}
template <class Archive>
void OpenedField::serialize(Archive& archive) {
    archive(index, field, salt, bounded(path, std::size_t{16}));
}
template <class Archive>
void Opening::serialize(Archive& archive) {
    archive(shape, fields_root, bounded(fields, record_fields_max));
}

}  // namespace xinlian::ledger
