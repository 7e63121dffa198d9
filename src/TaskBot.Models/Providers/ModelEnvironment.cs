namespace TaskBot.Models.Providers;

/// <summary>Where keys and addresses are looked up by the name of their environment variable. Empty values count as not set.</summary>
public sealed class ModelEnvironment(Func<string, string?> read)
{
    /// <summary>The environment of this process.</summary>
    public static ModelEnvironment Process { get; } = new(Environment.GetEnvironmentVariable);

    public string? Get(string? variable) =>
        variable is not null && read(variable)?.Trim() is { Length: > 0 } value ? value : null;
}
