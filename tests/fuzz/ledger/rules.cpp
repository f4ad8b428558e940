// Laws: rules are refused, or printing and parsing them again gives the same rules; accepted rules give every region a
// term for disputes and every grade a term for repairs.
#include <algorithm>

#include "ledger/rules/resolution.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/support/builders.hpp"

using namespace xinlian;
using namespace xinlian::ledger;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const test::Federation federation(Suite::ed25519_sha256);
    const Genesis& genesis = federation.genesis();
    const std::string_view text = as_text({data, size});
    const auto rules = parse_rulebook(genesis, text);
    if (!rules) {
        XL_CHECK(!rules.error().text.empty());
        return 0;
    }
    const auto again = parse_rulebook(genesis, print_rulebook(*rules, genesis.parameters()));
    XL_CHECK(again.ok());
    XL_CHECK(*again == *rules);
    for (const Member& member : genesis.members()) {
        XL_CHECK(rules->terms.dispute_due(member.id, 20261125) > 20261125);
        XL_CHECK(rules->roles_of(member).validator == member.roles.validator);
    }
    XL_CHECK(std::any_of(genesis.members().begin(), genesis.members().end(),
                         [&](const Member& member) { return rules->roles_of(member).writes(); }));
    XL_CHECK(rules->parameters_of(genesis).block_body_bytes_max >= genesis.parameters().block_body_bytes_max);
    for (std::uint16_t grade = 0; grade <= 3; ++grade) {
        const RepairTerm term = rules->terms.repair_term(20261125, grade | grade_special);
        XL_CHECK(term.months_min <= term.months_max);
    }
    for (const Channel& channel : rules->channels) {
        XL_CHECK(rules->channel(channel.number) == &channel);
        for (const std::string& id : channel.members) XL_CHECK(channel.has(id) && channel.sealed.contains(id));
    }
    if (const auto text_of_resolution = print_resolution(genesis, 1, 9, text))
        XL_CHECK(parse_resolution(genesis, *text_of_resolution)->rulebook == *rules);
    return 0;
}
