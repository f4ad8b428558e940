// Portfolio files: the complete list of entries about each of many subjects, in one file under one certificate. A
// bureau requests one for a whole portfolio of subjects. It is verified as a stream, with one subject in memory at a
// time. Bytes: docs/encoding.md.
//
// A file is the line "xinlian-portfolio/1\n" followed by parts, each a 32-bit size and that many bytes: the head, one
// part per subject in the order of the keys in the state map, and the end. A subject's part contains its piece of the
// map's multiproof (crypto/map_multiproof.hpp), so the root is known only at the end. Until then nothing that was read
// is proven, and an omitted subject would go unnoticed.
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
    std::optional<ListState> state;  // empty if there are no entries
    std::vector<ListAnswer::Item> entries;
};
// Encodes a subject's part, with the items of its multiproof piece between state and entries.
Bytes print_part(const PortfolioSubject& subject, std::span<const MapItem> items);

// What a valid portfolio establishes, besides its subjects.
struct PortfolioFinding : ProofContext {
    std::uint64_t subjects = 0, entries = 0;
};

// Verifies a portfolio part by part. Errc::malformed: invalid encoding; Errc::invalid: verification failed. After an
// error the checker must not be used again.
class PortfolioChecker {
public:
    explicit PortfolioChecker(const Genesis& genesis) : genesis_(genesis), map_(genesis.suite()) {}

    // Called first: verifies the certificate and its signatures. Returns the number of subjects that follow, at most
    // portfolio_subjects_max.
    Result<std::uint32_t> head(ByteView part);
    // Then called for each subject. The result is proven only if end() succeeds.
    Result<PortfolioSubject> subject(ByteView part);
    // Called last: verifies that the certified state root covers all subjects.
    Result<PortfolioFinding> end(ByteView part);

private:
    const Genesis& genesis_;
    Certified certified_;
    MultiproofChecker map_;
    std::uint32_t announced_ = 0;
    PortfolioFinding finding_;
};

// Fills the buffer. Returns fewer bytes only at the end of the file. Errc::io.
using ByteSource = std::function<Result<std::size_t>(std::span<std::uint8_t> into)>;
// Receives a subject that was read but is not proven yet. Act on it only after verify_portfolio has succeeded.
using OnPortfolioSubject = std::function<Status(const PortfolioSubject&)>;

// Reads and verifies a whole file. An error of the source or the receiver ends it. Other errors are those of
// PortfolioChecker, and Errc::unsupported for another version.
Result<PortfolioFinding> verify_portfolio(const Genesis& genesis, const ByteSource& source,
                                          const OnPortfolioSubject& on_subject);

// Whether a file with this beginning is a portfolio, of this or another version, and not a proof file.
bool is_portfolio(ByteView beginning);

}  // namespace xinlian::ledger
