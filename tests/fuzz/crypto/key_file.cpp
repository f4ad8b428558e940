// Law: a key file opens only if it is byte for byte as written (its header is authenticated with the secret). Files
// with a passphrase are only parsed, since deriving their key takes too long.
#include "crypto/key.hpp"
#include "tests/fuzz/input.hpp"

using namespace xinlian;

namespace {

// A file as written by write_key_file, unprotected, with the secret 0101…01. The corpus contains it.
constexpr std::string_view written =
    "xinlian key file v1\n"
    "purpose: validator\n"
    "suite: ed25519-sha256\n"
    "owner: 310000\n"
    "public: ed25519:8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c\n"
    "protection: none\n"
    "secret: yl8iyreGbOkT1ttxrgTUmiB9bYly5ffI7jr3o3wtVRR5zfeq3b7vLslEmjqtP5EiRSWgRDXDcPLsZohnLdnYZMpKstLuIUAM\n";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const fuzz::ScratchFile file;
    const std::string& path = file.write({data, size});
    const auto about = describe_key_file(path);
    if (!about) {
        XL_CHECK(!open_key_file_secret(path, KeyPurpose::validator, "passphrase"));
        return 0;
    }
    XL_CHECK(is_known(about->purpose));
    XL_CHECK(is_known(about->suite));
    if (needs_passphrase(path)) return 0;
    const auto key = open_key_file(path, about->purpose, "");
    const auto secret = open_key_file_secret(path, about->purpose, "");
    if (key) XL_CHECK(secret.ok());
    if (secret) XL_CHECK(as_text({data, size}) == written);
    return 0;
}
