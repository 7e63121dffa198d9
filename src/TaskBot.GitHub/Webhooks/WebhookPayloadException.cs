namespace TaskBot.GitHub.Webhooks;

/// <summary>A payload that cannot be read: not JSON, or without what its event needs. Never quotes the payload.</summary>
public sealed class WebhookPayloadException(string eventName, string reason, Exception? innerException = null)
    : Exception($"A {eventName} payload cannot be read: {reason}.", innerException)
{
    /// <summary>The event's name.</summary>
    public string EventName { get; } = eventName;
}
