#include "tests/disk/answers.hpp"

#include <set>

namespace xinlian::disk {

namespace {

using Answer = Result<Bytes>;

template <class T>
Bytes encoded(const T& value) {
    return encode(value);
}

Bytes bytes_of(const ledger::StoredBlock& block) {
    Writer writer;
    writer(block.id, block.block, block.result, block.certificate);
    return writer.take();
}

// Asks everything that a chain of this length and log can answer. The questions are derived from the first chain's
// answers, so a damaged chain is asked the questions of the original chain, not its own.
class Questions {
public:
    explicit Questions(const ledger::Chain& chain) : chain_(chain) {}

    Answer ask(const std::string& question) const {
        const std::string what = question.substr(0, question.find(' '));
        const std::string rest = question.substr(question.find(' ') + 1);
        if (what == "block") {
            XL_TRY(const auto block, chain_.block(std::stoull(rest)));
            return bytes_of(block);
        }
        if (what == "certified") {
            XL_TRY(const auto block, chain_.certified_at_or_above(std::stoull(rest)));
            return bytes_of(block);
        }
        if (what == "entry") {
            XL_TRY(const auto entry, chain_.entry(std::stoull(rest)));
            Writer writer;
            writer(entry.entry, entry.index, entry.batch, entry.position);
            return writer.take();
        }
        if (what == "subtree") {
            const std::size_t slash = rest.find('/');
            XL_TRY(const Hash root, chain_.log_subtree(static_cast<unsigned>(std::stoul(rest.substr(0, slash))),
                                                       std::stoull(rest.substr(slash + 1))));
            return encoded(root);
        }
        return ask_hash(what, rest);
    }

private:
    Answer ask_hash(const std::string& what, const std::string& hex) const {
        XL_TRY(const Bytes bytes, from_hex(hex));
        Hash hash;
        std::copy(bytes.begin(), bytes.end(), hash.bytes.begin());
        if (what == "batch") return chain_.batch(hash);
        if (what == "height") {
            XL_TRY(const auto height, chain_.height_of(hash));
            return encoded(height);
        }
        if (what == "outcome") return encoded(chain_.snapshot()->state.outcome(hash));
        XL_TRY(const auto indexes, chain_.list_entries(ledger::StateKind::subject, hash.view(), 0, ~std::uint64_t{0}));
        Writer writer;
        for (const std::uint64_t index : indexes) writer.integer(index);
        return writer.take();
    }

    const ledger::Chain& chain_;
};

std::vector<std::string> questions_of(const ledger::Chain& chain) {
    std::vector<std::string> all;
    std::set<Hash> subjects;
    for (Height height = 0; height <= chain.height(); ++height) {
        const ledger::StoredBlock block = chain.block(height).value();
        all.push_back("block " + std::to_string(height));
        all.push_back("certified " + std::to_string(height));
        all.push_back("height " + block.id.hex());
        for (const Hash& batch : block.block.batches) {
            all.push_back("batch " + batch.hex());
            all.push_back("outcome " + batch.hex());
        }
    }
    const std::uint64_t size = chain.snapshot()->state.log.size();
    for (std::uint64_t index = 0; index < size; ++index) {
        all.push_back("entry " + std::to_string(index));
        subjects.insert(chain.entry(index).value().entry.entry.subject);
    }
    for (unsigned level = 0; (size >> level) > 0; ++level) {
        for (std::uint64_t index = 0; index < (size >> level); ++index)
            all.push_back("subtree " + std::to_string(level) + "/" + std::to_string(index));
    }
    for (const Hash& subject : subjects) all.push_back("subject " + subject.hex());
    return all;
}

}  // namespace

Answers answers_of(const ledger::Chain& chain) {
    Answers answers;
    const Questions questions(chain);
    for (const std::string& question : questions_of(chain)) answers[question] = questions.ask(question).value();
    return answers;
}

Reading compare(const Answers& truth, const ledger::Chain& chain) {
    Reading reading;
    const Questions questions(chain);
    for (const auto& [question, answer] : truth) {
        const Answer found = questions.ask(question);
        if (found && *found == answer) {
            ++reading.right;
        } else if (!found && (found.error().code == Errc::corrupt || found.error().code == Errc::io)) {
            ++reading.errors;
        } else if (reading.wrong.empty()) {
            reading.wrong = question + (found ? " is answered otherwise" : ": " + found.error().text);
        }
    }
    return reading;
}

}  // namespace xinlian::disk
