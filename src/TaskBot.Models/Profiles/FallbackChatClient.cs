using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using TaskBot.Models.Errors;

namespace TaskBot.Models.Profiles;

/// <summary>
/// Asks the models of a profile in order until one answers. A stream moves on only until its first piece came. Over budget ends the chain:
/// a budget is not met by asking somebody else.
/// </summary>
internal sealed partial class FallbackChatClient(string profile, ImmutableArray<IChatClient> chain, ILogger logger) : IChatClient
{
    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var request = messages as IReadOnlyList<ChatMessage> ?? [.. messages];
        var failures = new List<ModelException>();
        foreach (var client in chain)
        {
            try
            {
                return await client.GetResponseAsync(request, options, cancellationToken);
            }
            catch (ModelException e) when (e.AllowsFallback)
            {
                Note(e, failures);
            }
        }
        throw Exhausted(failures);
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var request = messages as IReadOnlyList<ChatMessage> ?? [.. messages];
        var failures = new List<ModelException>();
        foreach (var client in chain)
        {
            await using var updates = client.GetStreamingResponseAsync(request, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
            try
            {
                await updates.MoveNextAsync();
            }
            catch (ModelException e) when (e.AllowsFallback)
            {
                Note(e, failures);
                continue;
            }
            do
                yield return updates.Current;
            while (await updates.MoveNextAsync());
            yield break;
        }
        throw Exhausted(failures);
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType.IsInstanceOfType(this) ? this : chain[0].GetService(serviceType, serviceKey);

    public void Dispose()
    {
        foreach (var client in chain)
            client.Dispose();
    }

    private void Note(ModelException e, List<ModelException> failures)
    {
        failures.Add(e);
        if (failures.Count < chain.Length)
            Log.FellBack(logger, profile, e.Message);
    }

    private static ModelException Exhausted(List<ModelException> failures)
    {
        var last = failures[^1];
        return failures.Count == 1 ? last : new ModelException(
            last.Kind, last.Model, last.Host, $"{last.Detail}; before it, {string.Join("; ", failures.SkipLast(1).Select(e => e.Message))}", last)
        {
            RetryAfter = failures.Min(e => e.RetryAfter),
            Phase = last.Phase,
            Status = last.Status,
        };
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Profile {Profile} fell back to its next model ({Failure})")]
        public static partial void FellBack(ILogger logger, string profile, string failure);
    }
}
