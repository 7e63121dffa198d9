using System.Reflection;

namespace TaskBot.Commands;

/// <summary>Which model a command works with: configuration, and the sentence that says so.</summary>
sealed record ModelChoice(IReadOnlyDictionary<string, string?> Settings, string Said)
{
    const string Script = "Demo/replies.yml";

    /// <summary>Any of these says that the user has a model in mind. A bare <c>GITHUB_TOKEN</c> does not: many have one for other reasons.</summary>
    static readonly string[] EndpointVariables = ["OPENAI_BASE_URL", "OPENAI_API_KEY", "ANTHROPIC_API_KEY"];

    /// <summary>The demo plays scripted replies unless a model was named or an OpenAI-compatible endpoint is set in the environment.</summary>
    public static async Task<ModelChoice> ForDemoAsync(string root, string? model, CancellationToken cancellationToken)
    {
        if (model is not null) return Named(model);
        if (Array.Find(EndpointVariables, name => Environment.GetEnvironmentVariable(name) is { Length: > 0 }) is { } variable)
            return new(new Dictionary<string, string?>(), $"{variable} is set: the configured models answer.");
        var path = Path.Combine(root, "replies.yml");
        await using (var source = Assembly.GetExecutingAssembly().GetManifestResourceStream(Script)!)
        await using (var target = File.Create(path))
            await source.CopyToAsync(target, cancellationToken);
        return new(
            new Dictionary<string, string?>
            {
                ["Models:Model"] = "demo@script",
                ["Models:Providers:script:Kind"] = "Scripted",
                ["Models:Providers:script:File"] = path,
            },
            $"No model is asked: the replies are scripted, in {path}. With --model NAME a real one answers instead. All else is real.");
    }

    /// <summary>One model for every profile.</summary>
    public static ModelChoice Named(string model) =>
        new(new Dictionary<string, string?> { ["Models:Model"] = model }, $"All nodes ask the model {model}.");

    /// <summary>What the configuration says, or one model for all where the command line named it.</summary>
    public static ModelChoice Configured(string? model) =>
        model is not null ? Named(model) : new(new Dictionary<string, string?>(), "Models are taken from the configuration.");
}
