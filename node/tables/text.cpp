#include "node/tables/text.hpp"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>

#include "crypto/utf8.hpp"

namespace xinlian::node {

namespace {

void make_nfc(std::string& text) {
    UErrorCode error = U_ZERO_ERROR;
    const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(error);
    if (U_FAILURE(error)) return;
    const icu::StringPiece piece(text.data(), static_cast<std::int32_t>(text.size()));
    if (nfc->isNormalizedUTF8(piece, error) || U_FAILURE(error)) return;
    std::string normal;
    icu::StringByteSink<std::string> sink(&normal);
    nfc->normalizeUTF8(0, piece, sink, nullptr, error);
    if (U_SUCCESS(error)) text = std::move(normal);
}

}  // namespace

void clean(std::string_view raw, Cleaned& out) {
    ledger::fold(raw, out);
    if (out.may_compose) make_nfc(out.text);
    ledger::trim(out.text);
    const std::string_view text = out.text;
    out.null = text.empty() || text == "\\N" || text == "NULL" || text == "null" || text == "Null";
    if (out.null) out.text.clear();
    out.chars = count_utf8(out.text);
}

}  // namespace xinlian::node
