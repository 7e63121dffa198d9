using System.Globalization;
using System.Text;

namespace TaskBot.Serving.Metrics;

/// <summary>
/// Prometheus' text exposition format, version 0.0.4, with the names that OpenTelemetry's specification gives its metrics there: words joined by
/// underscores, then the unit, then <c>_total</c> for a counter.
/// </summary>
sealed class PrometheusText
{
    readonly StringBuilder text = new();

    public void Write(MetricSeries series)
    {
        var name = NameOf(series);
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {series.Description.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal)}\n");
        text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} {series.Kind switch { MetricKind.Counter => "counter", MetricKind.Histogram => "histogram", _ => "gauge" }}\n");
        foreach (var point in series.Points)
        {
            if (series.Kind == MetricKind.Histogram) WriteHistogram(name, point);
            else WriteSample(name, point.Tags, point.Value);
        }
    }

    public override string ToString() => text.ToString();

    void WriteHistogram(string name, MetricPoint point)
    {
        long count = 0;
        foreach (var (upperBound, within) in point.Buckets)
            WriteSample($"{name}_bucket", [.. point.Tags, new("le", Number(upperBound))], count += within);
        WriteSample($"{name}_sum", point.Tags, point.Value);
        WriteSample($"{name}_count", point.Tags, count);
    }

    void WriteSample(string name, IReadOnlyList<KeyValuePair<string, string>> tags, double value)
    {
        text.Append(name);
        for (var i = 0; i < tags.Count; i++)
            text.Append(i == 0 ? '{' : ',').Append(Words(tags[i].Key)).Append("=\"").Append(Escaped(tags[i].Value)).Append('"');
        if (tags.Count > 0) text.Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    static string NameOf(MetricSeries series)
    {
        var unit = series.Unit switch
        {
            "s" => "seconds",
            "By" => "bytes",
            "USD" => "usd",
            _ => "", // What is counted stands in braces, and is no unit.
        };
        var name = Words(series.Name);
        if (unit.Length > 0 && !name.EndsWith(unit, StringComparison.Ordinal)) name += $"_{unit}";
        return series.Kind == MetricKind.Counter ? $"{name}_total" : name;
    }

    static string Words(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));

    static string Escaped(string value) =>
        value.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal);

    static string Number(double value) => double.IsPositiveInfinity(value) ? "+Inf" : value.ToString("R", CultureInfo.InvariantCulture);
}
