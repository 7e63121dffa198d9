namespace TaskBot.Models.Resilience;

/// <summary>When an endpoint that keeps failing is left alone for a while, so that each node does not wait for it anew.</summary>
public sealed class CircuitOptions
{
    /// <summary>Failures in a row within <see cref="Window"/> that open the circuit, 2 to 100.</summary>
    public int Failures { get; set; } = 5;

    /// <summary>The time over which failures are counted; at least half a second.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long the endpoint is then left alone; at least half a second.</summary>
    public TimeSpan Break { get; set; } = TimeSpan.FromSeconds(30);
}
