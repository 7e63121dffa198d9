namespace TaskBot.Testing.Models;

/// <summary>What a <see cref="FakeModelServer"/> does with one request.</summary>
public abstract record FakeReply
{
    /// <summary>Headers of the response.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>A whole answer, sent in pieces when the request streams.</summary>
    /// <param name="Content">The answer's text.</param>
    public sealed record Text(string Content) : FakeReply
    {
        public int InputTokens { get; init; } = 10;

        public int OutputTokens { get; init; } = 5;

        public int CachedTokens { get; init; }

        /// <summary>Of the input tokens, those that were written to the server's cache; Anthropic only.</summary>
        public int CacheWriteTokens { get; init; }

        /// <summary>What the model thought before it answered; Anthropic only.</summary>
        public string? Thinking { get; init; }

        public int ReasoningTokens { get; init; }

        /// <summary>False leaves out <c>usage</c>, as old servers do.</summary>
        public bool CountsTokens { get; init; } = true;

        public string FinishReason { get; init; } = "stop";
    }

    /// <summary>An answer that calls one tool.</summary>
    public sealed record ToolCall(string Name, string Arguments) : FakeReply;

    /// <summary>The model's own refusal, in the protocol's field for it.</summary>
    public sealed record Refusal(string Reason) : FakeReply;

    /// <summary>An answer without text and tools.</summary>
    public sealed record Empty : FakeReply;

    /// <summary>An HTTP error, with a code of the protocol.</summary>
    public sealed record Status(int Number, string? Code = null, string? Message = null, string? RetryAfter = null) : FakeReply;

    /// <summary>Status 200 with exactly these bytes, as JSON or as an event stream, whichever was asked for.</summary>
    public sealed record Raw(string Body) : FakeReply;

    /// <summary>Accepts the request and sends nothing until the client goes away.</summary>
    public sealed record NoFirstToken : FakeReply;

    /// <summary>Sends this much of an answer, then nothing until the client goes away.</summary>
    public sealed record Stall(string Content) : FakeReply;

    /// <summary>Sends this much of an answer, then cuts the connection.</summary>
    public sealed record Cut(string Content) : FakeReply;

    /// <summary>Sends this much of an answer, then ends the stream in good order, without a finish reason.</summary>
    public sealed record EndsEarly(string Content) : FakeReply;
}
