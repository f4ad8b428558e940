#include "ledger/entry/form.hpp"

#include <algorithm>
#include <string>

namespace xinlian::ledger {

namespace {

// 双公示 行政处罚. Personal columns are fields too; an import leaves them null.
constexpr std::string_view penalty_1[] = {
    "BZ",          "CF_CFJG",     "CF_CFJGDM",   "CF_CFLB",      "CF_FRDB",     "CF_FR_ZJHM",
    "CF_FR_ZJLX",  "CF_GSJZQ",    "CF_JDRQ",     "CF_NR",        "CF_NR_FK",    "CF_NR_WFFF",
    "CF_NR_ZKDX",  "CF_SJLY",     "CF_SJLYDM",   "CF_SY",        "CF_WFXW",     "CF_WSH",
    "CF_XDR_GSZC", "CF_XDR_LB",   "CF_XDR_MC",   "CF_XDR_SHXYM", "CF_XDR_SHZZ", "CF_XDR_SWDJ",
    "CF_XDR_SYDW", "CF_XDR_ZJHM", "CF_XDR_ZJLX", "CF_XDR_ZZJG",  "CF_YJ",       "CF_YXQ",
};

// 双公示 行政许可.
constexpr std::string_view licence_1[] = {
    "BZ",          "XK_FRDB",     "XK_FR_ZJHM",  "XK_FR_ZJLX",  "XK_JDRQ",     "XK_LYDW",      "XK_LYDWDM",
    "XK_NR",       "XK_WSH",      "XK_XDR_GSZC", "XK_XDR_LB",   "XK_XDR_MC",   "XK_XDR_SHXYM", "XK_XDR_SHZZ",
    "XK_XDR_SWDJ", "XK_XDR_SYDW", "XK_XDR_ZJHM", "XK_XDR_ZJLX", "XK_XDR_ZZJG", "XK_XKBH",      "XK_XKJG",
    "XK_XKJGDM",   "XK_XKLB",     "XK_XKWS",     "XK_XKZS",     "XK_YXQZ",     "XK_YXQZI",     "XK_ZT",
};

constexpr RecordForm forms[] = {
    {Category::penalty, 1, penalty_1},
    {Category::licence, 1, licence_1},
};

constexpr bool is_well_formed(FieldCodes codes) {
    if (codes.empty() || codes.size() > record_fields_max) return false;
    return std::all_of(codes.begin(), codes.end(), [codes](std::string_view code) {
        return !code.empty() && code.size() <= field_code_bytes_max &&
               std::count(codes.begin(), codes.end(), code) == 1;
    });
}

// Whether the versions of each category follow one another, and each only appends to the one before.
constexpr bool only_append(std::span<const RecordForm> all) {
    for (std::size_t i = 0; i < all.size(); ++i) {
        FieldCodes before;
        std::uint16_t version = 0;
        for (const RecordForm& form : all.first(i)) {
            if (form.category == all[i].category) before = form.codes, version = form.version;
        }
        if (all[i].version != version + 1 || !is_well_formed(all[i].codes)) return false;
        if (before.size() >= all[i].codes.size()) return false;
        if (!std::equal(before.begin(), before.end(), all[i].codes.begin())) return false;
    }
    return true;
}
static_assert(only_append(forms), "a form never changes; a new version appends fields to the one before");

constexpr std::string_view penalty_documents[] = {"CF_WSH"};
constexpr std::string_view licence_documents[] = {"XK_WSH", "XK_XKBH"};

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

std::span<const RecordForm> record_forms() { return forms; }

Result<FieldCodes> codes_of(Category category, std::uint16_t form, std::span<const RecordForm> known) {
    std::uint16_t newest = 0;
    for (const RecordForm& one : known) {
        if (one.category != category) continue;
        if (one.version == form) return one.codes;
        newest = std::max(newest, one.version);
    }
    return Error{Errc::unsupported, "form " + std::to_string(form) + " of category " + std::string(name_of(category)) +
                                        " is unknown; this program knows form" + (newest > 1 ? "s 1 to " : " ") +
                                        std::to_string(newest) + "; use a version of the program that knows it"};
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

FieldCodes document_number_fields(Category category) {
    switch (category) {
        case Category::penalty:
            return penalty_documents;
        case Category::licence:
            return licence_documents;
        case Category::any:
            break;
    }
    return {};
}

}  // namespace xinlian::ledger
