using System.Collections.Immutable;
using System.Diagnostics.Metrics;

namespace TaskBot.Serving.Metrics;

/// <summary>
/// Adds up what the instruments of TaskBot and of the framework measure in this process, from its start on. The exporters for Prometheus are not
/// among the packages that can be restored everywhere, and this is all that is needed of them.
/// </summary>
sealed class MetricsCollector : IHostedService, IDisposable
{
    /// <summary>Sets of tags that an instrument may have; what comes beyond is added up under OpenTelemetry's <c>otel.metric.overflow</c>.</summary>
    const int MaximumPoints = 500;

    readonly Lock gate = new();
    readonly SortedDictionary<string, Sums> instruments = new(StringComparer.Ordinal);
    readonly MeterListener listener = new();

    public MetricsCollector()
    {
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name.StartsWith("TaskBot", StringComparison.Ordinal) || instrument.Meter.Name is "Microsoft.AspNetCore.Hosting" or "System.Net.Http" or "System.Runtime")
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<float>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<decimal>((instrument, value, tags, _) => Add(instrument, (double)value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        listener.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>All instruments that measured something, by name.</summary>
    public ImmutableArray<MetricSeries> Collect()
    {
        listener.RecordObservableInstruments();
        lock (gate) return [.. instruments.Values.Select(sums => sums.ToSeries())];
    }

    public void Dispose() => listener.Dispose();

    void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (gate)
        {
            if (!instruments.TryGetValue(instrument.Name, out var sums)) instruments.Add(instrument.Name, sums = new(instrument));
            sums.Add(value, tags);
        }
    }

    /// <summary>One instrument's numbers by their tags.</summary>
    sealed class Sums(Instrument instrument)
    {
        static readonly ImmutableArray<double> DefaultBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];

        readonly Dictionary<string, Point> points = new(StringComparer.Ordinal);
        readonly ImmutableArray<double> boundaries = instrument is Histogram<double> { Advice.HistogramBucketBoundaries: { } advised } ? [.. advised] : DefaultBoundaries;

        KeyValuePair<string, object?>[] lastTags = [];
        Point? last;

        readonly MetricKind kind = instrument.GetType() switch
        {
            { IsGenericType: true } type when type.GetGenericTypeDefinition() is var generic && (generic == typeof(Counter<>) || generic == typeof(ObservableCounter<>)) => MetricKind.Counter,
            { IsGenericType: true } type when type.GetGenericTypeDefinition() == typeof(Histogram<>) => MetricKind.Histogram,
            _ => MetricKind.Gauge,
        };

        public void Add(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            // What is measured many times a second mostly has the tags of the time before, in their order: then nothing is made for it.
            if (last is null || !AreLast(tags)) (lastTags, last) = (tags.ToArray(), PointOf(tags));
            var point = last;
            // An observable instrument tells its sum, or what is there now; the others tell what to add.
            point.Value = instrument.IsObservable || instrument.GetType().GetGenericTypeDefinition() == typeof(Gauge<>) ? value : point.Value + value;
            if (kind == MetricKind.Histogram) point.Counts[BucketOf(value)]++;
        }

        bool AreLast(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (tags.Length != lastTags.Length) return false;
            for (var i = 0; i < tags.Length; i++)
                if (tags[i].Key != lastTags[i].Key || !Equals(tags[i].Value, lastTags[i].Value)) return false;
            return true;
        }

        Point PointOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var sorted = Sorted(tags);
            var key = string.Join('\0', sorted.Select(tag => $"{tag.Key}\0{tag.Value}"));
            if (!points.ContainsKey(key) && points.Count >= MaximumPoints) (key, sorted) = ("overflow", [new("otel.metric.overflow", "true")]);
            if (!points.TryGetValue(key, out var point)) points.Add(key, point = new(sorted, new long[boundaries.Length + 1]));
            return point;
        }

        public MetricSeries ToSeries() => new(
            instrument.Name, instrument.Description ?? "", instrument.Unit ?? "", kind,
            [.. points.Values.Select(point => new MetricPoint(point.Tags, point.Value) { Buckets = kind == MetricKind.Histogram ? [.. Buckets(point)] : [] })]);

        IEnumerable<(double UpperBound, long Count)> Buckets(Point point) => point.Counts.Select((count, i) => (i < boundaries.Length ? boundaries[i] : double.PositiveInfinity, count));

        int BucketOf(double value)
        {
            var found = boundaries.BinarySearch(value);
            return found < 0 ? ~found : found;
        }

        static ImmutableArray<KeyValuePair<string, string>> Sorted(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var named = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var (name, value) in tags)
                if (value is not null) named[name] = Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) ?? "";
            return [.. named];
        }

        sealed class Point(ImmutableArray<KeyValuePair<string, string>> tags, long[] counts)
        {
            public ImmutableArray<KeyValuePair<string, string>> Tags => tags;

            public long[] Counts => counts;

            public double Value { get; set; }
        }
    }
}
