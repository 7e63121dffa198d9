using System.Collections.Immutable;

namespace TaskBot.Serving.Metrics;

/// <summary>What a measured number means.</summary>
enum MetricKind
{
    /// <summary>Only grows while the process lives.</summary>
    Counter,

    /// <summary>What is there now.</summary>
    Gauge,

    /// <summary>How often which size occurred.</summary>
    Histogram,
}

/// <summary>An instrument's numbers at one moment.</summary>
/// <param name="Name">OpenTelemetry's name, with dots.</param>
/// <param name="Unit">In UCUM, such as <c>s</c> or <c>By</c>; empty for none, and in braces for what is counted.</param>
sealed record MetricSeries(string Name, string Description, string Unit, MetricKind Kind, ImmutableArray<MetricPoint> Points);

/// <summary>The number under one set of tags.</summary>
/// <param name="Tags">Name and value, sorted by name.</param>
/// <param name="Value">The sum, or what is there now.</param>
sealed record MetricPoint(ImmutableArray<KeyValuePair<string, string>> Tags, double Value)
{
    /// <summary>Of a histogram: how many were at most each boundary but above the one before, the last without an upper boundary.</summary>
    public ImmutableArray<(double UpperBound, long Count)> Buckets { get; init; } = [];
}
