using TaskBot.Models.Capabilities;
using TaskBot.Models.Mcp;
using TaskBot.Models.Pricing;
using TaskBot.Models.Providers;
using TaskBot.Models.Resilience;
using TaskBot.Models.Timeouts;

namespace TaskBot.Models;

/// <summary>The configuration section <c>Models</c>.</summary>
public sealed class ModelsOptions
{
    public const string Section = "Models";

    /// <summary>
    /// By name. The ones that ship are <c>openai</c>, <c>anthropic</c>, <c>github</c> and <c>ollama</c>; their settings can be changed and others
    /// added.
    /// </summary>
    public IDictionary<string, ProviderOptions> Providers { get; } = new Dictionary<string, ProviderOptions>(StringComparer.Ordinal)
    {
        ["openai"] = new()
        {
            BaseUrl = new Uri("https://api.openai.com/v1"),
            BaseUrlVariable = "OPENAI_BASE_URL",
            KeyVariable = "OPENAI_API_KEY",
        },
        ["anthropic"] = new()
        {
            Kind = ProviderKind.Anthropic,
            BaseUrl = new Uri("https://api.anthropic.com"),
            BaseUrlVariable = "ANTHROPIC_BASE_URL",
            KeyVariable = "ANTHROPIC_API_KEY",
        },
        ["github"] = new() { BaseUrl = new Uri("https://models.github.ai/inference"), KeyVariable = "GITHUB_TOKEN" },
        ["ollama"] = new() { BaseUrl = new Uri("http://localhost:11434/v1"), BaseUrlVariable = "OLLAMA_BASE_URL", Free = true },
    };

    /// <summary>
    /// Chains of <c>model@provider</c>, strongest wish first; models whose key is not set are passed over. A profile that is named here
    /// replaces the one of the same name that ships (<see cref="ShippedProfiles"/>).
    /// </summary>
    public IDictionary<string, IList<string>> Profiles { get; } = new Dictionary<string, IList<string>>(StringComparer.Ordinal);

    /// <summary>When set, every profile and every model means this one: <c>--model</c>. <c>model</c> or <c>model@provider</c>.</summary>
    public string? Model { get; set; }

    /// <summary>Lets models be used whose price is not known; their calls are then recorded with a cost of 0.</summary>
    public bool AllowUnknownPrice { get; set; }

    /// <summary>Prices in US dollars per million tokens, by model, over those that ship.</summary>
    public IDictionary<string, PriceOptions> Prices { get; } = new Dictionary<string, PriceOptions>(StringComparer.Ordinal);

    /// <summary>What models can take, by model, over what is known of them.</summary>
    public IDictionary<string, CapabilityOptions> Capabilities { get; } = new Dictionary<string, CapabilityOptions>(StringComparer.Ordinal);

    /// <summary>The limit on output tokens of one call, reasoning included, 1 to 1,000,000.</summary>
    public int MaxOutputTokens { get; set; } = 8_192;

    /// <summary>
    /// Command-line agents that nodes may start, by name: claude, codex, gemini, opencode. Each is handed its own key, which whatever it runs can read.
    /// </summary>
    public IList<string> Agents { get; } = [];

    /// <summary>
    /// Lets agents be started that have no limit of their own and say what they used only at their end: codex and gemini. What they cost is charged in full, and may be more
    /// than was reserved.
    /// </summary>
    public bool AllowUncappedAgents { get; set; }

    /// <summary>Servers of tools that nodes may use, by name: letters, digits, '_' and '-'.</summary>
    public IDictionary<string, McpOptions> Mcp { get; } = new Dictionary<string, McpOptions>(StringComparer.Ordinal);

    /// <summary>Where <c>doctor</c> looks for model servers on this machine, by the name of the server; loopback addresses only.</summary>
    public IDictionary<string, Uri> LocalServers { get; } = new Dictionary<string, Uri>(StringComparer.Ordinal)
    {
        ["Ollama"] = new("http://127.0.0.1:11434/v1"),
        ["LM Studio"] = new("http://127.0.0.1:1234/v1"),
        ["llama.cpp"] = new("http://127.0.0.1:8080/v1"),
        ["vLLM"] = new("http://127.0.0.1:8000/v1"),
    };

    public TimeoutOptions Timeouts { get; } = new();

    public RetryOptions Retry { get; } = new();

    public CircuitOptions Circuit { get; } = new();

    /// <summary>The profiles that need no configuration.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> ShippedProfiles { get; } =
        new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
        {
            ["fast"] = ["gpt-5-mini@openai", "claude-haiku-4-5@anthropic", "openai/gpt-4.1-mini@github"],
            ["code"] = ["gpt-5@openai", "claude-sonnet-4-5@anthropic", "openai/gpt-4.1@github"],
            ["reason"] = ["gpt-5@openai", "claude-sonnet-4-5@anthropic", "openai/gpt-4.1@github"],
            ["vision"] = ["gpt-5-mini@openai", "claude-haiku-4-5@anthropic", "openai/gpt-4.1-mini@github"],
            ["image"] = ["gpt-image-1@openai", "gpt-image-1-mini@openai"],
            ["speech"] = ["gpt-4o-mini-tts@openai", "tts-1@openai"],
        };
}
