// The canonical form of the records of each category: which fields a record has, and in which order.
//
// A record's digest binds its form. A form therefore never changes. A new column is a new form, which appends it to the
// fields of the form before: a position then means the same field in every form, and older records keep their digests.
// This code reads no values.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "crypto/result.hpp"

namespace xinlian::ledger {

inline constexpr std::size_t record_fields_max = 64;
inline constexpr std::size_t field_code_bytes_max = 32;

// Catalogue category of an entry. The numbers never change; the names are the catalogue's. `any` is a scope of
// authorizations and queries, never the category of a record.
enum class Category : std::uint8_t { penalty = 1, licence = 2, any = 3 };
inline bool is_known(Category category) { return category >= Category::penalty && category <= Category::any; }
inline bool is_of_record(Category category) { return is_known(category) && category != Category::any; }
std::string_view name_of(Category category);
Result<Category> category_named(std::string_view name);

using FieldCodes = std::span<const std::string_view>;  // "CF_WSH", in canonical order

struct RecordForm {
    Category category;
    std::uint16_t version;  // from 1, without gaps within a category
    FieldCodes codes;       // begins with all codes of the version before
};
std::span<const RecordForm> record_forms();  // all forms that this program knows

// Errc::unsupported names the form and those that are known.
Result<FieldCodes> codes_of(Category category, std::uint16_t form, std::span<const RecordForm> known = record_forms());

// Fields whose values are more than text, in every form of the category.
std::string_view subject_code_field(Category category);
FieldCodes document_number_fields(Category category);

}  // namespace xinlian::ledger
