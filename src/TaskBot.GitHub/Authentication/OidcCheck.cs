namespace TaskBot.GitHub.Authentication;

/// <summary>What a job's token turned out to be.</summary>
public enum OidcTokenResult
{
    /// <summary>Signed by the issuer, for us, now, by the job that was expected.</summary>
    Valid,

    /// <summary>There is none.</summary>
    Missing,

    /// <summary>Not three parts of base64url with JSON in the first two.</summary>
    Malformed,

    /// <summary>Signed in another way than RS256, or not at all.</summary>
    AlgorithmRefused,

    /// <summary>The issuer has no key of that id.</summary>
    KeyUnknown,

    /// <summary>Made with another key, or over other claims.</summary>
    SignatureWrong,

    /// <summary>By another issuer.</summary>
    OtherIssuer,

    /// <summary>For somebody else.</summary>
    OtherAudience,

    /// <summary>Its time is over.</summary>
    Expired,

    /// <summary>Its time has not come.</summary>
    NotYetValid,

    /// <summary>It does not say which job it is.</summary>
    ClaimsMissing,

    /// <summary>Of another repository.</summary>
    OtherRepository,

    /// <summary>Of another workflow run.</summary>
    OtherRun,

    /// <summary>The issuer's keys cannot be had, so that nothing can be said; worth another try.</summary>
    KeysUnreachable,
}

/// <summary>Whom a token has to be of.</summary>
/// <param name="Audience">Whom it has to be for: our own address.</param>
/// <param name="RepositoryId">The repository that its job has to belong to.</param>
/// <param name="RunId">Its workflow run; null where any of the repository may be the one.</param>
public sealed record OidcExpectation(string Audience, long RepositoryId, long? RunId);

/// <summary>A checked token.</summary>
/// <param name="Claims">Set where it is valid, and only there.</param>
public sealed record OidcCheck(OidcTokenResult Result, OidcClaims? Claims = null);
