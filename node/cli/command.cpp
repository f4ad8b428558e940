#include "node/cli/command.hpp"

#include <CLI/CLI.hpp>
#include <utility>

#include "node/wording/outcome.hpp"

namespace xinlian::node {

Option Option::required() const {
    option_->required();
    return *this;
}

Option Option::shows_default() const {
    option_->capture_default_str();
    return *this;
}

Option Option::shows_default(const std::string& text) const {
    option_->default_str(text);
    return *this;
}

Option Option::comma_separated() const {
    option_->delimiter(',');
    return *this;
}

Option Option::one_of(const std::vector<std::string>& values) const {
    option_->check(CLI::IsMember(values));
    return *this;
}

Option Option::range(std::uint64_t min, std::uint64_t max) const {
    option_->check(CLI::Range(min, max));
    return *this;
}

Option Option::excludes(Option other) const {
    option_->excludes(other.option_);
    return *this;
}

Option Option::needs(Option other) const {
    option_->needs(other.option_);
    return *this;
}

Command Command::subcommand(const std::string& name, const std::string& about) const {
    return Command(*command_->add_subcommand(name, about));
}

Command Command::parent(const std::string& name, const std::string& about) const {
    CLI::App* command = command_->add_subcommand(name, about);
    command->require_subcommand(1);
    return Command(*command);
}

Command Command::exactly_one_of(const std::string& name) const {
    CLI::App* group = command_->add_option_group(name);
    group->require_option(1);
    return Command(*group);
}

Option Command::option(const std::string& name, std::string& target, const std::string& about) const {
    return Option(*command_->add_option(name, target, about));
}

// As a function, because CLI11 takes an empty text for an optional that was not given.
Option Command::option(const std::string& name, std::optional<std::string>& target, const std::string& about) const {
    return Option(*command_->add_option_function<std::string>(
        name, [&target](const std::string& text) { target = text; }, about));
}

Option Command::option(const std::string& name, std::vector<std::string>& target, const std::string& about) const {
    return Option(*command_->add_option(name, target, about));
}

Option Command::option(const std::string& name, std::uint16_t& target, const std::string& about) const {
    return Option(*command_->add_option(name, target, about));
}

Option Command::option(const std::string& name, std::uint32_t& target, const std::string& about) const {
    return Option(*command_->add_option(name, target, about));
}

Option Command::option(const std::string& name, std::uint64_t& target, const std::string& about) const {
    return Option(*command_->add_option(name, target, about));
}

Option Command::option(const std::string& name, std::optional<std::uint64_t>& target, const std::string& about) const {
    return Option(*command_->add_option(name, target, about));
}

void Command::flag(const std::string& name, bool& target, const std::string& about) const {
    command_->add_flag(name, target, about);
}

void Command::on_parsed(std::function<void()> action) const { command_->callback(std::move(action)); }

namespace {

void let_options_fall_through(CLI::App& app) {
    for (CLI::App* command : app.get_subcommands({})) {
        command->fallthrough();
        let_options_fall_through(*command);
    }
}

}  // namespace

CommandLine::CommandLine(const std::string& name, const std::string& about)
    : app_(std::make_unique<CLI::App>(about, name)) {}

CommandLine::~CommandLine() = default;

Command CommandLine::root() const { return Command(*app_); }

void CommandLine::add_version(const std::string& text) { app_->set_version_flag("--version", text); }

void CommandLine::require_command() { app_->require_subcommand(1); }

std::optional<int> CommandLine::parse(int argc, const char* const* argv) {
    let_options_fall_through(*app_);
    try {
        app_->parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app_->exit(error) == 0 ? exit_ok : exit_unknown;  // help and version are not errors
    }
    return std::nullopt;
}

}  // namespace xinlian::node
