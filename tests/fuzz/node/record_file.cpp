// Law: a record file is refused, or printing and parsing it again gives the same record and salt.
#include "node/client/record_file.hpp"
#include "tests/fuzz/input.hpp"

using namespace xinlian;
using namespace xinlian::node;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto file = parse_record_file(as_text({data, size}));
    if (!file) {
        XL_CHECK(!file.error().text.empty());
        return 0;
    }
    XL_CHECK(ledger::check(file->record).ok());
    const auto again = parse_record_file(print_record_file(*file));
    XL_CHECK(again.ok());
    XL_CHECK(again->record == file->record);
    XL_CHECK(again->salt == file->salt);
    return 0;
}
