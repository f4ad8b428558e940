// sample: writes the project's example exports
#include <iostream>

#include "node/cli/cli.hpp"
#include "node/import/samples.hpp"

namespace xinlian::node {

void add_sample_commands(Command root, Cli& cli) {
    struct Options {
        std::string out;
        std::size_t rows = 500;
        std::uint64_t seed = 1;
    };
    auto options = std::make_shared<Options>();
    const Command command = root.subcommand(
        "sample",
        cli.say(
            "生成示例数据（虚构企业，四种格式，约二十分之一有已知缺陷）",
            "write example exports: fictitious companies, four formats, a known defect in about one row of twenty"));
    command.option("--out", options->out, cli.say("写入的文件夹", "folder to write to")).required();
    command.option("--rows", options->rows, cli.say("每个文件的行数", "rows in each file"))
        .range(std::size_t{1}, sample_rows_max);
    command.option("--seed", options->seed, cli.say("相同的种子生成相同的文件", "the same seed gives the same files"));
    cli.set_action(command, [options, &cli] {
        const Status written = write_samples(options->out, options->rows, options->seed);
        if (!written) return cli.fail(written.error());
        std::cout << cli.say("已写入四个文件和 expected.json：", "four files and expected.json written to ")
                  << options->out << "\n";
        return exit_ok;
    });
}

}  // namespace xinlian::node
