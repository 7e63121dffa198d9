using System.Collections.Immutable;
using TaskBot.Engine.Outbox;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Nodes;

/// <summary>
/// Runs nodes that act on the outside world, through the outbox: what such a node gave is confirmed under its run, path and key, and given
/// again where it is asked for again.
/// </summary>
sealed class EffectRunner(EffectOutbox outbox)
{
    public async Task<NodeResult> RunAsync(INodeType type, NodeRun run, CancellationToken cancellationToken)
    {
        NodeResult? acted = null;
        var confirmed = await outbox.DoAsync(
            $"node:{run.RunId}:{run.Node.Path}:{run.Key}",
            async token => await type.FindEffectAsync(run, token) is { } found ? Write(found) : null,
            async token => (acted = await type.RunAsync(run, token)) is NodeResult.Succeeded succeeded ? Write(succeeded) : null,
            cancellationToken);
        return acted ?? Read(confirmed!);
    }

    static string Write(NodeResult.Succeeded result) =>
        TaskValue.MapOf(result.Outputs.Select(output => (output.Key, output.Value))).ToJson();

    static NodeResult.Succeeded Read(string result) =>
        new(((TaskValue.Map)TaskValue.Parse(result)).Entries.ToImmutableSortedDictionary(StringComparer.Ordinal));
}
