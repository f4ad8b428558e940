// Laws: an accepted genesis file and its canonical text are the same genesis; printing its parts and parsing them again
// loses nothing.
#include "ledger/entry/genesis.hpp"
#include "tests/fuzz/input.hpp"

using namespace xinlian;
using namespace xinlian::ledger;

namespace {

std::string printed(const Genesis& genesis) {
    return print_genesis(genesis.name(), genesis.suite(), genesis.time(), genesis.members(), genesis.parameters());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto genesis = Genesis::parse(as_text({data, size}));
    if (!genesis) {
        XL_CHECK(!genesis.error().text.empty());
        return 0;
    }
    const auto again = Genesis::parse(genesis->text());
    XL_CHECK(again.ok());
    XL_CHECK(again->chain_id() == genesis->chain_id());
    const std::string text = printed(*genesis);
    const auto read = Genesis::parse(text);
    XL_CHECK(read.ok());
    XL_CHECK(printed(*read) == text);
    XL_CHECK(genesis->committee().size() >= 4);
    for (MemberIndex i = 0; i < genesis->committee().size(); ++i) {
        XL_CHECK(genesis->validator_index(genesis->validator(i).id) == i);
        XL_CHECK(genesis->validator(i).roles.validator);
    }
    return 0;
}
