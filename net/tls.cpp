#include "net/tls.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>

#include "net/coroutine.hpp"

namespace xinlian::net {
namespace {

constexpr long certificates_bytes_max = 8 * 1024;  // of a peer; ours have some 300

template <auto free_function>
struct Freed {
    template <class T>
    void operator()(T* object) const {
        free_function(object);
    }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, Freed<X509_free>>;
using BioPtr = std::unique_ptr<BIO, Freed<BIO_free>>;

KeyPtr openssl_key(const SecretKey& key) {
    if (key.suite() != Suite::ed25519_sha256) return nullptr;
    return KeyPtr(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, key.seed().data(), key.seed().size()));
}

std::optional<PublicKey> ed25519_key_of(X509* certificate) {
    EVP_PKEY* key = certificate == nullptr ? nullptr : X509_get0_pubkey(certificate);
    if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519) return std::nullopt;
    std::array<std::uint8_t, 32> raw{};
    std::size_t size = raw.size();
    if (EVP_PKEY_get_raw_public_key(key, raw.data(), &size) != 1 || size != raw.size()) return std::nullopt;
    auto parsed = PublicKey::from_bytes(Suite::ed25519_sha256, raw);
    if (!parsed) return std::nullopt;
    return *parsed;
}

// What one handshake may accept and what it saw; hangs on the SSL object while the handshake runs.
struct PinCheck {
    const std::vector<PublicKey>* pinned = nullptr;
    const std::optional<PublicKey>* expected = nullptr;
    std::optional<PublicKey> seen;
    std::string reason, detail;

    bool accept(X509* certificate) {
        seen = ed25519_key_of(certificate);
        if (!seen) return refuse("presents a certificate without an Ed25519 key", "");
        if (*expected && *seen != **expected)
            return refuse("presents another key than the peer that this node dialled",
                          seen->text() + " instead of " + (*expected)->text());
        if (std::find(pinned->begin(), pinned->end(), *seen) == pinned->end())
            return refuse("presents a key of no known peer", seen->text());
        return true;
    }
    bool refuse(const char* why, std::string what) {
        reason = why;
        detail = std::move(what);
        return false;
    }
};

int pin_check_slot() {
    static const int slot = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return slot;
}

// Replaces the whole of certificate verification (SSL_CTX_set_cert_verify_callback).
int verify_by_pin(X509_STORE_CTX* store, void*) {
    auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto* check = ssl == nullptr ? nullptr : static_cast<PinCheck*>(SSL_get_ex_data(ssl, pin_check_slot()));
    if (check != nullptr && check->accept(X509_STORE_CTX_get0_cert(store))) return 1;
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);
    return 0;
}

int select_alpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
                void* ours) {
    const auto& wire = *static_cast<const std::string*>(ours);
    for (unsigned at = 0; at < in_size; at += 1u + in[at]) {
        if (in[at] + 1u > in_size - at) return SSL_TLSEXT_ERR_ALERT_FATAL;
        if (as_text({in + at, in[at] + 1u}) != wire) continue;
        *out = in + at + 1;
        *out_size = in[at];
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

bool speaks(SSL* ssl, const std::string& wire) {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl, &name, &size);
    return size + 1 == wire.size() && as_text({name, size}) == std::string_view(wire).substr(1);
}

}  // namespace

std::string explain(const boost::system::error_code& error) {
    if (error == asio::error::eof || error == asio::ssl::error::stream_truncated) return "closed the connection";
    if (error.category() != asio::error::get_ssl_category()) return error.message();
    switch (ERR_GET_REASON(static_cast<unsigned long>(error.value()))) {  // an int, not an enum of ours
        case SSL_R_HTTP_REQUEST:
        case SSL_R_HTTPS_PROXY_REQUEST:
            return "sends plain HTTP to the peer port; the HTTP interface has another port";
        case SSL_R_WRONG_VERSION_NUMBER:
        case SSL_R_UNEXPECTED_MESSAGE:
        case SSL_R_BAD_RECORD_TYPE:
            return "does not speak TLS";
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_VERSION_TOO_LOW:
        case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
            return "does not offer TLS 1.3";
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
            return "presents no certificate";
        case SSL_R_NO_APPLICATION_PROTOCOL:
        case SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL:
            return "uses another chain or another protocol version";
        case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
        case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
        case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
            return "does not accept this node's transport key; compare the key with the peer's genesis file";
        default:
            return "fails in the TLS handshake: " + error.message();
    }
}

std::string origin_of(const asio::ip::address& address) {
    if (address.is_v4()) return address.to_string();
    const asio::ip::address_v6 v6 = address.to_v6();
    if (v6.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, v6).to_string();
    auto bytes = v6.to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
    return asio::ip::address_v6(bytes).to_string();
}

void Link::close() {
    boost::system::error_code ignored;
    stream.next_layer().close(ignored);
    timer.cancel();
}

void Link::limit(const std::shared_ptr<Link>& link, Duration deadline) {
    link->timer.expires_after(std::chrono::milliseconds(deadline.ms));
    link->timer.async_wait([link](boost::system::error_code error) {
        // A handler already queued cannot be cancelled: it must look before it closes.
        if (error || link->settled) return;
        link->late = true;
        link->close();
    });
}

void Link::settle() {
    settled = true;
    timer.cancel();
}

Result<std::unique_ptr<Tls>> Tls::make(const NetworkSettings& settings, const SecretKey& transport_key) {
    try {
        std::unique_ptr<Tls> tls(new Tls());
        for (const PeerSettings& peer : settings.peers) tls->pinned_.push_back(peer.key);
        const std::string name = "xinlian/1/" + settings.chain_id.hex().substr(0, 16);
        tls->alpn_ = static_cast<char>(name.size()) + name;
        XL_TRY_STATUS(tls->adopt(settings.certificate_pem, transport_key));
        XL_TRY_STATUS(tls->restrict());
        return tls;
    } catch (const boost::system::system_error& error) {
        return Error{Errc::unavailable, std::string("OpenSSL cannot create a TLS 1.3 context: ") + error.what()};
    }
}

Status Tls::adopt(const std::string& certificate_pem, const SecretKey& transport_key) {
    const KeyPtr key = openssl_key(transport_key);
    if (!key)
        return Error{Errc::invalid, "the transport key is not an Ed25519 key; create one with the purpose transport"};
    const BioPtr bio(BIO_new_mem_buf(certificate_pem.data(), static_cast<int>(certificate_pem.size())));
    const X509Ptr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    if (!certificate)
        return Error{Errc::invalid, "the transport certificate is not a PEM certificate; create it again"};
    if (ed25519_key_of(certificate.get()) != transport_key.public_key())
        return Error{Errc::invalid, "the transport certificate does not belong to the transport key " +
                                        transport_key.public_key().text() + "; create it again"};
    SSL_CTX* context = context_.native_handle();
    if (SSL_CTX_use_certificate(context, certificate.get()) != 1 || SSL_CTX_use_PrivateKey(context, key.get()) != 1)
        return Error{Errc::invalid, "OpenSSL does not accept the transport certificate and key"};
    return {};
}

Status Tls::restrict() {
    SSL_CTX* context = context_.native_handle();
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_cert_verify_callback(context, verify_by_pin, nullptr);
    SSL_CTX_set_max_cert_list(context, certificates_bytes_max);
    SSL_CTX_set_alpn_select_cb(context, select_alpn, &alpn_);
    const bool done =
        SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
        SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 && SSL_CTX_set_num_tickets(context, 0) == 1 &&
        SSL_CTX_set_max_early_data(context, 0) == 1 && SSL_CTX_set1_sigalgs_list(context, "ed25519") == 1 &&
        SSL_CTX_set1_groups_list(context, "X25519") == 1 &&
        // 0 is success here, unlike everywhere else.
        SSL_CTX_set_alpn_protos(context, as_bytes(alpn_).data(), static_cast<unsigned>(alpn_.size())) == 0;
    if (!done) return Error{Errc::unavailable, "this OpenSSL cannot be restricted to TLS 1.3 with Ed25519 and X25519"};
    return {};
}

asio::awaitable<HandshakeOutcome> Tls::handshake(std::shared_ptr<Link> link, Side side,
                                                 std::optional<PublicKey> expected) {
    PinCheck check;
    check.pinned = &pinned_;
    check.expected = &expected;
    SSL* ssl = link->stream.native_handle();
    SSL_set_ex_data(ssl, pin_check_slot(), &check);
    const auto type = side == Side::dialling ? asio::ssl::stream_base::client : asio::ssl::stream_base::server;
    const auto [error] = co_await link->stream.async_handshake(type, token);
    SSL_set_ex_data(ssl, pin_check_slot(), nullptr);

    HandshakeOutcome outcome;
    if (link->late) {
        outcome.reason = "does not finish the handshake in time";
    } else if (!check.reason.empty()) {
        outcome.reason = check.reason;
        outcome.detail = check.detail;
    } else if (error) {
        outcome.reason = explain(error);
        outcome.refusal = error.category() == asio::error::get_ssl_category();
    } else if (!speaks(ssl, alpn_)) {  // a peer that names no protocol at all is never asked to select one
        outcome.reason = "offers no known protocol";
    } else {
        outcome.key = check.seen;
    }
    co_return outcome;
}

Result<std::string> make_certificate(const SecretKey& transport_key, const std::string& member_id) {
    const KeyPtr key = openssl_key(transport_key);
    if (!key) return Error{Errc::invalid, "a transport certificate needs an Ed25519 key"};
    const X509Ptr certificate(X509_new());
    XL_CHECK(certificate != nullptr);
    X509* raw = certificate.get();
    X509_NAME* name = X509_get_subject_name(raw);
    const ByteView id = as_bytes(member_id);
    // OpenSSL refuses an empty name and one of more than 64 characters.
    const bool named = !id.empty() && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, id.data(),
                                                                 static_cast<int>(id.size()), -1, 0) == 1;
    ERR_clear_error();
    if (!named)
        return Error{Errc::invalid,
                     "member id \"" + member_id + "\": must have 1 to 64 characters to be named in a certificate"};
    const bool made = X509_set_version(raw, X509_VERSION_3) == 1 &&
                      ASN1_INTEGER_set(X509_get_serialNumber(raw), 1) == 1 && X509_set_issuer_name(raw, name) == 1 &&
                      ASN1_TIME_set_string(X509_getm_notBefore(raw), "20200101000000Z") == 1 &&
                      ASN1_TIME_set_string(X509_getm_notAfter(raw), "99991231235959Z") == 1 &&
                      X509_set_pubkey(raw, key.get()) == 1 && X509_sign(raw, key.get(), nullptr) > 0;
    const BioPtr bio(BIO_new(BIO_s_mem()));
    if (!made || !bio || PEM_write_bio_X509(bio.get(), raw) != 1)
        return Error{Errc::unavailable, "OpenSSL cannot create a certificate with an Ed25519 key"};
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    return std::string(text, static_cast<std::size_t>(size));
}

}  // namespace xinlian::net
