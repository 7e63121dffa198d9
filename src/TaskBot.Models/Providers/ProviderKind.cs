namespace TaskBot.Models.Providers;

/// <summary>The protocol that a provider speaks.</summary>
public enum ProviderKind
{
    /// <summary>OpenAI's chat completions, and every server compatible with them.</summary>
    OpenAI,

    /// <summary>Anthropic's Messages protocol.</summary>
    Anthropic,

    /// <summary>Replies from a file; see <see cref="Scripted.ReplyScript"/>.</summary>
    Scripted,
}
