using System.Diagnostics.Metrics;
using TaskBot.Serving.Metrics;

namespace TaskBot.Tests.Serving;

public sealed class MetricsCollectorTests : IAsyncLifetime
{
    readonly Meter meter = new($"TaskBot.Tests.{Guid.NewGuid():N}");
    readonly MetricsCollector collector = new();

    public Task InitializeAsync() => collector.StartAsync(CancellationToken.None);

    public Task DisposeAsync()
    {
        collector.Dispose();
        meter.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public void Counts_are_added_up_by_their_tags_whatever_order_these_have()
    {
        var counter = meter.CreateCounter<long>(Name("counted"));

        counter.Add(1, new("a", 1), new("b", "x"));
        counter.Add(2, new("b", "x"), new("a", 1));
        counter.Add(5, new KeyValuePair<string, object?>("a", 2));

        var series = Of("counted");
        series.Kind.ShouldBe(MetricKind.Counter);
        series.Points.Select(point => point.Value).ShouldBe([3, 5]);
        series.Points[0].Tags.ShouldBe([new("a", "1"), new("b", "x")]);
    }

    [Fact]
    public void A_histogram_uses_the_boundaries_that_its_instrument_advises()
    {
        var histogram = meter.CreateHistogram(Name("took"), "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2] });

        foreach (var seconds in (double[])[0.5, 1, 1.5, 9]) histogram.Record(seconds);

        var point = Of("took").Points.ShouldHaveSingleItem();
        point.Value.ShouldBe(12);
        point.Buckets.ShouldBe([(1, 2), (2, 1), (double.PositiveInfinity, 1)]);
    }

    [Fact]
    public void What_is_observed_is_what_is_there_now()
    {
        var there = 3;
        meter.CreateObservableGauge(Name("there"), () => there);

        Of("there").Points.ShouldHaveSingleItem().Value.ShouldBe(3);
        there = 2;
        Of("there").Points.ShouldHaveSingleItem().Value.ShouldBe(2);
    }

    [Fact]
    public void Tags_without_end_are_added_up_as_one()
    {
        var counter = meter.CreateCounter<int>(Name("endless"));

        for (var i = 0; i < 600; i++) counter.Add(1, new KeyValuePair<string, object?>("id", i));

        var points = Of("endless").Points;
        points.Length.ShouldBe(501);
        points.Single(point => point.Tags is [("otel.metric.overflow", _)]).Value.ShouldBe(100);
    }

    string Name(string name) => $"{meter.Name}.{name}";

    MetricSeries Of(string name) => collector.Collect().Single(series => series.Name == Name(name));
}
