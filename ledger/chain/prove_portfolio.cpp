#include <algorithm>

#include "ledger/chain/prove.hpp"
#include "ledger/proof/portfolio.hpp"

namespace xinlian::ledger {

namespace {

// Writes parts to the sink and verifies each one first.
class Maker {
public:
    Maker(const Chain& chain, const ByteSink& sink) : chain_(chain), sink_(sink), checker_(chain.genesis()) {}

    Status head(const Snapshot& at, std::size_t subjects) {
        XL_TRY(const StoredBlock block, chain_.block(at.tip.height));
        if (!block.certificate)
            return Error{Errc::not_found, "no block is final yet, so nothing can be proven; try again later"};
        const Bytes part = encode(PortfolioHead{chain_.genesis().chain_id(),
                                                {block.block.header, *block.certificate},
                                                static_cast<std::uint32_t>(subjects)});
        if (const auto checked = checker_.head(part); !checked) return not_ours(checked.error());
        XL_TRY_STATUS(sink_(as_bytes(portfolio_magic)));
        return send(part);
    }

    Status subject(const Hash& tag, const Bytes* value, std::span<const MapItem> items) {
        PortfolioSubject subject{tag, {}, {}};
        if (value != nullptr) {
            XL_TRY(subject.state, decode<ListState>(*value));
            XL_TRY_STATUS(read_entries(subject));
        }
        const Bytes part = print_part(subject, items);
        if (const auto checked = checker_.subject(part); !checked) return not_ours(checked.error());
        return send(part);
    }

    Status end(std::span<const MapItem> items) {
        Writer writer;
        for (const MapItem& item : items) writer(item);
        const Bytes part = writer.take();
        if (const auto checked = checker_.end(part); !checked) return not_ours(checked.error());
        return send(part);
    }

private:
    Status read_entries(PortfolioSubject& subject) const {
        const std::uint64_t count = subject.state->count;
        if (count > list_entries_max) {
            return Error{Errc::too_large, "subject " + subject.subject.hex() + " has " + std::to_string(count) +
                                              " entries; a portfolio contains at most " +
                                              std::to_string(list_entries_max) +
                                              " of one subject; remove this subject from the request"};
        }
        XL_TRY(const std::vector<std::uint64_t> indexes,
               chain_.list_entries(StateKind::subject, subject.subject.view(), 0, count));
        subject.entries.reserve(indexes.size());
        for (const std::uint64_t index : indexes) {
            XL_TRY(Chain::LocatedEntry located, chain_.entry(index));
            subject.entries.push_back({std::move(located.entry), index});
        }
        return {};
    }

    static Error not_ours(const Error& error) {
        return {Errc::corrupt, "a portfolio that this node built from its store does not verify: " + error.text +
                                   "; move the store's folder aside and let the node fetch from its peers"};
    }

    Status send(ByteView part) {
        Writer size;
        size.integer(static_cast<std::uint32_t>(part.size()));
        XL_TRY_STATUS(sink_(size.take()));
        return sink_(part);
    }

    const Chain& chain_;
    const ByteSink& sink_;
    PortfolioChecker checker_;
};

}  // namespace

Status prove_portfolio(const Chain& chain, std::span<const Hash> tags, const ByteSink& sink) {
    std::vector<std::pair<Hash, Hash>> by_key;  // key in the map, tag
    by_key.reserve(tags.size());
    for (const Hash& tag : tags) {
        by_key.emplace_back(state_key(chain.genesis().suite(), StateKind::subject, tag.view()), tag);
    }
    std::sort(by_key.begin(), by_key.end());
    by_key.erase(std::unique(by_key.begin(), by_key.end()), by_key.end());
    if (by_key.size() > portfolio_subjects_max) {
        return Error{Errc::too_large, "a portfolio contains at most " + std::to_string(portfolio_subjects_max) +
                                          " subjects, not " + std::to_string(by_key.size())};
    }
    std::vector<Hash> keys;
    keys.reserve(by_key.size());
    for (const auto& [key, tag] : by_key) keys.push_back(key);
    const SnapshotPtr at = chain.snapshot();
    Maker maker(chain, sink);
    XL_TRY_STATUS(maker.head(*at, keys.size()));
    std::size_t next = 0;
    XL_TRY(const std::vector<MapItem> rest,
           prove_keys(at->state.map, keys, [&](const Hash&, const Bytes* value, std::span<const MapItem> items) {
               return maker.subject(by_key[next++].second, value, items);
           }));
    return maker.end(rest);
}

}  // namespace xinlian::ledger
