using TaskBot.Serving.Metrics;

namespace TaskBot.Tests.Serving;

public sealed class PrometheusTextTests
{
    [Fact]
    public void A_counter_ends_with_total_and_its_tags_are_escaped()
    {
        var text = new PrometheusText();

        text.Write(new MetricSeries("taskbot.model.cost", "What it\ncost.", "USD", MetricKind.Counter, [new([new("model", "a\"b\\c\nd")], 0.25)]));

        text.ToString().ShouldBe("""
            # HELP taskbot_model_cost_usd_total What it\ncost.
            # TYPE taskbot_model_cost_usd_total counter
            taskbot_model_cost_usd_total{model="a\"b\\c\nd"} 0.25

            """);
    }

    [Fact]
    public void A_histogram_counts_up_to_each_boundary()
    {
        var text = new PrometheusText();

        text.Write(new MetricSeries(
            "http.server.request.duration", "Requests.", "s", MetricKind.Histogram,
            [new([new("http.route", "/")], 3.5) { Buckets = [(0.5, 2), (1, 1), (double.PositiveInfinity, 1)] }]));

        text.ToString().ShouldBe("""
            # HELP http_server_request_duration_seconds Requests.
            # TYPE http_server_request_duration_seconds histogram
            http_server_request_duration_seconds_bucket{http_route="/",le="0.5"} 2
            http_server_request_duration_seconds_bucket{http_route="/",le="1"} 3
            http_server_request_duration_seconds_bucket{http_route="/",le="+Inf"} 4
            http_server_request_duration_seconds_sum{http_route="/"} 3.5
            http_server_request_duration_seconds_count{http_route="/"} 4

            """);
    }
}
