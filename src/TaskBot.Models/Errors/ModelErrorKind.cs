namespace TaskBot.Models.Errors;

/// <summary>Why a call to a model gave no usable answer.</summary>
public enum ModelErrorKind
{
    /// <summary>No connection: refused, name unknown, TLS failed, or the endpoint's circuit is open after repeated failures.</summary>
    Unreachable,

    /// <summary>No answer in time; <see cref="ModelException.Phase"/> says what was waited for.</summary>
    Timeout,

    /// <summary>HTTP 429; <see cref="ModelException.RetryAfter"/> when the server said how long.</summary>
    RateLimited,

    /// <summary>HTTP 401 or 403: the key is missing, wrong, or not allowed to use this model.</summary>
    Unauthorized,

    /// <summary>The server does not accept the request as it is: unknown model, unsupported option.</summary>
    BadRequest,

    /// <summary>The request is larger than the model's context.</summary>
    ContextTooLong,

    /// <summary>HTTP 5xx, or a connection cut in the middle of an answer.</summary>
    ServerError,

    /// <summary>The model, or the provider's content filter, declined to answer.</summary>
    Refused,

    /// <summary>The answer has neither text nor tool calls.</summary>
    Empty,

    /// <summary>The answer is not what the protocol or the requested schema says.</summary>
    Malformed,

    /// <summary>Nothing was sent, as something is missing here: a key, a provider, a price.</summary>
    NotConfigured,

    /// <summary>Scripted replies are in use and no rule matches the request.</summary>
    NotScripted,
}
