#include "ledger/chain/prove.hpp"
#include "node/api/ledger.hpp"
#include "node/api/request.hpp"
#include "node/api/response.hpp"

namespace xinlian::node {

using ledger::Chain;
using net::HttpRequest;

namespace {

constexpr std::string_view proofs_path = "/v1/proofs/";

Result<ledger::Proof> feed_proof(const Chain& chain, std::string_view issuer, const HttpRequest& request) {
    const auto sequence = [&request](const char* name) -> Result<std::uint64_t> {
        const std::string* value = query_value(request, name);
        if (value == nullptr)
            return Error{Errc::malformed, std::string(name) + " is missing; expected a sequence number"};
        return path_number(*value, name);
    };
    XL_TRY(const std::uint64_t from, sequence("from"));
    XL_TRY(const std::uint64_t to, sequence("to"));
    return ledger::prove_feed(chain, issuer, from, to);
}

Result<ledger::Proof> make_proof(const Chain& chain, std::string_view kind, std::string_view what,
                                 const HttpRequest& request) {
    if (kind == "entry") {
        XL_TRY(const std::uint64_t index, path_number(what, "the log index"));
        return ledger::prove_entry(chain, index);
    }
    if (kind == "feed") return feed_proof(chain, what, request);
    if (kind == "dealings") return ledger::prove_list(chain, ledger::StateKind::acts_of_member, as_bytes(what));
    XL_TRY(const Hash id, path_hash(what, "the id"));
    if (kind == "record") return ledger::prove_record(chain, id);
    if (kind == "batch") return ledger::prove_batch(chain, id);
    if (kind == "grant") return ledger::prove_grant(chain, id);
    if (kind == "query") return ledger::prove_query(chain, id);
    if (kind == "account") return ledger::prove_account(chain, id);
    if (const Result<ledger::StateKind> list = ledger::list_named(kind)) {
        return ledger::prove_list(chain, *list, id.view());
    }
    return Error{
        Errc::not_found,
        "unknown kind of proof \"" + std::string(kind.substr(0, 32)) +
            "\"; expected record, subject, entry, batch, grant, query, account, asked, uses, dealings or feed"};
}

}  // namespace

// The kind is read from the path, so that a kind without an id and an unknown kind are refused with a reason.
Answer proof_response(const Chain& chain, std::string_view, const HttpRequest& request) {
    const std::string_view rest = std::string_view(request.path).substr(proofs_path.size());
    const std::size_t slash = rest.find('/');
    const std::string_view kind = rest.substr(0, slash),
                           what = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
    XL_TRY(const ledger::Proof built, make_proof(chain, kind, what, request));
    return bytes_response(ledger::print_proof(built));
}

}  // namespace xinlian::node
