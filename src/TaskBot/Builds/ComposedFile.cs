namespace TaskBot.Builds;

/// <summary>A file that a graph was composed from, by its path, and the SHA-256 of what it held; empty where it was not there.</summary>
sealed record ComposedFile(string Path, string Digest);
