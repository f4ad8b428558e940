#include "ledger/entry/entry.hpp"

#include <array>

#include "ledger/entry/strict_json.hpp"

namespace xinlian::ledger {

namespace {

Status check_version(const Entry& entry) {
    const std::string name(name_of(entry.operation));
    if (entry.operation == Operation::create && entry.version != 0) {
        return invalid("a create has version " + std::to_string(entry.version) + "; it must have version 0");
    }
    const bool next = entry.operation == Operation::update || entry.operation == Operation::remove;
    if (next && entry.version == 0) return invalid(name + " has version 0; it must have the record's version plus 1");
    if (entry.operation == Operation::grant && entry.version == 0)
        return invalid("the authorization allows 0 queries; it must allow at least 1");
    return {};
}

// How an operation uses a field of an entry.
enum class Need : std::uint8_t { never, may, must };
enum class CodeIs : std::uint8_t { nothing, grade, dispute_outcome, purpose, side };
struct Shape {
    std::string_view name;
    Need version, digest, decided, until, party, subject;
    CodeIs code = CodeIs::nothing;
};

constexpr auto never = Need::never, may = Need::may, must = Need::must;
// By operation, from 1; the columns are version, digest, first day, last day, party, subject.
constexpr std::array<Shape, 20> shapes{{
    {"create", may, must, may, may, never, may, CodeIs::grade},
    {"update", may, must, may, may, never, may, CodeIs::grade},
    {"overwrite", may, must, may, may, never, may, CodeIs::grade},
    {"delete", may, never, may, may, never, may},
    {"repair-accepted", may, must, must, never, never, must, CodeIs::grade},
    {"repair-refused", may, must, must, never, never, must},
    {"repaired", may, must, must, never, never, must, CodeIs::grade},
    {"dispute-opened", may, must, must, must, never, must},
    {"dispute-resolved", may, must, must, never, never, must, CodeIs::dispute_outcome},
    {"withdrawn", may, must, must, never, never, must},
    {"erased", may, never, must, never, never, must},
    {"held", may, must, never, never, never, must},
    {"repair-ack", may, never, must, never, never, must},
    {"grant", must, must, must, must, must, must, CodeIs::purpose},
    {"revoke", never, must, must, never, never, must},
    {"query", never, must, never, never, must, must, CodeIs::purpose},
    {"answer", may, must, never, never, must, must},
    {"acknowledge", never, must, never, never, must, must},
    {"account", may, never, must, never, must, never, CodeIs::side},
    {"resolve", must, must, never, never, never, never},
}};

const Shape& shape_of(Operation op) { return shapes[static_cast<std::size_t>(op) - 1]; }

Status check_need(const Entry& entry, Need need, bool there, std::string_view what) {
    const std::string name(name_of(entry.operation));
    if (need == Need::must && !there) return invalid(name + " has no " + std::string(what));
    if (need == Need::never && there) return invalid(name + " has a " + std::string(what) + "; it must have none");
    return {};
}

Status check_code(const Entry& entry, CodeIs code) {
    const auto refuse = [&entry](std::string_view what) {
        return invalid(std::string(name_of(entry.operation)) + " has the code " + std::to_string(entry.code) +
                       "; expected " + std::string(what));
    };
    switch (code) {
        case CodeIs::nothing:
            return entry.code == 0 ? Status() : refuse("0");
        case CodeIs::grade:
            return (entry.code & ~grade_special) <= static_cast<unsigned>(Grade::serious)
                       ? Status()
                       : refuse("the code of a grade");
        case CodeIs::dispute_outcome:
            return entry.code >= 1 && entry.code <= 3 ? Status() : refuse("the outcome of a dispute, 1 to 3");
        case CodeIs::purpose:
            return is_known(Purpose{entry.code}) ? Status() : refuse("the code of a purpose");
        case CodeIs::side:
            return entry.code >= 1 && entry.code <= 2 ? Status() : refuse("the side of an account, 1 or 2");
    }
    return refuse("a known code");
}

// Checks the relation of an entry's dates: a month, a term or a day.
Status check_days(const Entry& entry) {
    if (entry.operation == Operation::grant && entry.public_until < entry.decided) {
        return invalid("the authorization ends before it begins");
    }
    if (entry.operation == Operation::dispute_opened && entry.public_until < entry.decided) {
        return invalid("the due day of the dispute is before the day it was opened");
    }
    if (entry.operation == Operation::account && entry.decided % 100 != 1) {
        return invalid("the account's date must be the first day of its month");
    }
    return {};
}

}  // namespace

std::string_view name_of(Operation op) { return is_known(op) ? shape_of(op).name : "unknown"; }

Result<Operation> operation_named(std::string_view name) {
    for (std::size_t i = 0; i < shapes.size(); ++i) {
        if (shapes[i].name == name) return static_cast<Operation>(i + 1);
    }
    return Error{Errc::unsupported, "unknown operation " + parts::quoted(name)};
}

std::string_view name_of(Purpose purpose) {
    switch (purpose) {
        case Purpose::loan:
            return "loan";
        case Purpose::post_loan:
            return "post-loan";
        case Purpose::guarantee:
            return "guarantee";
        case Purpose::procurement:
            return "procurement";
        case Purpose::own:
            return "own";
    }
    return "unknown";
}

Result<Purpose> purpose_of_query(std::string_view name) {
    for (std::uint16_t code = 1; is_known(Purpose{code}); ++code) {
        if (name_of(Purpose{code}) == name) return Purpose{code};
    }
    return Error{Errc::unsupported, "unknown purpose " + parts::quoted(name) +
                                        "; expected loan, post-loan, guarantee, procurement or own"};
}

bool may_do(const Roles& roles, Operation operation) {
    if (operation == Operation::resolve) return roles.writes();
    const bool bureaus = operation == Operation::grant || operation == Operation::revoke ||
                         operation == Operation::query || operation == Operation::acknowledge;
    const bool both = operation == Operation::answer || operation == Operation::account;
    return bureaus ? roles.bureau : roles.issuer || (both && roles.bureau);
}

Hash account_id(Suite suite, MemberNumber requester, MemberNumber provider, Date month) {
    Writer id;
    id(requester, provider, month);
    const Bytes bytes = id.take();
    return tagged_hash(suite, "xinlian/v1/account", {bytes});
}

Entry entry_about(const Entry& made, Operation operation) {
    Entry entry;
    entry.operation = operation;
    entry.category = made.category;
    entry.record = made.record;
    entry.subject = made.subject;
    entry.channel = made.channel;
    return entry;
}

Status check(const Entry& entry) {
    if (!is_known(entry.operation))
        return invalid("unknown operation " + std::to_string(static_cast<unsigned>(entry.operation)));
    if (!is_known(entry.category))
        return invalid("unknown category " + std::to_string(static_cast<unsigned>(entry.category)));
    if (is_about_record(entry.operation) && !is_of_record(entry.category)) {
        return invalid("the category of a record must not be any");
    }
    const Shape& shape = shape_of(entry.operation);
    XL_TRY_STATUS(check_version(entry));
    if (entry.record.is_zero()) return invalid("the entry's record id is all zero");
    XL_TRY_STATUS(check_need(entry, shape.version, entry.version != 0, "number"));
    XL_TRY_STATUS(check_need(entry, shape.digest, !entry.digest.is_zero(), "digest"));
    if (!is_valid(entry.decided) || entry.decided == date_forever) {
        return invalid("the decision date " + std::to_string(entry.decided) + " is not a day from 1900 to 2199");
    }
    if (!is_valid(entry.public_until)) {
        return invalid("the last publicity date " + std::to_string(entry.public_until) +
                       " is neither a day from 1900 to 2199 nor 99991231 for no end");
    }
    XL_TRY_STATUS(check_need(entry, shape.decided, entry.decided != date_none, "first day"));
    XL_TRY_STATUS(check_need(entry, shape.until, entry.public_until != date_none, "last day"));
    XL_TRY_STATUS(check_need(entry, shape.party, entry.party != nobody, "other party"));
    XL_TRY_STATUS(check_need(entry, shape.subject, !entry.subject.is_zero(), "subject"));
    XL_TRY_STATUS(check_code(entry, shape.code));
    const bool of_all = entry.operation == Operation::account || entry.operation == Operation::resolve;
    if (of_all && entry.channel != 0) return invalid(std::string(shape.name) + " has a channel; it must have none");
    if (entry.operation == Operation::resolve && entry.category != Category::any)
        return invalid("resolve has a category; it must have the category any");
    return check_days(entry);
}

}  // namespace xinlian::ledger
