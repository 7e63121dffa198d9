using System.Net;

namespace TaskBot.GitHub.Client;

/// <summary>An accepted answer: a buffered body, or a stream for downloads.</summary>
sealed record ApiResponse(HttpStatusCode Status, ReadOnlyMemory<byte> Body, Uri? NextPage, Stream? Stream = null);
