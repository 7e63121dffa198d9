using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Workspaces.Commands;
using TaskBot.Workspaces.Toolchains;

namespace TaskBot.Bot.Nodes;

/// <summary>How a command of a node ended: well, or with the failure that the node ends with.</summary>
/// <param name="Log">The end of what it wrote.</param>
/// <param name="Output">All that was kept of what it wrote.</param>
sealed record CommandEnded(string Log, string Output, NodeResult.Failed? Failure)
{
    /// <summary>What it wrote to its standard output alone.</summary>
    public CapturedOutput Answer { get; init; } = new("", OmittedBytes: 0, "", TotalBytes: 0);
}

/// <summary>Runs commands for a node, within the node's time, and reads how they ended.</summary>
sealed class TreeCommand(RunScope scope, NodeRun run)
{
    /// <summary>What is handed on of a log, in characters: its end says what went wrong.</summary>
    const int KeptLog = 12_000;

    /// <summary>Where a node says nothing, in minutes.</summary>
    const double DefaultMinutes = 15;

    /// <summary>The command ends a little before the node does, so that its log is there to say what took so long.</summary>
    const double ShareOfTime = 0.95;

    public async Task<CommandEnded> RunAsync(CommandRequest request, string line, CancellationToken cancellationToken)
    {
        run.Report($"Running: {line.ReplaceLineEndings(" ")}");
        var minutes = run.Node.Attributes.GetValueOrDefault("timeoutMinutes") switch
        {
            TaskValue.Integer integer => integer.Value,
            TaskValue.Real real => real.Value,
            _ => DefaultMinutes,
        };
        var limits = request.Limits with { Total = TimeSpan.FromMinutes(minutes * ShareOfTime) };
        void Heard(CommandOutput heard)
        {
            run.SignOfLife();
            request.OnOutput?.Invoke(heard);
        }

        var result = await scope.Commands.RunAsync(request with { Limits = limits, OnOutput = Heard }, cancellationToken);
        var output = result.Output.ToString();
        var log = NodeRunExtensions.Tail(output, KeptLog);
        var message = result switch
        {
            { Succeeded: true } => null,
            { End: CommandEnd.NotFound } => $"There is no program '{request.Arguments[0]}' on this machine.",
            { End: CommandEnd.TimedOut } => $"'{line}' was still running after {limits.Total.TotalMinutes:0.##} minutes and was stopped. Write a larger 'timeoutMinutes' for {run.Node.Path} if it needs more.",
            { End: CommandEnd.WentIdle } => $"'{line}' went silent and was stopped.",
            { End: CommandEnd.OverMemory or CommandEnd.OverProcesses or CommandEnd.OverDisk } => $"'{line}' took more memory, processes or disk than it may ({result.End}) and was stopped.",
            { ExitCode: 127 } => $"'{line}' ended with 127: a program that it needs is not on this machine.",
            _ => $"'{line}' ended with {result.ExitCode}.",
        };
        return new(log, output, message is null ? null : NodeResult.Failure(
            message, ("log", log), ("exitCode", result.ExitCode is { } code ? code : TaskValue.Null.Value), ("signature", FailureSignature.Of(output))) with
        {
            IsTimeout = result.End is CommandEnd.TimedOut or CommandEnd.WentIdle,
        })
        {
            Answer = result.StandardOutput,
        };
    }
}
