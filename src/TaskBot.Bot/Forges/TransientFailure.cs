using TaskBot.GitHub.Client;

namespace TaskBot.Bot.Forges;

/// <summary>Tells failures that go away by themselves (a lost connection, a limit, the forge's own trouble) from refusals that stay.</summary>
public static class TransientFailure
{
    /// <summary>Whether the same work may succeed later.</summary>
    public static bool Is(Exception exception) => exception switch
    {
        GitHubApiException refused => refused.IsTransient,
        ForgeException { InnerException: { } inner } => Is(inner),
        HttpRequestException or IOException or TimeoutException => true,
        _ => false,
    };

    /// <summary>A failure of the forge that is worth another try.</summary>
    public static ForgeException Of(string message) => new(message, new TimeoutException(message));

    /// <summary>How long to wait after so many tries (from 1): two seconds, doubled each time, five minutes at most.</summary>
    public static TimeSpan WaitAfter(int tries) => TimeSpan.FromSeconds(Math.Min(300, Math.Pow(2, tries)));
}
