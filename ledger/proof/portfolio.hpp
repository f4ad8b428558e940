// Portfolio files: all entries about each of many subjects, and no other, in one file under one certificate. What a
// bureau asks of a whole portfolio, checked in a stream: one subject in memory at a time. Bytes: docs/encoding.md.
//
// A file is the line "xinlian-portfolio/1\n" and parts, each a 32-bit size and so many bytes: the head, one part per
// subject in the order of their keys in the state map, and the end. A subject's part holds the piece of the map's
// multiproof that leads to it (crypto/map_multiproof.hpp), so the root is only found at the end: until then nothing
// that was read holds, and a subject that was left out would not be missed.
#pragma once

#include <functional>

#include "crypto/map_multiproof.hpp"
#include "ledger/proof/verify_common.hpp"

namespace xinlian::ledger {

inline constexpr std::string_view portfolio_magic = "xinlian-portfolio/1\n";
inline constexpr std::size_t portfolio_subjects_max = 100'000;
inline constexpr std::size_t portfolio_part_bytes_max = list_entries_max * (log_entry_bytes_max + 8) + (1 << 20);

struct PortfolioHead {
    Hash chain_id;
    Anchor anchor;
    std::uint32_t subjects = 0;
    bool operator==(const PortfolioHead&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(chain_id, anchor, subjects);
    }
};

// All entries about a subject, oldest first.
struct PortfolioSubject {
    Hash subject;
    std::optional<ListState> state;  // nothing: no entries
    std::vector<ListAnswer::Item> entries;
};
// A subject's part, with the items of its piece between state and entries.
Bytes print_part(const PortfolioSubject& subject, std::span<const MapItem> items);

// What a valid portfolio establishes, beside its subjects.
struct PortfolioFinding : ProofContext {
    std::uint64_t subjects = 0, entries = 0;
};

// Checks a portfolio part by part. Errc::malformed: not the form; Errc::invalid: does not hold. After either it is of
// no more use.
class PortfolioChecker {
public:
    explicit PortfolioChecker(const Genesis& genesis) : genesis_(genesis), map_(genesis.suite()) {}

    // First: certificate and signatures. Gives the number of subjects to come, at most portfolio_subjects_max.
    Result<std::uint32_t> head(ByteView part);
    // Then each subject. It holds if end() passes.
    Result<PortfolioSubject> subject(ByteView part);
    // Last: that all of it is what the certified state root vouches for.
    Result<PortfolioFinding> end(ByteView part);

private:
    const Genesis& genesis_;
    Certified certified_;
    MultiproofChecker map_;
    std::uint32_t announced_ = 0;
    PortfolioFinding finding_;
};

// Fills the buffer; fewer bytes only at the end of the file. Errc::io.
using ByteSource = std::function<Result<std::size_t>(std::span<std::uint8_t> into)>;
// A subject that was read, not yet proven: act on it only after verify_portfolio has said that all of it holds.
using OnPortfolioSubject = std::function<Status(const PortfolioSubject&)>;

// Reads a whole file from the source. Errors of source and receiver end it; else as PortfolioChecker's, and
// Errc::unsupported for another version.
Result<PortfolioFinding> verify_portfolio(const Genesis& genesis, const ByteSource& source,
                                          const OnPortfolioSubject& on_subject);

// Whether a file that begins so is a portfolio, of this or another version (and no proof file).
bool is_portfolio(ByteView beginning);

}  // namespace xinlian::ledger
