namespace TaskBot.Bot.Reports;

/// <summary>Says why something that was asked for is not done; edited in place, so that asking again does not fill the page.</summary>
public static class RefusalComment
{
    public const string Marker = "<!-- taskbot:refusal -->";

    public static string Render(string login, string reason) => $"{Marker}\n@{login} {reason}\n";
}
