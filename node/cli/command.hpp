// The command line as a tree of commands and options. node/cli/command.cpp alone includes CLI11, which is slow to
// compile. The handles are small values; the CommandLine owns what they refer to.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace xinlian::node {

// An option or a positional argument. The functions return the handle, so that calls can be chained.
class Option {
public:
    explicit Option(CLI::Option& option) : option_(&option) {}

    Option required() const;
    Option shows_default() const;  // the help shows the target's present value
    Option shows_default(const std::string& text) const;
    Option comma_separated() const;
    Option one_of(const std::vector<std::string>& values) const;
    Option range(std::uint64_t min, std::uint64_t max) const;  // both included
    Option excludes(Option other) const;
    Option needs(Option other) const;

private:
    CLI::Option* option_;
};

// A command, or a group of its options. A target must outlive the parsing; it keeps its value if the option is absent.
class Command {
public:
    explicit Command(CLI::App& command) : command_(&command) {}

    Command subcommand(const std::string& name, const std::string& about) const;
    Command parent(const std::string& name, const std::string& about) const;  // a subcommand that needs one itself
    Command exactly_one_of(const std::string& name) const;  // a group of options, of which one must be given

    // A name that begins with "--" is an option's, any other a positional argument's.
    Option option(const std::string& name, std::string& target, const std::string& about) const;
    Option option(const std::string& name, std::optional<std::string>& target, const std::string& about) const;
    Option option(const std::string& name, std::vector<std::string>& target, const std::string& about) const;
    Option option(const std::string& name, std::uint16_t& target, const std::string& about) const;
    Option option(const std::string& name, std::uint32_t& target, const std::string& about) const;
    Option option(const std::string& name, std::uint64_t& target, const std::string& about) const;
    Option option(const std::string& name, std::optional<std::uint64_t>& target, const std::string& about) const;
    void flag(const std::string& name, bool& target, const std::string& about) const;

    void on_parsed(std::function<void()> action) const;  // called if the command was given and is valid

private:
    CLI::App* command_;
};

// The command line of a program.
class CommandLine {
public:
    CommandLine(const std::string& name, const std::string& about);
    ~CommandLine();
    CommandLine(const CommandLine&) = delete;
    CommandLine& operator=(const CommandLine&) = delete;

    Command root() const;
    void add_version(const std::string& text);  // --version
    void require_command();
    // Accepts the root's options after a command too. Returns an exit code if there is nothing to run: after the help
    // or the version, or after an error, which is printed.
    std::optional<int> parse(int argc, const char* const* argv);

private:
    std::unique_ptr<CLI::App> app_;
};

}  // namespace xinlian::node
