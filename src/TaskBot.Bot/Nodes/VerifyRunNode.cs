using System.Text;
using System.Text.Json;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Workspaces.Commands;
using TaskBot.Workspaces.Files;

namespace TaskBot.Bot.Nodes;

/// <summary>
/// Runs what an answer claims about code: a model writes one small experiment for each claim that can be tried, with what must come out, and
/// the experiment decides. It runs on a checkout that is thrown away, in the same box as every command, without a network.
/// </summary>
public sealed class VerifyRunNode(RunScope scope) : ModelNode(scope)
{
    const int MaxExperiments = 8;

    /// <summary>What is shown of an experiment's output, in characters.</summary>
    const int KeptOutput = 1000;

    public const string TypeName = "verify.run";

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Tries by experiment what an answer claims about code; a claim that fails is a failure.")
    {
        Attributes = NodeModel.Attributes("code", stronger: "reason"),
        Inputs =
        [
            new("tree", ValueKind.Tree, "The code that the claims are about.") { Required = true },
            new("answer", ValueKind.Text, "What claims something.") { Required = true },
            new("context", ValueKind.Any, "Texts to know; several may be connected."),
        ],
        Outputs =
        [
            new("text", ValueKind.Text, "The answer, unchanged."),
            new("results", ValueKind.List, "The claims that were tried: claim, command, expected, holds, output."),
        ],
    };

    static readonly JsonElement AnswerSchema = JsonDocument.Parse(
        """
        {
          "type": "object",
          "properties": {
            "experiments": {
              "type": "array",
              "maxItems": 8,
              "items": {
                "type": "object",
                "properties": {
                  "claim": { "type": "string", "minLength": 1 },
                  "file": { "type": ["string", "null"] },
                  "content": { "type": "string" },
                  "command": { "type": "string", "minLength": 1, "maxLength": 2000 },
                  "exitCode": { "type": "integer", "minimum": 0, "maximum": 255 },
                  "output": { "type": "string" }
                },
                "required": ["claim", "file", "content", "command", "exitCode", "output"],
                "additionalProperties": false
              }
            }
          },
          "required": ["experiments"],
          "additionalProperties": false
        }
        """).RootElement;

    public override NodeTypeSchema Schema => TypeSchema;

    public override async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        var text = run.Text("answer");
        var answer = await Model.AskAsync(
            run,
            [
                ("context", run.Context()),
                ("answer", DataBlock.Of("answer whose claims are to be tried", text)),
            ],
            NodeJsonContext.Default.Experiments, AnswerSchema, cancellationToken, Check);
        if (answer.Ending is { } ending) return ending;
        if (answer.Value.Items.Count == 0) return new NodeResult.Skipped("The answer claims nothing about code that can be tried.");

        var results = new List<TaskValue>();
        var refuted = new List<string>();
        foreach (var experiment in answer.Value.Items.Take(MaxExperiments))
        {
            var (holds, output) = await TryAsync(run, experiment, cancellationToken);
            if (!holds) refuted.Add($"'{experiment.Claim.Trim()}': '{experiment.Command}' should have {Expected(experiment)}, and gave: {output}");
            results.Add(TaskValue.MapOf(("claim", experiment.Claim), ("command", experiment.Command), ("expected", Expected(experiment)), ("holds", holds), ("output", output)));
        }

        return refuted.Count == 0
            ? NodeResult.Success(("text", text), ("results", TaskValue.ListOf(results)))
            : NodeResult.Failure($"{refuted.Count} of {results.Count} claims do not hold. {string.Join("\n", refuted)}", ("results", TaskValue.ListOf(results)), ("answer", text));
    }

    /// <summary>Each experiment sees the tree as it is, not what the one before it left.</summary>
    async Task<(bool Holds, string Output)> TryAsync(NodeRun run, Experiment experiment, CancellationToken cancellationToken)
    {
        var tree = run.Tree("tree");
        if (experiment.File is { Length: > 0 } file)
            tree = await Scope.Objects.WriteTreeAsync(tree, [new FileChange(file, new FileEntry(FileKind.Regular, Encoding.UTF8.GetBytes(experiment.Content)))], cancellationToken);
        await using var checkout = await Scope.Checkouts.RentAsync(tree, keepIgnored: false, cancellationToken);
        run.Report($"Trying: {experiment.Claim.ReplaceLineEndings(" ")}");
        var result = await Scope.Commands.RunAsync(
            CommandRequest.Shell(experiment.Command, checkout.Folder) with { Limits = new CommandLimits { Total = TimeSpan.FromMinutes(2) } }, cancellationToken);
        var output = result.Output.ToString();
        return (result.ExitCode == experiment.ExitCode && output.Contains(experiment.Output.Trim(), StringComparison.Ordinal), NodeRunExtensions.Tail(output, KeptOutput).Trim());
    }

    static string Expected(Experiment experiment) => experiment.Output.Trim() is { Length: > 0 } output ? $"ended with {experiment.ExitCode} and written '{output}'" : $"ended with {experiment.ExitCode}";

    static IReadOnlyList<string> Check(Experiments experiments) =>
    [
        .. experiments.Items.Where(experiment => experiment.File is { } file && (file.StartsWith('/') || file.Split('/', '\\').Any(part => part is "" or ".." or "." or ".git")))
            .Select(experiment => $"'{experiment.File}' leaves the repository; write a relative path."),
    ];
}
