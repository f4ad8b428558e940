// Laws: a certificate of erasure, and a report with auditors' signatures, are refused, or printing and parsing them
// again gives the same.
#include "node/issuer/erasure.hpp"
#include "node/audit/signed_report.hpp"
#include "tests/fuzz/input.hpp"

using namespace xinlian;
using namespace xinlian::node;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = as_text({data, size});
    if (const auto certificate = parse_erasure(text)) {
        XL_CHECK(looks_like_erasure({data, size}));
        const auto again = parse_erasure(print_erasure(*certificate));
        XL_CHECK(again.ok());
        XL_CHECK(*again == *certificate);
    }
    const auto sealed = parse_report(text);
    if (!sealed) {
        XL_CHECK(!sealed.error().text.empty());
        return 0;
    }
    if (sealed->seals.empty()) return 0;
    const auto again = parse_report(print_sealed(*sealed));
    XL_CHECK(again.ok());
    XL_CHECK(again->report == sealed->report);
    XL_CHECK(again->seals.size() == sealed->seals.size());
    return 0;
}
