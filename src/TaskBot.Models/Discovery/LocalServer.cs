using System.Collections.Immutable;

namespace TaskBot.Models.Discovery;

/// <summary>What answers on one of the addresses where model servers of this machine usually are.</summary>
/// <param name="Name">The server that is usually there.</param>
/// <param name="BaseUrl">Up to and including the version.</param>
/// <param name="Models">The models that it has; empty where it has none, or is no model server.</param>
/// <param name="Problem">Why it cannot be used, one sentence; null where it can.</param>
public sealed record LocalServer(string Name, Uri BaseUrl, ImmutableArray<string> Models, string? Problem);
