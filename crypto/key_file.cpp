// Key files. The text is strict: seven lines in this order, nothing else (crypto/key.hpp).
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <vector>

#include "crypto/key.hpp"
#include "crypto/random.hpp"
#include "crypto/seal.hpp"
#include "crypto/signatures.hpp"

namespace xinlian {

namespace {

constexpr std::string_view first_line = "xinlian key file v1";
constexpr std::size_t file_bytes_max = 4096;
constexpr std::size_t field_bytes_max = 200;
constexpr std::size_t passphrase_bytes_max = 1024;
// Bounds what a planted file can make us spend.
constexpr std::uint64_t argon_operations_max = 16;
constexpr std::uint64_t argon_memory_bytes_max = std::uint64_t{1} << 30;
constexpr std::size_t secret_size = 32;
constexpr std::size_t box_size = secretbox_overhead + secret_size;

struct Argon {
    std::uint64_t operations = crypto_pwhash_OPSLIMIT_INTERACTIVE;
    std::uint64_t memory_bytes = crypto_pwhash_MEMLIMIT_INTERACTIVE;
    std::array<std::uint8_t, crypto_pwhash_SALTBYTES> salt{};
};

struct Parsed {
    KeyFile about;
    std::optional<Argon> argon;  // none: unprotected
    std::string header;          // all lines above the secret: sealed together with it
    Bytes box;                   // nonce || secretbox
};

class File {
public:
    explicit File(int descriptor) : descriptor_(descriptor) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    int get() const { return descriptor_; }

private:
    int descriptor_;
};

Error io_error(std::string_view what, const std::string& path) {
    return Error{errno == ENOENT ? Errc::not_found : Errc::io,
                 std::string(what) + " " + path + ": " + std::strerror(errno)};
}

Error damaged(std::string_view what) {
    return Error{Errc::malformed, "not a key file, or damaged: " + std::string(what) + "; restore it from a backup"};
}

Status check_field(std::string_view name, std::string_view value) {
    const bool printable = std::all_of(value.begin(), value.end(),
                                       [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
    if (!printable || value.empty() || value.size() > field_bytes_max) {
        return Error{Errc::invalid, "the " + std::string(name) + " of a key file must be 1 to 200 printable bytes"};
    }
    return {};
}

std::string header_text(const KeyFile& about, const std::optional<Argon>& argon) {
    std::string text(first_line);
    text += "\npurpose: " + std::string(name_of(about.purpose));
    text += "\nsuite: " + std::string(name_of(about.suite));
    text += "\nowner: " + about.owner;
    text += "\npublic: " + about.public_text;
    text += "\nprotection: ";
    if (argon) {
        text += "argon2id " + std::to_string(argon->operations) + " " + std::to_string(argon->memory_bytes) + " " +
                to_base64(argon->salt);
    } else {
        text += "none";
    }
    return text + "\n";
}

// The rest of the next line, if it starts with `name`.
Result<std::string> take_line(std::string_view& text, std::string_view name) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos || !text.starts_with(name))
        return damaged("there is no line \"" + std::string(name) + "\"");
    const std::string value(text.substr(name.size(), end - name.size()));
    text.remove_prefix(end + 1);
    return value;
}

Result<KeyPurpose> purpose_named(std::string_view name) {
    for (const auto purpose :
         {KeyPurpose::validator, KeyPurpose::issuer, KeyPurpose::transport, KeyPurpose::channel, KeyPurpose::vault}) {
        if (name == name_of(purpose)) return purpose;
    }
    return damaged("unknown purpose");
}

Result<std::uint64_t> take_number(std::string_view& text, std::uint64_t max) {
    std::uint64_t value = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end.ec != std::errc() || value > max) return damaged("a parameter of argon2id is out of range");
    text.remove_prefix(static_cast<std::size_t>(end.ptr - text.data()));
    if (!text.starts_with(' ')) return damaged("the protection line is incomplete");
    text.remove_prefix(1);
    return value;
}

Result<std::optional<Argon>> parse_protection(std::string_view text) {
    if (text == "none") return std::optional<Argon>();
    if (!text.starts_with("argon2id ")) return damaged("unknown protection");
    text.remove_prefix(9);
    Argon argon;
    XL_TRY(argon.operations, take_number(text, argon_operations_max));
    XL_TRY(argon.memory_bytes, take_number(text, argon_memory_bytes_max));
    if (argon.operations < crypto_pwhash_OPSLIMIT_MIN || argon.memory_bytes < crypto_pwhash_MEMLIMIT_MIN) {
        return damaged("a parameter of argon2id is out of range");
    }
    XL_TRY(const Bytes salt, from_base64(text));
    if (salt.size() != argon.salt.size()) return damaged("the salt has the wrong size");
    std::copy(salt.begin(), salt.end(), argon.salt.begin());
    return std::optional<Argon>(argon);
}

Result<Parsed> parse(std::string_view text) {
    Parsed parsed;
    XL_TRY(const std::string rest, take_line(text, first_line));
    XL_TRY(const std::string purpose, take_line(text, "purpose: "));
    XL_TRY(const std::string suite, take_line(text, "suite: "));
    XL_TRY(parsed.about.owner, take_line(text, "owner: "));
    XL_TRY(parsed.about.public_text, take_line(text, "public: "));
    XL_TRY(const std::string protection, take_line(text, "protection: "));
    XL_TRY(const std::string secret, take_line(text, "secret: "));
    if (!rest.empty() || !text.empty()) return damaged("unexpected text follows the last line");
    XL_TRY(parsed.about.purpose, purpose_named(purpose));
    XL_TRY(parsed.about.suite, suite_named(suite));
    XL_TRY(parsed.argon, parse_protection(protection));
    XL_TRY(parsed.box, from_base64(secret));
    if (parsed.box.size() != box_size) return damaged("the secret has the wrong size");
    parsed.header = header_text(parsed.about, parsed.argon);
    return parsed;
}

Result<std::string> read_file(const std::string& path, bool must_be_private) {
    const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) return io_error("cannot open", path);
    struct stat about {};
    if (::fstat(file.get(), &about) != 0) return io_error("cannot examine", path);
    if (!S_ISREG(about.st_mode)) return Error{Errc::io, path + " is not a regular file"};
    if (must_be_private && (about.st_mode & 077) != 0) {
        return Error{
            Errc::io,
            path + " can be read or changed by others: chmod 600 it, and consider whether the key is still secret"};
    }
    std::string text(file_bytes_max + 1, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const ssize_t got = ::read(file.get(), text.data() + size, text.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return io_error("cannot read", path);
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    if (size > file_bytes_max) return damaged("it has more than " + std::to_string(file_bytes_max) + " bytes");
    text.resize(size);
    return text;
}

Result<Parsed> parse_file(const std::string& path, bool must_be_private) {
    XL_TRY(const std::string text, read_file(path, must_be_private));
    auto parsed = parse(text);
    if (!parsed) return within(path, std::move(parsed).error());
    return parsed;
}

// The secret of an unprotected file lies under no passphrase: its seal only ties it to the lines above it.
Result<Secret> stretch(const std::optional<Argon>& argon, std::string_view passphrase) {
    start_sodium();
    Secret stretched;
    auto& bytes = stretched.bytes.bytes;
    if (argon && crypto_pwhash(bytes.data(), bytes.size(), passphrase.data(), passphrase.size(), argon->salt.data(),
                               argon->operations, static_cast<std::size_t>(argon->memory_bytes),
                               crypto_pwhash_ALG_ARGON2ID13) != 0) {
        return Error{Errc::busy, "not enough memory to open the key file: " +
                                     std::to_string(argon->memory_bytes >> 20) + " MiB are needed"};
    }
    return stretched;
}

Status write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return Error{Errc::io, std::string("cannot write: ") + std::strerror(errno)};
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(descriptor) != 0) return Error{Errc::io, std::string("cannot sync: ") + std::strerror(errno)};
    return {};
}

// On disk under its name when this returns, or not there at all; what stood there before stays.
Status create_file(const std::string& path, std::string_view text) {
    const std::size_t slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const std::string draft = path + "." + random_hash().hex().substr(0, 16) + ".new";
    const File file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.get() < 0) return io_error("cannot create", draft);
    Status status = write_all(file.get(), text);
    // Unlike a rename, a link never replaces.
    if (status && ::link(draft.c_str(), path.c_str()) != 0) {
        status = errno == EEXIST ? Error{Errc::conflict, path + " already exists; a key is never overwritten"}
                                 : io_error("cannot create", path);
    }
    ::unlink(draft.c_str());
    if (!status) return status;
    const File directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.get() < 0 || ::fsync(directory.get()) != 0) return io_error("cannot sync the folder of", path);
    return {};
}

Status check_passphrase(std::string_view passphrase) {
    if (passphrase.empty()) return Error{Errc::invalid, "the passphrase is empty"};
    if (passphrase.size() > passphrase_bytes_max) return Error{Errc::too_large, "a passphrase has at most 1024 bytes"};
    return {};
}

// A public key that does not belong to the secret would lock its owner out.
Status check_pair(const KeyFile& about, ByteView secret) {
    if (!has_public_half(about.purpose)) return {};
    XL_TRY(const SecretKey key, SecretKey::from_seed(about.suite, secret));
    if (key.public_key().text() != about.public_text) {
        return Error{Errc::invalid, "the public key of the key file does not belong to its secret"};
    }
    return {};
}

Result<Secret> open_box(const std::string& path, const Parsed& parsed, KeyPurpose purpose,
                        std::string_view passphrase) {
    if (parsed.about.purpose != purpose) {
        return Error{Errc::invalid, path + ": this key is for the purpose " +
                                        std::string(name_of(parsed.about.purpose)) + ", not " +
                                        std::string(name_of(purpose)) + "; use the key file of that purpose"};
    }
    if (parsed.argon) {
        if (auto fit = check_passphrase(passphrase); !fit) return within(path, std::move(fit).error());
    }
    XL_TRY(const Secret key, stretch(parsed.argon, passphrase));
    auto secret = open_secretbox_of_secret(key, as_bytes(parsed.header), parsed.box);
    if (secret) return secret;
    if (!parsed.argon) return within(path, damaged("the secret does not match the lines above it"));
    return Error{Errc::invalid, path + ": the passphrase is wrong, or the file was changed"};
}

}  // namespace

Status write_key_file(const std::string& path, const KeyFile& about, ByteView secret, Protection protection,
                      std::string_view passphrase) {
    XL_TRY_STATUS(check_field("owner", about.owner));
    XL_TRY_STATUS(check_field("public text", about.public_text));
    if (secret.size() != secret_size) return Error{Errc::invalid, "the secret of a key file must have 32 bytes"};
    XL_TRY_STATUS(check_pair(about, secret));
    std::optional<Argon> argon;
    if (protection == Protection::passphrase) {
        XL_TRY_STATUS(check_passphrase(passphrase));
        random_fill(argon.emplace().salt);
    }
    const std::string header = header_text(about, argon);
    XL_TRY(const Secret key, stretch(argon, passphrase));
    return create_file(path, header + "secret: " + to_base64(secretbox(key, as_bytes(header), secret)) + "\n");
}

Result<KeyFile> describe_key_file(const std::string& path) {
    XL_TRY(Parsed parsed, parse_file(path, false));
    return std::move(parsed.about);
}

bool needs_passphrase(const std::string& path) {
    const auto parsed = parse_file(path, false);
    return parsed && parsed->argon;
}

Result<Hash> open_key_file_secret(const std::string& path, KeyPurpose purpose, std::string_view passphrase) {
    XL_TRY(const Parsed parsed, parse_file(path, true));
    XL_TRY(const Secret secret, open_box(path, parsed, purpose, passphrase));
    return secret.bytes;
}

Result<SecretKey> open_key_file(const std::string& path, KeyPurpose purpose, std::string_view passphrase) {
    XL_TRY(const Parsed parsed, parse_file(path, true));
    XL_TRY(const Secret secret, open_box(path, parsed, purpose, passphrase));
    auto key = SecretKey::from_seed(parsed.about.suite, secret.view());
    if (!key) return within(path, std::move(key).error());
    if (key->public_key().text() != parsed.about.public_text) {
        return within(path, damaged("its public key does not belong to its secret"));
    }
    return key;
}

}  // namespace xinlian
