using System.Security.Cryptography;
using System.Text;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Bot.Nodes;

/// <summary>What a node does to the outside world, as far as it is a function of the node's inputs: so that a replay can tell whether it would do the same.</summary>
/// <param name="Key">Natural key: the one thing in the world that it is about.</param>
/// <param name="Digest">SHA-256, lower-case hex, of what it puts there.</param>
public sealed record Effect(string Key, string Digest)
{
    /// <summary>The output that keeps it with the result.</summary>
    public const string PortName = "effect";

    public static PortSchema Port { get; } = new(PortName, ValueKind.Text, "What it did to the outside world: its natural key, and the digest of what it put there.");

    public static Effect Of(string key, IEnumerable<string> content) =>
        new(key, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', content)))));

    public override string ToString() => $"{Key} {Digest}";
}

/// <summary>A node type that acts on the outside world and can say beforehand what it would do there.</summary>
public interface IEffectNode : INodeType
{
    ValueTask<Effect> DescribeEffectAsync(NodeRun run, CancellationToken cancellationToken);
}
