namespace TaskBot.Testing;

/// <summary>How long a test waits for what must come. What has not come by then never does, and the test says so instead of hanging.</summary>
public static class Patience
{
    /// <summary>Real time; long enough for the busiest machine.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromMinutes(2);
}
