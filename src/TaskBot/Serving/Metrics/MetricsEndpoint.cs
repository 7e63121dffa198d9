using TaskBot.Bot.Deliveries;

namespace TaskBot.Serving.Metrics;

/// <summary><c>GET /metrics</c>: what this process counted since it started, in Prometheus' text format, and how many deliveries wait.</summary>
static class MetricsEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/metrics", async (MetricsCollector collector, IDeliveryStore deliveries, HttpResponse response, CancellationToken cancellationToken) =>
        {
            var waiting = await deliveries.CountWaitingAsync(cancellationToken);
            response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
            await using var writer = new StreamWriter(response.Body);
            var text = new PrometheusText();
            text.Write(new MetricSeries("taskbot.deliveries.waiting", "Deliveries that are stored and not handled yet.", Unit: "", MetricKind.Gauge, [new([], waiting)]));
            foreach (var series in collector.Collect()) text.Write(series);
            await writer.WriteAsync(text.ToString().AsMemory(), cancellationToken);
        });
}
