// quality: the table of a month or quarter, from a node
#include "node/cli/quality.hpp"

#include <boost/json/object.hpp>
#include <iostream>
#include <memory>

#include "node/audit/review_report.hpp"
#include "node/client/node_client.hpp"
#include "node/client/quality_json.hpp"
#include "node/wording/plain.hpp"
#include "node/wording/sentence.hpp"

namespace xinlian::node {

namespace {

constexpr Duration quality_deadline{120'000};  // the node reads its whole chain

struct NodeQualityOptions {
    std::string node = default_node_url;
    QualityPeriod period;
    std::string issuer;
};

Result<ledger::QualityTable> of_issuer(ledger::QualityTable rows, const std::string& issuer) {
    if (issuer.empty()) return rows;
    std::erase_if(rows, [&issuer](const auto& row) { return row.first != issuer; });
    if (rows.empty()) return Error{Errc::not_found, "\"" + issuer + "\" is not an issuer of this federation"};
    return rows;
}

Result<int> ask(const Cli& cli, const NodeQualityOptions& options) {
    XL_TRY(const ledger::Period period, period_of(options.period));
    XL_TRY(const NodeClient node, NodeClient::to(options.node, quality_deadline));
    const std::string target =
        "/v1/quality?from=" + ledger::date_text(period.from) + "&to=" + ledger::date_text(period.to);
    XL_TRY(const boost::json::object json, node.get_object(target));
    XL_TRY(QualityAnswer answer, parse_quality(json));
    XL_TRY(const ledger::QualityTable rows, of_issuer(std::move(answer.rows), options.issuer));
    const Report report = quality_report(period, rows, ledger::date_of(answer.time));
    const LineOut to_screen = [](std::string_view line) -> Status {
        std::cout << line << '\n';
        return {};
    };
    const std::string as_of = cli.say("截至高度 ", "as of height ") + std::to_string(answer.height) + ", " +
                              time_text(answer.time) +
                              cli.say("；这是该节点之言，不是证据", "; stated by this node, not proven");
    if (cli.json) {
        XL_TRY_STATUS(print_figures_json(report, {{"height", answer.height}, {"time_ms", answer.time.ms}}, to_screen));
    } else {
        XL_TRY_STATUS(print_figures_text(report, cli.language, to_screen));
        std::cout << "  " << as_of << '\n';
    }
    return exit_ok;
}

}  // namespace

void add_quality_period(Command command, const Cli& cli, QualityPeriod& period) {
    const Command which = command.exactly_one_of("period");
    which.option("--quarter", period.quarter, cli.say("季度，例如 2026Q4", "quarter, for example 2026Q4"));
    which.option("--month", period.month, cli.say("月份，例如 2026-11", "month, for example 2026-11"));
}

Result<ledger::Period> period_of(const QualityPeriod& period) {
    return period.quarter.empty() ? ledger::period_of_month(period.month) : ledger::period_of_quarter(period.quarter);
}

void add_quality_command(Command root, Cli& cli) {
    const Command command = root.subcommand(
        "quality", cli.say("向节点询问一个月或一季度各机构的报送质量",
                           "request the data quality of each issuer in a month or quarter from a node"));
    const auto options = std::make_shared<NodeQualityOptions>();
    add_quality_period(command, cli, options->period);
    command.option("--issuer", options->issuer, cli.say("只列此成员", "only this member"));
    command.option("--node", options->node, cli.say("节点地址", "address of a node")).shows_default();
    cli.set_action(command, [&cli, options] {
        const Result<int> code = ask(cli, *options);
        return code ? *code : cli.fail(code.error());
    });
}

}  // namespace xinlian::node
