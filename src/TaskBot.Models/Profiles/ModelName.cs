namespace TaskBot.Models.Profiles;

/// <summary>A model, and where it is asked: <c>gpt-5-mini@openai</c>. The provider is what follows the last <c>@</c>.</summary>
/// <param name="Model">As the provider calls it.</param>
/// <param name="Provider">A name from the configuration; null means the first one that is usable.</param>
public readonly record struct ModelName(string Model, string? Provider)
{
    public static ModelName Parse(string text)
    {
        var at = text.LastIndexOf('@');
        return at < 0 ? new ModelName(text, null) : new ModelName(text[..at], text[(at + 1)..]);
    }

    public override string ToString() => Provider is null ? Model : $"{Model}@{Provider}";
}
