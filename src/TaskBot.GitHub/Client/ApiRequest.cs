namespace TaskBot.GitHub.Client;

/// <summary>What a request does on the other side; decides what may be repeated and what is paced.</summary>
enum RequestKind
{
    /// <summary>Changes nothing: repeated at will.</summary>
    Read,

    /// <summary>Makes something that nobody is notified of and that is the same made twice: repeated at will, not paced.</summary>
    Store,

    /// <summary>Changes what people see, to the same end when repeated: paced, repeated.</summary>
    IdempotentWrite,

    /// <summary>Makes something new each time: paced, never repeated unless GitHub surely refused it.</summary>
    Write
}

/// <summary>One request, before it has a token.</summary>
sealed record ApiRequest(HttpMethod Method, string Path, Uri Address, RequestKind Kind, byte[]? Body = null)
{
    public bool Repeatable => Kind is not RequestKind.Write;

    public bool Paced => Kind is RequestKind.Write or RequestKind.IdempotentWrite;

    /// <summary>REST and GraphQL have separate primary limits.</summary>
    public bool IsGraphQL { get; init; }

    /// <summary>The media type asked for.</summary>
    public string Accept { get; init; } = "application/vnd.github+json";

    /// <summary>PATCH and DELETE end in the same state when repeated; POST and PUT make or replace.</summary>
    public static RequestKind KindOf(HttpMethod method) =>
        method == HttpMethod.Get ? RequestKind.Read
        : method == HttpMethod.Patch || method == HttpMethod.Delete ? RequestKind.IdempotentWrite
        : RequestKind.Write;
}
