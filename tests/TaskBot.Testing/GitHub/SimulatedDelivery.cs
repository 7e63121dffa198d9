namespace TaskBot.Testing.GitHub;

/// <summary>One attempt to deliver a webhook.</summary>
/// <param name="Id">The attempt.</param>
/// <param name="Guid">The delivery: <c>X-GitHub-Delivery</c>, the same for every attempt.</param>
public sealed record SimulatedDelivery(long Id, string Guid, string EventName, string? Action, byte[] Payload, DateTimeOffset At, bool IsRedelivery)
{
    /// <summary>What the receiver answered; 0 while it was not sent or when nobody answered.</summary>
    public int StatusCode { get; internal set; }
}

/// <summary>What the simulated GitHub answers.</summary>
/// <param name="Location">Where a redirect points.</param>
public sealed record SimulatedAnswer(int Status, System.Text.Json.Nodes.JsonNode? Body = null, string? Text = null, string? Location = null, string? Link = null);
