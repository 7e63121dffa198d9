using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Nodes;

/// <summary>
/// Runs one node to its end: tries again after transient failures, keeps the time limit, turns exceptions into failures, and leaves
/// behind what does not stop when told to. The one place where a node's own exceptions are caught.
/// </summary>
sealed partial class NodeExecutor(RunnerOptions options, TimeProvider time, ILogger logger)
{
    static readonly ResiliencePropertyKey<Action<string>> Progress = new("taskbot.progress");

    readonly ConcurrentDictionary<int, ResiliencePipeline<NodeResult>> pipelines = new();

    /// <returns>How the node ended; null where it was cancelled.</returns>
    public async Task<NodeResult?> RunAsync(INodeType type, NodeRun run, CancellationToken cancellationToken)
    {
        using var timeout = run.Node.TimeLimitInMinutes is { } minutes ? new CancellationTokenSource(TimeSpan.FromMinutes(minutes), time) : null;
        using var either = timeout is null ? null : CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        var context = ResilienceContextPool.Shared.Get(either?.Token ?? cancellationToken);
        context.Properties.Set(Progress, run.Report);
        try
        {
            return await pipelines.GetOrAdd((int)run.Node.Retries, CreatePipeline).ExecuteAsync(
                static async (context, state) => await state.Executor.TryAsync(state.Type, state.Run, context.CancellationToken),
                context,
                (Executor: this, Type: type, Run: run));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (OperationCanceledException) when (timeout?.IsCancellationRequested == true)
        {
            return NodeResult.Failure($"It did not end within {run.Node.TimeLimitInMinutes} minutes.") with { IsTransient = true };
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>Runs a node that ends at once: where it stands, without a time limit and without trying again.</summary>
    public async ValueTask<NodeResult> RunPureAsync(INodeType type, NodeRun run, CancellationToken cancellationToken)
    {
        try
        {
            return await type.RunAsync(run, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return Explain(run.Node, exception);
        }
    }

    /// <returns>What else the node's result depends on, or why that cannot be said.</returns>
    public async ValueTask<(ImmutableSortedDictionary<string, string> Environment, NodeResult.Failed? Failure)> DescribeEnvironmentAsync(
        INodeType type, TaskNode node, CancellationToken cancellationToken)
    {
        try
        {
            return (await type.DescribeEnvironmentAsync(node, cancellationToken), null);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return (ImmutableSortedDictionary<string, string>.Empty, Explain(node, exception));
        }
    }

    async ValueTask<NodeResult> TryAsync(INodeType type, NodeRun run, CancellationToken cancellationToken)
    {
        try
        {
            // On the thread pool, so that a node that computes for long before its first await holds nobody up.
            var work = Task.Run(() => type.RunAsync(run, cancellationToken).AsTask(), CancellationToken.None);
            return work.IsCompleted ? await work : await UntilStoppedAsync(work, run.Node, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return Explain(run.Node, exception);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Work that is told to stop may end in any exception; what counts is that it was told.
            LogFailedWhileStopping(run.Node.Path, exception);
            throw new OperationCanceledException(exception.Message, exception, cancellationToken);
        }
    }

    /// <summary>Waits for the work, and for no longer than the grace once it was told to stop.</summary>
    async Task<NodeResult> UntilStoppedAsync(Task<NodeResult> work, TaskNode node, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        await using var told = cancellationToken.UnsafeRegister(state => ((CancellationTokenSource)state!).CancelAfter(options.StopGrace), patience);
        try
        {
            return await work.WaitAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!work.IsCompleted)
        {
            LogLeftBehind(node.Path, options.StopGrace.TotalSeconds);
            _ = work.ContinueWith(
                late => LogFailedWhileStopping(node.Path, late.Exception), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw;
        }
    }

    NodeResult.Failed Explain(TaskNode node, Exception exception)
    {
        LogFailed(node.Path, exception);
        return new(exception.Message, ImmutableSortedDictionary<string, TaskValue>.Empty)
        {
            // A cancellation that nobody here asked for is somebody else's timeout, such as HttpClient's.
            IsTransient = exception is IOException or HttpRequestException or TimeoutException or OperationCanceledException,
        };
    }

    ResiliencePipeline<NodeResult> CreatePipeline(int retries)
    {
        var builder = new ResiliencePipelineBuilder<NodeResult> { TimeProvider = time };
        if (retries > 0)
        {
            builder.AddRetry(new RetryStrategyOptions<NodeResult>
            {
                MaxRetryAttempts = retries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = options.RetryDelay,
                MaxDelay = options.MaxRetryDelay,
                ShouldHandle = static arguments => ValueTask.FromResult(arguments.Outcome.Result is NodeResult.Failed { IsTransient: true }),
                OnRetry = static arguments =>
                {
                    var message = ((NodeResult.Failed)arguments.Outcome.Result!).Message;
                    if (arguments.Context.Properties.TryGetValue(Progress, out var report))
                        report($"Tries again in {arguments.RetryDelay.TotalSeconds:0.#} s: {message}");
                    return ValueTask.CompletedTask;
                },
            });
        }

        return builder.Build();
    }

    [LoggerMessage(LogLevel.Warning, "Node {Node} ended in an exception.")]
    partial void LogFailed(NodePath node, Exception exception);

    [LoggerMessage(LogLevel.Information, "Node {Node} was told to stop and ended in an exception.")]
    partial void LogFailedWhileStopping(NodePath node, Exception? exception);

    [LoggerMessage(LogLevel.Warning, "Node {Node} did not stop within {Seconds} s and was left behind.")]
    partial void LogLeftBehind(NodePath node, double seconds);
}
