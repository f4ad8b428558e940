// Import: converts files to records and writes them to the issuer's feed.
#pragma once

#include <map>

#include "node/import/error_file.hpp"
#include "node/import/row.hpp"
#include "node/issuer/feed_writer.hpp"

namespace xinlian::node {

inline constexpr std::size_t shown_findings_max = 20;

enum class Personal : std::uint8_t { drop, seal };

struct ImportSettings {
    ProfileChoice profile = ProfileChoice::automatic;
    Personal personal = Personal::drop;
    std::size_t batch_rows = batch_rows_default;
    std::string errors_path;  // empty: beside the file
};

// The outcome of a row. erased: its record was erased and remains so.
enum class Fate : std::uint8_t { created, changed, same, refused, erased };

struct ImportSummary {
    FileFacts facts;
    const Profile* profile = nullptr;
    std::uint64_t rows = 0, created = 0, changed = 0, same = 0, refused = 0, erased = 0, warned = 0, batches = 0;
    std::map<Problem, std::uint64_t> problems;                // number of rows with each problem
    std::vector<std::pair<std::uint64_t, RowFinding>> shown;  // the first findings, by row
    std::vector<std::string> unknown_columns;
    std::string error_file;  // empty if no row was refused
};

// Called for every row, for tests and previews.
using OnFate = std::function<void(const RawRow& row, const MadeRow& made, Fate fate)>;
using OnProgress = std::function<void(std::uint64_t bytes, std::uint64_t bytes_total, std::uint64_t rows)>;

// Imports files into a feed. FeedWriter::resume() must have been called.
class Importer {
public:
    explicit Importer(FeedWriter& feed) : feed_(feed) {}
    Result<ImportSummary> import(const std::string& path, const ImportSettings& settings, Time now,
                                 const OnProgress& on_progress = {}, const OnFate& on_fate = {});

private:
    Result<Fate> take(const MadeRow& made, std::uint64_t row, Personal personal);

    FeedWriter& feed_;
    std::int64_t file_ = 0;
};

// Reads and checks a file without keys, vault or node. Uses 64 bytes of memory per row to detect duplicates.
Result<ImportSummary> dry_run(const std::string& path, const ImportSettings& settings,
                              const OnProgress& on_progress = {}, const OnFate& on_fate = {});

// Opens personal columns that were sealed with Personal::seal. Errc::invalid for another key.
Result<std::vector<ledger::Field>> open_personal(Suite suite, const Hash& record_key, ByteView box);

}  // namespace xinlian::node
