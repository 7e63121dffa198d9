using Polly;
using Polly.CircuitBreaker;
using TaskBot.Models.Errors;

namespace TaskBot.Models.Resilience;

/// <summary>
/// The circuit breaker of one endpoint, shared by all of its models and callers. It counts what is the endpoint's fault: not refusals, wrong
/// keys or requests that do not fit.
/// </summary>
internal sealed class EndpointCircuit
{
    public EndpointCircuit(CircuitOptions options, TimeProvider time) =>
        Pipeline = new ResiliencePipelineBuilder { TimeProvider = time }.AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            FailureRatio = 1,
            MinimumThroughput = options.Failures,
            SamplingDuration = options.Window,
            BreakDuration = options.Break,
            ShouldHandle = new PredicateBuilder().Handle<ModelException>(e => e.Kind
                is ModelErrorKind.Unreachable or ModelErrorKind.Timeout or ModelErrorKind.ServerError),
        }).Build();

    public ResiliencePipeline Pipeline { get; }
}
