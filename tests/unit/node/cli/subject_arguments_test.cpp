// Tests that every command that takes a company's code or a document number reads all spellings alike, and refuses
// invalid ones before it opens a file or contacts a node.
#include <catch2/catch.hpp>
#include <iostream>
#include <sstream>

#include "node/cli/arguments.hpp"
#include "node/cli/prove.hpp"
#include "node/issuer/record_lookup.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/names.hpp"
#include "tests/unit/node/scratch_folder.hpp"

using namespace xinlian;
using namespace xinlian::node;
using test::must;

namespace {

using Words = std::vector<std::string>;

// All that a stream says while this lives.
class Captured {
public:
    explicit Captured(std::ostream& stream) : stream_(stream), before_(stream.rdbuf(text_.rdbuf())) {}
    ~Captured() { stream_.rdbuf(before_); }
    Captured(const Captured&) = delete;
    Captured& operator=(const Captured&) = delete;
    std::string text() const { return text_.str(); }

private:
    std::ostringstream text_;
    std::ostream& stream_;
    std::streambuf* before_;
};

struct Ended {
    int exit_code = 0;
    std::string error;
    bool operator==(const Ended&) const = default;
};

// The program, but for its main.
Ended run(const Words& words) {
    Cli cli;
    CommandLine line("xinlian", "");
    add_import_commands(line.root(), cli);
    add_proof_commands(line.root(), cli);
    add_act_commands(line.root(), cli);
    add_erase_commands(line.root(), cli);
    std::vector<const char*> arguments{"xinlian"};
    for (const std::string& word : words) arguments.push_back(word.c_str());
    REQUIRE_FALSE(line.parse(static_cast<int>(arguments.size()), arguments.data()));
    REQUIRE(cli.run);
    const Captured said(std::cerr);
    const int exit_code = cli.run();
    return {exit_code, said.text()};
}

const Words with_subject[] = {
    {"prove", "subject", "--out", "o"},
    {"prove", "asked", "--out", "o"},
    {"grant", "--requester", "r", "--from", "2026-01-01", "--until", "2026-12-31", "--file", "f"},
    {"query", "--grant", "g", "--provider", "p"},
};
const Words with_document[] = {
    {"vault", "show"},
    {"vault", "export-row"},
    {"prove", "record", "--out", "o"},
    {"repair", "accept", "--file", "f"},
    {"repair", "refuse", "--file", "f"},
    {"repair", "complete", "--file", "f"},
    {"repair", "acknowledge"},
    {"hold"},
    {"dispute", "open", "--file", "f"},
    {"dispute", "resolve", "--outcome", "refused", "--file", "f"},
    {"withdraw", "--file", "f"},
    {"erase", "--reason", "r", "--out", "o"},
};

// In a folder that is not there: a command that has read its argument stops at the first file.
Ended run_about(Words command, const char* option, const std::string& typed) {
    static const ScratchFolder scratch;
    command.insert(command.end(), {"--folder", scratch.path("nowhere"), option, typed});
    return run(command);
}

const std::string code = "91310118H7FJGJTW0D", number = "沪市监罚〔2026〕1号";
const char* const spelled_codes[] = {"91310118H7FJGJTW0D ",
                                     "91310118 H7FJGJTW0D",
                                     "91310118h7fjgjtw0d",
                                     "９１３１０１１８Ｈ７ＦＪＧＪＴＷ０Ｄ",
                                     "　91310118H7FJGJTW0D\n",
                                     "\xEF\xBB\xBF"
                                     "91310118H7FJGJTW0D"};
const char* const spelled_numbers[] = {"沪市监罚[2026]1号", "沪市监罚【2026】1号", "沪市监罚（2026）1号",
                                       "沪市监罚［2026］1号", " 沪市监罚〔２０２６〕１号　"};

bool says(const std::string& text, const std::string& words) {
    INFO(text);
    return text.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("every command reads all spellings of a code alike") {
    for (const Words& command : with_subject) {
        INFO(command.front() + " " + command.at(1));
        const Ended clean = run_about(command, "--subject", code);
        CHECK(clean.exit_code == exit_unknown);  // there is no folder
        CHECK_FALSE(says(clean.error, "--subject"));
        for (const char* typed : spelled_codes) CHECK(run_about(command, "--subject", typed) == clean);
    }
}

TEST_CASE("every command refuses what is no code, with exit code 2 and the reason") {
    struct Case {
        const char* typed;
        const char* reason;
    };
    for (const Words& command : with_subject) {
        INFO(command.front() + " " + command.at(1));
        for (const Case& wrong :
             {Case{"", "it is empty"}, Case{"9131", "it has 4 characters"},
              Case{"91310118H7FJGJTW0", "it has 17 characters"}, Case{"91310118H7FJGJTWID", "character 17 is \"I\""},
              Case{"91310118H7FJGJTW0E", "check digit is E"}, Case{"某公司", "character 1"},
              Case{"11010519491231002X", "a resident identity number"}}) {
            const Ended ended = run_about(command, "--subject", wrong.typed);
            CHECK(ended.exit_code == exit_unknown);
            CHECK(says(ended.error, "--subject: "));
            CHECK(says(ended.error, wrong.reason));
        }
    }
}

TEST_CASE("a wrong check digit is accepted if the command says so, and nothing else is") {
    for (Words command : with_subject) {
        const Ended clean = run_about(command, "--subject", code);
        CHECK(says(run_about(command, "--subject", "91350211M00013FA1N").error, "add --any-check-digit"));
        CHECK_FALSE(says(run_about(command, "--subject", "9131").error, "--any-check-digit"));
        command.push_back("--any-check-digit");
        CHECK(run_about(command, "--subject", "91350211M00013FA1N") == clean);
        CHECK(says(run_about(command, "--subject", "91350211M00013FA1").error, "it has 17 characters"));
    }
}

TEST_CASE("every command reads all spellings of a document number alike") {
    for (const Words& command : with_document) {
        INFO(command.front() + (command.size() > 1 ? " " + command.at(1) : std::string()));
        const Ended clean = run_about(command, "--document", number);
        CHECK(clean.exit_code == exit_unknown);
        CHECK_FALSE(says(clean.error, "--document"));
        for (const char* typed : spelled_numbers) CHECK(run_about(command, "--document", typed) == clean);
    }
}

TEST_CASE("every command refuses what is no document number, with exit code 2 and the reason") {
    struct Case {
        std::string typed;
        const char* reason;
    };
    std::string longest;
    for (std::size_t i = 0; i < ledger::document_chars_max; ++i) longest += "号";
    const Case wrong_ones[] = {{"", "is empty"},
                               {"　", "is empty"},
                               {longest + "1", "has 129 characters"},
                               {"沪\xFF", "is not UTF-8"},
                               {"沪\xEF\xBF\xBD", "replacement character"}};
    for (const Words& command : with_document) {
        INFO(command.front() + (command.size() > 1 ? " " + command.at(1) : std::string()));
        for (const Case& wrong : wrong_ones) {
            const Ended ended = run_about(command, "--document", wrong.typed);
            CHECK(ended.exit_code == exit_unknown);
            CHECK(says(ended.error, "--document: "));
            CHECK(says(ended.error, wrong.reason));
        }
    }
}

TEST_CASE("what was typed becomes the same tag, and finds the same record") {
    const Hash key = test::named(Suite::ed25519_sha256, "channel", 1);
    const Hash tag = ledger::subject_tag(Suite::ed25519_sha256, key, test::code_of(code));
    for (const char* typed : spelled_codes) {
        SubjectArgument argument;
        argument.typed = typed;
        must(argument.read());
        CHECK(ledger::subject_tag(Suite::ed25519_sha256, key, argument.code.value()) == tag);
    }

    const ScratchFolder scratch;
    const auto vault = must(Vault::open(scratch.path("vault.sqlite"), test::named(Suite::ed25519_sha256, "chain", 1),
                                        {scratch.path("vault.key"), Suite::ed25519_sha256, "310000"}, VaultUse::write));
    VaultRecord row;
    row.id = test::named(Suite::ed25519_sha256, "record", 1);
    row.canonical = to_bytes("content");
    row.document = number;
    row.batch = 1;
    ledger::Batch batch;
    batch.header.issuer = "310000";
    batch.header.sequence = 1;
    must(vault->add_batch(batch, test::named(Suite::ed25519_sha256, "batch", 1), to_bytes("signed"), {row}));
    for (const char* typed : spelled_numbers) {
        DocumentArgument argument;
        argument.typed = typed;
        must(argument.read());
        CHECK(must(record_of_document(*vault, argument.number.value())) == row.id);
    }
    DocumentArgument other;
    other.typed = "沪市监罚〔2026〕2号";
    must(other.read());
    const auto none = record_of_document(*vault, other.number.value());
    REQUIRE_FALSE(none.ok());
    CHECK(none.error().code == Errc::not_found);
}

TEST_CASE("an argument that was not given names nothing") {
    SubjectArgument subject;
    DocumentArgument document;
    must(subject.read());
    must(document.read());
    CHECK_FALSE(subject.code);
    CHECK_FALSE(document.number);
}
