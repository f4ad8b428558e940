// POST /v1/proofs/portfolio: one subject tag per line in, a portfolio file out.
#include "ledger/proof/portfolio.hpp"
#include "ledger/chain/prove.hpp"
#include "node/api/ledger.hpp"

namespace xinlian::node {

namespace {

constexpr std::size_t tag_digits = 64;

Result<std::vector<Hash>> tags_of(std::string_view body) {
    // Each takes a line, so the body's own limit bounds this.
    std::vector<Hash> tags;
    tags.reserve(std::min(body.size() / (tag_digits + 1) + 1, ledger::portfolio_subjects_max));
    for (std::size_t line = 1; !body.empty(); ++line) {
        const std::size_t end = std::min(body.find('\n'), body.size());
        auto tag = hash_from_hex(body.substr(0, end));
        if (!tag) return within("line " + std::to_string(line) + " of the body", std::move(tag).error());
        if (tags.size() == ledger::portfolio_subjects_max) {
            return Error{Errc::too_large, "a portfolio contains at most " +
                                              std::to_string(ledger::portfolio_subjects_max) +
                                              " subjects; request fewer at a time"};
        }
        tags.push_back(*tag);
        body.remove_prefix(std::min(end + 1, body.size()));
    }
    if (tags.empty())
        return Error{Errc::malformed,
                     "the body contains no subject; expected one tag (64 hexadecimal digits) per line"};
    return tags;
}

}  // namespace

Answer portfolio_response(const ledger::Chain& chain, std::string_view, const net::HttpRequest& request) {
    XL_TRY(const std::vector<Hash> tags, tags_of(request.body));
    net::HttpResponse response;
    response.content_type = "application/octet-stream";
    XL_TRY_STATUS(ledger::prove_portfolio(chain, tags, [&response](ByteView bytes) -> Status {
        if (response.body.size() + bytes.size() > ledger::proof_bytes_max) {
            return Error{Errc::too_large, "these subjects have more than " +
                                              std::to_string(ledger::proof_bytes_max >> 20) +
                                              " MiB of entries; request fewer at a time"};
        }
        response.body.append(as_text(bytes));
        return {};
    }));
    return response;
}

}  // namespace xinlian::node
