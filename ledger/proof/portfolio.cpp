#include "ledger/proof/portfolio.hpp"

namespace xinlian::ledger {

namespace {

constexpr std::string_view magic_start = "xinlian-portfolio/";

Error malformed(std::string text) { return {Errc::malformed, "the portfolio " + std::move(text)}; }
Error fault_of(const Reader& reader) {
    return malformed("has an invalid part, at byte " + std::to_string(reader.fault_offset()) + ": " + reader.fault());
}

// The multiproof's items in a part.
MultiproofChecker::Next items_of(Reader& reader) {
    return [&reader]() -> Result<MapItem> {
        MapItem item;
        reader(item);
        if (reader.failed()) return fault_of(reader);
        return item;
    };
}

Status at_end(Reader& reader) {
    if (!reader.failed() && reader.left() != 0) reader.fail("unexpected bytes after the end");
    if (reader.failed()) return fault_of(reader);
    return {};
}

// Reads the parts of a file in sequence, into one buffer.
class PartReader {
public:
    explicit PartReader(const ByteSource& source) : source_(source) {}

    Status magic() {
        Bytes first(portfolio_magic.size());
        XL_TRY(const std::size_t got, source_(first));
        if (as_text(ByteView(first).first(got)) == portfolio_magic) return {};
        if (is_portfolio(ByteView(first).first(got))) {
            return Error{Errc::unsupported, "this program does not know the portfolio's version; use a newer program"};
        }
        return Error{Errc::malformed,
                     "this is not a portfolio file: it does not start with the line xinlian-portfolio/1"};
    }

    Result<ByteView> part() {
        std::array<std::uint8_t, 4> prefix{};
        XL_TRY_STATUS(fill(prefix));
        const std::size_t size = Reader(prefix).integer<std::uint32_t>();
        if (size > portfolio_part_bytes_max) {
            return malformed("has a part of " + std::to_string(size) + " bytes; at most " +
                             std::to_string(portfolio_part_bytes_max) + " are allowed");
        }
        buffer_.resize(size);
        XL_TRY_STATUS(fill(buffer_));
        return ByteView(buffer_);
    }

    Status end() {
        std::array<std::uint8_t, 1> more{};
        XL_TRY(const std::size_t got, source_(more));
        if (got != 0) return malformed("has unexpected bytes after its end");
        return {};
    }

private:
    Status fill(std::span<std::uint8_t> into) {
        XL_TRY(const std::size_t got, source_(into));
        if (got != into.size()) return malformed("ends too early; check that it was copied completely");
        return {};
    }

    const ByteSource& source_;
    Bytes buffer_;
};

}  // namespace

bool is_portfolio(ByteView beginning) { return as_text(beginning).starts_with(magic_start); }

Bytes print_part(const PortfolioSubject& subject, std::span<const MapItem> items) {
    Writer writer;
    writer.reserve(256 + 40 * items.size() + subject.entries.size() * (log_entry_bytes_max + 8));
    writer(subject.subject, subject.state);
    for (const MapItem& item : items) writer(item);
    writer(bounded(subject.entries, list_entries_max));
    return writer.take();
}

Result<std::uint32_t> PortfolioChecker::head(ByteView part) {
    Reader reader(part);
    PortfolioHead head;
    reader(head);
    XL_TRY_STATUS(at_end(reader));
    if (head.subjects > portfolio_subjects_max) {
        return malformed("declares " + std::to_string(head.subjects) + " subjects; at most " +
                         std::to_string(portfolio_subjects_max) + " are allowed");
    }
    XL_TRY(certified_, check_anchor(genesis_, head.chain_id, head.anchor));
    XL_TRY(finding_.signers, check_signers(genesis_, head.anchor.certificate));
    finding_.quorum = genesis_.committee().quorum();
    finding_.members = genesis_.committee().size();
    finding_.height = certified_.header.height;
    finding_.time = certified_.header.time;
    finding_.log_size = certified_.result.log_size;
    announced_ = head.subjects;
    return head.subjects;
}

Result<PortfolioSubject> PortfolioChecker::subject(ByteView part) {
    Reader reader(part);
    PortfolioSubject read;
    reader(read.subject, read.state);
    if (reader.failed()) return fault_of(reader);
    const std::string where = "subject " + read.subject.hex();
    const Hash key = state_key(certified_.suite, StateKind::subject, read.subject.view());
    const Bytes value = read.state ? encode(*read.state) : Bytes();
    if (Status status = map_.key(key, read.state ? std::optional<ByteView>(value) : std::nullopt, items_of(reader));
        !status) {
        return within(where, std::move(status).error());
    }
    reader(bounded(read.entries, list_entries_max));
    XL_TRY_STATUS(at_end(reader));
    if (Status status = check_list(genesis_, certified_, key, read.state, read.entries); !status) {
        return within(where, std::move(status).error());
    }
    ++finding_.subjects;
    finding_.entries += read.entries.size();
    return read;
}

Result<PortfolioFinding> PortfolioChecker::end(ByteView part) {
    if (finding_.subjects != announced_) return malformed("has a different number of subjects than its head declares");
    Reader reader(part);
    XL_TRY_STATUS(map_.finish(certified_.result.state_root, items_of(reader)));
    XL_TRY_STATUS(at_end(reader));
    return std::move(finding_);
}

Result<PortfolioFinding> verify_portfolio(const Genesis& genesis, const ByteSource& source,
                                          const OnPortfolioSubject& on_subject) {
    PartReader parts(source);
    PortfolioChecker checker(genesis);
    XL_TRY_STATUS(parts.magic());
    XL_TRY(ByteView part, parts.part());
    XL_TRY(const std::uint32_t subjects, checker.head(part));
    for (std::uint32_t i = 0; i < subjects; ++i) {
        XL_TRY(part, parts.part());
        XL_TRY(const PortfolioSubject subject, checker.subject(part));
        XL_TRY_STATUS(on_subject(subject));
    }
    XL_TRY(part, parts.part());
    XL_TRY(PortfolioFinding finding, checker.end(part));
    XL_TRY_STATUS(parts.end());
    return finding;
}

}  // namespace xinlian::ledger
