using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using TaskBot.Models.Errors;

namespace TaskBot.Models.Resilience;

/// <summary>
/// Sends a call again when that may help, waits as long as the server asks, and leaves alone an endpoint whose circuit is open. A stream is
/// sent again only until its first piece came; after that the reader has seen part of an answer that a second call would not continue.
/// </summary>
internal sealed partial class ResilientChatClient : DelegatingChatClient
{
    private readonly string _model;
    private readonly string _host;
    private readonly ResiliencePipeline _pipeline;

    public ResilientChatClient(
        IChatClient inner, RetryOptions options, EndpointCircuit circuit, string model, string host, TimeProvider time, ILogger logger)
        : base(inner)
    {
        _model = model;
        _host = host;
        var builder = new ResiliencePipelineBuilder { TimeProvider = time };
        if (options.Retries > 0)
            builder.AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = options.Retries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = options.BaseDelay,
                MaxDelay = options.MaxDelay,
                ShouldHandle = new PredicateBuilder().Handle<ModelException>(e => e.IsTransient && !(e.RetryAfter > options.MaxDelay)),
                DelayGenerator = static arguments => new((arguments.Outcome.Exception as ModelException)?.RetryAfter),
                OnRetry = arguments =>
                {
                    Log.Retrying(logger, arguments.Outcome.Exception!.Message, arguments.AttemptNumber + 1, arguments.RetryDelay);
                    return default;
                },
            });
        _pipeline = builder.AddPipeline(circuit.Pipeline).Build();
    }

    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        try
        {
            return await _pipeline.ExecuteAsync(
                async token => await base.GetResponseAsync(messages, options, token), cancellationToken);
        }
        catch (BrokenCircuitException e)
        {
            throw LeftAlone(e);
        }
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var updates = await BeginAsync(messages, options, cancellationToken);
        do
            yield return updates.Current;
        while (await updates.MoveNextAsync());
    }

    /// <summary>A stream that stands on its first piece.</summary>
    private async Task<IAsyncEnumerator<ChatResponseUpdate>> BeginAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options, CancellationToken cancellationToken)
    {
        try
        {
            return await _pipeline.ExecuteAsync(async _ =>
            {
                // The caller's token and not the pipeline's, as the stream outlives this execution.
                var updates = base.GetStreamingResponseAsync(messages, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
                var begun = false;
                try
                {
                    begun = await updates.MoveNextAsync();
                    return begun ? updates : throw new ModelException(ModelErrorKind.Empty, _model, _host, "the answer is empty");
                }
                finally
                {
                    if (!begun)
                        await updates.DisposeAsync();
                }
            }, cancellationToken);
        }
        catch (BrokenCircuitException e)
        {
            throw LeftAlone(e);
        }
    }

    private ModelException LeftAlone(BrokenCircuitException e) =>
        new(ModelErrorKind.Unreachable, _model, _host, "left alone after repeated failures", e) { RetryAfter = e.RetryAfter };

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "A model call failed ({Failure}); retry {Retry} follows in {Delay}")]
        public static partial void Retrying(ILogger logger, string failure, int retry, TimeSpan delay);
    }
}
