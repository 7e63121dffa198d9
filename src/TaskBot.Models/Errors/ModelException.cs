using Microsoft.Extensions.AI;

namespace TaskBot.Models.Errors;

/// <summary>
/// A model gave no usable answer. The message names the model and the endpoint's host and never holds a key, a prompt or a response body.
/// </summary>
public sealed class ModelException : Exception
{
    public ModelException(ModelErrorKind kind, string model, string host, string detail, Exception? inner = null)
        : base($"{model} at {host}: {detail}", inner)
    {
        Kind = kind;
        Model = model;
        Host = host;
        Detail = detail;
    }

    public ModelErrorKind Kind { get; }

    /// <summary>The model that was asked, without its provider.</summary>
    public string Model { get; }

    /// <summary>Host and port of the endpoint, or the name of the provider where there is no endpoint.</summary>
    public string Host { get; }

    /// <summary>The message without its subject.</summary>
    public string Detail { get; }

    /// <summary>How long the server asked us to wait; null when it did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Set for <see cref="ModelErrorKind.Timeout"/> only.</summary>
    public TimeoutPhase? Phase { get; init; }

    /// <summary>HTTP status, when a response came.</summary>
    public int? Status { get; init; }

    /// <summary>What the server counted for the failed call, when it said so.</summary>
    public UsageDetails? Usage { get; init; }

    /// <summary>The same request may succeed when sent again.</summary>
    public bool IsTransient => Kind is ModelErrorKind.Unreachable or ModelErrorKind.Timeout or ModelErrorKind.RateLimited
        or ModelErrorKind.ServerError or ModelErrorKind.Empty or ModelErrorKind.Malformed;

    /// <summary>
    /// Another model may do better. A refusal is an answer, and shopping around for another is not our business.
    /// </summary>
    public bool AllowsFallback => Kind is not (ModelErrorKind.Refused or ModelErrorKind.NotScripted);

    /// <summary>The server may have worked for us, so that the call may be charged although it failed.</summary>
    public bool MayHaveCost => Kind switch
    {
        ModelErrorKind.Timeout or ModelErrorKind.Refused or ModelErrorKind.Empty or ModelErrorKind.Malformed => true,
        ModelErrorKind.ServerError => Status is null,
        _ => false,
    };
}
