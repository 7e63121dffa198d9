using System.Security.Cryptography;
using System.Text;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Nodes;

/// <summary>Where data comes from. Untrusted: text of people without write access, web pages, and whatever a model or command made from them.</summary>
public enum Trust
{
    Trusted,
    Untrusted,
}

/// <summary>A value that flows along an edge, together with where it came from.</summary>
public sealed record NodeValue(TaskValue Content, Trust Trust)
{
    /// <summary>SHA-256, lower-case hex, over the trust and the canonical JSON: equal digests mean equal values.</summary>
    public string Digest => field ??= Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes((Trust == Trust.Trusted ? "t:" : "u:") + Content.ToJson())));
}
