using System.CommandLine;
using TaskBot.Benchmarks.Composition;
using TaskBot.Benchmarks.Deliveries;
using TaskBot.Benchmarks.Edits;
using TaskBot.Benchmarks.Engine;
using TaskBot.Benchmarks.Search;
using TaskBot.Benchmarks.Trees;

var quick = new Option<bool>("--quick") { Description = "Small sizes and few rounds: under a minute, for a look." };

var program = new Option<string?>("--program") { Description = "A published taskbot, to measure whole processes too." };

var engine = new Command("engine", "What the engine costs a node, beside ninja that finds nothing to do on the same graph.") { quick, program };
engine.SetAction((parsed, cancellationToken) => EngineBenchmark.RunAsync(
    Console.Out, parsed.GetValue(quick) ? [1_000, 10_000] : [1_000, 10_000, 100_000, 1_000_000], parsed.GetValue(program), cancellationToken));

var nodes = new Command("nodes", "What a run itself costs a node that waits for something, results and journal durable, beside the build of pure nodes of the same shape.") { quick };
nodes.SetAction((parsed, cancellationToken) => NodeCostBenchmark.RunAsync(Console.Out, parsed.GetValue(quick) ? [1_000, 3_000] : [1_000, 10_000, 100_000], cancellationToken));

var deliveries = new Command("deliveries", "Webhook deliveries made durable a second, beside a plain loop of one SQLite transaction a row.") { quick };
deliveries.SetAction((parsed, cancellationToken) => DeliveryBenchmark.RunAsync(Console.Out, parsed.GetValue(quick) ? 2_000 : 40_000, cancellationToken));

var probot = new Option<DirectoryInfo?>("--probot") { Description = "A folder in which npm installed probot (and better-sqlite3); default, a temporary one, which takes minutes." };
var listener = new Command("listener", "Signed deliveries a second over HTTP, each answered after it is durable, beside Probot in the same run.") { quick, program, probot };
listener.SetAction((parsed, cancellationToken) => ListenerBenchmark.RunAsync(
    Console.Out, count: parsed.GetValue(quick) ? 8_000 : 40_000, rounds: parsed.GetValue(quick) ? 1 : 3, parsed.GetValue(program), parsed.GetValue(probot)?.FullName, cancellationToken));

var edits = new Command("edits", "A 5-file edit on a git repository of 20,000 files, beside git apply --index.") { quick };
edits.SetAction((parsed, cancellationToken) => EditBenchmark.RunAsync(
    Console.Out, files: parsed.GetValue(quick) ? 2_000 : 20_000, rounds: parsed.GetValue(quick) ? 5 : 20, cancellationToken));

var trees = new Command("trees", "Edits, many files at once and checkouts on a repository of 100,000 files and a gigabyte, beside git's own.") { quick };
trees.SetAction((parsed, cancellationToken) => TreeBenchmark.RunAsync(
    Console.Out, sizes: parsed.GetValue(quick) ? [1_000, 10_000] : [1_000, 100_000], rounds: parsed.GetValue(quick) ? 5 : 20, cancellationToken));

var composition = new Command("composition", "The four anchor scenes of composition beside OpenUSD's recorded times, memory, and recomposition after an edit.") { quick };
composition.SetAction(parsed => CompositionBenchmark.Run(parsed.GetValue(quick) ? 5 : 30, Console.Out));

var history = new Option<string[]>("--history") { Description = "Recall alone, over these: folders of git repositories, or packages that the whole benchmark has.", AllowMultipleArgumentsPerToken = true };
var search = new Command("search", "Recall of the files that real changes touched, beside BM25 and git grep; and the times of an index of 50,000 files.") { quick, history };
search.SetAction(async (parsed, cancellationToken) =>
{
    if (parsed.GetValue(history) is { Length: > 0 } given)
    {
        await RecallBenchmark.RunAsync(Console.Out, given, cancellationToken);
        return;
    }

    var isQuick = parsed.GetValue(quick);
    await IndexBenchmark.RunAsync(Console.Out, Directory.GetCurrentDirectory(), files: isQuick ? 5_000 : 50_000, rounds: isQuick ? 5 : 20, cancellationToken);
    await RecallBenchmark.RunAsync(Console.Out, Directory.GetCurrentDirectory(), isQuick, cancellationToken);
});

return await new RootCommand("Figures of TaskBot's parts, each beside something to compare with.") { engine, nodes, deliveries, listener, edits, trees, composition, search }.Parse(args).InvokeAsync();
